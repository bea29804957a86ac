"""Articles that are too heavy or too light for their sizes."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.inspecting.articles import Suspicion
from packopt.inspecting.by_sku import LENGTHS, MASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.inspecting.articles import Articles

# Densities in g/cm3. Osmium, the densest element, has 22.6, steel 7.85, and expanded polystyrene,
# the lightest thing that is packed as a block, some 0.01: half of that is nothing but air.
_DENSEST: Final = 22.6
_DENSE: Final = 8.0
_LIGHT: Final = 0.005
# What goods in their own boxes usually have: pillows 0.03, books 0.8, bottles 1, tools 3.
_USUAL: Final = (0.03, 3.0)
_TYPICAL: Final = 0.3
_LEAST_MM3: Final = 1000  # of less, rounding to whole mm and g says more than the scales
_MOST_ADVICE: Final = 2


def odd_densities(articles: Articles) -> Iterator[Suspicion]:
    """Find articles whose mass and volume do not go together, and units that would explain it."""
    if not articles.orders.weights_known:
        return
    volume_mm3 = articles.size_mm.prod(axis=1)
    density = 1000 * articles.weight_g / volume_mm3
    odd = ((density > _DENSE) | (density < _LIGHT)) & (volume_mm3 >= _LEAST_MM3)
    for article in np.flatnonzero(odd).tolist():
        yield Suspicion(
            "density",
            f"found {articles.sides(article)} and {int(articles.weight_g[article]):,} g, which is "
            f"{density[article]:.3g} g/cm3, {_words(density[article])}",
            _suggestion(float(density[article])),
            article=article,
        )


def _words(density: float) -> str:
    if density > _DENSEST:
        return f"more than osmium ({_DENSEST:g}), the densest of all materials"
    if density > _DENSE:
        return "more than solid steel (7.85)"
    return "less than half of foam (0.01)"


def _suggestion(density: float) -> str:
    """Units that would make it an ordinary density."""
    dense = density > _DENSE
    less, more = ("small", "large") if dense else ("large", "small")
    told = [
        (factor**3, f"sizes {factor:g} times too {less} ({units})")
        for factor, units in LENGTHS.items()
    ]
    told += [
        (factor, f"the weight {factor:g} times too {more} ({units})")
        for factor, units in MASSES.items()
    ]
    true = [(density / factor if dense else density * factor, words) for factor, words in told]
    likely = sorted(true, key=lambda one: abs(log(one[0] / _TYPICAL)))
    found = [words for one, words in likely if _USUAL[0] <= one <= _USUAL[1]]
    if not found:
        return "Measure and weigh it again."
    return f"It would be ordinary with {', or '.join(found[:_MOST_ADVICE])}: check the units."
