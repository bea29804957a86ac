"""The Wilson score interval of a share, for simple and for stratified samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def wilson(passed: float, checked: float, confidence: float) -> tuple[float, float]:
    """Interval of a share of a simple random sample.

    Parameters
    ----------
    passed, checked
        Successes and trials, ``0 <= passed <= checked`` and ``checked > 0``; an effective number
        of trials may be a fraction.
    confidence
        Such as 0.95.

    Returns
    -------
    Lower and upper end, 0..1.

    References
    ----------
    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212.
    """
    from statistics import NormalDist

    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = passed / checked
    middle = share + z * z / (2 * checked)
    reach = z * math.sqrt(share * (1 - share) / checked + z * z / (4 * checked * checked))
    below = 1 + z * z / checked
    # Rounding must not push the ends of 0 of n and n of n out of 0..1.
    low, high = max((middle - reach) / below, 0.0), min((middle + reach) / below, 1.0)
    return (0.0 if passed == 0 else low), (1.0 if passed == checked else high)


def stratified(
    strata: Sequence[tuple[float, int, int]], confidence: float
) -> tuple[float, float, float]:
    """Share and interval of a stratified sample.

    The share is the mean of the strata's, weighted by their sizes; its variance is turned into
    the number of trials of a simple sample of that variance, and the interval is Wilson's for
    that number.

    Parameters
    ----------
    strata
        Size of the population, successes and trials of each stratum; trials above 0.
    confidence
        Such as 0.95.

    Returns
    -------
    Share, lower and upper end.
    """
    size = sum(one[0] for one in strata)
    trials = sum(one[2] for one in strata)
    share = sum(n * passed / checked for n, passed, checked in strata) / size
    variance = sum(
        (n / size) ** 2 * (passed / checked) * (1 - passed / checked) / checked
        for n, passed, checked in strata
    )
    # Without any variance the sample says as much as a simple one of its size, no more.
    effective = share * (1 - share) / variance if variance > 0 else float(trials)
    return (share, *wilson(share * effective, effective, confidence))
