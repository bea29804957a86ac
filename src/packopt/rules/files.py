"""Outcomes on disk: Parquet for programs, CSV of the summary for readers, and what was asked."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from packopt import __version__
from packopt.errors import RulesError
from packopt.rules.outcomes import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from packopt.rules.packs import Rule, RulePack

#: Its presence marks a folder as one of ours.
RUN_FILE: Final = "rules.json"


def write_outcomes(
    folder: Path,
    packs: Sequence[RulePack],
    facts: Mapping[str, pa.Table],
    outcomes: pa.Table,
    summary: pa.Table,
) -> None:
    """Write everything that a reader needs to follow the outcomes.

    ``rule_outcomes.parquet``, ``rule_summary.parquet`` and ``.csv``, ``facts_<subject>.parquet``,
    and ``rules.json`` with versions, dates, sources and confidence of every rule.

    Parameters
    ----------
    folder
        New, empty, or one that was written here before.
    packs
        What was asked.
    facts
        By subject.
    outcomes, summary
        In the schemas `packopt.rules.OUTCOMES` and `packopt.rules.SUMMARY`.

    Raises
    ------
    RulesError
        If the folder holds something else.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RUN_FILE).is_file():
        raise RulesError(
            str(folder),
            f"found a folder without {RUN_FILE}, expected an earlier one of these or nothing; "
            "name another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    _parquet(folder / "rule_outcomes.parquet", outcomes)
    _parquet(folder / "rule_summary.parquet", summary)
    for subject, table in facts.items():
        _parquet(folder / f"facts_{subject}.parquet", table)
    plain = pa.schema(
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in summary.schema
    )
    _renamed(
        folder / "rule_summary.csv",
        lambda path: pyarrow.csv.write_csv(summary.cast(plain), str(path)),
    )
    about = {
        "schema_version": SCHEMA_VERSION,
        "packopt_version": __version__,
        "packs": [_told(pack) for pack in packs],
    }
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    _renamed(folder / RUN_FILE, lambda path: path.write_text(text, encoding="utf-8"))


def _parquet(path: Path, table: pa.Table) -> None:
    # Without the Arrow schema, strings are plain strings to every reader.
    _renamed(
        path,
        lambda draft: pq.write_table(table, draft, compression="zstd", store_schema=False),
    )


def _renamed(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name first, so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _told(pack: RulePack) -> dict[str, Any]:
    return {
        "id": pack.id,
        "title": pack.title,
        "version": pack.version,
        "jurisdiction": pack.jurisdiction,
        "subject": pack.subject,
        "notes": list(pack.notes),
        "rules": [_told_rule(rule) for rule in pack.rules],
    }


def _told_rule(rule: Rule) -> dict[str, Any]:
    formulas = {"test": rule.test, "value": rule.value, "limit": rule.limit}
    return {
        "id": rule.id,
        "title": rule.title,
        "valid_from": str(rule.first_day) if rule.first_day else "earliest known",
        "valid_to": str(rule.valid_to) if rule.valid_to else None,
        "basis": rule.basis or None,
        **{name: one.text if one else None for name, one in formulas.items()},
        "at": rule.at if rule.limit else None,
        "exemptions": [clause.text for clause in rule.exemptions],
        "facts": sorted(rule.facts),
        "source": rule.source,
        "confidence": rule.confidence,
    }
