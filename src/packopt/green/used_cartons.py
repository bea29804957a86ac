"""Row 13 of the demands: used cartons, how many were used again, and what new ones they saved."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.errors import GreenError
from packopt.green.findings import Findings, Metric
from packopt.green.frames import total
from packopt.green.sheet import Sheet, count, number, text
from packopt.package_supply import ANY_SITE

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.green.facts import Facts
    from packopt.green.inputs.folder import GreenInputs

REUSED_CARTONS: Final = Sheet(
    "reused_cartons",
    "1.0",
    pa.schema(
        [
            text("package_id", "name under which the used carton is offered", nullable=False),
            text("replaces", "the new carton that it stands for", nullable=False),
            text("grade", "a, b or c", nullable=False),
            count("trips", "trips that it has made"),
            count("max_trips", "trips that its grade allows"),
            count("stock", "cartons at hand"),
            count("reused", "cartons used again: parcels here, and those that the file adds"),
            number("avoided_kg", "mass of as many new cartons"),
            text(
                "state",
                "fit, worn (no trip is left), or oversold (more were used than were at hand)",
                nullable=False,
            ),
        ]
    ),
)


def used_cartons(facts: Facts) -> Findings:
    """Used cartons by size and grade, their share of all cartons, and the board they saved.

    All cartons are the parcels in cartons of any kind but reusable ones, and those that the file
    ``used_cartons`` adds.
    """
    findings = Findings()
    given = facts.inputs.frame("used_cartons")
    here = facts.packed.group_by("package_id", maintain_order=True).agg(parcels=pl.len())
    tare = facts.packages.select(replaces="package_id", tare_g="tare_g")
    rows = (
        given.join(here, on="package_id", how="left", maintain_order="left")
        .join(tare, on="replaces", how="left", maintain_order="left")
        .with_columns(
            here=pl.col("parcels").fill_null(0),
            reused=pl.col("parcels").fill_null(0) + pl.col("issued").fill_null(0),
        )
        .with_columns(
            avoided_kg=pl.col("reused") * pl.col("tare_g") / 1000,
            state=pl.when(pl.col("trips") >= pl.col("max_trips"))
            .then(pl.lit("worn"))
            .when(pl.col("here") > pl.col("stock"))
            .then(pl.lit("oversold"))
            .otherwise(pl.lit("fit")),
        )
        .sort("package_id")
    )
    findings.put(REUSED_CARTONS, rows)
    added = int(given["issued"].fill_null(0).sum())
    new = facts.packed["carton"] & ~facts.packed["reusable"]
    cartons = int(new.sum()) + added
    missing = facts.inputs.needs("used_cartons")
    reused = None if missing else int(rows["reused"].sum())
    findings.metrics += [
        Metric.of("reused_cartons", reused, missing),
        Metric.ratio("carton_reuse_share", reused, cartons, missing=missing),
        Metric.of("new_carton_kg_avoided", None if missing else total(rows, "avoided_kg"), missing),
    ]
    return findings


def with_used_cartons(catalogue: Catalogue, inputs: GreenInputs) -> Catalogue:
    """Offer used cartons beside new ones: a catalogue to recommend from.

    A used carton has the sides of the new one that it replaces, its share of the load, a stock,
    and no price, so that with ``objective="cost"`` it is taken first. Those without a trip left
    are not offered.

    Parameters
    ----------
    catalogue
        The new cartons.
    inputs
        With the file ``used_cartons``.

    Returns
    -------
    The catalogue, used cartons last.

    Raises
    ------
    GreenError
        If a used carton has the name of another package, replaces one that is not in the
        catalogue, or bears a share of a load that is not stated.
    """
    used = inputs.frame("used_cartons").filter(pl.col("trips") < pl.col("max_trips"))
    rows = used.to_dicts()
    problems = [text for row in rows for text in _problems(row, catalogue)]
    if problems:
        raise GreenError("used_cartons", problems)
    replaced = [catalogue.package_ids.index(row["replaces"]) for row in rows]
    index = np.array([*range(catalogue.n_packages), *replaced], dtype=np.int64)
    taken = _take(catalogue, index)
    n = catalogue.n_packages
    load = taken.max_content_g.copy()
    cost = taken.unit_cost.copy()
    stock = list(taken.stock)
    ids = list(taken.package_ids)
    for at, row in enumerate(rows, start=n):
        if row["load_share"] is not None and load[at] >= 0:
            load[at] = int(load[at] * row["load_share"])
        cost[at] = 0.0
        sites = taken.sites[at]
        stock[at] = {(sites[0] if len(sites) == 1 else ANY_SITE): row["stock"]}
        ids[at] = row["package_id"]
    return replace(
        taken, package_ids=tuple(ids), max_content_g=load, unit_cost=cost, stock=tuple(stock)
    )


def _take(catalogue: Catalogue, index: np.ndarray[Any, np.dtype[np.int64]]) -> Catalogue:
    """The packages of these numbers, in this order."""
    taken: dict[str, Any] = {}
    for one in fields(catalogue):
        value = getattr(catalogue, one.name)
        if one.name in ("currency", "notes"):
            continue
        if isinstance(value, np.ndarray):
            taken[one.name] = value[index]
        elif isinstance(value, pa.Table):
            taken[one.name] = value.take(pa.array(index))
        else:
            taken[one.name] = tuple(value[at] for at in index)
    return replace(catalogue, **taken)


def _problems(row: dict[str, Any], catalogue: Catalogue) -> list[str]:
    name, new = row["package_id"], row["replaces"]
    found = []
    if name in catalogue.package_ids:
        found.append(f"package_id {name}: found a name of the catalogue; expected one of its own")
    if new not in catalogue.package_ids:
        return [*found, f"replaces {new}: found no such package in the catalogue; correct it"]
    at = catalogue.package_ids.index(new)
    partly = row["load_share"] is not None and row["load_share"] < 1
    if partly and catalogue.max_content_g[at] < 0:
        found.append(
            f"load_share of {name}: found a share of a load that {new} does not state; expected "
            "max_content_g in the catalogue; state it, or leave load_share empty"
        )
    if len(catalogue.sites[at]) > 1:
        found.append(
            f"replaces {new}: found a carton of several sites, expected one site; nobody knows "
            "where the used ones are"
        )
    return found
