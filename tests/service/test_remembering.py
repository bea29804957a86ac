"""Answers that are remembered: of equal content only, under another id, within the memory given."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt import Policy, builtin_catalogue
from packopt.bans import Ban
from packopt_service.lanes import Lanes
from packopt_service.metrics import REMEMBERED
from packopt_service.remembering import Memory
from packopt_service.solver import Question
from packopt_service.solving import Told
from service.demo import demo_orders
from service.running import serving

CATALOGUE = builtin_catalogue("demo")
LINE = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70}


class Packing:
    """Stands in for the solver: each answer is another one, and carries the ids it was asked of."""

    def __init__(self, verdict: str = "optimal", size: int = 10) -> None:
        self.asked: list[Question] = []
        self._verdict = verdict
        self._filler = "x" * size

    async def answer(self, question: Question) -> Told:
        """Answer with the number of the question."""
        self.asked.append(question)
        answers = [
            msgspec.json.encode(
                {"order_id": order["order_id"], "n": len(self.asked), "filler": self._filler}
            )
            for order in question.orders
        ]
        return Told(answers, {self._verdict: len(answers)}, ("noted",))


def memory_of(packing: Packing, most_bytes: int = 10_000) -> Memory:
    """A memory of answers that nobody really packs."""
    return Memory(cast(Lanes, packing), most_bytes)


def asked(*orders: Any, case: tuple[str, str] = ("c", "p"), **told: bool) -> Question:
    """A question about some orders."""
    return Question(orders=orders, catalogue=CATALOGUE, policy=Policy(), case=case, **told)


def order(order_id: str = "x", *, region: Any = None, **line: Any) -> dict[str, Any]:
    """An order of one line."""
    of_order = {} if region is None else {"region": region}
    return {"order_id": order_id, "lines": [LINE | line], **of_order}


def told_of(memory: Memory, questions: Sequence[Question]) -> list[Told]:
    """What questions are told, one after the other."""

    async def ask() -> list[Told]:
        return [await memory.answer(one) for one in questions]

    return asyncio.run(ask())


def numbers(told: Sequence[Told]) -> list[int]:
    """Which question each answer was made for."""
    return [msgspec.json.decode(one.answers[0])["n"] for one in told]


def test_equal_content_is_packed_once_and_told_under_its_own_id() -> None:
    """The answer, its verdict and its notes are those of the first; the id is not."""
    packing = Packing()
    first, second = told_of(memory_of(packing), [asked(order("x")), asked(order('"\n'))])
    assert len(packing.asked) == 1
    assert second == replace(first, answers=second.answers)
    assert msgspec.json.decode(second.answers[0])["order_id"] == '"\n'
    assert list(msgspec.json.decode(second.answers[0])) == ["order_id", "n", "filler"]


@pytest.mark.parametrize(
    "other",
    [
        asked(order(sku="b")),
        asked(order(qty=True)),
        asked(order(qty=1.0)),
        asked(order(qty="1")),
        asked(order(weight_g=None)),
        asked(order(region="DE")),
        asked({"order_id": "x", "lines": [LINE, LINE]}),
        asked(order(), case=("c", "other")),
        asked(order(), case=("other", "p")),
        asked(order(), plans=False),
        asked(order(), ruled_out=False),
    ],
)
def test_whatever_differs_is_packed(other: Question) -> None:
    """Not one member, not one type may differ."""
    told = told_of(memory_of(Packing()), [asked(order()), other, asked(order())])
    assert numbers(told) == [1, 2, 1]


@pytest.mark.parametrize("date", [None, "2026-03-31", "2026-04-01"])
def test_the_day_is_no_matter_where_nothing_is_banned(date: str | None) -> None:
    """An order of another day has the same answer, unless the policy has bans, or it is no day."""
    packing = Packing()
    told_of(memory_of(packing), [asked(order()), asked(order() | {"date": date})])
    assert len(packing.asked) == 1
    banning = Packing()
    policy = Policy(bans=(Ban("KR", dt.date(2026, 4, 1), plastic=True),))
    days = [asked(order() | {"date": day}) for day in (date, "2025-01-01")]
    told_of(memory_of(banning), [replace(one, policy=policy) for one in days])
    assert len(banning.asked) == 2


@pytest.mark.parametrize("date", ["", "never", "2026-02-30", "9999-01-01", "20260331"])
def test_what_may_be_no_day_is_packed(date: str) -> None:
    """It may be an error, which an answer from memory would hide."""
    packing = Packing()
    told_of(memory_of(packing), [asked(order()), asked(order() | {"date": date})])
    assert len(packing.asked) == 2


values = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "1", "a", 0.0, 1.0])
contents = st.fixed_dictionaries(
    {"lines": st.lists(st.dictionaries(st.sampled_from("abc"), values), min_size=1, max_size=2)},
    optional={"region": values},
)


@given(st.lists(contents, max_size=12))
def test_two_orders_share_an_answer_only_if_their_json_is_the_same(orders: list[Any]) -> None:
    """What is remembered is as if each distinct text had been packed once."""
    told = told_of(memory_of(Packing(), 10**6), [asked({"order_id": "x"} | one) for one in orders])
    by_answer: dict[int, set[bytes]] = {}
    for number, content in zip(numbers(told), orders, strict=True):
        by_answer.setdefault(number, set()).add(msgspec.json.encode(content))
    assert all(len(texts) == 1 for texts in by_answer.values())


def test_rejected_orders_and_several_at_once_are_always_judged() -> None:
    """Errors point into the request, and several orders share their notes."""
    refusing = Packing("rejected")
    told_of(memory_of(refusing), [asked(order())] * 2)
    assert len(refusing.asked) == 2
    several = Packing()
    told_of(memory_of(several), [asked(order("x"), order("y"))] * 2)
    assert len(several.asked) == 2


def test_the_memory_is_bounded_and_forgets_what_nobody_asked_for_longest() -> None:
    """Of three answers two have room; the one that was asked for again stays."""
    packing = Packing(size=1000)
    memory = memory_of(packing, 4000)
    a, b, c = (asked(order(sku=name)) for name in "abc")
    assert numbers(told_of(memory, [a, b, a, c, a, b])) == [1, 2, 1, 3, 1, 4]
    assert 2 * 1000 < memory.n_bytes <= 4000
    too_large = memory_of(Packing(size=5000), 4000)
    assert numbers(told_of(too_large, [a, a])) == [1, 2]
    assert too_large.n_bytes == 0
    nothing = memory_of(Packing(), 0)
    assert numbers(told_of(nothing, [a, a])) == [1, 2]


def test_equal_orders_at_the_same_time_leave_one_answer() -> None:
    """Neither waits for the other, and the memory counts what it keeps once."""
    memory = memory_of(Packing())

    async def ask() -> list[Told]:
        return await asyncio.gather(*(memory.answer(asked(order())) for _ in range(2)))

    asyncio.run(ask())
    once = memory_of(Packing())
    told_of(once, [asked(order())])
    assert memory.n_bytes == once.n_bytes


def test_the_demo_is_answered_byte_for_byte_as_if_nothing_were_remembered(tmp_path: Path) -> None:
    """Each order under two ids, by a service that remembers and by one that packs each."""
    bodies = [
        {"orders": [one | {"order_id": f"{turn} {number}"}]}
        for number, one in enumerate(demo_orders())
        for turn in range(2)
    ]
    remembering = answers_of(tmp_path / "remembering", bodies)
    packing = answers_of(tmp_path / "packing", bodies, remembered_bytes=0)
    assert remembering[0] == packing[0]
    assert remembering[1] >= len(bodies) // 2
    assert packing[1] == 0


def answers_of(
    folder: Path, bodies: Sequence[dict[str, Any]], **settings: Any
) -> tuple[list[bytes], float]:
    """The answers of a service of its own, and how many of them it remembered."""
    with (
        serving(folder, open=True, **settings) as running,
        httpx.Client(base_url=running.url, timeout=60) as http,
    ):
        answers = [http.post("/v1/recommendations", json=body).content for body in bodies]
        metrics = http.get("/metrics").text
    name = f"{REMEMBERED._name}_total "
    line = next(one for one in metrics.splitlines() if one.startswith(name))
    return answers, float(line.removeprefix(name))
