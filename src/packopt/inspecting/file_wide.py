"""What only many articles together show: floors, round numbers, and the same sizes again."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.inspecting.articles import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.inspecting.articles import Articles

    Ints = NDArray[np.int64]

# Fewer articles show nothing together: of 20, one in twenty is a single one.
_LEAST_ARTICLES: Final = 20
# Sizes thin out towards the smallest ones. That hardly any article is below a size, a twentieth of
# all have just that one, and twice as many as have any of the next few, is what a form's minimum
# does and no measuring tape: Olist's widths pile up like that at 110 mm.
_FLOOR_SHARE: Final = 0.05
_BELOW_SHARE: Final = 0.01
_FLOOR_AGAINST_NEXT: Final = 2
_NEXT_SIZES: Final = 3
_SIDES: Final = ("length", "width", "height")
# Of sides that are measured in mm, a tenth are multiples of 10 by chance, and a fiftieth of 50.
_ROUND_SHARE: Final = 0.8
_ROUND_MM: Final = (100, 50, 25, 20, 10, 5)
_INCH_MM: Final = 25.4
# Boxed goods do share sizes, so a handful is no sign; placeholders have hundreds.
_REPEAT_SKUS: Final = 5
_REPEAT_SHARE: Final = 0.01
_MOST_REPEATS: Final = 50


def floors(articles: Articles) -> Iterator[Suspicion]:
    """Find sides whose smallest value stands for many articles."""
    sides = articles.size_mm
    n = len(sides)
    if n < _LEAST_ARTICLES:
        return
    for axis, name in enumerate(_SIDES):
        sizes, count = np.unique(sides[:, axis], return_counts=True)
        below = np.cumsum(count) - count
        low = np.flatnonzero(below <= _BELOW_SHARE * n)
        at = int(low[np.argmax(count[low])])
        there, following = int(count[at]), count[at + 1 : at + 1 + _NEXT_SIZES]
        # All alike is no floor: `repeats` and `round_numbers` say more.
        if there < _FLOOR_SHARE * n or not len(following):
            continue
        if there < _FLOOR_AGAINST_NEXT * following.max():
            continue
        yield Suspicion(
            "floor",
            f"the {name} of {there:,} of {n:,} articles ({there / n:.1%}) is {sizes[at]} mm, "
            f"and of {int(below[at]):,} less; the next sizes have at most "
            f"{int(following.max()):,} each",
            "A form or a carrier's minimum seems to stand in for what was measured: measure these "
            "articles, or expect them to be smaller.",
            there,
        )


def round_numbers(articles: Articles) -> Iterator[Suspicion]:
    """Find the coarsest step of which most sides are multiples."""
    sides = articles.size_mm.ravel()
    n = len(articles.size_mm)
    if n < _LEAST_ARTICLES:
        return
    inches = np.round(sides / _INCH_MM)
    is_inch = (np.ceil(np.round(inches * _INCH_MM, 6)) == sides) & (inches > 0)
    steps = [(f"{step} mm", step, (sides % step == 0).mean()) for step in _ROUND_MM]
    steps.append(("1 inch", ceil(_INCH_MM), float(is_inch.mean())))
    found = [one for one in steps if one[2] >= _ROUND_SHARE]
    if not found:
        return
    name, step, share = max(found, key=lambda one: (one[1], one[2]))
    yield Suspicion(
        "round",
        f"{share:.1%} of the sides of {n:,} articles are multiples of {name}",
        f"They seem to be rounded: pack them with default_tolerance_mm = {ceil(step / 2)} if to "
        f"the nearest, or {step} if nobody knows how.",
        articles.n_skus,
    )


def repeats(articles: Articles) -> Iterator[Suspicion]:
    """Find three sizes, in any order, that many SKUs share; the most frequent first."""
    keys = np.column_stack([articles.sku, np.sort(articles.size_mm, axis=1)])
    distinct = np.unique(keys, axis=0)
    triples, skus = np.unique(distinct[:, 1:], axis=0, return_counts=True)
    least = max(_REPEAT_SKUS, ceil(_REPEAT_SHARE * articles.n_skus))
    many = np.flatnonzero(skus >= least)
    many = many[np.argsort(-skus[many], kind="stable")][:_MOST_REPEATS]
    for at in many.tolist():
        sides = " × ".join(map(str, triples[at, ::-1].tolist()))
        yield Suspicion(
            "repeat",
            f"{int(skus[at]):,} of {articles.n_skus:,} articles measure {sides} mm",
            "Unless they come in one kind of box, this is a placeholder: measure some of them.",
            int(skus[at]),
        )
