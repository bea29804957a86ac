"""Freight as a policy asks for it: a carrier's rule, its rates, a zone and a day."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from packopt.carriers.library import billing_rule, is_path
from packopt.carriers.rates import RateTable
from packopt.errors import CarrierError, PolicyError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from packopt.carriers.rule import BillingRule

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Whether mailers may be had at all, or are billed as if they were filled as far as can be.
MAILERS: Final = ("refuse", "full")
_EXAMPLE: Final = 'rule = "ups-us", rates = "rates.csv", zone = "5", on = 2026-03-01'


@dataclass(frozen=True, slots=True)
class Freight:
    """What the carriage of parcels costs, as part of the objective `cost`.

    Attributes
    ----------
    rule
        One of `packopt.carriers.billing_rules`, or the path of a TOML file.
    rates
        Path of a file for `packopt.carriers.RateTable.read`.
    zone
        The zone of the rates that all parcels go to.
    on
        The day that decides which version of the rule is valid.
    mailers
        A filled mailer has a size that is known only when it is packed. "refuse" wants a
        catalogue without them; "full" bills each at its flat size and greatest thickness, which
        is at least what the carrier bills.

    Raises
    ------
    PolicyError
        If a value does not fit; all faults are listed.
    """

    rule: str
    rates: str
    zone: str
    on: dt.date
    mailers: str = "refuse"

    def __post_init__(self) -> None:
        """Check every value; the files are read when they are needed."""
        problems = list(_problems(self))
        if problems:
            raise PolicyError("freight", problems)

    @classmethod
    def from_dict(cls, settings: object, folder: Path | None = None) -> Self:
        """Make freight from a table of a policy file.

        Parameters
        ----------
        settings
            Values by name.
        folder
            Where relative paths start; None leaves them as they are.

        Raises
        ------
        PolicyError
            If a name is unknown, or a value is missing or does not fit.
        """
        if isinstance(settings, cls):
            return settings
        if not isinstance(settings, Mapping):
            raise PolicyError(
                "freight",
                f"found {settings!r}, expected a table; write [freight] and below it {_EXAMPLE}",
            )
        names = [one.name for one in fields(cls)]
        problems = [_unknown(key, names) for key in settings if key not in names]
        values: dict[str, Any] = {name: settings.get(name) for name in names if name in settings}
        values = {name: None for name in names if name != "mailers"} | values
        if isinstance(values["zone"], int) and not isinstance(values["zone"], bool):
            values["zone"] = str(values["zone"])
        values["on"] = _day(values["on"])
        if folder is not None:
            values |= {name: _placed(values[name], folder, name) for name in ("rule", "rates")}
        try:
            freight = cls(**values)
        except PolicyError as error:
            raise PolicyError("freight", problems + error.problems) from None
        if problems:
            raise PolicyError("freight", problems)
        return freight

    def to_dict(self) -> dict[str, Any]:
        """Plain values as `from_dict` takes them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"on": self.on.isoformat()}

    def tariff(self) -> Tariff:
        """Read the rule and the rates.

        Raises
        ------
        CarrierError
            If one of them is faulty, the rule is not valid on the day, the rates lack the zone,
            or count in another unit than the rule.
        """
        rule = billing_rule(self.rule, on=self.on)
        rates = RateTable.read(self.rates)
        unit = "g" if rule.basis == "weight" else rule.unit
        if rates.unit != unit:
            raise CarrierError(
                self.rates,
                f"found steps in {rates.unit}, expected {unit} as the rule {rule.id} bills; give "
                f"rates with up_to_{unit}",
            )
        rates.price([], self.zone)  # the zone is there
        return Tariff(rule, rates, self.zone)


@dataclass(frozen=True, eq=False, slots=True)
class Tariff:
    """A rule and its rates, read and ready."""

    rule: BillingRule
    rates: RateTable
    zone: str

    def price(self, outer_mm: Ints, gross_g: Floats) -> Floats:
        """What parcels cost.

        Parameters
        ----------
        outer_mm
            ``(n, 3)`` outer sides in mm, rounded up to whole ones.
        gross_g
            ``(n,)`` mass of the packed parcels in g.

        Returns
        -------
        ``(n,)`` prices in the rates' currency; NaN where the carrier does not take the parcel or
        the rates end below it.
        """
        prices = self.rates.price(self.rule.billable(outer_mm, gross_g), self.zone)
        return np.where(self.rule.refused(outer_mm, gross_g), np.nan, prices)


def _problems(freight: Freight) -> Iterator[str]:
    # The annotations promise what is only checked here.
    on: Any = freight.on
    for name, expected in (
        ("rule", "the name of a billing rule, or the path of a TOML file"),
        ("rates", "the path of a file of rates"),
        ("zone", "a zone of the rates"),
    ):
        value: Any = getattr(freight, name)
        if not (isinstance(value, str) and value.strip()):
            yield _expected(name, value, expected)
    if not isinstance(on, dt.date) or isinstance(on, dt.datetime):
        yield _expected("on", on, "the day that decides the rule, such as 2026-03-01")
    if freight.mailers not in MAILERS:
        yield _expected("mailers", freight.mailers, f"one of {', '.join(MAILERS)}")


def _expected(name: str, found: object, expected: str) -> str:
    told, advice = ("nothing", "add it") if found is None else (repr(found), "correct it")
    return f"field {name}: found {told}, expected {expected}; {advice}"


def _unknown(key: object, names: list[str]) -> str:
    near = difflib.get_close_matches(str(key), names, n=1)
    advice = f"did you mean {near[0]}?" if near else "delete it"
    return f"field {key}: not known to freight, expected one of {', '.join(names)}; {advice}"


def _placed(value: object, folder: Path, name: str) -> object:
    """A relative path as it stands from the folder of the policy; names of rules stay."""
    if not isinstance(value, str) or (name == "rule" and not is_path(value)):
        return value
    return str(folder / value)


def _day(value: object) -> Any:
    """A date, where the value is text that means one; else the value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return value
