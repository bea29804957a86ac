"""Row 19 of the demands: a random audit sample, what was found, and what was done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import ALL, quarter
from packopt.green.sheet import Sheet, count, day, flag, number, text
from packopt.green.wilson import stratified, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.green.facts import Facts

AUDIT_SAMPLE: Final = Sheet(
    "audit_sample",
    "1.0",
    pa.schema(
        [
            count("number", "number of the check, in the order in which parcels were drawn"),
            text(
                "stratum",
                "site, package, seller or quarter that it was drawn for; all without strata",
                nullable=False,
            ),
            text("order_id", "the order", nullable=False),
            count("parcel", "number of the parcel within the order"),
            day("date", "day of the order"),
            text("expected_package", "the package that the plan names", nullable=False),
            number("expected_gross_g", "mass that the plan expects on the scales"),
            number("expected_empty_space", "empty share of the outer volume that the plan expects"),
            flag("passed", "what the check found; null before it"),
            text("found_package", "the package that was found"),
            text("finding", "code of what was wrong"),
            day("checked_on", "day of the check"),
        ]
    ),
)
AUDIT_SUMMARY: Final = Sheet(
    "audit_summary",
    "1.0",
    pa.schema(
        [
            text("scope", "quarter of the check, or all", nullable=False),
            text("stratum", "the stratum, or all", nullable=False),
            count("population", "parcels that could be drawn; of quarters, null", nullable=True),
            count("sampled", "parcels drawn; of quarters, those checked in it"),
            count("checked", "of them, those with a result"),
            count("passed", "of them, those that kept the rules"),
            number(
                "pass_rate", "passed by checked; of a stratified sample, weighted by population"
            ),
            number("low", "lower end of its Wilson interval"),
            number("high", "upper end of its Wilson interval"),
            count("repeat_failures", "failures with a finding that an earlier check had, too"),
        ]
    ),
)
CORRECTIVE_ACTIONS: Final = Sheet(
    "corrective_actions",
    "1.0",
    pa.schema(
        [
            text("action_id", "number of the action", nullable=False),
            text("finding", "the finding that it is to mend", nullable=False),
            text("owner", "the department in charge"),
            day("opened_on", "day on which it was decided", nullable=False),
            day("closed_on", "day on which it was done"),
            count("days", "days until it was done, or until the report", nullable=True),
            count("failures_since", "failures with the finding after it was closed"),
            text("state", "open, closed, or ineffective: the finding came again", nullable=False),
        ]
    ),
)


def audit(facts: Facts) -> Findings:
    """The sample with what to expect of each parcel, the pass rate, and actions.

    Results of parcels that are not in the sample do not count: they were not drawn at random.
    """
    findings = Findings()
    settings = facts.inputs.settings
    drawn, sizes = _draw(facts)
    results = facts.inputs.frame("audit_results").with_columns(pl.col("parcel").cast(pl.Int32))
    keys = ["order_id", "parcel"]
    strangers = results.join(drawn, on=keys, how="anti", maintain_order="left").height
    if strangers:
        findings.notes.append(
            f"audit_results: {strangers:,} results of parcels that are not in the sample do not "
            "count; sample_size, sample_seed and sample_by must be those of the draw"
        )
    sample = drawn.join(
        results.rename({"package_id": "found_package"}), on=keys, how="left", maintain_order="left"
    )
    findings.put(AUDIT_SAMPLE, sample)
    rows = _summary(sample, sizes, settings.confidence)
    findings.put(AUDIT_SUMMARY, rows)
    findings.metrics += _metrics(facts, rows[0])
    actions = _actions(facts, sample)
    findings.put(CORRECTIVE_ACTIONS, actions)
    closed = sum(row["closed_on"] is not None for row in actions)
    missing = facts.inputs.needs("actions")
    findings.metrics.append(
        Metric.ratio("closed_actions_share", closed, len(actions), absent=missing)
    )
    return findings


def _draw(facts: Facts) -> tuple[pl.DataFrame, dict[str, int]]:
    """Parcels in the order of the draw, and how many there were in each stratum."""
    settings = facts.inputs.settings
    by = settings.sample_by
    stratum = pl.col(by).fill_null("none") if by else pl.lit(ALL)
    parcels = facts.parcels.with_columns(stratum=stratum)
    n = parcels.height
    # Raw bits of PCG64 are the same in every version of numpy; ties have no chance.
    ticket = np.random.PCG64(settings.sample_seed).random_raw(n) if n else np.zeros(0, np.uint64)
    tickets = parcels.with_columns(ticket=pl.Series(ticket, dtype=pl.UInt64))
    counts = parcels["stratum"].value_counts().sort("stratum")
    sizes = dict(counts.iter_rows())
    places = allocate(np.array(list(sizes.values()), np.int64), settings.sample_size)
    wanted = pl.DataFrame(
        {"stratum": list(sizes), "places": places},
        schema={"stratum": pl.String, "places": pl.Int64},
    )
    rank = pl.col("ticket").rank("ordinal").over("stratum")
    # Of a stratum no more than the whole sample: what is left out here need not be joined.
    drawn = (
        tickets.with_columns(rank=rank)
        .filter(pl.col("rank") <= settings.sample_size)
        .join(wanted, on="stratum", maintain_order="left")
        .filter(pl.col("rank") <= pl.col("places"))
        .sort("ticket")
        .with_row_index("number", offset=1)
    )
    return (
        drawn.select(
            "number",
            "stratum",
            "order_id",
            "parcel",
            "date",
            expected_package="package_id",
            expected_gross_g="gross_g",
            expected_empty_space="empty_space_outer",
        ),
        sizes,
    )


def allocate(sizes: NDArray[np.int64], places: int) -> list[int]:
    """Places of a sample by stratum: in proportion, one at least, never more than there are.

    Parameters
    ----------
    sizes
        ``(h,)`` parcels of each stratum, above 0.
    places
        Size of the sample; fewer than strata go to the largest ones.

    Returns
    -------
    Places by stratum, ``min(places, sum(sizes))`` together.
    """
    total = int(sizes.sum())
    places = min(places, total)
    if places < len(sizes):
        largest = np.argsort(-sizes, kind="stable")[:places]
        return [int(at in largest) for at in range(len(sizes))]
    given = np.ones(len(sizes), np.int64)
    while (rest := places - int(given.sum())) > 0:
        # Hamilton's method on what is left, until all is given away.
        room = sizes - given
        ideal = room * rest / room.sum()
        more = np.minimum(np.floor(ideal).astype(np.int64), room)
        if not more.any():
            order = np.argsort(-(ideal - more), kind="stable")
            more[order[room[order] > 0][:rest]] = 1
        given = given + more
    return [int(one) for one in given]


def _summary(
    sample: pl.DataFrame, sizes: dict[str, int], confidence: float
) -> list[dict[str, Any]]:
    """All first, then strata where there are several, then quarters of the checks."""
    repeats = _repeats(sample)
    strata = []
    for name, size in sizes.items():
        rows = sample.filter(stratum=name)
        strata.append(_row(ALL, name, rows, repeats, confidence) | {"population": size})
    done = [(row["population"], row["passed"], row["checked"]) for row in strata if row["checked"]]
    every = _row(ALL, ALL, sample, repeats, confidence) | {"population": sum(sizes.values())}
    if len(sizes) > 1 and done:
        # Strata without a result yet say nothing; the rate is that of the others.
        rate, low, high = stratified(done, confidence)
        every |= {"pass_rate": rate, "low": low, "high": high}
    checked = sample.filter(pl.col("passed").is_not_null()).with_columns(
        quarter=quarter("checked_on")
    )
    quarters = [
        _row(str(name), ALL, rows, repeats, confidence)
        for (name,), rows in sorted(
            checked.group_by("quarter", maintain_order=True), key=lambda pair: str(pair[0][0])
        )
    ]
    return [every, *(strata if len(sizes) > 1 else []), *quarters]


def _row(
    scope: str, stratum: str, rows: pl.DataFrame, repeats: pl.Series, confidence: float
) -> dict[str, Any]:
    checked = rows.filter(pl.col("passed").is_not_null())
    n, good = checked.height, int(checked["passed"].sum())
    low, high = wilson(good, n, confidence) if n else (None, None)
    return {
        "scope": scope,
        "stratum": stratum,
        "sampled": rows.height,
        "checked": n,
        "passed": good,
        "pass_rate": good / n if n else None,
        "low": low,
        "high": high,
        "repeat_failures": int(rows["number"].is_in(repeats.implode()).sum()),
    }


def _repeats(sample: pl.DataFrame) -> pl.Series:
    """Numbers of failed checks whose finding had been found on an earlier day."""
    failed = sample.filter(~pl.col("passed") & pl.col("finding").is_not_null())
    first = pl.col("checked_on").min().over("finding")
    return failed.filter(pl.col("checked_on") > first)["number"]


def _actions(facts: Facts, sample: pl.DataFrame) -> list[dict[str, Any]]:
    failed = sample.filter(~pl.col("passed")).select("finding", "checked_on")
    rows = []
    for row in facts.inputs.frame("actions").sort("opened_on", "action_id").to_dicts():
        closed = row["closed_on"]
        since = 0
        if closed is not None:
            since = failed.filter(
                (pl.col("finding") == row["finding"]) & (pl.col("checked_on") > closed)
            ).height
        state = "open" if closed is None else "ineffective" if since else "closed"
        days = ((closed or facts.on) - row["opened_on"]).days
        rows.append(row | {"days": days, "failures_since": since, "state": state})
    return rows


def _metrics(facts: Facts, every: dict[str, Any]) -> list[Metric]:
    missing = facts.inputs.needs("audit_results")
    open_checks = every["sampled"] - every["checked"]
    if open_checks and not missing:
        missing = f"results of {open_checks:,} parcels of the sample"
    rate = every["pass_rate"]
    return [
        Metric(
            "sample_pass_rate",
            rate,
            every["passed"],
            every["checked"],
            every["low"],
            every["high"],
            missing=missing,
        ),
        Metric.of(
            "repeat_failures",
            every["repeat_failures"] if every["checked"] else None,
            facts.inputs.needs("audit_results"),
        ),
    ]
