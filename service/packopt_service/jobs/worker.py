"""What the worker processes do: split an upload, answer a part, replay a history, propose a set.

Every function may be called twice, be it in another process or after a crash: it does its work
again, to the same bytes, or finds it done. What says that a piece is done is written last.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections import OrderedDict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from packopt_service.finite_stock import can_run_out
from packopt_service.jobs import names
from packopt_service.jobs.spec import JobFault, JobSpec, PartDone
from packopt_service.jobs.storage import storage_of, sync_file, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from packopt import Catalogue, Orders, Policy, Recommendations, Recommender
    from packopt_service.jobs.storage import LocalStorage, RemoteStorage

_MOST_RECOMMENDERS: Final = 4
_recommenders: OrderedDict[tuple[str, str], Recommender] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Task:
    """A job, as a worker process needs it.

    Attributes
    ----------
    data_dir, storage_url
        As of the settings.
    catalogue_format, catalogue_content
        The file of the catalogue.
    other_format, other_content
        That of the baseline's catalogue, if there is one.
    stock_orders
        Most orders of a catalogue with finite stock.
    """

    job_id: str
    spec: JobSpec
    data_dir: Path
    storage_url: str
    catalogue_format: str
    catalogue_content: bytes
    stock_orders: int
    other_format: str = ""
    other_content: bytes = b""

    @property
    def storage(self) -> LocalStorage | RemoteStorage:
        """Where the files of the job lie."""
        return storage_of(self.data_dir, self.storage_url)

    @property
    def scratch(self) -> Path:
        """A local folder for copies of remote files, which every process may remove."""
        return self.data_dir.resolve() / "scratch" / self.job_id


@dataclass(frozen=True, slots=True)
class Split:
    """What an upload consists of."""

    parts: int
    orders: int


def split(task: Task) -> Split:
    """Split the upload of a job into parts.

    Raises
    ------
    InputError
        If it is unusable as a whole.
    JobFault
        If it has more orders than can be answered in turn.
    """
    storage, done = task.storage, names.split_done(task.job_id)
    if storage.exists(done):
        return Split(**read_json(storage, done)["split"])
    finite = can_run_out(catalogue_of(task))
    most = task.stock_orders if finite else task.spec.orders_per_part
    with _local_upload(task) as upload:
        found = _split_locally(upload, _split_folder(task), most + 1 if finite else most)
    if finite and (found.parts > 1 or found.orders > most):
        raise JobFault(
            f"found more than {most:,} orders for a catalogue with finite stock, which are "
            "answered in turn, as one part; send fewer in one job, or leave the stock out"
        )
    files = _publish_split(task)
    text = json.dumps({"split": {"parts": found.parts, "orders": found.orders}, "files": files})
    storage.write(done, lambda file: file.write(text.encode()))
    return found


def answer(task: Task, part: int) -> PartDone:
    """Answer the orders of one part, and write its tables."""
    storage, done = task.storage, names.part_done(task.job_id, part)
    if not storage.exists(done):
        result = recommender_of(task).recommend(_orders(task, part))
        if not task.spec.plans:
            result = without_plans(result)
        _write_part(task, part, tables_of(result), result)
    known = read_json(storage, done)
    return PartDone(known["orders"], known["rejects"], known["verdicts"])


def replay(task: Task) -> PartDone:
    """Replay an order history against its baseline; write the tables and the report."""
    from packopt_service.jobs.replaying import replay_history

    storage, done = task.storage, names.part_done(task.job_id, 0)
    if not storage.exists(done):
        with _local_upload(task) as upload, tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "report.html"
            packings = Path(folder) / "packings.ndjson"
            if storage.exists(names.packings(task.job_id)):
                storage.fetch(names.packings(task.job_id), packings)
            tables, plan = replay_history(
                task.spec, upload, catalogue_of(task), _other_catalogue(task), page, packings
            )
            content = page.read_bytes()
        storage.write(names.report(task.job_id), lambda file: file.write(content))
        _write_part(task, 0, tables_of(plan) | tables, plan)
    known = read_json(storage, done)
    return PartDone(known["orders"], known["rejects"], known["verdicts"])


def propose(task: Task) -> PartDone:
    """Propose a set of package types for an order history; write tables, report and catalogue."""
    from packopt_service.jobs import proposing

    storage, done = task.storage, names.part_done(task.job_id, 0)
    if not storage.exists(done):
        with _local_upload(task) as upload, tempfile.TemporaryDirectory() as folder:
            page, work = Path(folder) / "report.html", task.scratch / "suite"
            found = proposing.propose(task.spec, upload, catalogue_of(task), page, work)
        for name, content in (
            (names.report(task.job_id), found.page),
            (names.proposed_catalogue(task.job_id), found.catalogue),
            (names.about_suite(task.job_id), found.about),
        ):
            storage.write(name, partial(_put, content))
        _write_part(task, 0, tables_of(found.plan) | found.tables, found.plan)
    known = read_json(storage, done)
    return PartDone(known["orders"], known["rejects"], known["verdicts"])


#: Kinds of jobs whose upload is one part, and who answers it.
WHOLE: Final = {"savings": replay, "suite": propose}


def _put(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def tables_of(result: Recommendations) -> dict[str, pa.Table]:
    """Return the tables of an answer by name."""
    return {name: getattr(result, name) for name in names.TABLES}


def without_plans(result: Recommendations) -> Recommendations:
    """Return an answer without placements."""
    return replace(
        result,
        placements=result.placements.slice(0, 0),
        alternative_placements=result.alternative_placements.slice(0, 0),
    )


def _write_part(
    task: Task, part: int, tables: dict[str, pa.Table], result: Recommendations
) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    storage = task.storage
    for name, table in tables.items():
        if part and not table.num_rows:
            continue  # the first part tells the columns of every table
        # The Arrow schema goes along: what reads these files is only this service.
        fill = partial(pq.write_table, table, compression="zstd")
        storage.write(names.part_table(task.job_id, part, name), fill)
    verdicts = pc.value_counts(result.orders["verdict"].cast(pa.string())).to_pylist()
    rejected = pc.count_distinct(result.rejects["order_id"], mode="only_valid").as_py()
    told = {
        "orders": result.orders.num_rows + rejected,
        "rejects": result.rejects.num_rows,
        "verdicts": {one["values"]: one["counts"] for one in verdicts},
        "rows": {name: table.num_rows for name, table in tables.items()},
        "notes": list(result.notes),
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    storage.write(names.part_done(task.job_id, part), lambda file: file.write(text.encode()))


def recommender_of(task: Task) -> Recommender:
    """Return what answers the orders of a job, made once for each catalogue and policy."""
    from packopt import Recommender

    case = (task.spec.catalogue_digest, task.spec.policy_digest)
    if case not in _recommenders:
        if len(_recommenders) >= _MOST_RECOMMENDERS:
            _recommenders.popitem(last=False)
        _recommenders[case] = Recommender(catalogue_of(task), policy_of(task.spec))
    return _recommenders[case]


def policy_of(spec: JobSpec) -> Policy:
    """Return the policy of a job."""
    from packopt import Policy

    return Policy.from_dict(spec.policy_settings)


def catalogue_of(task: Task) -> Catalogue:
    """Return the catalogue of a job."""
    return _read_catalogue(task.catalogue_format, task.catalogue_content)


def _other_catalogue(task: Task) -> Catalogue | None:
    return _read_catalogue(task.other_format, task.other_content) if task.other_format else None


def _read_catalogue(suffix: str, content: bytes) -> Catalogue:
    from packopt import read_catalogue

    with tempfile.TemporaryDirectory(prefix="packopt-") as folder:
        path = Path(folder) / f"catalogue.{suffix}"
        path.write_bytes(content)
        return read_catalogue(path)


def _orders(task: Task, part: int) -> Orders:
    from packopt import OrderParts

    orders: Orders = OrderParts.open(_fetched_split(task)).read(part)
    return orders


def _split_folder(task: Task) -> Path:
    """Return the folder of the parts: in the storage if it is local, in a copy otherwise."""
    if task.storage_url:
        return task.scratch / "split"
    return task.data_dir.resolve() / names.split_folder(task.job_id)


def _split_locally(upload: Path, into: Path, most: int) -> Split:
    from packopt import OrderParts, part_orders

    if not into.exists():
        draft = into.with_name(f".{into.name}.{uuid.uuid4().hex[:8]}.part")
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            part_orders(upload, draft, orders_per_part=most)
            for file in [one for one in draft.rglob("*") if one.is_file()]:
                sync_file(file)
            # Somebody else may have been faster; then theirs, which is the same, stays.
            with suppress(OSError):
                draft.rename(into)
            sync_folder(into)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    found = OrderParts.open(into)
    return Split(found.n_parts, found.n_orders)


def _publish_split(task: Task) -> list[str]:
    """Copy the parts to a remote storage; return the names of their files."""
    if not task.storage_url:
        return []
    folder, storage = _split_folder(task), task.storage
    files = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
    for name in files:
        with (folder / name).open("rb") as source:
            storage.write(
                f"{names.split_folder(task.job_id)}/{name}", partial(shutil.copyfileobj, source)
            )
    return files


def _fetched_split(task: Task) -> Path:
    """Return the local folder of the parts, copied from a remote storage if need be."""
    folder = _split_folder(task)
    if folder.exists():
        return folder
    storage = task.storage
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.part")
    for name in read_json(storage, names.split_done(task.job_id))["files"]:
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        storage.fetch(f"{names.split_folder(task.job_id)}/{name}", draft / name)
    with suppress(OSError):
        draft.rename(folder)
    shutil.rmtree(draft, ignore_errors=True)
    return folder


@contextmanager
def _local_upload(task: Task) -> Iterator[Path]:
    """The upload as a local file; a copy of a remote one goes away afterwards."""
    name = names.upload(task.job_id, task.spec.suffix)
    if not task.storage_url:
        yield task.data_dir.resolve() / name
        return
    task.scratch.mkdir(parents=True, exist_ok=True)
    copy = task.scratch / f"{uuid.uuid4().hex}.{task.spec.suffix}"
    try:
        task.storage.fetch(name, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def read_json(storage: LocalStorage | RemoteStorage, name: str) -> Any:
    """Return what a JSON file of a storage says."""
    with storage.open(name) as file:
        return json.loads(file.read())
