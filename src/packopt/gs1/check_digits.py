"""The check digit of GTINs and SSCCs.

Source: GS1 General Specifications, section 7.9.1, "Standard check digit calculations for GS1 data
structures": from the right, the digits before the check digit count three times and once in turn,
and the check digit makes their sum a multiple of ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_digit(digits: str) -> int:
    """The check digit that follows some digits.

    Parameters
    ----------
    digits
        Decimal digits, without the check digit; at most 18 of them.

    Returns
    -------
    0 to 9.
    """
    return int(check_digits(np.array([int(digits)], dtype=np.int64))[0])


def check_digits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The check digit that follows each number; zeros on the left count nothing.

    Parameters
    ----------
    numbers
        ``(n,)`` numbers from 0, without their check digits.

    Returns
    -------
    ``(n,)`` 0 to 9.
    """
    rest = numbers.copy()
    total = np.zeros(len(numbers), dtype=np.int64)
    weight = 3
    while rest.any():
        total += weight * (rest % 10)
        rest //= 10
        weight = 4 - weight
    return -total % 10
