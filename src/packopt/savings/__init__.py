"""Savings: the same orders packed twice, and what one way saves against the other.

>>> from packopt.savings import Terms, savings
>>> from packopt.factors import factor_set
>>> found = savings(orders, catalogue, baseline="volume-80", terms=Terms(factor_set("fefco-2021")))
>>> found.total, found.dropped                                               # pyarrow tables

Data flows through these files::

    baselines.py        what savings are measured against
    rules_of_thumb.py   packages picked by rules; naming.py by columns and files
    verifying.py        do they really hold their orders? asking.py asks packopt
    carriage.py         and adds what their carriage costs
    quantities.py       what each parcel takes, by the terms of terms.py: alike.py, counted once
    amounts.py          what each order takes, on both sides
    totals.py           sums in total and by period, size, SKU and package, added up by sums.py
    intervals.py        how sure they are, over the clusters of clusters.py
    noting.py           what they depend on; dropping.py what does not count
    replay.py           all of it -> result.py, files.py; follower.py is told as it goes on
    repeating.py        tables of it that keep equal figures once
    overrides.py        what packers did instead, as they recorded it

and of many files, part by part::

    partial.py          a replay as pieces, which can be added up: pieces.py
    adding.py           what all of them come to -> of_files.py
"""

from __future__ import annotations

from packopt.savings.baselines import (
    Baseline,
    CatalogueBaseline,
    ColumnBaseline,
    ResultBaseline,
    RuleBaseline,
    TableBaseline,
)
from packopt.savings.follower import Follower
from packopt.savings.of_files import FilesSavings
from packopt.savings.overrides import Overrides, overrides
from packopt.savings.quantities import quantities
from packopt.savings.regret import Regret, regret
from packopt.savings.replay import savings
from packopt.savings.result import Savings
from packopt.savings.rules_of_thumb import RULES
from packopt.savings.tables import MEASURES, STATUSES, TABLES, Measure
from packopt.savings.terms import Terms

__all__ = [
    "MEASURES",
    "RULES",
    "STATUSES",
    "TABLES",
    "Baseline",
    "CatalogueBaseline",
    "ColumnBaseline",
    "FilesSavings",
    "Follower",
    "Measure",
    "Overrides",
    "Regret",
    "ResultBaseline",
    "RuleBaseline",
    "Savings",
    "TableBaseline",
    "Terms",
    "overrides",
    "quantities",
    "regret",
    "savings",
]
