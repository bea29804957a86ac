"""One SKU in several sizes: stated in another unit, with sides swapped, or simply different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.inspecting.articles import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.inspecting.articles import Articles

    Ints = NDArray[np.int64]

#: Factors between units of length, and which units they are between.
LENGTHS: Final = {
    10.0: "mm and cm",
    25.4: "mm and inches",
    2.54: "cm and inches",
    100.0: "cm and m",
    1000.0: "mm and m",
}
#: Likewise of mass.
MASSES: Final = {
    1000.0: "g and kg",
    453.59237: "g and pounds",
    28.349523125: "g and ounces",
    2.20462262: "pounds and kg",
    16.0: "ounces and pounds",
}
# Sizes that were measured twice are off by a little.
_RELATIVE: Final = 0.02
# Of mm or g: numbers that are all smaller lie within rounding of far too many others.
_LEAST_TELLING: Final = 5
_CHECK_UNITS: Final = (
    "Check both: one of them may be in another unit than its column says, or they are two articles."
)
# What differs by no more was measured twice, and both times well enough.
_SAME_RELATIVE: Final = 0.05
_SAME_MM: Final = 2


def several_sizes(articles: Articles) -> Iterator[Suspicion]:
    """Compare each article with the one of its SKU that most order lines have."""
    order = np.lexsort((articles.line, -articles.lines, articles.sku))
    new = np.flatnonzero(np.diff(articles.sku[order], prepend=-1))
    usual = np.repeat(order[new], np.diff(np.append(new, len(order))))
    other = np.flatnonzero(order != usual)
    pairs = sorted(zip(order[other].tolist(), usual[other].tolist(), strict=True))
    for article, fellow in pairs:
        yield from _compared(articles, article, fellow)


def _compared(articles: Articles, article: int, usual: int) -> Iterator[Suspicion]:
    one, other = np.sort(articles.size_mm[article]), np.sort(articles.size_mm[usual])
    sides = f"{articles.sides(article)}, while most lines of this sku say {articles.sides(usual)}"
    if (one == other).all():
        if (articles.size_mm[article] != articles.size_mm[usual]).any():
            yield Suspicion(
                "swapped",
                f"found {sides}: the same sides in another order",
                "No harm to units that may be turned; correct it where orientation is stated.",
                article=article,
            )
    elif (factor := _factor(one, other, LENGTHS)) is not None:
        yield Suspicion(
            "unit",
            f"found {sides}: {_times(one, other, factor)}, as between {LENGTHS[factor]}",
            _CHECK_UNITS,
            article=article,
        )
    elif (np.abs(one - other) > np.maximum(_SAME_MM, _SAME_RELATIVE * other)).any():
        yield Suspicion(
            "differs",
            f"found {sides}",
            "Measure again, or give the larger one a sku of its own.",
            article=article,
        )
    yield from _weights_compared(articles, article, usual)


def _weights_compared(articles: Articles, article: int, usual: int) -> Iterator[Suspicion]:
    if not articles.orders.weights_known:
        return
    one, other = articles.weight_g[[article]], articles.weight_g[[usual]]
    factor = _factor(one, other, MASSES)
    if factor is not None:
        yield Suspicion(
            "unit",
            f"found {int(one[0]):,} g, while most lines of this sku say {int(other[0]):,} g: "
            f"{_times(one, other, factor)}, as between {MASSES[factor]}",
            _CHECK_UNITS,
            article=article,
        )


def _factor(one: Ints, other: Ints, factors: dict[float, str]) -> float | None:
    """The factor between all numbers of one and the other, whichever is larger; None for none."""
    small, large = (one, other) if one.sum() < other.sum() else (other, one)
    if small.max() < _LEAST_TELLING:
        return None
    for factor in factors:
        # The door rounds up: a small number stands for up to 1 less, which the factor makes large.
        least = factor * np.minimum(small - 1, (1 - _RELATIVE) * small)
        most = np.maximum(factor * small + 1, (1 + _RELATIVE) * factor * small)
        if ((least <= large) & (large <= most) & (large > small)).all():
            return factor
    return None


def _times(one: Ints, other: Ints, factor: float) -> str:
    more = "more" if one.sum() > other.sum() else "less"
    return f"{factor:g} times {more}"
