"""Row 18 of the demands: the packing specification as one document with a hash, and its use."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from packopt import __version__
from packopt.catalogue import KINDS, MAILER
from packopt.green.findings import Findings, Metric
from packopt.green.instructions import instructions
from packopt.green.sheet import Sheet, count, day, flag, number, text

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.green.facts import Facts
    from packopt.policy import Policy

SCHEMA: Final = "packopt-packing-specification/1"
_ID_DIGITS: Final = 12

PACKING_SPECIFICATION: Final = Sheet(
    "packing_specification",
    "1.0",
    pa.schema(
        [
            text(
                "version",
                "version of the specification: PS- and the first digits of its hash",
                nullable=False,
            ),
            text("sha256", "hash of the canonical JSON of its content", nullable=False),
            day("date", "day of this report", nullable=False),
            count("packages", "packages in its list"),
            count("instructions", "packing instructions in it"),
            day("filed_on", "day of filing of this very content; null where it was not filed"),
            text("authority", "where it was filed"),
            flag("filed_hash_agrees", "whether the hash that was filed is that of this content"),
        ]
    ),
)
SPECIFICATION_USE: Final = Sheet(
    "specification_use",
    "1.0",
    pa.schema(
        [
            text("version", "version that the log names; null where it names none"),
            count("parcels", "parcels packed under it"),
            day("filed_on", "day of its filing"),
            count("packed_after_filing", "of them, those packed on that day or later"),
            number("share", "parcels by all parcels of the result"),
        ]
    ),
)


def content(catalogue: Catalogue, policy: Policy) -> dict[str, Any]:
    """What a packing specification says: rules, packages, instructions; plain values.

    Parameters
    ----------
    catalogue
        The packages.
    policy
        The rules of packing.

    Returns
    -------
    JSON-able values that depend on nothing but the two.
    """
    rows = sorted(range(catalogue.n_packages), key=lambda k: catalogue.package_ids[k])
    return {
        "schema": SCHEMA,
        "rules": policy.to_dict(),
        "packages": [_package(catalogue, k) for k in rows],
        "instructions": [one["en"] for one in instructions(catalogue, policy)],
    }


def canonical(value: dict[str, Any]) -> str:
    """JSON that is the same for the same content: keys in order, no blanks, UTF-8."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def version_of(value: dict[str, Any]) -> tuple[str, str]:
    """Version and SHA-256 of a specification's content."""
    digest = hashlib.sha256(canonical(value).encode()).hexdigest()
    return f"PS-{digest[:_ID_DIGITS]}", digest


def specification(facts: Facts) -> Findings:
    """The specification to be filed, and the share of parcels packed under a filed one."""
    findings = Findings()
    value = content(facts.catalogue, facts.result.policy)
    version, digest = version_of(value)
    filings = facts.inputs.frame("filings")
    mine = filings.filter(version=version).to_dicts()
    filed = mine[0] if mine else {"filed_on": None, "authority": None, "sha256": None}
    agrees = None if filed["sha256"] is None else filed["sha256"].lower() == digest
    findings.put(
        PACKING_SPECIFICATION,
        [
            {
                "version": version,
                "sha256": digest,
                "date": facts.on,
                "packages": len(value["packages"]),
                "instructions": len(value["instructions"]),
                "filed_on": filed["filed_on"],
                "authority": filed["authority"],
                "filed_hash_agrees": agrees,
            }
        ],
    )
    envelope = {
        "version": version,
        "sha256": digest,
        "date": facts.on.isoformat(),
        "packopt_version": __version__,
        "content": value,
    }
    findings.documents["packing_specification.json"] = canonical(envelope) + "\n"
    findings.documents["packing_specification.md"] = _readable(facts, envelope)
    use = _use(facts, filings)
    findings.put(SPECIFICATION_USE, use)
    untold = facts.parcels.height - int(use["parcels"].sum())
    missing = f"the file packing_log on {untold:,} parcels" if untold else ""
    findings.metrics += [
        Metric.ratio(
            "packed_under_filed_share",
            use["packed_after_filing"].sum(),
            facts.parcels.height,
            missing=missing,
            absent=facts.inputs.needs("packing_log", "filings"),
        ),
        Metric.of(
            "specification_filed",
            float(agrees is True),
            absent=facts.inputs.needs("filings"),
        ),
    ]
    return findings


def _use(facts: Facts, filings: pl.DataFrame) -> pl.DataFrame:
    log = facts.inputs.frame("packing_log").select(
        "order_id", pl.col("parcel").cast(pl.Int32), "version", "packed_on"
    )
    known = facts.parcels.select("order_id", "parcel", "date").join(
        log, on=["order_id", "parcel"], maintain_order="left"
    )
    day_packed = pl.coalesce("packed_on", "date")
    return (
        known.join(
            filings.select("version", "filed_on"), on="version", how="left", maintain_order="left"
        )
        .group_by("version", maintain_order=True)
        .agg(
            parcels=pl.len(),
            filed_on=pl.col("filed_on").first(),
            packed_after_filing=(day_packed >= pl.col("filed_on")).fill_null(value=False).sum(),
        )
        .with_columns(share=pl.col("parcels") / max(facts.parcels.height, 1))
        .sort("version", nulls_last=True)
    )


def _package(catalogue: Catalogue, k: int) -> dict[str, Any]:
    """One row of the list of packages."""

    def number(value: float) -> float | None:
        return None if value != value else float(value)

    return {
        "package_id": catalogue.package_ids[k],
        "kind": KINDS[catalogue.kind[k]],
        "style": catalogue.style[k],
        "inner_mm": catalogue.inner_mm[k].tolist(),
        "least_mm": catalogue.least_mm[k].tolist(),
        "heights_mm": list(catalogue.heights_mm[k]),
        "outer_mm": None if catalogue.kind[k] == MAILER else catalogue.outer_mm[k].tolist(),
        "flute": catalogue.flute[k],
        "grammage_gsm": number(catalogue.grammage_gsm[k]),
        "tare_g": number(round(float(catalogue.tare_g[k]), 3)),
        "max_content_g": None
        if catalogue.max_content_g[k] < 0
        else int(catalogue.max_content_g[k]),
        "material": catalogue.material[k],
        "plastic": bool(catalogue.plastic[k]),
        "closure": catalogue.closure[k],
        "reusable": bool(catalogue.reusable[k]),
        "temperature": sorted(catalogue.temperature[k]),
        **{
            name: catalogue.attributes[name][k].as_py()
            for name in catalogue.attributes.column_names
        },
    }


def _readable(facts: Facts, envelope: dict[str, Any]) -> str:
    value = envelope["content"]
    rules = "\n".join(
        f"- `{key}`: `{json.dumps(word, ensure_ascii=False)}`"
        for key, word in value["rules"].items()
    )
    both = instructions(facts.catalogue, facts.result.policy)
    told = "\n".join(f"{at}. {one['en']}\n   {one['zh']}" for at, one in enumerate(both, start=1))
    rows = "\n".join(
        f"| {one['package_id']} | {one['kind']} {one['style']} "
        f"| {' × '.join(map(str, one['inner_mm']))} | {one['tare_g']} "
        f"| {one['max_content_g'] if one['max_content_g'] is not None else ''} "
        f"| {one['material']} | {one['closure']} |"
        for one in value["packages"]
    )
    return (
        f"# Packing specification {envelope['version']}\n\n"
        f"Date {envelope['date']}, packopt {envelope['packopt_version']}, SHA-256 of the content "
        f"`{envelope['sha256']}`.\n\n"
        "The hash is that of the value of `content` in packing_specification.json, written with "
        "sorted keys, no blanks and UTF-8.\n\n"
        f"## Instructions / 操作规范\n\n{told}\n\n"
        "## Packages / 包装清单\n\n"
        "| package | kind | inner mm | tare g | most content g | material | closure |\n"
        f"|---|---|---|---:|---:|---|---|\n{rows}\n\n## Rules / 规则\n\n{rules}\n"
    )
