"""What a replay came to, in lines that a reader takes in at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packopt.cli.summary import mass
from packopt.savings.tables import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.savings import FilesSavings, Savings

_NAMES: Final = {
    "packaging_g": "packaging",
    "board_g": "  corrugated board",
    "paper_g": "  paper",
    "plastic_g": "  plastic",
    "other_g": "  other materials",
    "tape_g": "tape, mass",
    "fill_g": "filler, mass",
    "board_m2": "board",
    "tape_m": "tape",
    "fill_l": "filler",
    "outer_mm3": "outer volume",
    "billable_g": "billable weight",
    "freight": "freight",
    "money": "money",
    "co2e_g": "emissions",
    "parcels": "parcels",
}
_MAIN: Final = "packaging_g"
_PLASTIC: Final = "plastic_g"
_GRAMS: Final = "kg"
_PER: Final = {one.name: one.per for one in MEASURES}


def lines(savings: Savings | FilesSavings) -> Iterator[str]:
    """The summary, one line each.

    Parameters
    ----------
    savings
        A replay.
    """
    about = savings.about
    numbers = about["orders"]
    rows = {row["measure"]: row for row in savings.total.to_pylist()}
    yield _headline(rows.get(_MAIN), about)
    if (plastic := rows.get(_PLASTIC)) and plastic["saved"] < 0:
        before, after = (mass(plastic[side] * _PER[_PLASTIC]) for side in ("baseline", "plan"))
        yield f"plastic grows: {before} before, {after} after"
    yield (
        f"{numbers['counted']:,} of {numbers['read']:,} orders count; intervals of "
        f"{about['bootstrap']['confidence']:.0%} over {about['bootstrap']['clusters']:,} "
        f"{'days' if about['bootstrap']['cluster_by'] == 'date' else 'blocks of orders'}"
    )
    if rows:
        yield ""
        yield _row(("", "baseline", "packopt", "saved", "%", "interval"))
    for name in _NAMES:
        if name in rows and (rows[name]["baseline"] or rows[name]["plan"]):
            yield _row(_cells(name, rows[name], about["currency"]))
    yield from _dropped(savings)


def _headline(row: dict[str, Any] | None, about: dict[str, Any]) -> str:
    name = about["baseline"]
    if row is None:
        return f"against {name}: nothing to compare"
    saved = row["saved"] * _PER[_MAIN]
    word = "saves" if saved >= 0 else "takes"
    share = "" if row["saved_share"] is None else f", {abs(row['saved_share']):.1%}"
    more = "" if saved >= 0 else " more"
    return f"packopt {word} {mass(abs(saved))}{more} of packaging{share}, against {name}"


def _cells(name: str, row: dict[str, Any], currency: str | None) -> tuple[str, ...]:
    unit = (currency or "money") if row["unit"] == "money" else row["unit"]
    label = _NAMES[name] if _NAMES[name] in unit else f"{_NAMES[name]}, {unit}"
    share = "-" if row["saved_share"] is None else f"{row['saved_share']:.1%}"
    low, high = row["saved_low"], row["saved_high"]
    interval = "-" if low is None else f"{_number(low)} to {_number(high)}"
    amounts = (_number(row[key]) for key in ("baseline", "plan", "saved"))
    return (label, *amounts, share, interval)


def _row(cells: tuple[str, ...]) -> str:
    label, *others = cells
    return f"{label:<22}" + "".join(f"{one:>14}" for one in others[:-1]) + f"   {others[-1]}"


def _number(value: float) -> str:
    """Whole numbers from a hundred on, else two decimals."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _dropped(savings: Savings | FilesSavings) -> Iterator[str]:
    rows = savings.dropped.to_pylist()
    if not rows:
        return
    yield ""
    missing = sum(row["orders"] for row in rows)
    yield f"{missing:,} orders do not count" if missing != 1 else "1 order does not count"
    for row in rows:
        yield f"  {row['orders']:>10,}  {row['status']:<16}{row['reason']}"
