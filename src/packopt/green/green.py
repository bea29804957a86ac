"""Green packaging management as a whole: all tables of a result, and their files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from packopt import __version__
from packopt.errors import GreenError
from packopt.green.data_quality import data_quality, personal_fields
from packopt.green.earlier import MANIFEST, Earlier, compare
from packopt.green.evidence import evidence
from packopt.green.facts import Facts, gather
from packopt.green.findings import Findings
from packopt.green.inputs.folder import GreenInputs
from packopt.green.inputs.references import check_references
from packopt.green.registry import FINDERS, SHEETS
from packopt.green.scorecard import composite, counts, scorecard
from packopt.green.words import METRICS, TABLES
from packopt.tables import MOST_CSV_ROWS, parquet_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

MANIFEST_VERSION: Final = 1
#: Finders know nothing of each other, and mostly keep no interpreter busy.
_AT_ONE_TIME: Final = 2
_UNSTATED: Final = (
    "no day was stated: certificates, suppliers, reports and rules are judged by {day}, the day on "
    "which this was made; state the day (--on) to get the same answer on another one"
)


@dataclass(frozen=True, eq=False)
class Green:
    """The tables of green packaging management, and what they were made from.

    Attributes
    ----------
    tables
        By name, in the order in which a report shows them; `packopt.green.words.TABLES` has
        their titles and explanations.
    documents
        Text files by name: the packing specification as JSON and Markdown, notices to customers.
    about
        Versions, dates, and what figures hang on; plain values.
    notes
        Sentences on what was assumed or left out.
    """

    tables: Mapping[str, pa.Table]
    documents: Mapping[str, str]
    about: Mapping[str, Any]
    notes: tuple[str, ...]

    def write(self, folder: str | PathLike[str]) -> None:
        """Write every table as Parquet and CSV, the documents, and a manifest with their hashes.

        Tables of more than `packopt.tables.MOST_CSV_ROWS` are Parquet only, with every row.
        Everything goes to a hidden folder beside it first and is renamed when it is whole.

        Parameters
        ----------
        folder
            Is made; an earlier one of ours is replaced.

        Raises
        ------
        GreenError
            If it is a file, or a folder with something else in it.
        """
        place = Path(folder).resolve()
        _refuse_foreign(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.part")
        draft.mkdir()
        try:
            self._fill(draft)
            _refuse_foreign(place)  # it may have come into being meanwhile
            if place.is_dir():
                shutil.rmtree(place)
            draft.rename(place)
        finally:
            if draft.exists():
                shutil.rmtree(draft)

    def _fill(self, draft: Path) -> None:
        for name, text in self.documents.items():
            (draft / name).write_text(text, encoding="utf-8")
        for name, table in self.tables.items():
            _write_parquet(draft / f"{name}.parquet", name, table)
            if table.num_rows <= MOST_CSV_ROWS:
                quoting = pa.csv.WriteOptions(quoting_style="needed")
                pa.csv.write_csv(table, draft / f"{name}.csv", quoting)
        told = {
            name: {
                "version": SHEETS[name].version,
                "rows": table.num_rows,
                "title": TABLES[name].title,
                "title_zh": TABLES[name].title_zh,
            }
            for name, table in self.tables.items()
        }
        files = {path.name: _sha256(path) for path in sorted(draft.iterdir())}
        manifest = {**self.about, "tables": told, "notes": list(self.notes), "sha256": files}
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (draft / MANIFEST).write_text(text, encoding="utf-8")


def tables(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    quantities: pa.Table,
    inputs: GreenInputs | None = None,
    on: dt.date | None = None,
) -> Green:
    """Make every table of green packaging management.

    Parameters
    ----------
    result, orders, catalogue
        What was answered, what was asked, and the packages.
    quantities
        Materials of each parcel, as `packopt.savings` counts them, in the schema
        `packopt.savings.tables.QUANTITIES` and in the order of ``result.parcels``.
    inputs
        What the user gives beside them; None for nothing.
    on
        The day of the report: certificates, reports and rules are judged by it; today if None,
        which the notes say.

    Returns
    -------
    The tables. What needs a file that is not given is unknown, and says so.

    Raises
    ------
    GreenError
        If result, orders, catalogue and quantities do not belong together, or a file names what
        nobody knows.
    """
    inputs = inputs or GreenInputs()
    check_references(inputs, catalogue, METRICS)
    before = None if inputs.previous is None else Earlier.read(inputs.previous)
    day = on or dt.datetime.now(tz=dt.UTC).date()
    facts = gather(result, orders, catalogue, quantities, inputs, day)
    found = Findings(notes=[*([] if on else [_UNSTATED.format(day=day)]), *facts.notes])
    with ThreadPoolExecutor(_AT_ONE_TIME) as pool:
        # The longest begins first; all are told in their order.
        longest_first = sorted(FINDERS, key=lambda finder: finder is not evidence)
        begun = {finder: pool.submit(finder, facts) for finder in longest_first}
        for finder in FINDERS:
            found.merge(begun[finder].result())
    versions = {name: sheet.version for name, sheet in SHEETS.items()}
    found.merge(data_quality(facts, versions, before))
    found.metrics.append(personal_fields(SHEETS))
    found.merge(composite(found.metrics, inputs))
    found.metrics += counts(found.metrics, inputs)
    about = _about(facts)
    needs = {name: words.needs for name, words in METRICS.items() if words.needs}
    first = scorecard(found.metrics, inputs).tables["scorecard"]
    found.merge(compare(before, first, about, needs))
    found.merge(scorecard(found.metrics, inputs))
    return Green(
        {name: found.tables[name] for name in SHEETS},
        found.documents,
        about,
        tuple(found.notes),
    )


def _about(facts: Facts) -> dict[str, Any]:
    """What figures hang on."""
    inputs, dates = facts.inputs, facts.parcels["date"].drop_nulls()
    savings = inputs.savings
    settings = inputs.settings
    return {
        "manifest_version": MANIFEST_VERSION,
        "packopt_version": __version__,
        "on": facts.on.isoformat(),
        "period": {
            "from": str(dates.min()) if len(dates) else None,
            "to": str(dates.max()) if len(dates) else None,
        },
        "orders": facts.result.orders.num_rows,
        "parcels": facts.parcels.height,
        "catalogue_digest": facts.catalogue.digest,
        "policy": facts.result.policy.to_dict(),
        "files": sorted(inputs.files),
        "factor_set": inputs.factors.name if inputs.factors else None,
        "disposal_set": "disposal_desnz_2025" if "disposal" in inputs else None,
        "baseline": savings.about.get("baseline") if savings else None,
        "sample": {
            "size": settings.sample_size,
            "seed": settings.sample_seed,
            "by": settings.sample_by,
        },
    }


def _write_parquet(path: Path, name: str, table: pa.Table) -> None:
    """Plain Parquet, with version and meanings as metadata that any reader shows."""
    options = parquet_options(table.column_names)
    with pq.ParquetWriter(path, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(
            {"packopt.table": name, "packopt.version": SHEETS[name].version}
            | {f"packopt:{key}": says for key, says in SHEETS[name].meanings().items()}
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_foreign(place: Path) -> None:
    """Never replace what somebody else wrote."""
    if place.exists() and not place.is_dir():
        raise GreenError(
            str(place), "found a file, expected a folder or nothing; name another place"
        )
    if place.is_dir() and any(place.iterdir()) and not (place / MANIFEST).is_file():
        raise GreenError(
            str(place),
            f"found a folder without {MANIFEST}, expected an earlier one of packopt green, or "
            "nothing; name another place",
        )
