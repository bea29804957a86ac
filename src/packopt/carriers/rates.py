"""Rate tables: what a parcel costs by zone and by step of what is billed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa

from packopt.columns import Field, ignored, known_names, resolve
from packopt.errors import CarrierError, InputError
from packopt.faults import problems
from packopt.ranges import Range
from packopt.raw_table import select
from packopt.reading import read_table
from packopt.units import G_PER
from packopt.validation import Inspection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from packopt.raw_table import RawTable

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Sizes are told in thousandths, as `packopt.carriers.BillingRule.billable` bills them.
_SIZES: Final = {"ft3": 1000.0, "m3": 1000.0}
FIELDS: Final = (
    Field("zone", required=True),
    Field("up_to", {**G_PER, **_SIZES}, required=True),
    Field("price", required=True),
    Field("currency", required=True),
)
RATE_COLUMNS: Final = known_names(FIELDS)

_STEP: Final = Range(1, 1_000_000_000, "", "up")
_PRICE: Final = Range(0, 1_000_000, "", "none")


@dataclass(frozen=True, eq=False, slots=True)
class RateTable:
    """Prices by zone and step, in one currency.

    Attributes
    ----------
    zones
        Names of the zones, in order of first appearance.
    currency
        Three letters.
    unit
        What the steps count: "g", "ft3" or "m3".
    start
        ``(z + 1,)``: the steps of zone ``i`` are ``start[i]`` to ``start[i + 1] - 1``.
    up_to
        ``(s,)`` where each step ends, ascending within a zone: g rounded up to whole ones, or
        thousandths of ``unit``.
    prices
        ``(s,)`` price of each step; it does not fall within a zone.
    """

    zones: tuple[str, ...]
    currency: str
    unit: str
    start: Ints
    up_to: Ints
    prices: Floats

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read and check a file of rates.

        Parameters
        ----------
        path
            CSV or any other format of `packopt.read_orders`, with ``zone``, ``price``,
            ``currency`` and where the step ends: ``up_to_g`` (``_kg _lb _oz``), or ``up_to_ft3``
            or ``up_to_m3`` for rules that bill by size. Rows in any order.

        Returns
        -------
        The table.

        Raises
        ------
        CarrierError
            If the file is unusable or any row is faulty: a missing step would bill the next one.
        """
        raw = read_table(
            path, RATE_COLUMNS.__contains__, error=CarrierError, text=("zone", "currency")
        )
        return cls._accept(raw, fspath(path))

    @classmethod
    def from_table(cls, table: Any, *, source: str = "rates") -> Self:
        """Check rates that are already in memory; columns and errors as of `read`.

        Parameters
        ----------
        table
            A `pyarrow.Table`, or any data frame that offers itself as Arrow columns.
        source
            What to call the table in messages.
        """
        try:
            raw = select(pa.table(table), RATE_COLUMNS.__contains__)
        except InputError as fault:
            raise CarrierError(source, fault.problems) from None
        except (TypeError, ValueError) as fault:
            raise CarrierError(
                source, f"is no table ({fault}); expected a pyarrow.Table"
            ) from fault
        return cls._accept(raw, source)

    @classmethod
    def _accept(cls, raw: RawTable, source: str) -> Self:
        names = [*raw.table.column_names, *raw.ignored]
        columns = resolve(names, FIELDS, source, CarrierError)
        rows = np.flatnonzero(~raw.empty_rows())
        if len(rows) == 0:
            raise CarrierError(source, "found no rates; expected at least one row; add it")
        table = raw.table.slice(0, int(rows[-1]) + 1)
        rates = Inspection(table, columns, source, CarrierError)
        zone = rates.texts("zone").dictionary_encode()
        up_to = rates.numbers("up_to", _STEP).astype(np.int64)
        prices = rates.numbers("price", _PRICE)
        currency = _currency(rates)
        code = zone.indices.fill_null(0).to_numpy()
        by_step = np.lexsort((up_to, code))
        _check_steps(rates, code, up_to, prices, by_step)
        found = [
            f"row {row + 1}: found {fault}; expected one value for each column; quote values that "
            "contain the separator"
            for row, fault in raw.faults.items()
        ]
        found += problems(rates.faults)
        if found:
            # A column that is nobody's may be the one that is missed.
            found += [ignored(raw.ignored, FIELDS, source)] if raw.ignored else []
            raise CarrierError(source, found)
        zones = tuple(zone.dictionary.to_pylist())
        unit = columns["up_to"].name.removeprefix("up_to_")
        return cls(
            zones=zones,
            currency=currency,
            unit=unit if unit in _SIZES else "g",
            start=np.searchsorted(code[by_step], np.arange(len(zones) + 1)).astype(np.int64),
            up_to=up_to[by_step],
            prices=prices[by_step],
        )

    def price(self, billable: ArrayLike, zone: str | Sequence[str]) -> Floats:
        """What parcels cost.

        Parameters
        ----------
        billable
            ``(n,)`` as `packopt.carriers.BillingRule.billable` tells it: whole g, or thousandths
            of ``unit``.
        zone
            Where they all go, or ``(n,)`` zones.

        Returns
        -------
        ``(n,)`` prices in ``currency``; NaN beyond the last step of the zone.

        Raises
        ------
        CarrierError
            If the table has no such zone; the message names the nearest one.
        """
        amount = np.asarray(billable, dtype=np.int64)
        if isinstance(zone, str):
            return self._price_in(amount, self._zone(zone))
        codes = np.array([self._zone(one) for one in set(zone)], np.int64)
        index = {self.zones[code]: code for code in codes.tolist()}
        of_parcel = np.array([index[one] for one in zone], np.int64)
        prices = np.full(len(amount), np.nan)
        for code in codes.tolist():
            here = of_parcel == code
            prices[here] = self._price_in(amount[here], code)
        return prices

    def _price_in(self, amount: Ints, zone: int) -> Floats:
        steps = slice(int(self.start[zone]), int(self.start[zone + 1]))
        at = np.searchsorted(self.up_to[steps], amount, side="left")
        return np.append(self.prices[steps], np.nan)[at]

    def _zone(self, name: str) -> int:
        if name in self.zones:
            return self.zones.index(name)
        near = difflib.get_close_matches(name, self.zones, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "add its rates, or name another zone"
        raise CarrierError(
            "rates", f"found no zone {name!r}, expected one of {', '.join(self.zones)}; {hint}"
        )


def _currency(rates: Inspection) -> str:
    """The one currency of all prices."""
    words = [(word or "").strip().upper() for word in rates.texts("currency").to_pylist()]
    strange = np.array([bool(one) and not (len(one) == 3 and one.isalpha()) for one in words])
    rates.fault(strange, "currency", "no currency code", "three letters", "Write EUR or USD.")
    first = next((one for one in words if one), "")
    second = np.array([one not in ("", first) for one in words])
    rates.fault(
        second & ~strange,
        "currency",
        "a second currency",
        f"{first} as above, since prices in two currencies cannot be compared",
        "Convert the prices, or keep a table for each currency.",
    )
    return first


def _check_steps(rates: Inspection, code: Ints, up_to: Ints, prices: Floats, by_step: Ints) -> None:
    """Steps of a zone occur once, and prices do not fall from one to the next."""
    sound = ~rates.faulty[by_step]
    before, after = by_step[:-1], by_step[1:]
    same_zone = (code[before] == code[after]) & sound[:-1] & sound[1:]
    twice, falls = np.zeros((2, len(code)), np.bool_)
    twice[after[same_zone & (up_to[before] == up_to[after])]] = True
    falls[after[same_zone & (prices[after] < prices[before])]] = True
    rates.fault(
        twice, "up_to", "a step that the zone has already", "each step once", "Delete one row."
    )
    rates.fault(
        falls & ~twice,
        "price",
        "less than for a lighter step of the zone",
        "prices that do not fall as steps rise",
        "Check the row, and the unit of up_to.",
    )
