"""Published instances with many units: containers needed, and how full one can be loaded.

* IMM (thpack9 of the OR-Library; Ivancic, Mathur and Mohanty 1989): 47 problems, total containers.
* MPV class 9 (Martello, Pisinger and Vigo 2000): bins cut into pieces that may not turn; 3 bins.
* BR1 to BR7 (Bischoff and Ratcliff 1995): how much of one container the loader of the kernel
  fills, with the steps that splitting has for one package at effort `thorough`.

No rule but that nothing overlaps or sticks out, and which sides may be vertical. The plans of the
first two are verified by ``packopt.check``, those of the loader by their extents here.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import packopt
from benchmarks.report import arguments, figure, progress, save, table
from benchmarks.sets import SHARED
from packopt import Catalogue, Orders, Policy
from packopt.datasets.loaders import Instance, load_mpv, load_thpack
from packopt.efforts import passes
from packopt.kernel.loading import load
from packopt.kernel.loading_workspace import load_workspace
from packopt.splitting.patience import Patience

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

STANDARD = Policy(objective="volume", handling="geometry", effort="standard")
MPV_UNITS = (10, 15, 20, 25, 30)
THOROUGH = Policy(effort="thorough")


def containers(instance: Instance) -> tuple[int, int, int]:
    """Containers found, containers proved to be needed, and faults of the plan."""
    orders, catalogue = Orders.from_table(instance.orders), Catalogue.from_table(instance.catalogue)
    result = packopt.recommend(orders, catalogue, STANDARD)
    (row,) = result.orders.to_pylist()
    faults = len(packopt.check(result, orders, catalogue))
    return row["parcels"], row["parcels_lower_bound"] or 0, faults


def imm(folder: Path, args: argparse.Namespace) -> list[object]:
    """Total containers of IMM; its boxes may stand on any side or on one, never on two of three."""
    start, found, needed, faults = time.process_time(), 0, 0, 0
    problems = load_thpack(folder / "thpack_orlib" / "thpack9.txt", two_vertical="upright")
    for instance in problems[:: 8 if args.quick else 1]:
        progress(instance.name)
        one = containers(instance)
        found, needed, faults = found + one[0], needed + one[1], faults + one[2]
    return ["IMM", len(problems), found, needed, faults, figure(time.process_time() - start)]


def mpv(folder: Path, args: argparse.Namespace) -> Iterator[list[object]]:
    """Instances of class 9 that are packed into the 3 bins they were cut from."""
    for n in MPV_UNITS[: 2 if args.quick else None]:
        start, bins, faults = time.process_time(), Counter[int](), 0
        for path in sorted((folder / "mpv_generated").glob(f"class9_n{n:03d}_*.txt")):
            progress(path.stem)
            found, _, wrong = containers(load_mpv(path))
            bins[found] += 1
            faults += wrong
        seconds = figure(time.process_time() - start)
        yield [n, sum(bins.values()), bins[3], sum(k * v for k, v in bins.items()), faults, seconds]


def br(folder: Path, args: argparse.Namespace) -> Iterator[list[object]]:
    """Mean fill of one container by class."""
    work, every = load_workspace(100, 4096, 512, 600), []
    for number in range(1, 8):
        progress(f"BR{number}")
        start = time.process_time()
        problems = list(_read_br(folder / "br0_br15" / f"BR{number}.txt"))
        fills = [_fill(*one, work) for one in problems[:: 25 if args.quick else 1]]
        every += fills
        seconds = (time.process_time() - start) / len(fills)
        yield [f"BR{number}", len(fills), f"{np.mean(fills):.2f} %", f"{min(fills):.2f} %",
               figure(seconds)]  # fmt: skip
    yield ["**all**", len(every), f"{np.mean(every):.2f} %", f"{min(every):.2f} %", ""]


def _read_br(path: Path) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Container, allowed extents ``(t, 6, 3)``, their number and the count of each box type."""
    words = iter(path.read_text(encoding="utf-8").split())

    def take(n: int) -> list[int]:
        return [int(next(words)) for _ in range(n)]

    (problems,) = take(1)
    for _ in range(problems):
        take(2)  # its number and its seed
        room = np.array(take(3), np.int64)
        (types,) = take(1)
        ext, n_ext = np.zeros((types, 6, 3), np.int64), np.zeros(types, np.int64)
        count = np.zeros(types, np.int64)
        for t in range(types):
            _, *sides_and_flags, count[t] = take(8)
            sides, vertical = sides_and_flags[0::2], sides_and_flags[1::2]
            for way in _ways(sides, vertical):
                if all(np.array(way) <= room):
                    ext[t, n_ext[t]] = way
                    n_ext[t] += 1
        yield room, ext, n_ext, count


def _ways(sides: list[int], vertical: list[int]) -> list[tuple[int, int, int]]:
    """Extents with an allowed side upwards, each once."""
    ways = []
    for up in range(3):
        a, b = (sides[axis] for axis in range(3) if axis != up)
        if vertical[up]:
            ways += [(a, b, sides[up]), (b, a, sides[up])]
    return list(dict.fromkeys(ways))


def _fill(room: Ints, ext: Ints, n_ext: Ints, count: Ints, work: object) -> float:
    """Percent of the container that is filled; the plan is verified."""
    value = ext[:, 0].prod(axis=1)
    take, place = np.zeros(len(count), np.int64), np.zeros((int(count.sum()), 7), np.int64)
    none = np.zeros(len(count), np.int64)
    steps = Patience.of(passes(THOROUGH), int(count.sum())).loads
    filled, placed = load(
        room, ext, n_ext, count, value, none, none - 1, -1, steps, work, take, place
    )
    _verify(room, ext, n_ext, count, place[:placed])
    return float(100 * filled / room.prod())


def _verify(room: Ints, ext: Ints, n_ext: Ints, count: Ints, plan: Ints) -> None:
    """Raise unless boxes are inside, apart, the right way up, and no more than there are."""
    low, high = plan[:, 1:4], plan[:, 1:4] + plan[:, 4:7]
    apart = (high[:, None] <= low[None]).any(axis=2)
    clash = ~(apart | apart.T)
    np.fill_diagonal(clash, val=False)
    ways = [{tuple(way) for way in ext[t, : n_ext[t]].tolist()} for t in range(len(count))]
    upright = all(tuple(row[4:7]) in ways[row[0]] for row in plan.tolist())
    inside = bool((low >= 0).all() and (high <= room).all())
    few = bool((np.bincount(plan[:, 0], minlength=len(count)) <= count).all())
    if clash.any() or not (upright and inside and few):
        raise RuntimeError("the loader's plan is not valid")


def main() -> int:
    """Run all three sets."""
    parser = arguments(__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="published instances")
    args = parser.parse_args()
    folder = args.shared / "data" / "instances"
    if not folder.is_dir():
        print(f"skipped: {folder} is not there", file=sys.stderr)
        return 0
    parts = [
        table(("set", "problems", "containers", "proved to be needed", "faults", "CPU s"),
              [imm(folder, args)]),
        table(("MPV class 9, units", "instances", "in 3 bins", "bins in all", "faults", "CPU s"),
              mpv(folder, args)),
        table(("set", "containers", "mean fill", "least fill", "CPU s each"), br(folder, args)),
    ]  # fmt: skip
    save("containers", "Published instances with many units", parts, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
