"""What carriers bill: the greater of weight and size, by dated rules that are data.

`billing_rule` finds the rule of a carrier that is valid on a day, and reads the rule of your own
contract from a TOML file; `RateTable` holds prices by zone and step. The rules that come with
packopt, with their sources and doubts, are explained in ``docs/carriers.md``.

>>> import datetime as dt
>>> rule = billing_rule("ups-us", on=dt.date(2026, 3, 1))
>>> rule.billed_in_units(("11.1", "8.5", "6.2"), "3").amount
array([6.])
"""

from __future__ import annotations

from packopt.carriers.library import billing_rule, billing_rules, billing_versions
from packopt.carriers.rates import RateTable
from packopt.carriers.rule import Billed, BillingRule
from packopt.carriers.tariff import Freight, Tariff

__all__ = [
    "Billed",
    "BillingRule",
    "Freight",
    "RateTable",
    "Tariff",
    "billing_rule",
    "billing_rules",
    "billing_versions",
]
