"""Serial shipping container codes: one number for each parcel, never given twice.

An SSCC has 18 digits: an extension digit, the GS1 company prefix, a serial reference and the check
digit (GS1 General Specifications, section 3.3.1). Prefix and serial share 16 digits, so a short
prefix leaves many numbers and a long one few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt.errors import Gs1Error
from packopt.gs1.check_digits import check_digit

if TYPE_CHECKING:
    from packopt.recommendations import Recommendations

_PREFIX_AND_SERIAL: Final = 16
_SHORTEST, _LONGEST = 4, 12


@dataclass(frozen=True, slots=True)
class SsccSeries:
    """A run of SSCCs of one company.

    Attributes
    ----------
    prefix
        The GS1 company prefix: 4 to 12 digits, with its zeros on the left.
    first_serial
        Serial reference of the first code, from 0.
    extension
        Extension digit, 0 to 9; the company chooses it.

    Raises
    ------
    Gs1Error
        If a value is out of range; all faults are listed.
    """

    prefix: str
    first_serial: int = 0
    extension: int = 0

    def __post_init__(self) -> None:
        """Check the parts, each for itself."""
        problems = list(self._problems())
        if problems:
            raise Gs1Error("SSCC", problems)

    def _problems(self) -> list[str]:
        # The annotations promise what is only checked here.
        prefix: Any = self.prefix
        digits = isinstance(prefix, str) and prefix.isascii() and prefix.isdecimal()
        if not digits or not _SHORTEST <= len(prefix) <= _LONGEST:
            expected = f"expected {_SHORTEST} to {_LONGEST} digits"
            advice = "write the GS1 company prefix with its zeros on the left"
            return [f"prefix: found {prefix!r}, {expected}; {advice}"]
        problems = []
        if self.extension not in range(10):
            problems.append(f"extension: found {self.extension!r}, expected 0 to 9; choose a digit")
        if not 0 <= self.first_serial < self.capacity:
            problems.append(
                f"first serial: found {self.first_serial!r}, expected 0 to "
                f"{self.capacity - 1:,}, for which prefix {prefix} leaves room; correct it, or "
                "use another extension digit"
            )
        return problems

    @property
    def capacity(self) -> int:
        """How many serials the prefix leaves room for, used ones included."""
        return int(10 ** (_PREFIX_AND_SERIAL - len(self.prefix)))

    def codes(self, n: int) -> list[str]:
        """The first codes of the run.

        Parameters
        ----------
        n
            How many.

        Returns
        -------
        ``n`` codes of 18 digits, ascending.

        Raises
        ------
        Gs1Error
            If the serials do not suffice: none is ever given twice.
        """
        left = self.capacity - self.first_serial
        if n > left:
            raise Gs1Error(
                "SSCC",
                f"found {n:,} parcels, expected at most {left:,}: prefix {self.prefix} has "
                f"{self.capacity:,} serials, and the first one is {self.first_serial:,}; start "
                "earlier, or use another extension digit",
            )
        width = _PREFIX_AND_SERIAL - len(self.prefix)
        bodies = (
            f"{self.extension}{self.prefix}{self.first_serial + one:0{width}d}" for one in range(n)
        )
        return [f"{body}{check_digit(body)}" for body in bodies]


def allot_ssccs(result: Recommendations, series: SsccSeries) -> pa.Table:
    """Give every parcel of a result a code, in the order of its table of parcels.

    Parameters
    ----------
    result
        What `packopt.recommend` answered.
    series
        The codes to give; the next result must start ``result.parcels.num_rows`` serials later.

    Returns
    -------
    ``order_id``, ``parcel`` and ``sscc``, one row for each parcel.

    Raises
    ------
    Gs1Error
        If the serials do not suffice.
    """
    parcels = result.parcels
    codes = pa.array(series.codes(parcels.num_rows), pa.string())
    return parcels.select(["order_id", "parcel"]).append_column("sscc", pa.chunked_array([codes]))
