"""What the rooms of the kernel agree on: array layouts, codes, and one bit trick.

Inside the kernel everything is an ``int64`` array. ``n`` units stand in *canonical order*: largest
volume first, equal units side by side. A *room* is the ``(3,)`` inner size of a container in mm.

========  ===============  =====================================================================
array     shape            meaning
========  ===============  =====================================================================
``ext``   ``(n, 6, 3)``    extents in mm of unit ``i`` in its ``k``-th allowed orientation that
                           fits the room, for ``k < n_ext[i]``
``n_ext`` ``(n,)``         how many such orientations there are
``twin``  ``(n,)``         1 where unit ``i`` has the sides and orientations of unit ``i - 1``
``place`` ``(n, 6)``       a plan: x, y, z, dx, dy, dz in mm of each unit
========  ===============  =====================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Canonical units ``(u, UNIT_COLUMNS)``, or lines of orders in the same columns.
Units = NDArray[np.int32]

if TYPE_CHECKING:
    Int64 = int  # compiled code knows one kind of integer: a scalar is annotated as an int
    Flag = bool
else:
    Int64 = np.int64
    Flag = np.bool_
# Numba compiles a function anew for each constant that is handed to it, with all that it calls.
# Where that is much, constants are written as `Int64` or `Flag`, which to Numba are any value.

#: Units that the exact search takes on: a set of units is then a non-negative machine word.
MAX_SEARCH_UNITS = 32
#: Orientations of a cuboid.
MAX_ORIENTATIONS = 6

#: Answers to "does it hold?".
NO, YES, UNDECIDED = 0, 1, -1

#: Why a package is ruled out; the order is that of ``packopt.recommendations.REASONS``.
WEIGHT, SIDE, VOLUME, PAIR, REACH, DFF, SEARCH, CPSAT, POLICY, STOCK, OPEN_QUESTION = range(1, 12)

#: Orientation kinds of a unit; the order is that of ``packopt.orders.ORIENTATIONS``.
ANY, UPRIGHT, FLAT, FIXED = range(4)

#: Columns of the canonical units (``int32``, one row a unit, padding included in the sides).
SIDE_A, SIDE_B, SIDE_C, KIND, UNIT_WEIGHT, LOAD, PADDING, SOFT_A, SOFT_B, SOFT_C = range(10)
UNIT_COLUMNS = 10

#: ``LOAD`` of a unit that may carry anything; 0 means that nothing may rest on it.
ANY_LOAD = -1

ONE = Int64(1)

# Numba fills its settings in when it starts, where mypy does not look.
if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]

    def lowest(members: int) -> int:
        """Return the index of the lowest bit set in ``members``, which must not be 0."""
        return (int(members) & -int(members)).bit_length() - 1

else:

    @njit(cache=True, nogil=True)
    def lowest(members: int) -> int:
        """Return the index of the lowest bit set in ``members``, which must not be 0."""
        return Int64(trailing_zeros(members))  # type: ignore[call-arg]
