"""One axis at a time: whether units can stand along it so that chosen pairs do not overlap.

The exact search decides *which* pairs are separated along an axis, never which of the two comes
first. Whether an order exists is this one-dimensional question: find an acyclic orientation of the
graph of separated pairs whose longest weighted path fits the axis (interval colouring;
Gallai-Roy-Vitaver). The graphs are small and sparse, so a branching on edges with longest-path
windows answers in about a microsecond.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import NO, ONE, UNDECIDED, YES, Ints, lowest

#: Rows of the search state ``state[depth, row + axis, unit]``; see ``search.py``.
APART, OPEN, WIDTH, AT, WAYS = 0, 3, 6, 9, 12
STATE_ROWS = 13

#: Rows of the work area ``line[step, row, unit]``.
BEFORE, UNSET, ANCESTORS, HEAD, TAIL, TOPOLOGICAL = range(6)
LINE_ROWS = 6

#: Branchings before the question is left open. Reached in about one of 10,000 line-ups.
MAX_STEPS = 200


@njit(cache=True, nogil=True)
def lined_up(state: Ints, depth: int, axis: int, n: int, length: int) -> bool:
    """Return whether the positions at hand still keep every separated pair apart."""
    for i in range(n):
        start = state[depth, AT + axis, i]
        end = start + state[depth, WIDTH + axis, i]
        if end > length:
            return False
        rest = state[depth, APART + axis, i] >> (i + 1) << (i + 1)
        while rest:
            j = lowest(rest)
            rest &= rest - 1
            other = state[depth, AT + axis, j]
            if other < end and start < other + state[depth, WIDTH + axis, j]:
                return False
    return True


@njit(cache=True, nogil=True)
def pushed(state: Ints, depth: int, axis: int, n: int, length: int, line: Ints) -> bool:
    """Try to repair the positions at hand: push units on, first come first served.

    In the order of their positions, each unit goes to the earliest place behind those that it must
    be apart from. Writes the positions and returns True if all of them end within ``length``.
    """
    for t in range(n):
        at = t
        while at > 0:
            u = line[0, TOPOLOGICAL, at - 1]
            if state[depth, AT + axis, u] <= state[depth, AT + axis, t]:
                break
            line[0, TOPOLOGICAL, at] = u
            at -= 1
        line[0, TOPOLOGICAL, at] = t
    done = 0 * ONE
    for t in range(n):
        v = line[0, TOPOLOGICAL, t]
        start = 0 * ONE
        rest = state[depth, APART + axis, v] & done
        while rest:
            u = lowest(rest)
            rest &= rest - 1
            start = max(start, line[0, HEAD, u] + state[depth, WIDTH + axis, u])
        if start + state[depth, WIDTH + axis, v] > length:
            return False
        line[0, HEAD, v] = start
        done |= ONE << v
    for v in range(n):
        state[depth, AT + axis, v] = line[0, HEAD, v]
    return True


@njit(cache=True, nogil=True)
def line_up(state: Ints, depth: int, axis: int, n: int, length: int, line: Ints) -> int:
    """Find positions on ``axis`` for all units; write them to row ``AT`` and return ``YES``.

    Returns ``NO`` when no order of the separated pairs fits ``length`` (exhausted), ``UNDECIDED``
    after ``MAX_STEPS`` branchings.
    """
    for i in range(n):
        line[0, BEFORE, i] = 0
        line[0, UNSET, i] = state[depth, APART + axis, i]
    step = 0
    branched = 0
    while True:
        i, j, i_first = _settle_windows(state, depth, axis, n, length, line, step)
        if i >= 0:
            branched += 1
            if branched > MAX_STEPS:
                return UNDECIDED
            for v in range(n):
                line[step + 1, BEFORE, v] = line[step, BEFORE, v]
                line[step + 1, UNSET, v] = line[step, UNSET, v]
            _direct(line, step + 1, i, j, i_first)
            _direct(line, step, i, j, not i_first)
            step += 1
            continue
        if j >= 0:
            for v in range(n):
                state[depth, AT + axis, v] = line[step, HEAD, v]
            return YES
        step -= 1
        # The other direction of the very first pair is the mirror image of what failed.
        if step < 0 or (step == 0 and branched > 0):
            return NO


@njit(cache=True, nogil=True)
def _direct(line: Ints, step: int, i: int, j: int, i_first: bool) -> None:
    """Let unit ``i`` stand before ``j`` (or after it)."""
    line[step, UNSET, i] &= ~(ONE << j)
    line[step, UNSET, j] &= ~(ONE << i)
    if i_first:
        line[step, BEFORE, j] |= ONE << i
    else:
        line[step, BEFORE, i] |= ONE << j


@njit(cache=True, nogil=True)
def _settle_windows(
    state: Ints, depth: int, axis: int, n: int, length: int, line: Ints, step: int
) -> tuple[int, int, bool]:
    """Direct every pair that has one direction left.

    Returns ``(i, j, i_first)``: the tightest pair still free and its roomier direction;
    ``(-1, 0, _)`` when all pairs are directed; ``(-1, -1, _)`` on a contradiction.
    """
    while True:
        if not _longest_paths(state, depth, axis, n, length, line, step):
            return -1, -1, False
        again = False
        best_i, best_j, i_first = -1, 0, False
        tightest = ONE << 40
        for i in range(n):
            rest = line[step, UNSET, i] >> (i + 1) << (i + 1)
            while rest:
                j = lowest(rest)
                rest &= rest - 1
                both = state[depth, WIDTH + axis, i] + state[depth, WIDTH + axis, j]
                i_slack = length - line[step, HEAD, i] - both - line[step, TAIL, j]
                j_slack = length - line[step, HEAD, j] - both - line[step, TAIL, i]
                if (line[step, ANCESTORS, j] >> i) & 1:
                    j_slack = -ONE
                if (line[step, ANCESTORS, i] >> j) & 1:
                    i_slack = -ONE
                if i_slack < 0 and j_slack < 0:
                    return -1, -1, False
                if i_slack < 0 or j_slack < 0:
                    _direct(line, step, i, j, j_slack < 0)
                    again = True
                elif i_slack + j_slack < tightest:
                    tightest = i_slack + j_slack
                    best_i, best_j, i_first = i, j, i_slack >= j_slack
        if not again:
            return best_i, best_j, i_first


@njit(cache=True, nogil=True)
def _longest_paths(
    state: Ints, depth: int, axis: int, n: int, length: int, line: Ints, step: int
) -> bool:
    """Fill heads, tails, ancestors; return False on a cycle or a path longer than ``length``."""
    left = (ONE << n) - 1
    count = 0
    while left:
        rest = left
        stuck = True
        while rest:
            v = lowest(rest)
            rest &= rest - 1
            before = line[step, BEFORE, v]
            if before & left:
                continue
            head = 0 * ONE
            ancestors = before
            while before:
                u = lowest(before)
                before &= before - 1
                head = max(head, line[step, HEAD, u] + state[depth, WIDTH + axis, u])
                ancestors |= line[step, ANCESTORS, u]
            if head + state[depth, WIDTH + axis, v] > length:
                return False
            line[step, ANCESTORS, v] = ancestors
            line[step, HEAD, v] = head
            line[step, TAIL, v] = 0
            line[step, TOPOLOGICAL, count] = v
            count += 1
            left &= ~(ONE << v)
            stuck = False
        if stuck:
            return False
    for c in range(n - 1, -1, -1):
        v = line[step, TOPOLOGICAL, c]
        tail = line[step, TAIL, v] + state[depth, WIDTH + axis, v]
        before = line[step, BEFORE, v]
        while before:
            u = lowest(before)
            before &= before - 1
            line[step, TAIL, u] = max(line[step, TAIL, u], tail)
    return True
