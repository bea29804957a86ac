"""The data beside the page: the tables, the figures, and digests that bind them together.

::

    report.html
    report_data/
        savings_*.parquet, .csv, savings.json    the replay, as `Savings.write` writes it, or
                                                 `FilesSavings.write` of many files
        suite_*.parquet, .csv, suite.json        a proposed set, as `Suite.write_tables` writes it
        rules_parcels.parquet                    which case of the rules each parcel is
        rules_cases.parquet                      what each rule says of each case
        rules_parcels_before.parquet, rules_cases_before.parquet     of the baseline's parcels
        rules_summary.parquet, .csv              outcomes counted
        overrides*.parquet, .csv                 records of the packing bench
        green/                                   as `Green.write` writes it
        figures.json, figures.csv                every number of the page; the digest
"""

from __future__ import annotations

import csv
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from packopt.errors import ReportError
from packopt.report.figures import SCHEMA_VERSION, digest
from packopt.report.material import plain
from packopt.tables import parquet_options
from packopt.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packopt.report.material import Material
    from packopt.rules import Judgement

FIGURES: Final = "figures.json"
FIGURES_TABLE: Final = "figures.csv"
_CHUNK: Final = 1 << 20


def write_judged(folder: Path, after: Judgement | None, before: Judgement | None) -> None:
    """Write what rules say of the parcels of both sides, each as far as it is known.

    Parameters
    ----------
    folder
        Where to.
    after, before
        Of the plan, and of the baseline.
    """
    tasks = []
    for judged, side in ((after, ""), (before, "_before")):
        # Of many files only counts are kept, which stand among their tables.
        if judged is not None and judged.subjects.num_rows:
            parcels, cases = (
                folder / f"rules_{what}{side}.parquet" for what in ("parcels", "cases")
            )
            tasks.append(partial(_write_parquet, judged.subjects, parcels))
            # Rule after rule, the cases are numbered from 0.
            tasks.append(partial(_write_parquet, judged.cases, cases, ["case_number"]))
    together(*tasks)


def write_tables(material: Material, folder: Path) -> dict[str, str]:
    """Write the tables that the page is made from, beside those of the replay and of rules.

    Parameters
    ----------
    material
        What the page is written from.
    folder
        Where to: what `packopt.savings.Savings.write` and `write_judged` wrote.

    Returns
    -------
    SHA-256 of each file by its name.
    """
    tasks: list[Callable[[], None]] = []
    if material.suite is not None:
        material.suite.write_tables(folder)
    if material.rules_summary is not None:
        tasks.append(partial(_write_both, material.rules_summary, folder / "rules_summary"))
    if material.green is not None:
        tasks.append(partial(material.green.write, folder / "green"))
    if material.overrides is not None:
        tasks.append(partial(material.overrides.write, folder))
    together(*tasks)
    ours = {FIGURES, FIGURES_TABLE}
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in ours)
    return {path.relative_to(folder).as_posix(): _digest_of(path) for path in paths}


def write_figures(
    folder: Path,
    about: dict[str, Any],
    figures: list[dict[str, str | int | float]],
    files: dict[str, str],
) -> None:
    """Write every number of the page, and the digests of everything.

    Parameters
    ----------
    folder
        The data beside the page.
    about, figures
        What the digest of the report is made from.
    files
        SHA-256 of the other files.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "sha256": digest(about, figures),
        "about": about,
        "figures": figures,
        "files": files,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / FIGURES).write_text(text + "\n", encoding="utf-8")
    with (folder / FIGURES_TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["measure", "key", "value"])
        writer.writeheader()
        writer.writerows(figures)


def check_data(folder: str | Path) -> list[str]:
    """Hold the data beside a page against its digests.

    Parameters
    ----------
    folder
        ``report_data`` beside ``report.html``.

    Returns
    -------
    What was changed since it was written, in words; nothing where all is as it was. The digest
    that it was held against is ``sha256`` in ``figures.json``: it must be the one on the page.

    Raises
    ------
    ReportError
        If there is no readable ``figures.json``.
    """
    path = Path(folder) / FIGURES
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        about, figures = content["about"], content["figures"]
        stated, files = content["sha256"], content["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = (
            f"found no figures of a report ({error}), expected what packopt writes beside one; "
            "name the folder beside the page"
        )
        raise ReportError(str(path), problem) from error
    faults = []
    found = digest(about, figures)
    if found != stated:
        faults.append(f"{FIGURES}: found figures of digest {found}, expected {stated}")
    for name, expected in files.items():
        there = Path(folder) / name
        if not there.is_file():
            faults.append(f"{name}: found no such file")
        elif _digest_of(there) != expected:
            faults.append(f"{name}: found another content than was written")
    return faults


def _write_both(table: pa.Table, stem: Path) -> None:
    _write_parquet(table, stem.with_name(f"{stem.name}.parquet"))
    pa.csv.write_csv(plain(table), stem.with_name(f"{stem.name}.csv"))


def _write_parquet(table: pa.Table, path: Path, ascending: Sequence[str] = ()) -> None:
    pq.write_table(table, path, **parquet_options(table.column_names, ascending))


def _digest_of(path: Path) -> str:
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()
