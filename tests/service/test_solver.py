"""The solver: batches, processes that die, and questions that are too hard."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa
import pytest
import uvloop

from packopt import Catalogue, Policy
from packopt.bans import Ban
from packopt_service.problems import Problem
from packopt_service.solver import Question, Solver
from packopt_service.solver_process import ProcessFaultError
from packopt_service.solving import Told
from service.questions import asked, run_with

ONE_CARTON = Catalogue.from_table(
    pa.table(
        {
            "package_id": ["only"],
            "kind": ["carton"],
            "length_mm": [397],
            "width_mm": [293],
            "height_mm": [211],
        }
    )
)


def question(policy: Policy | None = None, **line: Any) -> Question:
    """A question about one order of one line."""
    of_line = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70} | line
    return asked([{"order_id": "x", "lines": [of_line]}], policy=policy)


def hard(seed: int) -> dict[str, Any]:
    """An order of 14 units that fill 93 % of the only carton: seconds of search, and no answer."""
    dice = random.Random(seed)
    sizes = [[dice.randint(60, 150) for _ in range(3)] for _ in range(14)]
    volume = sum(a * b * c for a, b, c in sizes)
    scale = (0.93 * 397 * 293 * 211 / volume) ** (1 / 3)
    names = ("length_mm", "width_mm", "height_mm")
    lines = [
        {"sku": str(i), "qty": 1}
        | dict(zip(names, (int(side * scale) for side in size), strict=True))
        for i, size in enumerate(sizes)
    ]
    return {"order_id": f"hard {seed}", "lines": lines}


def hard_question() -> Question:
    """A hundred such orders: minutes."""
    policy = Policy(effort="thorough", max_parcels=1)
    return asked([hard(seed) for seed in range(100)], ONE_CARTON, policy)


def with_solver(scenario: Callable[[Solver], Awaitable[None]], **settings: Any) -> None:
    """Run a scenario with a solver of one process."""

    run_with(Solver(1, **settings), scenario)


def verdict(told: Told) -> str:
    """The verdict on the only order."""
    answer: dict[str, Any] = msgspec.json.decode(told.answers[0])
    return str(answer["verdict"])


def test_questions_of_many_kinds_are_answered_each_as_asked() -> None:
    """With and without weights, of several policies, with the same ids: each gets its own."""

    async def scenario(solver: Solver) -> None:
        volume = Policy(objective="volume")
        questions = [question(), question(weight_g=100), question(volume)]
        questions += [question(qty=0), question(qty=2)]
        told = await asyncio.gather(*(solver.answer(one) for one in questions))
        answers = [msgspec.json.decode(one.answers[0]) for one in told]
        assert [one["order_id"] for one in answers] == ["x"] * 5
        assert [one["verdict"] for one in answers] == ["optimal"] * 3 + ["rejected", "optimal"]
        assert answers[0]["weight_g"] is None
        assert answers[1]["weight_g"] == 100
        assert answers[0]["cost"] != answers[2]["cost"]
        assert answers[4]["units"] == 2
        assert answers[3]["errors"][0]["pointer"] == "/orders/0/lines/0/qty"

    with_solver(scenario)


def test_notes_are_told_to_the_request_that_they_are_about() -> None:
    """A neighbour in the batch does not learn of a misspelt region; missing weights are its own."""
    policy = Policy(bans=(Ban("BAYERN", date(2030, 1, 1), plastic=True),))

    async def scenario(solver: Solver) -> None:
        first = asyncio.ensure_future(solver.answer(question(policy)))  # the next ones wait for it
        line = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70}
        misspelt = {"order_id": "x", "lines": [line], "region": "Bayren"}
        told = await asyncio.gather(
            *(solver.answer(asked([one], policy=policy)) for one in (misspelt, misspelt)),
            *(solver.answer(question(policy)) for _ in range(2)),
        )
        weights = "request: no weights, so no weight limit is asked"
        assert [one.notes for one in (await first, *told[2:])] == [(weights,)] * 3
        for one in told[:2]:
            assert one.notes[0] == weights
            assert "(orders: 1)" in one.notes[1]

    with_solver(scenario)


def test_a_process_that_dies_costs_its_batch_and_is_replaced() -> None:
    """Whoever waited is told to ask again, and the next question is answered."""

    async def scenario(solver: Solver) -> None:
        waiting = asyncio.ensure_future(solver.answer(hard_question()))
        await asyncio.sleep(0.3)
        solver.processes_at_work[0].kill()
        with pytest.raises(Problem) as caught:
            await waiting
        assert caught.value.status == 503
        assert caught.value.headers["Retry-After"] == "1"
        assert verdict(await solver.answer(question())) == "optimal"

    with_solver(scenario)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_process_that_dies_idle_is_replaced(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Nobody need ask to find that out; and who asks at that moment is told to ask again."""

    async def scenario() -> None:
        solver = Solver(1)
        await solver.start()
        try:
            (idle,) = solver._idle
            idle.kill()
            with pytest.raises(Problem, match="died") as caught:
                await solver.answer(question())
            assert caught.value.status == 503
            assert verdict(await solver.answer(question())) == "optimal"
            (idle,) = solver._idle
            idle.kill()
            await idle.ended()
            await asyncio.sleep(0)
            assert solver.alive == 0
            assert verdict(await solver.answer(question())) == "optimal"
        finally:
            await solver.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(scenario())


def test_one_search_after_the_other_goes_by_a_long_one() -> None:
    """A batch that takes its time keeps one process, and the other one answers all the rest."""

    async def scenario() -> None:
        solver = Solver(2, within_s=300)
        await solver.start()
        long = asyncio.ensure_future(solver.answer(hard_question()))
        try:
            async with asyncio.timeout(60):  # the hard ones take minutes
                for _ in range(3):
                    assert verdict(await solver.answer(question())) == "optimal"
            assert not long.done()
        finally:
            long.cancel()
            await asyncio.sleep(0)
            await solver.close()

    asyncio.run(scenario())


def test_odd_weights_change_nothing_for_the_neighbours() -> None:
    """Whether blanks in several units are a weight is for the door to say, not for a batch."""

    async def scenario(solver: Solver) -> None:
        first = asyncio.ensure_future(solver.answer(question()))  # the next ones wait for it
        odd: list[dict[str, Any]] = [
            {"weight_g": "", "weight_kg": ""},
            {"weight": "", "weight_unit": "stone"},
            {"weight_g": "\u00a0"},
            {"weight_g": "none"},
        ]
        questions = [one for more in odd for one in (question(**more), question())]
        told = await asyncio.gather(*map(solver.answer, questions))
        assert [verdict(one) for one in told[1::2]] == ["optimal"] * len(odd)
        assert (await first).notes == told[1].notes != ()

    with_solver(scenario)


def test_a_question_that_takes_too_long_is_refused_and_its_neighbours_are_not() -> None:
    """The batch is given up, and asked one by one: only the hard one is refused."""

    async def scenario(solver: Solver) -> None:
        first = asyncio.ensure_future(solver.answer(question()))
        too_hard = hard_question()
        line = {"sku": "a", "qty": 1, "length_mm": 9, "width_mm": 8, "height_mm": 7}
        easy = asked([{"order_id": "x", "lines": [line]}], ONE_CARTON, too_hard.policy)
        assert easy.kind == too_hard.kind
        both = asyncio.gather(solver.answer(too_hard), solver.answer(easy), return_exceptions=True)
        assert verdict(await first) == "optimal"
        refused, answered = await both
        assert isinstance(refused, Problem)
        assert refused.status == 413, "nobody shall send it again: it would take as long"
        assert "POST /v1/jobs" in refused.detail
        assert isinstance(answered, Told)
        assert verdict(answered) == "optimal"

    with_solver(scenario, within_s=5.0)


def test_a_fault_of_ours_costs_no_neighbour() -> None:
    """The batch is asked one by one: only the question that brings the fault out gets it."""

    async def scenario(solver: Solver) -> None:
        first = asyncio.ensure_future(solver.answer(question()))
        easy = question()
        line = {"sku": "a", "qty": 1, "length_mm": 9, "width_mm": 8, "height_mm": 7}
        broken = replace(easy, orders=[{"lines": [line]}])
        assert broken.kind == easy.kind
        both = asyncio.gather(solver.answer(broken), solver.answer(easy), return_exceptions=True)
        assert verdict(await first) == "optimal"
        refused, answered = await both
        assert isinstance(refused, ProcessFaultError)
        assert isinstance(answered, Told)
        assert verdict(answered) == "optimal"

    with_solver(scenario)
