"""Many files of orders, answered on an engine, so that a rerun does only what is missing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt import __version__
from packopt.engine.engines import Engine, Threads
from packopt.engine.recommender import NestedRecommender
from packopt.errors import ResultError
from packopt.evidence import canonical
from packopt.lake.answering import AnswerParts
from packopt.lake.holding import Hold, held
from packopt.lake.parts import PART_ROWS
from packopt.lake.places import Place
from packopt.lake.planning import PlannedInput, plan_parts
from packopt.lake.regrouping import Regrouping, WherePartsAre
from packopt.lake.repeats import refuse_repeats
from packopt.lake.results import (
    Mark,
    complete_parts,
    mark_of,
    read_ids,
    read_run,
    read_tables,
    refuse_foreign,
    stale_files,
)
from packopt.order_columns import SKU_COLUMNS
from packopt.part_notes import sum_notes
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.result_writer import RUN_FILE, SCHEMA_VERSION
from packopt.tables import TABLES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packopt.catalogue import Catalogue

_MADE_BY: Final = 4
"""Raised when the same input would be cut or named otherwise, or marks say something else."""


@dataclass(frozen=True, slots=True)
class LakeRun:
    """What became of a run.

    Attributes
    ----------
    parts
        Number of parts of the input.
    answered
        Number of parts that this run answered; the others were complete before.
    counts
        Rows of each table.
    verdicts
        Orders by verdict.
    notes
        What the reader should know.
    """

    parts: int
    answered: int
    counts: dict[str, int]
    verdicts: dict[str, int]
    notes: tuple[str, ...]


def recommend_files(
    source: str | PathLike[str],
    out: str | PathLike[str],
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    skus: Any = None,
    engine: Engine | None = None,
    plans: bool = True,
    part_rows: int = PART_ROWS,
    regroup: bool = False,
    notes: Sequence[str] = (),
    progress: Callable[[int, int, int], object] | None = None,
) -> LakeRun:
    """Recommend for all orders of a folder of files, and write the answers to another.

    Every file is cut into parts of whole orders; each is answered by itself and written at once. A
    run that was interrupted goes on where it was, if it is called again with the same input,
    catalogue and policy; if these have changed, only what depends on them is done anew, and what
    is stale is removed at the end.

    Parameters
    ----------
    source
        A file or folder, by path or URL (``s3://bucket/orders``, ``gs://``, ``abfss://``, and what
        fsspec knows): order lines in any format of `packopt.read_orders`, or nested orders in
        Parquet. Folders such as ``site=BER`` add a column, if orders have one of that name.
    out
        Folder for the results: one folder for each table, partitioned like the input.
    catalogue, policy
        As of `packopt.recommend`, without limits of stock.
    skus
        Sizes and other properties by SKU, where the order lines lack them.
    engine
        Where the work is done; this thread if None (see `packopt.open_engine`).
    plans
        Whether placements are kept.
    part_rows
        Rows of a part, as far as row groups of Parquet allow it.
    regroup
        Whether orders that the first pass of the effort leaves open are collected from all parts,
        and given out again in small batches, so that a part with hard orders holds up nobody. The
        answers are the same. It pays where hard orders stand together: three rounds over all parts
        take longer than one.
    notes
        What else is to be noted of the input, such as what was ignored of a file of ``skus``.
    progress
        Called with parts done so far, all parts, and the orders of the last one.

    Returns
    -------
    Counts and notes.

    Raises
    ------
    OrdersError
        If there is no file of orders, one is unusable, or an order is in two parts.
    ResultError
        If ``out`` holds files of somebody else or the result of one file, is in the input or
        around it, or another run is at work there.
    PlaceError
        If a file cannot be read or written.
    CatalogueError
        If stock is limited, or the objective is `cost` and a package has no price.
    """
    source, out = fspath(source), fspath(out)
    places = Place(source), Place(out)
    engine = engine or Threads()
    skus = None if skus is None else pa.table(skus)
    recommend = NestedRecommender(catalogue, policy, skus=skus)
    if places[0].overlaps(places[1]):
        problem = f"found the input {source} in this folder or around it, expected them apart"
        raise ResultError(out, f"{problem}; name another folder for the results")
    refuse_foreign(places[1], [file.name for file in places[1].files()])
    planned = plan_parts(places[0], engine, part_rows)
    weights_known = planned.weights_known(skus)
    recommend = NestedRecommender(
        catalogue, policy, skus=skus, weights_known=weights_known, source=source
    )
    job = _digest(recommend, skus, weights_known=weights_known, plans=plans)
    kind = Regrouping if regroup and recommend.has_second_pass() else WherePartsAre
    with held(places[1]) as hold:
        answering = kind(engine, AnswerParts(*places, recommend, job, plans=plans))
        planned = replace(planned, notes=(*planned.notes, *notes))
        return _run(places, planned, job, recommend, answering, hold, progress=progress)


def read_files(out: str | PathLike[str]) -> Recommendations:
    """Read the result of `recommend_files`, all parts in the order of the input.

    Raises
    ------
    ResultError
        If it is not complete, or damaged.
    PlaceError
        If it cannot be read.
    """
    out = fspath(out)
    place = Place(out)
    if not place.below(RUN_FILE).is_file():
        problem = f"found no {RUN_FILE}, expected a complete result of many files"
        raise ResultError(out, f"{problem}; run packopt recommend again, it does what is missing")
    run = read_run(place)
    if "parts" not in run:
        problem = "found the result of one file, expected one of many; use Recommendations.read"
        raise ResultError(out, problem)
    return Recommendations(
        **read_tables(place, run),
        policy=Policy.from_dict(run["policy"]),
        catalogue_digest=run["catalogue_digest"],
        notes=tuple(run["notes"]),
    )


def _digest(
    recommend: NestedRecommender, skus: pa.Table | None, *, weights_known: bool, plans: bool
) -> str:
    """What all results depend on, but the input."""
    settings = {
        "packopt": __version__,
        "tables": SCHEMA_VERSION,
        "parts": _MADE_BY,
        "catalogue": recommend.catalogue.digest,
        "policy": recommend.policy.to_dict(),
        "weights_known": weights_known,
        "plans": plans,
        "skus": None if skus is None else _digest_of_skus(skus),
    }
    return hashlib.sha256(canonical(settings)).hexdigest()


def _digest_of_skus(skus: pa.Table) -> str:
    """By the bytes of the columns that count, whatever their types are."""
    wanted = [place for place, name in enumerate(skus.column_names) if name in SKU_COLUMNS]
    table = skus.select(wanted).replace_schema_metadata(None).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _run(
    places: tuple[Place, Place],
    planned: PlannedInput,
    job: str,
    recommend: NestedRecommender,
    answering: WherePartsAre | Regrouping,
    hold: Hold,
    *,
    progress: Callable[[int, int, int], object] | None,
) -> LakeRun:
    """Answer what is missing, and finish."""
    parts = planned.parts
    names = [part.name(job) for part in parts]
    done = complete_parts(places[1], places[1].files(), names)
    hold.make_sure()
    missing = [part for part, name in zip(parts, names, strict=True) if name not in done]
    if missing:
        # Whoever reads the folder now must not take it for complete.
        places[1].below(RUN_FILE).remove()
    # A mark that says more than there is would be believed.
    for part in missing:
        mark_of(places[1], part.name(job)).remove()
    n_done = len(parts) - len(missing)
    # Threads that are still at work must not write when the folder is held no more.
    with closing(answering.answer(missing)) as answers:
        for n_orders in answers:
            n_done += 1
            if progress:
                progress(n_done, len(parts), n_orders)
    return _finish(places, planned, job, recommend, done, hold)


def _finish(
    places: tuple[Place, Place],
    planned: PlannedInput,
    job: str,
    recommend: NestedRecommender,
    done: dict[str, dict[str, Any]],
    hold: Hold,
) -> LakeRun:
    """Check the whole, remove what is stale, and say that it is complete."""
    source, out = places
    parts = planned.parts
    names = [part.name(job) for part in parts]
    counts: Counter[str] = Counter(dict.fromkeys(TABLES, 0))
    verdicts: Counter[str] = Counter(dict.fromkeys(VERDICTS, 0))
    notes, n_orders = [planned.notes], 0
    for name in names:
        about = done[name] if name in done else Mark.read(mark_of(out, name)).about
        counts.update(about["counts"])
        verdicts.update(about["verdicts"])
        notes.append(about["notes"])
        n_orders += about["read"]
    refuse_repeats(
        source.url,
        parts,
        n_orders,
        lambda index: Mark.read(mark_of(out, names[index])).hashes,
        lambda index: read_ids(out, names[index]),
    )
    hold.make_sure()
    for stale in stale_files([file.name for file in out.files()], set(names)):
        out.below(stale).remove()
    run = LakeRun(
        len(parts), len(names) - len(done), dict(counts), dict(verdicts), sum_notes(notes)
    )
    summary = {
        "schema_version": SCHEMA_VERSION,
        "packopt_version": __version__,
        "policy": recommend.policy.to_dict(),
        "catalogue_digest": recommend.catalogue.digest,
        "weights_known": recommend.weights_known,
        "notes": run.notes,
        "counts": run.counts,
        "verdicts": run.verdicts,
        "parts": names,
    }
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    out.below(RUN_FILE).write(text.encode())
    return run
