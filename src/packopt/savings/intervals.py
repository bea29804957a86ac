"""How sure the figures are: bootstrap intervals of ratios of sums over clusters.

The orders of a replay are all there are, so their sums are no estimates; what is uncertain is what
the next orders of the same kind would save. Saved per order and saved share are ratios of two sums
over clusters. Clusters are drawn with replacement, as by `scipy.stats.bootstrap`, and each draw
tells the ratio and its standard error. The interval is the symmetric studentized one (P. Hall, On
symmetric bootstrap confidence intervals, J. R. Statist. Soc. B 50, 1988), which follows skewed
figures and few clusters better than percentiles of the ratio do; `benchmarks/interval_coverage.py`
measures how well. The standard error is that of a ratio by linearization (Cochran, Sampling
Techniques, 1977, section 6.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.savings.clusters import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

METHOD: Final = "symmetric bootstrap-t"
RESAMPLES: Final = 4_999
CONFIDENCE: Final = 0.95
#: Clusters that an interval needs: of fewer, too few draws differ.
LEAST_CLUSTERS: Final = 10
#: Numbers drawn at a time: what bounds the memory.
_DRAWN: Final = 2_000_000
#: Residuals below this share of their terms are rounding, and the ratio the same everywhere.
_ROUNDING: Final = 1e-12
#: A draw whose error is less than this share of that of all clusters has none but rounding.
_NO_ERROR: Final = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Intervals:
    """Intervals of ``s`` ratios.

    Attributes
    ----------
    estimate
        ``(s,)`` the ratios; NaN where the divisor is 0.
    low, high
        ``(s,)`` ends; both the estimate where every cluster has the same ratio, NaN where there is
        no interval: of fewer clusters than `LEAST_CLUSTERS`, whether they agree or not, or where
        some draws have no divisor.
    """

    estimate: Floats
    low: Floats
    high: Floats


def ratio_intervals(
    numerator: Floats,
    denominator: Floats,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Intervals:
    """Intervals of ratios of sums over clusters.

    Parameters
    ----------
    numerator, denominator
        ``(g, s)`` sums over each of ``g`` clusters, of ``s`` ratios; denominators are not
        negative.
    confidence
        Probability with which an interval is to cover the true ratio, above 0 and below 1.
    resamples
        Number of draws.

    Returns
    -------
    The intervals, the same for the same input on every machine.
    """
    over, under = numerator.sum(axis=0), denominator.sum(axis=0)
    estimate = np.full(len(over), np.nan)
    np.divide(over, under, out=estimate, where=under != 0)
    low, high = np.full((2, len(over)), np.nan)
    if len(numerator) < LEAST_CLUSTERS:
        return Intervals(estimate, low, high)
    residual = numerator - estimate * denominator
    terms = np.abs(numerator) + np.abs(estimate * denominator)
    same = (np.abs(residual) <= _ROUNDING * terms).all(axis=0)
    low[same] = high[same] = estimate[same]
    drawn = np.flatnonzero(~same & (under != 0))
    if len(drawn):
        half = _half_width(residual[:, drawn], denominator[:, drawn], confidence, resamples)
        low[drawn], high[drawn] = estimate[drawn] - half, estimate[drawn] + half
    return Intervals(estimate, low, high)


def _half_width(residual: Floats, denominator: Floats, confidence: float, resamples: int) -> Floats:
    """``(s,)`` how far the intervals reach to both sides of the ratios; NaN for unknown."""
    draws = _Draws(residual, denominator)
    deviation = np.split(draws.told(np.arange(len(residual))), 2)[1]
    away, error = np.split(draws.distribution(resamples), 2)
    # A draw of one cluster over and over, or of clusters that agree, says nothing about its error.
    spread = error > _NO_ERROR * deviation[:, None]
    score = np.divide(np.abs(away), error, out=np.full(away.shape, np.nan), where=spread)
    known = np.isfinite(away).all(axis=1) & np.isfinite(score).any(axis=1)
    end = np.full(len(away), np.nan)
    if known.any():
        end[known] = np.nanquantile(score[known], confidence, axis=1)
    return np.asarray(end * deviation, dtype=np.float64)


class _Draws:
    """How far the ratios of draws of clusters are away from those of all, and how sure they are."""

    def __init__(self, residual: Floats, denominator: Floats) -> None:
        products = (residual**2, residual * denominator, denominator**2)
        self._columns = np.hstack([residual, denominator, *products])

    def distribution(self, resamples: int) -> Floats:
        """``(2 s, resamples)`` what so many draws tell: those of `scipy.stats.bootstrap`.

        Clusters are drawn by their numbers; all sums follow from how often each was drawn.
        """
        rng, count = np.random.default_rng(SEED), len(self._columns)
        # To import scipy.stats takes longer than all draws.
        batch = max(1, _DRAWN // count)
        sizes = [min(batch, resamples - first) for first in range(0, resamples, batch)]
        return np.hstack([self.told(rng.integers(0, count, (size, count))) for size in sizes])

    def told(self, drawn: Ints) -> Floats:
        """Deviations of ratios and their standard errors.

        Parameters
        ----------
        drawn
            ``(r, g)`` numbers of the clusters of each draw, or ``(g,)`` of one.

        Returns
        -------
        ``(2 s, r)``, or ``(2 s,)`` of one draw.
        """
        rows, count = np.atleast_2d(drawn), len(self._columns)
        place = rows + np.arange(len(rows))[:, None] * count
        times = np.bincount(place.reshape(-1), minlength=len(rows) * count)
        sums = times.reshape(-1, count) @ self._columns
        over, under, over2, cross, under2 = np.split(sums.T, 5)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = over / under
            error = np.sqrt(np.maximum(over2 - 2 * away * cross + away**2 * under2, 0)) / under
        told = np.concatenate([away, error])
        return told[:, 0] if drawn.ndim == 1 else told
