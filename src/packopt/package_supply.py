"""Where packages are, how many of them, and what they keep cold: limits beside their size."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.columns import Field
from packopt.lists import read_lists
from packopt.package_shapes import MAILER
from packopt.ranges import Range
from packopt.spelling import small_letters
from packopt.units import G_PER, MM3_PER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.validation import Inspection

SUPPLY_FIELDS: Final = (
    Field("stock"),
    Field("sites"),
    Field("temperature"),
    Field("coolant_volume", MM3_PER, stem="coolant"),
    Field("coolant", G_PER),
    Field("reusable"),
)

ANY_SITE: Final = ""
"""Key of a stock that every site draws from."""
AMBIENT: Final = ("ambient",)

_MOST_STOCK: Final = 1_000_000_000
_COOLANT_MM3: Final = Range(0, 1_000_000_000_000, "mm3", "up")
_COOLANT_G: Final = Range(0, 1_000_000, "g", "up")
_WHOLE: Final = re.compile(r"[0-9]{1,15}(\.0*)?")
_EXPECTED: Final = f"a whole number from 0 to {_MOST_STOCK:,}, or one for each site: A=100;B=20"


def read_supply(inspection: Inspection) -> dict[str, Any]:
    """Stock and sites of each package.

    Parameters
    ----------
    inspection
        The catalogue; gets the faults.

    Returns
    -------
    ``stock``, ``sites`` and ``temperature`` of `packopt.catalogue.Catalogue`.
    """
    sites = read_lists(inspection, "sites")
    stock = [_parsed(row) for row in read_lists(inspection, "stock")]
    inspection.fault(
        _rows(one is None for one in stock),
        "stock",
        "no stock",
        _EXPECTED,
        "Write digits only, with = behind a site and ; between two sites.",
    )
    pairs = [(one or {}, named) for one, named in zip(stock, sites, strict=True)]
    inspection.fault(
        _rows(ANY_SITE in one and len(named) > 1 for one, named in pairs),
        "stock",
        "one stock for several sites",
        "the stock of each site: A=100;B=20",
        "Write how many packages each site has.",
    )
    _refuse_other_sites(inspection, pairs)
    temperature = read_lists(inspection, "temperature")
    return {
        "stock": tuple(one for one, _ in pairs),
        # A stock by site says where the package is.
        "sites": tuple(named or tuple(site for site in one if site) for one, named in pairs),
        "temperature": tuple(
            tuple(dict.fromkeys(small_letters(word) for word in words)) or AMBIENT
            for words in temperature
        ),
    }


def _parsed(words: Sequence[str]) -> dict[str, int] | None:
    """Stock by site; empty without a limit, None where it cannot be read."""
    if len(words) == 1 and "=" not in words[0]:
        return _stock([(ANY_SITE, words[0])])
    parts = [word.rpartition("=") for word in words]
    if not all(site.strip() and equals for site, equals, _ in parts):
        return None
    return _stock([(site.strip(), number.strip()) for site, _, number in parts])


def _stock(pairs: Sequence[tuple[str, str]]) -> dict[str, int] | None:
    # Whole numbers of a column of floats come as 100.0.
    if not all(_WHOLE.fullmatch(number) for _, number in pairs):
        return None
    stock = {site: int(number.partition(".")[0]) for site, number in pairs}
    is_sound = len(stock) == len(pairs) and max(stock.values(), default=0) <= _MOST_STOCK
    return stock if is_sound else None


def _refuse_other_sites(
    inspection: Inspection, pairs: Sequence[tuple[Mapping[str, int], Sequence[str]]]
) -> None:
    """Stock by site and sites say the same thing twice, so they must agree."""
    for row, (stock, named) in enumerate(pairs):
        if not named or not stock or ANY_SITE in stock:
            continue
        extra = [site for site in stock if site not in named]
        lacking = [site for site in named if site not in stock]
        where = np.arange(len(pairs)) == row
        if extra:
            near = difflib.get_close_matches(extra[0], named, n=1)
            inspection.fault(
                where,
                "stock",
                f"a stock at {extra[0]!r}, which is not among the sites",
                f"stocks at {', '.join(named)}",
                f"Did you mean {near[0]}?" if near else "Add the site to sites, or correct it.",
            )
        elif lacking:
            inspection.fault(
                where,
                "stock",
                f"no stock for {', '.join(lacking)}",
                "a stock for each of the sites",
                f"Add {lacking[0]}=0 where there is none.",
            )


def read_coolant(
    inspection: Inspection,
    kind: NDArray[np.int64],
    inner_mm: NDArray[np.int32],
    max_content_g: NDArray[np.int64],
) -> dict[str, Any]:
    """What each package must carry to keep its content cold.

    Parameters
    ----------
    inspection
        The catalogue; gets the faults.
    kind
        ``(k,)`` index into the kinds, -1 where faulty.
    inner_mm
        ``(k, 3)`` inner sides in mm, the largest of those that are chosen.
    max_content_g
        ``(k,)`` heaviest content in g; -1 without a limit.

    Returns
    -------
    ``coolant_mm3`` and ``coolant_g`` of `packopt.catalogue.Catalogue`.
    """
    mm3 = inspection.numbers("coolant_volume", _COOLANT_MM3, default=0).astype(np.int64)
    grams = inspection.numbers("coolant", _COOLANT_G, default=0).astype(np.int64)
    inspection.fault(
        (mm3 > 0) & (kind == MAILER),
        "coolant_volume",
        "a layer of coolant in a mailer",
        "nothing, since a mailer has no lid to lay it under",
        "Take its thickness off max_thickness instead.",
    )
    sides = np.maximum(inner_mm.astype(np.int64), 1)
    layer = -(-mm3 // (sides[:, 0] * sides[:, 1]))
    inspection.fault(
        (layer >= sides[:, 2]) & (kind >= 0) & (kind != MAILER) & ~inspection.faulty,
        "coolant_volume",
        "coolant that leaves no room",
        "less than the inner volume",
        "Check the value and the unit in the column's name.",
    )
    inspection.fault(
        (grams >= max_content_g) & (max_content_g >= 0) & (grams > 0) & ~inspection.faulty,
        "coolant",
        "coolant as heavy as the content may be",
        "less than max_content",
        "Correct one of the two; coolant counts as content.",
    )
    return {"coolant_mm3": mm3, "coolant_g": grams}


def read_reusable(inspection: Inspection, trips: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which packages come back: their tare and price count once in ``trips``.

    Parameters
    ----------
    inspection
        The catalogue; gets a fault for each package that comes back nobody knows how often.
    trips
        ``(k,)`` trips of each package, 0 where not stated.

    Returns
    -------
    ``(k,)`` True for those that come back.
    """
    reusable = inspection.flags("reusable", default=False)
    inspection.fault(
        reusable & (trips <= 0) & ~inspection.faulty,
        "reusable",
        "a reusable package without reusable_trips",
        "the number of trips beside it",
        "Fill in reusable_trips, or leave reusable empty.",
    )
    return reusable


def _rows(where: Any) -> NDArray[np.bool_]:
    return np.fromiter(where, dtype=np.bool_)
