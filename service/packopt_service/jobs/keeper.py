"""Signs of life: which services share the jobs, and whose jobs must be taken over.

A service counts its own beats in a table, and watches whether the others' go on; no two clocks
are ever compared. Who was wrongly believed dead is no harm: every step may be done twice.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from packopt_service.database import insert_or_ignore, processes
from packopt_service.logs import log


@dataclass
class Keeper:
    """Beats, and watches the beats of others, on a thread of its own.

    Parameters
    ----------
    engine
        The database.
    executor_id
        This process.
    heartbeat_s
        Seconds between beats.
    dead_after_s
        Seconds without a beat after which a process counts as dead.
    take_over
        Called with the id of a dead process.
    tidy
        Called after every beat, to mend what was lost on the way.
    """

    engine: sa.Engine
    executor_id: str
    heartbeat_s: float
    dead_after_s: float
    take_over: Callable[[str], None]
    tidy: Callable[[], None]
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to beat."""
        self.beat()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; others may take over at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        try:
            with self.engine.begin() as connection:
                mine = processes.c.executor_id == self.executor_id
                connection.execute(processes.update().where(mine).values(stopped=True))
        except sa.exc.SQLAlchemyError as fault:
            log.warning("the database is away; others notice by themselves", error=_name(fault))

    def all_others_stopped(self) -> None:
        """Note that no other process can be alive, as one knows of an embedded database."""
        with self.engine.begin() as connection:
            others = processes.c.executor_id != self.executor_id
            connection.execute(processes.update().where(others).values(stopped=True))

    def beat(self) -> None:
        """Give a sign of life."""
        mine = processes.c.executor_id == self.executor_id
        with self.engine.begin() as connection:
            statement = processes.update().where(mine).values(beat=processes.c.beat + 1)
            known = connection.execute(statement).rowcount
        if not known:  # the first beat, or others believed us dead
            insert_or_ignore(
                self.engine, processes, executor_id=self.executor_id, beat=1, stopped=False
            )

    def look_around(self) -> None:
        """Take over from those that stopped or fell silent."""
        now = time.monotonic()
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(processes)).all()
        for executor_id, beat, stopped in found:
            if executor_id == self.executor_id:
                continue
            known, since = self._seen.get(executor_id, (-1, now))
            if known != beat:
                self._seen[executor_id] = (beat, now)
            if stopped or (known == beat and now - since > self.dead_after_s):
                self._bury(executor_id, beat)

    def again_in_s(self, executor_id: str) -> int:
        """Seconds after which to ask again for what a process holds.

        One that has missed a beat may be gone: then it is the time at which it counts as dead.
        """
        _, since = self._seen.get(executor_id, (-1, time.monotonic()))
        silent_s = time.monotonic() - since
        if silent_s <= 2 * self.heartbeat_s:
            return 1
        return max(1, math.ceil(self.dead_after_s + self.heartbeat_s - silent_s))

    def _bury(self, executor_id: str, beat: int) -> None:
        log.warning("taking over from a service that is gone", executor=executor_id)
        self.take_over(executor_id)
        where = (processes.c.executor_id == executor_id) & (processes.c.beat == beat)
        with self.engine.begin() as connection:
            connection.execute(processes.delete().where(where))
        self._seen.pop(executor_id, None)

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(self.heartbeat_s):
            if time.monotonic() - last > self.dead_after_s / 2:
                self._seen.clear()  # it was us who slept
            last = time.monotonic()
            try:
                self.beat()
                self.look_around()
                self.tidy()
            except sa.exc.SQLAlchemyError as fault:
                # Nobody can beat without the database: what was seen before says nothing.
                self._seen.clear()
                log.warning("no sign of life: the database is away", error=_name(fault))
            except Exception:  # noqa: BLE001 - the thread must outlive everything
                self._seen.clear()
                log.exception("looking after jobs failed, it is tried again")


def _name(fault: Exception) -> str:
    return type(fault).__name__
