"""Two lanes: the answers are those of all effort at once, and nobody waits for a search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from packopt import Policy
from packopt_service.lanes import Lanes
from packopt_service.problems import Problem
from packopt_service.solver import Question
from packopt_service.solving import Told, solve
from service.demo import demo_orders
from service.questions import asked, run_with

LINE = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70}
EASY = {"order_id": "easy", "lines": [LINE]}
#: Nothing holds all of it, so it is split.
SPLIT = {"order_id": "split", "lines": [LINE | {"qty": 900}]}
REJECTED = {"order_id": "rejected", "lines": [LINE | {"qty": 0}]}
TOO_LARGE = {"order_id": "too large", "lines": [LINE | {"length_mm": 9000}]}


def at_once(question: Question) -> Told:
    """What a question is told by a process that leaves nothing open."""
    told = solve(
        question.case,
        requests=[question.orders],
        plans=question.plans,
        ruled_out=question.ruled_out,
        setup=(question.catalogue, question.policy),
    )
    assert told is not None
    return told[0]


def with_lanes(scenario: Callable[[Lanes], Awaitable[None]], **settings: Any) -> None:
    """Run a scenario with one process in each lane."""

    run_with(Lanes(1, 1, **settings), scenario)


@pytest.mark.parametrize(
    ("n_orders", "settings"),
    [
        (300, {}),
        (40, {"effort": "thorough", "objective": "volume"}),
        (300, {"effort": 3000}),
        (100, {"effort": "fast"}),
        (100, {"alternatives": 2}),
        (100, {"max_empty_space": 0.5}),
        (300, {"default_tolerance_mm": 3}),
        (300, {"max_parcels": 1}),
    ],
    ids=str,
)
def test_answers_are_those_of_all_effort_at_once(n_orders: int, settings: dict[str, Any]) -> None:
    """Byte for byte, with one order a request and with all of them in one."""
    policy = Policy(**settings)
    orders = [*demo_orders()[:n_orders], SPLIT, REJECTED, TOO_LARGE]
    questions = [asked(orders, policy=policy), *(asked([one], policy=policy) for one in orders)]

    async def scenario(lanes: Lanes) -> None:
        for start in range(0, len(questions), 100):
            some = questions[start : start + 100]
            told = await asyncio.gather(*(lanes.answer(one) for one in some))
            assert told == [at_once(one) for one in some]

    with_lanes(scenario)


def test_an_order_that_is_open_is_put_back_into_its_place() -> None:
    """Beside one that is settled and one that is rejected; its verdict is counted once."""

    async def scenario(lanes: Lanes) -> None:
        told = await lanes.answer(asked([REJECTED, SPLIT, EASY, TOO_LARGE]))
        answers = [msgspec.json.decode(one) for one in told.answers]
        ids = [one["order_id"] for one in answers]
        assert ids == ["rejected", "split", "easy", "too large"]
        assert answers[1]["parcel_count"] > 1
        assert sum(told.verdicts.values()) == 4
        assert told.open == ()

    with_lanes(scenario)


def test_nobody_waits_for_a_search() -> None:
    """Easy orders are answered while the only process that searches is busy, and another waits."""
    hard = asked([SPLIT], policy=Policy(effort=30_000))

    async def scenario(lanes: Lanes) -> None:
        await lanes.answer(hard)  # both processes are there, and know the case
        searches = [asyncio.ensure_future(lanes.answer(hard)) for _ in range(4)]
        done_before = []
        for _ in range(10):
            await lanes.answer(replace(hard, orders=[EASY]))
            done_before.append(sum(one.done() for one in searches))
        assert done_before[-1] < 4
        told = await asyncio.gather(*searches)
        assert all(one == told[0] for one in told)

    with_lanes(scenario)


def test_what_stops_tells_so() -> None:
    """Neither lane takes questions that nobody would answer any more."""

    async def scenario(lanes: Lanes) -> None:
        waiting = asyncio.ensure_future(lanes.answer(asked([EASY])))
        await asyncio.sleep(0)
        await lanes.close()
        assert (await waiting).verdicts == {"optimal": 1}
        with pytest.raises(Problem, match="stops") as caught:
            await lanes.answer(asked([EASY]))
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")

    with_lanes(scenario)
