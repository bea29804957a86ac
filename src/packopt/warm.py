"""Compiling the kernel before it is needed, room by room, so that progress can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from packopt.kernel.workspace import Workspace


def kernel_is_cold() -> bool:
    """Return whether these kernel sources have yet to be compiled on this machine."""
    from packopt.kernel import CACHE

    return not any(CACHE.rglob("batch.solve-*.nbc"))


def warm(progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernel, or load it from its cache.

    Parameters
    ----------
    progress
        Called with the name of each part before it is compiled; in all it takes some minutes.
    """
    from packopt.kernel.workspace import new_workspace

    say = progress or (lambda _: None)
    workspace = new_workspace(1)
    _one_small_unit(workspace)
    for name, compile_part in _PARTS.items():
        say(name)
        compile_part(workspace)


def _one_small_unit(ws: Workspace) -> None:
    ws.ext[:] = ws.n_ext[:] = ws.domain[:] = ws.volume[:] = ws.least[:] = ws.room[:] = 1


def _bounds(ws: Workspace) -> None:
    from packopt.kernel.bounds import dff, pairs_clash, reach

    pairs_clash(1, ws.room, ws.least, ws.only)
    reach(1, ws.room, ws.ext, ws.n_ext, ws.volume, ws.tight, ws.domain, ws.lengths)
    dff(1, ws.room, ws.ext, ws.domain, ws.twin, ws.value, ws.top)


def _scales(ws: Workspace) -> None:
    from packopt.kernel.scales import refine

    refine(
        1, ws.room, ws.ext, ws.domain, ws.twin, ws.table, ws.cap, ws.whole, ws.rows, ws.real, 1, 1
    )


def _blocks(ws: Workspace) -> None:
    from packopt.kernel.blocks import block_beam

    block_beam(
        1, ws.room, ws.ext, ws.n_ext, ws.twin, ws.volume, 1, ws.block, ws.level, ws.tally,
        ws.kinds, ws.task, ws.place,
    )  # fmt: skip


def _construction(ws: Workspace) -> None:
    from packopt.kernel.construct import climb

    climb(
        1, ws.room, ws.ext, ws.n_ext, ws.twin, ws.volume, 0, ws.load, ws.weight, 1, ws.slimmest,
        ws.climber, ws.spaces, ws.fresh, ws.dice, ws.scratch, ws.place,
    )  # fmt: skip


def _search(ws: Workspace) -> None:
    from packopt.kernel.search import search

    search(
        1, ws.room, ws.ext, ws.n_ext, ws.twin, ws.table, ws.cap, 0, 0, ws.load, ws.weight, ws.state,
        ws.line, ws.scratch, ws.place, 1,
    )  # fmt: skip


def _loop(_: Workspace) -> None:
    """Recommend a carton for one order of two units, which needs every part."""
    _recommend(qty=[2], packages={"kind": ["carton"]})


def _splits(_: Workspace) -> None:
    """Split a few units, which is exact, and a few dozen, which takes a cover."""
    _recommend(qty=[1, 1, 1], packages={"kind": ["carton"]})
    _recommend(qty=[2] * 9, packages={"kind": ["carton"]})


def _handling(_: Workspace) -> None:
    """Look for a plan that keeps a rule which any plan breaks: fragile units on each other."""
    fragile: dict[str, list[Any]] = {"fragile": [True], "orientation": ["upright"]}
    _recommend(qty=[4], packages={"kind": ["carton"], "height_mm": [20]}, **fragile)


def _loading(_: Workspace) -> None:
    """Load a container in blocks, as is done for parts of many units."""
    from packopt.kernel.layout import MAX_ORIENTATIONS
    from packopt.kernel.loading import load
    from packopt.kernel.loading_workspace import load_workspace

    one = np.ones(1, np.int64)
    load(
        np.ones(3, np.int64), np.ones((1, MAX_ORIENTATIONS, 3), np.int64), one, one, one, one,
        np.full(1, -1), -1, 1, load_workspace(1, 1, 1, 1), np.zeros(1, np.int64),
        np.zeros((1, 7), np.int64),
    )  # fmt: skip


def _sizes(_: Workspace) -> None:
    """Choose the height of a carton."""
    _recommend(qty=[2], packages={"kind": ["adjustable"], "min_height_mm": [1]})


def _beside(_: Workspace) -> None:
    """Put a unit beside one that lies in the carton already."""
    placed = {f"placed_{axis}_mm": [0, None] for axis in "xyz"} | {"placed_in": ["a", None]}
    _recommend(qty=[1, 1], packages={"kind": ["carton"]}, **placed)


def _recommend(qty: list[int], packages: dict[str, list[Any]], **columns: list[Any]) -> None:
    """Recommend for one order of units that fit the one package in twos."""
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommend import recommend

    lines = range(len(qty))
    orders = {"order_id": ["a" for _ in lines], "sku": [f"s{i}" for i in lines], "qty": qty}
    orders |= {"length_mm": [20 - i for i in lines]}
    orders |= {name: [10 for _ in lines] for name in ("width_mm", "height_mm")}
    sides = {"length_mm": [20], "width_mm": [20], "height_mm": [10]}
    package = {"package_id": ["a"]} | sides | packages
    recommend(
        Orders.from_table(pa.table(orders | columns)), Catalogue.from_table(pa.table(package))
    )


_PARTS = {
    "bounds": _bounds,
    "conservative scales": _scales,
    "block beam": _blocks,
    "construction": _construction,
    "exact search": _search,
    "loop over orders": _loop,
    "handling rules": _handling,
    "splitting": _splits,
    "loading in blocks": _loading,
    "sizes": _sizes,
    "part-filled packages": _beside,
}
