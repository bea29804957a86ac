"""Questions to solvers, and solvers to ask them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from packopt import Catalogue, Policy, builtin_catalogue
from packopt_service.lanes import Lanes
from packopt_service.library import policy_digest
from packopt_service.solver import Question, Solver

DEMO = builtin_catalogue("demo")
Asked = TypeVar("Asked", Solver, Lanes)


def asked(
    orders: Sequence[Any], catalogue: Catalogue = DEMO, policy: Policy | None = None
) -> Question:
    """A question about orders."""
    policy = policy or Policy()
    return Question(
        orders=orders,
        catalogue=catalogue,
        policy=policy,
        case=(catalogue.digest, policy_digest(policy)),
    )


def run_with(solver: Asked, scenario: Callable[[Asked], Awaitable[None]]) -> None:
    """Run a scenario with a solver that is started before and closed afterwards."""

    async def run() -> None:
        await solver.start()
        try:
            await scenario(solver)
        finally:
            await solver.close()

    asyncio.run(run())
