"""What a running service consists of, and its start and end."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from packopt import kernel_is_cold, warm
from packopt_service import evidence_store
from packopt_service.access import Gatekeeper
from packopt_service.database import connect
from packopt_service.idempotency import Claims, forget_old
from packopt_service.jobs.on_demand import EvidenceMaker
from packopt_service.jobs.runner import JobRunner
from packopt_service.jobs.uploads import remove_forgotten
from packopt_service.lanes import Lanes
from packopt_service.library import catalogue_shelf, policy_shelf, rows_of
from packopt_service.logs import log
from packopt_service.metrics import READY
from packopt_service.remembering import Memory

if TYPE_CHECKING:
    from packopt import Catalogue, Policy
    from packopt_service.library import Shelf, Version
    from packopt_service.settings import Settings

_HOUSEKEEPING_S = 3600
T = TypeVar("T")


@dataclass
class Service:
    """The parts of a service that its routes use.

    Parameters
    ----------
    settings
        What it was started with.
    """

    settings: Settings
    engine: sa.Engine = field(init=False)
    gatekeeper: Gatekeeper = field(init=False)
    catalogues: Shelf[Catalogue] = field(init=False)
    policies: Shelf[Policy] = field(init=False)
    solver: Lanes = field(init=False)
    memory: Memory = field(init=False)
    jobs: JobRunner = field(init=False)
    claims: Claims = field(init=False)
    evidence: EvidenceMaker = field(init=False)

    def __post_init__(self) -> None:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.engine = connect(self.settings.database)
        self.gatekeeper = Gatekeeper(self.engine, self.settings)
        self.catalogues = catalogue_shelf(self.engine)
        self.policies = policy_shelf(self.engine)
        self.solver = Lanes(
            self.settings.solver_processes,
            self.settings.search_processes,
            self.settings.answer_within_s,
            self.settings.waiting_requests,
        )
        self.memory = Memory(self.solver, self.settings.remembered_bytes)
        self.jobs = JobRunner(self.engine, self.settings, self.catalogues)
        self.claims = Claims(self.engine, self.jobs.executor_id, self.jobs.again_in_s)
        self.evidence = EvidenceMaker(
            self.jobs, self.settings.evidence_within_s, self.settings.job_niceness
        )
        #: True once it was asked to stop: what has no end of its own ends then.
        self.is_stopping = False
        self._why_not_ready = "the kernel is being compiled; ask again in a while"
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def not_ready(self) -> str:
        """Why the service is not ready; empty when it is."""
        return self._why_not_ready

    async def start(self) -> None:
        """Start what runs beside the requests."""
        await run_in_threadpool(self.jobs.start)
        self._tasks = [
            asyncio.create_task(self._warm()),
            asyncio.create_task(self._keep_house()),
            asyncio.create_task(self._let_go_of_claims()),
        ]

    async def stop(self) -> None:
        """Let requests finish, and let everything go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await run_in_threadpool(self.evidence.close)
        await run_in_threadpool(self.jobs.stop)
        await self.solver.close()
        self.engine.dispose()

    async def catalogue(self, reference: str | None) -> Version[Catalogue]:
        """Return a catalogue; that of the settings if None.

        Raises
        ------
        Problem
            404 if there is none.
        """
        return await _found(self.catalogues, reference or self.settings.catalogue)

    async def policy(self, reference: str | None) -> Version[Policy]:
        """Return a policy; ``default`` if None.

        Raises
        ------
        Problem
            404 if there is none.
        """
        return await _found(self.policies, reference or "default")

    def packages_of(self, catalogue: Version[Catalogue]) -> list[dict[str, Any]]:
        """Return the rows of a catalogue as they were uploaded."""
        return rows_of(catalogue.format, catalogue.content)

    async def _warm(self) -> None:
        try:
            # Once here, so that the processes find it compiled.
            if kernel_is_cold():
                await run_in_threadpool(warm, lambda part: log.info("compiling", part=part))
            await self.solver.start()
        except Exception:
            log.exception("the kernel could not be compiled")
            self._why_not_ready = "the kernel could not be compiled; the log says why"
            raise
        gc.collect()
        gc.freeze()  # what is there now stays; looking through it again and again takes its time
        self._why_not_ready = ""
        READY.set(1)
        log.info("ready")

    async def _keep_house(self) -> None:
        while True:
            try:
                await run_in_threadpool(forget_old, self.engine)
                days = self.settings.keep_days
                await run_in_threadpool(evidence_store.forget_old, self.engine, days)
                await run_in_threadpool(self.jobs.remove_old)
                await run_in_threadpool(remove_forgotten, self.settings.data_dir / "incoming")
            except (sa.exc.SQLAlchemyError, OSError) as fault:
                log.warning("housekeeping failed, it is tried again", error=type(fault).__name__)
            except Exception:  # noqa: BLE001 - it must outlive everything
                log.exception("housekeeping failed, it is tried again")
            await asyncio.sleep(_HOUSEKEEPING_S)

    async def _let_go_of_claims(self) -> None:
        """Let others have the keys that could not be let go of while the database was away."""
        while True:
            await asyncio.sleep(self.settings.heartbeat_s)
            with suppress(sa.exc.SQLAlchemyError):  # it is still away, and the keeper says so
                await run_in_threadpool(self.claims.let_go)


async def _found(shelf: Shelf[T], reference: str) -> Version[T]:
    """Look a version up; what is at hand needs no other thread, which would take its time."""
    at_hand = shelf.at_hand(reference)
    return await run_in_threadpool(shelf.get, reference) if at_hand is None else at_hand
