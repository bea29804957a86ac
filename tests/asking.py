"""The kernel's functions, asked directly: what their tests share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from naive import Extents, Placement, rotations
from packopt.kernel.construct import climb
from packopt.kernel.flexible import all_go_in, ask_mailer
from packopt.kernel.layout import ANY, FIXED, FLAT, NO, SIDE, UNIT_COLUMNS, UPRIGHT
from packopt.kernel.question import Effort, holds
from packopt.kernel.scales import refine
from packopt.kernel.search import search
from packopt.kernel.workspace import Workspace, new_workspace
from sawn import Ints, Question

#: Enough for anything small.
EFFORT = Effort(starts=6, climbs=60, beam=32, nodes=100_000)
KINDS = {"any": ANY, "upright": UPRIGHT, "flat": FLAT, "fixed": FIXED}


class Unit(NamedTuple):
    """A unit; sizes in mm, weights in g."""

    size: Extents
    orientation: str = "any"
    weight: int = 1
    bears: int = -1
    pressed: int = 0

    def ways(self, *, soft: bool = False) -> list[Extents]:
        """Extents that the unit may take."""
        height = self.pressed if soft and self.pressed else self.size[2]
        return rotations((*self.size[:2], height), self.orientation)


class Answer(NamedTuple):
    """What a function of the kernel said: answer, reason, work and, on a yes, the plan."""

    answer: int
    reason: int
    work: int
    plan: list[Placement]


@cache
def workspace() -> Workspace:
    """Work areas, used over and over as in a run, so that leftovers show."""
    return new_workspace(100)


def plan_of(areas: Workspace, n: int) -> list[Placement]:
    """The plan in the work areas."""
    return [tuple(row) for row in areas.place[:n].tolist()]  # type: ignore[misc]


def ways_of(q: Question) -> list[list[Extents]]:
    """The orientations of each unit of a question."""
    return [[tuple(way) for way in q.ext[i, : q.n_ext[i]].tolist()] for i in range(q.n)]


def ask_search(
    q: Question,
    *,
    limit: int = 1_000_000,
    scales: bool = False,
    hint: Ints | int = 0,
    rules: int = 0,
    load: Sequence[int] | None = None,
    weight: Sequence[int] | None = None,
) -> Answer:
    """Ask the exact search, with the tables of `refine` or without."""
    ws = workspace()
    ws.place[: q.n] = hint
    n_tables = 0
    if scales:
        ws.domain[: q.n] = q.domain
        n_tables, proven, _ = refine(
            q.n, q.room, q.ext, ws.domain, q.twin, ws.table, ws.cap, ws.whole, ws.rows, ws.real,
            100, 6,
        )  # fmt: skip
        if proven:
            return Answer(0, 0, 0, [])
    answer, nodes = search(
        q.n, q.room, q.ext, q.n_ext, q.twin, ws.table, ws.cap, n_tables, rules,
        _filled(load, q.n, -1), _filled(weight, q.n, 1), ws.state, ws.line, ws.scratch, ws.place,
        limit,
    )  # fmt: skip
    return Answer(answer, 0, nodes, plan_of(ws, q.n))


def ask_climb(
    q: Question,
    steps: int,
    *,
    rules: int = 0,
    load: Sequence[int] | None = None,
    weight: Sequence[int] | None = None,
) -> Answer:
    """Ask the greedy construction and its hill climbing; ``work`` is the runs used, 0 for none."""
    ws = workspace()
    runs = climb(
        q.n, q.room, q.ext, q.n_ext, q.twin, q.volume, rules, _filled(load, q.n, -1),
        _filled(weight, q.n, 1), steps, ws.slimmest, ws.climber, ws.spaces, ws.fresh, ws.dice,
        ws.scratch, ws.place,
    )  # fmt: skip
    return Answer(int(runs > 0), 0, runs, plan_of(ws, q.n))


def _filled(values: Sequence[int] | None, n: int, other: int) -> Ints:
    return np.full(n, other, np.int64) if values is None else np.array(values, np.int64)


def canonical(units: Sequence[Unit]) -> tuple[np.ndarray, list[Unit]]:
    """Canonical rows of units, and the units in the order of the rows."""
    rows = sorted(((_row(unit), unit) for unit in units), key=_key)
    table = np.array([row for row, _ in rows], np.int32).reshape(-1, UNIT_COLUMNS)
    return table, [unit for _, unit in rows]


def _key(pair: tuple[list[int], Unit]) -> list[int]:
    row = pair[0]
    return [-row[0] * row[1] * row[2], *(-value for value in row)]


def _row(unit: Unit) -> list[int]:
    pressed = (*unit.size[:2], unit.pressed or unit.size[2])
    hard, soft = (_sides(size, unit.orientation) for size in (unit.size, pressed))
    return [*hard, KINDS[unit.orientation], unit.weight, unit.bears, 0, *soft]


def _sides(size: Sequence[int], orientation: str) -> list[int]:
    if orientation in ("any", "flat"):
        return sorted(size)
    if orientation == "upright":
        return [*sorted(size[:2]), size[2]]
    return list(size)


def ask_carton(
    units: Sequence[Unit], room: Extents, *, rules: int = 0, effort: Effort = EFFORT
) -> Answer:
    """Ask whether a carton holds units; the plan is in the order of `canonical`."""
    ws = workspace()
    ws.room[:] = room
    rows, _ = canonical(units)
    answer, reason, work = holds(rows, 0, len(units), False, rules, *effort, *_areas(ws))
    return Answer(answer, reason, work, plan_of(ws, len(units)))


def ask_bag(
    units: Sequence[Unit], usable: Extents, *, rules: int = 0, effort: Effort = EFFORT
) -> Answer:
    """Ask whether a mailer of usable flat length, flat width and thickness holds units."""
    ws = workspace()
    rows, _ = canonical(units)
    rooms = np.array([usable], np.int64)
    if not all_go_in(rooms, 0, rows, 0, len(units), ws.place):
        return Answer(NO, SIDE, 0, [])
    length, width, most = usable
    largest = max(max(length - h, 0) * max(width - h, 0) * h for h in range(1, most + 1))
    answer, reason, work = ask_mailer(
        rooms, np.array([largest], np.int64), ws.marks, 0, rows, 0, len(units), rules, *effort,
        *_areas(ws),
    )  # fmt: skip
    return Answer(answer, reason, work, plan_of(ws, len(units)))


def _areas(ws: Workspace) -> list[np.ndarray]:
    """The work areas that `holds` takes, in its order."""
    return [area for name, area in ws._asdict().items() if name != "marks"]
