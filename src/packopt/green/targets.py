"""Targets: the numbers that metrics are held against, as data with source and confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from packopt.errors import GreenError
from packopt.green.data import data

if TYPE_CHECKING:
    from packopt.green.inputs.folder import GreenInputs


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric is to reach.

    Attributes
    ----------
    metric
        Its name.
    at_least, at_most
        One of the two; the other is None.
    source
        Who set it.
    advisory
        True where it is a draft, a programme of the past, or read in a secondary source only.
    """

    metric: str
    at_least: float | None
    at_most: float | None
    source: str
    advisory: bool

    @property
    def value(self) -> float | None:
        """The number, whichever way it goes."""
        return self.at_least if self.at_most is None else self.at_most

    def is_met(self, value: float) -> bool:
        """Whether a known value reaches it."""
        enough = self.at_least is None or value >= self.at_least
        return enough and (self.at_most is None or value <= self.at_most)

    def progress(self, value: float) -> float:
        """How much of it a known value reaches, 0..1."""
        if self.is_met(value):
            return 1.0
        if self.at_least is not None and value < self.at_least:
            return max(value / self.at_least, 0.0) if self.at_least > 0 else 0.0
        return max((self.at_most or 0.0) / value, 0.0)


def standard_targets() -> dict[str, Target]:
    """The targets that come with packopt, by metric."""
    return {
        row["metric"]: Target(
            row["metric"],
            row.get("at_least"),
            row.get("at_most"),
            row["source"],
            row["confidence"] != "V" or row.get("draft", False),
        )
        for row in data("targets")["targets"]
    }


def targets(inputs: GreenInputs) -> dict[str, Target]:
    """The targets that apply: the user's, and those of packopt for other metrics."""
    empty = inputs.frame("targets").filter(
        pl.col("at_least").is_null() & pl.col("at_most").is_null()
    )
    if empty.height:
        raise GreenError(
            "targets",
            [
                f"target of {name}: found neither at_least nor at_most, expected one of them; "
                "fill it in"
                for name in empty["metric"]
            ],
        )
    given = {
        row["metric"]: Target(
            row["metric"],
            row["at_least"],
            row["at_most"],
            row["source"] or "the file targets",
            advisory=False,
        )
        for row in inputs.frame("targets").to_dicts()
    }
    return standard_targets() | given


def weights() -> dict[str, float]:
    """The published weights of the composite score, by metric."""
    return {row["metric"]: row["weight"] for row in data("targets")["weights"]}


def france_target(turnover_eur: float | None, year: str) -> float | None:
    """Share of reused packages that the French decree asks for.

    Parameters
    ----------
    turnover_eur
        Turnover of a year; None where it is not known.
    year
        Calendar year as text.

    Returns
    -------
    The share; None where turnover or year is not known, or the decree asks for nothing.
    """
    if turnover_eur is None or not year.isdecimal():
        return None
    rows = data("reuse_france")["classes"]
    shares = next(row["shares"] for row in rows if turnover_eur > row["turnover_above_eur"])
    known = {int(one): share for one, share in shares.items() if int(one) <= int(year)}
    return known[max(known)] if known else None


def sb54_target(year: str) -> float | None:
    """Reduction of plastic against 2023 that SB 54 asks for by the end of a year, 0..1."""
    known = {
        int(row["year"]): row["reduction"]
        for row in data("sb54")["targets"]
        if year.isdecimal() and row["year"] <= int(year)
    }
    return known[max(known)] if known else None
