"""Invented rules, rates and freight, and what they cost by hand: what its tests share."""

from __future__ import annotations

import datetime as dt
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from carriers.oracle import bill
from invented import Row, made_catalogue
from packopt import Catalogue, Policy
from packopt.carriers import Freight

DAY = dt.date(2026, 3, 2)


@dataclass(frozen=True)
class Tariff:
    """A small carrier: parcels of a few cm and a few hundred grams, so that both count."""

    divisor: int
    step: float
    prices: tuple[int, ...]
    longest_mm: int
    heaviest_g: int
    rounding: str = "none"

    @property
    def rule(self) -> str:
        """The rule as TOML."""
        return f"""
id = "TOY"
carrier = "Toy"
service = "Toy"
valid_from = 2026-01-01
units = "cm-kg"
side_rounding = "{self.rounding}"
divisor = {self.divisor}
steps = [{{ step = {self.step} }}]
sources = ["invented"]
confidence = "contract"
flags = [
  {{ flag = "long", measure = "longest", above = {self.longest_mm / 10}, effect = "refused" }},
  {{ flag = "heavy", measure = "weight", above = {self.heaviest_g / 1000}, effect = "refused" }},
]
"""

    @property
    def rates(self) -> str:
        """The rates as CSV, in cents; beyond the last step there are none."""
        rows = [
            f"z,{(number + 1) * self.step:.3f},{price / 100},EUR"
            for number, price in enumerate(sorted(self.prices))
        ]
        return "\n".join(["zone,up_to_kg,price,currency", *rows])

    def price(self, outer_mm: Sequence[int], gross_g: float) -> float:
        """What a parcel costs in cents; infinite where the carrier does not take it."""
        plain = tomllib.loads(self.rule, parse_float=Decimal)
        found = bill(plain, list(outer_mm), gross_g)
        steps = [
            (round((number + 1) * self.step * 1000), price)
            for number, price in enumerate(sorted(self.prices))
        ]
        priced = (price for up_to, price in steps if found.billable <= up_to)
        return inf if found.refused else next(priced, inf)


TARIFFS = st.builds(
    Tariff,
    divisor=st.sampled_from([200, 1000, 5000]),
    step=st.sampled_from([0.1, 0.25, 0.5]),
    prices=st.lists(st.integers(0, 900), min_size=1, max_size=25).map(tuple),
    longest_mm=st.sampled_from([60, 90, 120, 1000]),
    heaviest_g=st.sampled_from([400, 1500, 4000, 100_000]),
    rounding=st.sampled_from(["none", "up", "nearest"]),
)
FREE = Tariff(5000, 0.5, (0,) * 25, 10_000, 100_000)


@contextmanager
def freight(tariff: Tariff, **settings: Any) -> Iterator[Freight]:
    """The tariff as a policy names it, as long as its files are there."""
    with tempfile.TemporaryDirectory() as folder:
        rule, rates = Path(folder) / "rule.toml", Path(folder) / "rates.csv"
        rule.write_text(tariff.rule, encoding="utf-8")
        rates.write_text(tariff.rates, encoding="utf-8")
        yield Freight(str(rule), str(rates), "z", DAY, **settings)


def cost_by_hand(
    tariff: Tariff, catalogue: Catalogue, policy: Policy, k: int, content_g: int, content_mm3: int
) -> float:
    """Cents that one package costs with its content, its tape, its filler and its freight."""
    settings = policy.materials
    length, width, height = catalogue.inner_mm[k].tolist()
    is_carton = catalogue.kind[k] == 0
    empty = length * width * height - content_mm3 if is_carton else 0
    tape = 0.0
    if catalogue.closure[k] == "tape":
        tape = settings.tape_strips * (length + 2 * settings.tape_leg_mm) / 1000
    gross = content_g + catalogue.tare_g[k] + tape * settings.tape_g_per_m
    gross += empty * settings.filler_kg_m3 / 1e6
    money = catalogue.unit_cost[k] + tape * settings.tape_price_per_m
    money += empty * settings.filler_price_per_litre / 1e6
    return 100 * money + tariff.price(catalogue.outer_mm[k].tolist(), gross)


def priced(packages: list[Row]) -> Catalogue:
    """A catalogue of packages with prices in euros."""
    return made_catalogue([package | {"currency": "EUR"} for package in packages])
