"""Synthetic orders by seed: `demo_orders` like a mixed web shop, `olist_like` like a marketplace.

The same number and seed give the same table on every machine. Nothing is drawn from real rows;
the shares and spreads are round figures of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Sides = tuple[float, float]

_FIRST_DAY: Final = np.datetime64("2025-01-01", "D")
_DAYS: Final = 365


class Family(NamedTuple):
    """One sort of article: where its sizes lie and how it may be handled."""

    share: float
    """Share of the SKUs."""
    length_mm: Sides
    """Range of the length in mm, drawn evenly on a logarithmic scale; width and height alike."""
    width_mm: Sides
    height_mm: Sides
    kg_per_litre: Sides
    orientation: str = "any"
    fragile: float = 0.0
    """Share of the family's SKUs on which nothing may rest."""
    loadable: float = 1.0
    """Share of the family's SKUs without a limit on what rests on them."""
    padding_mm: int = 0
    """Padding of fragile SKUs in mm."""
    pressed: Sides | None = None
    """Thickness in a mailer as a share of the height, for soft articles."""
    several: float = 0.15
    """Chance of more than one unit on a line."""
    mailer_ok: bool = True


FAMILIES: Final = {
    "book": Family(0.16, (170, 310), (110, 230), (8, 45), (0.70, 0.95)),
    "garment": Family(0.22, (240, 360), (180, 300), (15, 90), (0.15, 0.35), pressed=(0.35, 0.6)),
    "bottle": Family(
        0.10, (55, 95), (55, 95), (140, 320), (0.8, 1.2), "upright", 0.3, padding_mm=5, several=0.4
    ),
    "ceramic": Family(
        0.06, (80, 260), (80, 220), (50, 200), (0.25, 0.6), fragile=1.0, padding_mm=10
    ),
    "device": Family(
        0.14, (70, 360), (50, 260), (20, 120), (0.3, 0.7), loadable=0.6, mailer_ok=False
    ),
    "toy": Family(0.12, (140, 460), (100, 320), (40, 160), (0.12, 0.35), loadable=0.7),
    "grocery": Family(0.10, (80, 240), (60, 180), (40, 160), (0.4, 1.0), several=0.35),
    "spare part": Family(0.07, (25, 140), (20, 100), (8, 60), (0.8, 2.5), several=0.3),
    "frame": Family(0.025, (280, 480), (200, 360), (12, 35), (0.3, 0.7), "flat", 0.4, padding_mm=5),
    "long goods": Family(0.005, (650, 1300), (30, 120), (30, 90), (0.3, 1.0)),
}
"""Sorts of articles in the demo shop; a few long goods fit no package of the demo catalogue."""


def demo_orders(n: int, seed: int) -> pa.Table:
    """Orders of a mixed web shop: several lines, soft, fragile, upright, flat and loaded articles.

    Parameters
    ----------
    n
        Number of orders, at least 1.
    seed
        Seed of the generator.

    Returns
    -------
    One row per order line in the order columns, sizes in mm, weights in g, over the days of 2025.

    Raises
    ------
    ValueError
        Where n is below 1 or the seed below 0.
    """
    rng = _generator(n, seed)
    skus = _demo_skus(rng, count=min(max(n // 3, 120), 50_000))
    lines = 1 + _geometric(rng, n, stay=0.38, most=7)
    order = np.repeat(np.arange(n), lines)
    sku = _popular(rng, skus.num_rows, order.size)
    several = rng.random(order.size) < skus["several"].to_numpy()[sku]
    qty = 1 + several * (1 + _geometric(rng, order.size, stay=0.45, most=10))
    day = np.sort(rng.integers(0, _DAYS, n))[order]
    columns = {"order_id": _labels("D", order + 1, n), "sku": skus["sku"].take(pa.array(sku))}
    columns["qty"] = pa.array(qty.astype(np.int32))
    for name in skus.column_names[1:-1]:
        columns[name] = skus[name].take(pa.array(sku))
    columns["date"] = pa.array(_FIRST_DAY + day)
    return pa.table(columns)


def olist_like(n: int, seed: int) -> pa.Table:
    """Orders of a marketplace with declared parcel sizes: nine in ten are one unit.

    Sizes are whole centimetres from the post's least parcel, 16 x 11 x 2 cm, on which many
    articles sit. No real rows are used.

    Parameters
    ----------
    n
        Number of orders, at least 1.
    seed
        Seed of the generator.

    Returns
    -------
    One row per order line: order_id, sku, qty, sides in mm, weight in g.

    Raises
    ------
    ValueError
        Where n is below 1 or the seed below 0.
    """
    rng = _generator(n, seed)
    size_mm, weight_g = _declared_parcels(rng, count=max(n * 35 // 100, 20))
    lines = 1 + _geometric(rng, n, stay=0.033, most=7)
    order = np.repeat(np.arange(n), lines)
    sku = _popular(rng, weight_g.size, order.size)
    qty = 1 + _geometric(rng, order.size, stay=0.07, most=20)
    return pa.table(
        {
            "order_id": _labels("M", order + 1, n),
            "sku": _labels("A", sku + 1, weight_g.size),
            "qty": pa.array(qty.astype(np.int32)),
            "length_mm": pa.array(size_mm[sku, 0]),
            "width_mm": pa.array(size_mm[sku, 1]),
            "height_mm": pa.array(size_mm[sku, 2]),
            "weight_g": pa.array(weight_g[sku]),
        }
    )


def cartons(n: int, seed: int) -> pa.Table:
    """Make up a catalogue of cartons in whole centimetres, for trials of larger box sets.

    Parameters
    ----------
    n
        Number of cartons, from 1.
    seed
        Seed of the generator, from 0.

    Returns
    -------
    pa.Table
        Catalogue columns, smallest inner volume first: longest side 150 to 800 mm on a logarithmic
        scale, width 0.5 to 1 of the length, height 0.25 to 1 of the width; content up to 25 kg.

    Raises
    ------
    ValueError
        Where n is not positive or the seed is negative.
    """
    rng = _generator(n, seed)
    length = np.exp(rng.uniform(np.log(150), np.log(800), n))
    width = length * rng.uniform(0.5, 1.0, n)
    height = width * rng.uniform(0.25, 1.0, n)
    sides = (np.maximum(np.rint(np.column_stack([length, width, height]) / 10), 1) * 10).astype(int)
    sides = sides[np.argsort(sides.prod(axis=1), kind="stable")]
    litres = sides.prod(axis=1) / 1e6
    return pa.table(
        {
            "package_id": [f"G{k:04d}" for k in range(1, n + 1)],
            "kind": ["carton"] * n,
            "style": ["0201"] * n,
            "length_mm": sides[:, 0],
            "width_mm": sides[:, 1],
            "height_mm": sides[:, 2],
            "flute": np.where(litres < 60, "B", "BC").tolist(),
            "max_content_g": np.minimum(np.rint(litres * 500 + 2_000), 25_000).astype(int),
        }
    )


def to_csv(table: pa.Table) -> bytes:
    """A table as CSV text; strings with a comma, quote or line break are refused by pyarrow."""
    sink = pa.BufferOutputStream()
    options = csv.WriteOptions(quoting_style="none", quoting_header="none")
    csv.write_csv(table, sink, options)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _generator(n: int, seed: int) -> np.random.Generator:
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(
                f"{name}: found {value}, expected at least {least}; choose a larger one"
            )
    return np.random.Generator(np.random.PCG64(seed))


def _demo_skus(rng: np.random.Generator, count: int) -> pa.Table:
    """SKUs in order of popularity; the last column is for the generator only."""
    families = list(FAMILIES.values())
    shares = np.cumsum([family.share for family in families])
    family = np.searchsorted(shares / shares[-1], rng.random(count), side="right")

    def of(values: list[float]) -> NDArray[np.float64]:
        return np.array(values, dtype=np.float64)[family]

    def between(ranges: list[Sides]) -> NDArray[np.float64]:
        low, high = np.array(ranges, dtype=np.float64)[family].T
        return np.asarray(low * (high / low) ** rng.random(count))

    length = between([f.length_mm for f in families]).round()
    width = np.minimum(between([f.width_mm for f in families]).round(), length)
    height = between([f.height_mm for f in families]).round()
    upright = np.array([f.orientation == "upright" for f in families])[family]
    width = np.where(upright, length, width)  # bottles stand on a round foot
    density = between([f.kg_per_litre for f in families])
    weight = np.maximum(np.ceil(length * width * height * density / 1000), 5)
    fragile = rng.random(count) < of([f.fragile for f in families])
    loadable = rng.random(count) < of([f.loadable for f in families])
    pressed = np.ceil(height * between([f.pressed or (1.0, 1.0) for f in families]))
    soft = np.array([f.pressed is not None for f in families])[family]
    padding = np.where(fragile, of([f.padding_mm for f in families]), 0)
    mailer_ok = np.array([f.mailer_ok for f in families])[family] & ~fragile
    load_g = 500 * rng.integers(2, 13, count)
    return pa.table(
        {
            "sku": _labels("S", np.arange(count) + 1, count),
            "length_mm": pa.array(length.astype(np.int32)),
            "width_mm": pa.array(width.astype(np.int32)),
            "height_mm": pa.array(height.astype(np.int32)),
            "weight_g": pa.array(weight.astype(np.int32)),
            "orientation": pa.array([f.orientation for f in families]).take(pa.array(family)),
            "fragile": pa.array(fragile),
            "max_load_g": pa.array(load_g.astype(np.int32), mask=loadable | fragile),
            "padding_mm": pa.array(padding.astype(np.int32)),
            "mailer_ok": pa.array(mailer_ok),
            "min_height_mm": pa.array(pressed.astype(np.int32), mask=~soft),
            "several": pa.array(of([f.several for f in families])),
        }
    )


def _declared_parcels(
    rng: np.random.Generator, count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Sides in mm, `(count, 3)`, and weights in g, `(count,)`, of marketplace articles."""
    bulk = rng.standard_normal((count, 1))  # large articles are large on every side
    own = rng.standard_normal((count, 3))
    spread = 0.75 * bulk + 0.66 * own
    sides_cm = np.round(np.array([25.0, 20.0, 12.0]) * np.exp(spread * [0.45, 0.45, 0.8]))
    sides_cm = np.clip(sides_cm, [16, 11, 2], 105)
    kg_per_litre = 0.12 * np.exp(0.9 * rng.standard_normal(count))
    weight_g = np.clip(np.ceil(sides_cm.prod(axis=1) * kg_per_litre / 50) * 50, 50, 30_000)
    return (10 * sides_cm).astype(np.int32), weight_g.astype(np.int32)


def _geometric(rng: np.random.Generator, count: int, stay: float, most: int) -> Integers:
    """Whole numbers from 0 to most; each step up is taken with chance `stay`."""
    steps = np.log(1.0 - rng.random(count)) / np.log(stay)
    return np.asarray(np.minimum(steps, most), dtype=np.int64)


def _popular(rng: np.random.Generator, skus: int, count: int) -> Integers:
    """SKU indices with a long tail: popularity falls with rank as 1 / (rank + 30)."""
    cumulative = np.cumsum(1.0 / (np.arange(skus) + 30.0))
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right")


def _labels(prefix: str, numbers: Integers, largest: int) -> pa.Array:
    """Names such as D000123: as many digits as the largest number has, six at least."""
    digits = max(len(str(largest)), 6)
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, pa.scalar(""))
