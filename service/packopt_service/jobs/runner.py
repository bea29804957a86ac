"""What a service does for jobs: it runs DBOS, does the steps of workflows, and takes over."""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from packopt import __version__, sum_notes
from packopt_service.jobs import names, worker
from packopt_service.jobs.engine import Engine
from packopt_service.jobs.faults import judged
from packopt_service.jobs.keeper import Keeper
from packopt_service.jobs.pool import WorkerPool
from packopt_service.jobs.records import JobRecords
from packopt_service.jobs.spec import FINISHED, OPEN, JobFault, Parked
from packopt_service.jobs.storage import storage_of
from packopt_service.jobs.workflows import Outcome, enqueue_job
from packopt_service.logs import log
from packopt_service.metrics import ORDERS, REJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from packopt import Catalogue
    from packopt_service.jobs.records import JobRecord
    from packopt_service.jobs.spec import PartDone
    from packopt_service.library import Shelf
    from packopt_service.settings import Settings

_LONGEST_WAIT_S: Final = 15.0
_MOST_CRASHES: Final = 3
#: Beats between two looks for jobs that were lost between two tables.
_SELDOM: Final = 5


@dataclass
class JobRunner:
    """Runs the jobs of a database, together with other services.

    Parameters
    ----------
    engine
        The database.
    settings
        What the service was started with.
    catalogues
        The shelf from which jobs take their catalogues.
    """

    engine: sa.Engine
    settings: Settings
    catalogues: Shelf[Catalogue]
    records: JobRecords = field(init=False)

    def __post_init__(self) -> None:
        self.records = JobRecords(self.engine)
        self.storage = storage_of(self.settings.data_dir, self.settings.storage_url)
        self.executor_id = str(uuid.uuid4())
        self.pool = WorkerPool(max(1, self.settings.job_workers), self.settings.job_niceness)
        self._engine = Engine(self.settings, self.executor_id, self.engine)
        self._keeper = Keeper(
            self.engine,
            self.executor_id,
            self.settings.heartbeat_s,
            self.settings.dead_after_s,
            self._engine.take_over,
            self._tidy,
        )
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._idle_since: dict[str, float] = {}
        self._ahead: dict[tuple[str, int], Future[PartDone]] = {}
        self._beats = 0
        #: Jobs of which nobody knows whether the database has kept them.
        self._in_doubt: set[str] = set()

    def start(self) -> None:
        """Start to run jobs; those of processes that died come first."""
        self._engine.start(self)
        if self.engine.dialect.name == "sqlite":
            self._keeper.all_others_stopped()
        self._keeper.start()
        self._keeper.look_around()

    def stop(self) -> None:
        """Let go of the jobs between two parts, or after a while within one."""
        self._stopping.set()
        late = threading.Timer(self.settings.drain_s, self.pool.close)
        late.daemon = True
        late.start()
        self._engine.stop(self.settings.drain_s)
        late.cancel()
        self.pool.close()
        self._keeper.stop()

    def submit(self, job_id: str) -> None:
        """Let some service run a job that the records have."""
        enqueue_job(job_id)

    def cancel(self, job_id: str) -> bool:
        """Cancel an open job; tell whether it was open."""
        was_open = self.records.finish(job_id, "cancelled")
        self._engine.cancel(job_id)
        self.storage.remove(names.folder(job_id))
        if was_open:
            log.info("job cancelled", job=job_id)
        return was_open

    def remove(self, job_id: str) -> None:
        """Remove a finished job with its files."""
        self.storage.remove(names.folder(job_id))
        self.records.remove(job_id)
        self._engine.forget(job_id)

    def remove_unless_kept(self, job_id: str) -> None:
        """Remove the files of a job that was not kept.

        A database that goes away while it keeps a job may have kept it: then its files stay until
        the database can be asked.
        """
        try:
            kept = self.records.get(job_id)
        except sa.exc.SQLAlchemyError:
            self._in_doubt.add(job_id)
            return
        self._in_doubt.discard(job_id)
        if kept is None:
            self.storage.remove(names.folder(job_id))

    def again_in_s(self, executor_id: str) -> int:
        """Seconds after which to ask again for what a process holds."""
        return self._keeper.again_in_s(executor_id)

    def remove_old(self) -> int:
        """Remove the jobs that finished long ago, and what others left; return how many.

        Copies of a job that ended go, and what a worker still wrote of one that was cancelled.
        """
        old = self.records.old(self.settings.keep_days)
        for job in old:
            self.remove(job.job_id)
        for copy in (self.settings.data_dir / "scratch").glob("*"):
            known = self.records.get(copy.name)
            if known is None or known.state in FINISHED:
                shutil.rmtree(copy, ignore_errors=True)
        for job in self.records.in_state("cancelled"):
            self.storage.remove(names.folder(job.job_id))
        for job_id in list(self._in_doubt):
            self.remove_unless_kept(job_id)
        return len(old)

    @contextmanager
    def running(self, workflow_id: str) -> Iterator[None]:
        """Note that a workflow runs here."""
        with self._lock:
            self._running[workflow_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[workflow_id] -= 1
                self._running += Counter()  # without those that are none
                for key in [one for one in self._ahead if one[0] == workflow_id]:
                    self._ahead.pop(key).cancel()

    # Steps of workflows; each may be done again.

    def split(self, job_id: str) -> Outcome:
        """Split the upload into parts."""

        def work(job: JobRecord) -> Outcome:
            if not self.records.start(job_id):
                return {"gone": True}
            if job.kind in worker.WHOLE:
                self.records.split(job_id, 1, None)
                return {"parts": 1}
            found = self.pool.submit(worker.split, self.task(job)).result()
            self.records.split(job_id, found.parts, found.orders)
            log.info("job split", job=job_id, parts=found.parts, orders=found.orders)
            return {"parts": found.parts}

        return self._persevere(job_id, work)

    def answer(self, job_id: str, part: int) -> Outcome:
        """Answer one part."""

        def work(job: JobRecord) -> Outcome:
            done = self._submit(job, part).result()
            if job.kind in worker.WHOLE:
                self.records.split(job_id, 1, done.orders)
            if self.records.note_part(job_id, part, done):
                for verdict, number in done.verdicts.items():
                    ORDERS.labels("job", verdict).inc(number)
                REJECTS.labels("job").inc(done.rejects)
            return {}

        return self._persevere(job_id, work)

    def publish(self, job_id: str) -> Outcome:
        """Make the results appear, all at once."""

        def work(job: JobRecord) -> Outcome:
            for folder in (names.folder(job_id), names.results_folder(job_id)):
                self.storage.sweep(folder)
            text = json.dumps(self._manifest(job), sort_keys=True, indent=1)
            self.storage.write(names.results_done(job_id), lambda file: file.write(text.encode()))
            if self.records.finish(job_id, "succeeded"):
                log.info("job succeeded", job=job_id)
            self.storage.remove(names.split_folder(job_id))
            return {"notify": job.webhook_url is not None}

        return self._persevere(job_id, work, ("queued", "running", "succeeded"))

    def fail(self, job_id: str, reason: str) -> Outcome:
        """Give a job up."""

        def work(job: JobRecord) -> Outcome:
            if self.records.finish(job_id, "failed", reason):
                log.info("job failed", job=job_id)
            self.storage.remove(names.split_folder(job_id))
            return {"notify": job.webhook_url is not None}

        return self._persevere(job_id, work, ("queued", "running", "failed"))

    def notify(self, job_id: str, attempt: int, last: bool) -> Outcome:
        """Send the webhook of a finished job."""
        from packopt_service.jobs.notifying import notify

        def work(job: JobRecord) -> Outcome:
            return notify(self.records, job, self.settings, attempt, last=last)

        return self._persevere(job_id, work, FINISHED)

    def _submit(self, job: JobRecord, part: int) -> Future[PartDone]:
        """Ask for a part, and for those after it that other workers can do meanwhile.

        Parts are files that stay as they are, so what is done ahead of its step is done for good.
        """
        if job.kind in worker.WHOLE:
            return self.pool.submit(worker.WHOLE[job.kind], self.task(job))
        task = self.task(job)
        for one in range(part, min(part + self.pool.processes, job.parts or part + 1)):
            key = (job.job_id, one)
            with self._lock:
                known = self._ahead.get(key)
                if known is None or (known.done() and known.exception() is not None):
                    self._ahead[key] = self.pool.submit(worker.answer, task, one)
        with self._lock:
            return self._ahead.pop((job.job_id, part))

    def task(self, job: JobRecord) -> worker.Task:
        """Return a job as a worker process needs it.

        Raises
        ------
        JobFault
            If its catalogue says something else than when it was submitted.
        """
        spec = job.spec
        chosen = self._catalogue(spec.catalogue, spec.catalogue_digest)
        other: dict[str, Any] = {}
        if spec.baseline_catalogue is not None:
            found = self._catalogue(spec.baseline_catalogue, spec.baseline_digest or "")
            other = {"other_format": found.format, "other_content": found.content}
        return worker.Task(
            job.job_id,
            spec,
            self.settings.data_dir,
            self.settings.storage_url,
            chosen.format,
            chosen.content,
            self.settings.stock_orders,
            **other,
        )

    def _catalogue(self, reference: str, digest: str) -> Any:
        found = self.catalogues.get(reference)
        if found.digest != digest:
            raise JobFault(
                f"the catalogue {reference} is another one since packopt was renewed; "
                "submit the job again"
            )
        return found

    def _manifest(self, job: JobRecord) -> dict[str, Any]:
        rows: dict[str, int] = {}
        notes: list[list[str]] = []
        for part in range(job.parts or 0):
            with self.storage.open(names.part_done(job.job_id, part)) as file:
                told = json.loads(file.read())
            notes.append(told["notes"])
            for name, number in told["rows"].items():
                rows[name] = rows.get(name, 0) + number
        return {
            "parts": job.parts,
            "rows": rows,
            "notes": list(sum_notes(notes)),
            "catalogue": job.spec.catalogue,
            "catalogue_digest": job.spec.catalogue_digest,
            "policy": job.spec.policy,
            "policy_digest": job.spec.policy_digest,
            "engine": f"packopt {__version__}",
        }

    def _persevere(
        self,
        job_id: str,
        work: Callable[[JobRecord], Outcome],
        states: tuple[str, ...] = OPEN,
    ) -> Outcome:
        """Do a step, again and again where only the surroundings are at fault.

        A full disk and an absent database are waited for; what is wrong with the job itself is
        its fault.
        """
        start, delay_s, crashes = time.monotonic(), 1.0, 0
        while True:
            if self._stopping.is_set():
                raise Parked
            try:
                return self._do(job_id, work, states)
            except Exception as fault:  # noqa: BLE001 - every fault is told, whoever made it
                died = isinstance(fault, (BrokenProcessPool, CancelledError))
                if died and self._stopping.is_set():
                    raise Parked from None
                crashes += died
                reason, is_final = judged(fault, job_id)
            if is_final or crashes == _MOST_CRASHES:
                return {"fault": reason}
            if time.monotonic() - start > self.settings.patience_s:
                return {"fault": reason}
            self._say_waiting(job_id, reason, delay_s)
            if self._stopping.wait(delay_s):
                raise Parked
            delay_s = min(2 * delay_s, _LONGEST_WAIT_S)

    def _do(
        self, job_id: str, work: Callable[[JobRecord], Outcome], states: tuple[str, ...]
    ) -> Outcome:
        """Do a step once, unless the job is not wanted any more, be it before or since."""
        job = self.records.get(job_id)
        if job is None or job.state not in states:
            self._clear_away(job_id, job)
            return {"gone": True}
        outcome = work(job)
        job = self.records.get(job_id)
        if job is None or job.state == "cancelled":
            self._clear_away(job_id, job)
            return {"gone": True}
        return outcome

    def _clear_away(self, job_id: str, job: JobRecord | None) -> None:
        """Remove what was still being written when a job was cancelled or removed."""
        if job is None or job.state == "cancelled":
            self.storage.remove(names.folder(job_id))

    def _say_waiting(self, job_id: str, reason: str, delay_s: float) -> None:
        log.warning("a job waits", job=job_id, reason=reason, again_in_s=delay_s)
        try:
            self.records.wait(job_id, f"{reason}; it is tried again")
        except sa.exc.SQLAlchemyError:
            return  # what keeps the job may keep the note, too

    def _tidy(self) -> None:
        """Mend what a fault left between two tables: workflows without a thread, jobs without one.

        A workflow is without a thread where DBOS could not write down its outcome.
        """
        if self._stopping.is_set():
            return  # what is idle now is parked
        mine = self._engine.pending()
        now = time.monotonic()
        with self._lock:
            idle = {one for one in mine if one not in self._running}
        since = {one: self._idle_since.get(one, now) for one in idle}
        for workflow_id, start in list(since.items()):
            if now - start > self.settings.dead_after_s:  # not just starting or ending
                self._engine.resume(workflow_id, mine[workflow_id])
                del since[workflow_id]
        self._idle_since = since
        self._beats += 1
        if self._beats % _SELDOM == 1:
            self._engine.reconcile(self.records)
