"""Which lines lie in which parcel, and what the lines say of it: day, region, seller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.green.frames import frame, strings
from packopt.permits import AMBIENT
from packopt.rules.unit_lists import Lookup, list_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.labels import Labels
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

#: What all units of a parcel share, though the lines of an order may differ in it.
_SHARED: Final = ("seller", "temperature")


def line_frame(orders: Orders) -> pl.DataFrame:
    """Order lines as a frame.

    Returns
    -------
    Columns ``order_id, sku, qty, seller, temperature`` ("ambient" where none is stated),
    ``own_container``.
    """
    n_lines = np.diff(orders.line_start)
    return pl.DataFrame(
        {
            "order_id": strings(orders.order_ids).gather(
                np.repeat(np.arange(orders.n_orders), n_lines)
            ),
            "sku": strings(orders.skus),
            "qty": orders.qty.astype(np.int64),
            "seller": _label(orders.seller, orders.seller.code),
            "temperature": _label(orders.temperature, orders.temperature.code, AMBIENT),
            "own_container": orders.own_container,
        }
    )


def sku_frame(orders: Orders) -> pl.DataFrame:
    """The articles in order of appearance: in contents, one is known by its row here.

    Returns
    -------
    Columns ``sku``, and ``own_container``: whether a line says that it ships as it is.
    """
    skus = orders.encoded_skus
    alone = np.zeros(len(skus.dictionary), np.bool_)
    alone[skus.indices.to_numpy()[orders.own_container]] = True
    return pl.DataFrame({"sku": strings(skus.dictionary), "own_container": alone})


def parcel_contents(result: Recommendations, orders: Orders) -> pl.DataFrame:
    """Units of each article in each parcel.

    With plans, from where each unit lies; without, for orders whose one parcel holds them whole.

    Returns
    -------
    Columns ``row`` of the parcel, ascending, ``article`` (its row in `sku_frame`), ``units``; no
    rows for parcels whose content is not known.
    """
    units = list_units(result, orders, Lookup(result, orders))
    contents = pl.DataFrame({"row": units.parcel, "article": units.sku, "units": units.units})
    if result.placements.num_rows:
        return contents
    # Of lines, several may be of one article.
    return contents.group_by("row", "article", maintain_order=True).agg(pl.col("units").sum())


def parcel_labels(parcels: pl.DataFrame, result: Recommendations, orders: Orders) -> pl.DataFrame:
    """Give each parcel the day and region of its order, and what its units share.

    Parameters
    ----------
    parcels
        With ``order_id``, ``parcel`` and ``order``.
    result
        Its plans tell apart parcels of an order of several sellers or temperatures.
    orders
        The orders.

    Returns
    -------
    The same with ``date, region, seller, temperature``; a label that only plans could tell is
    null without them, and ``unclear`` is True there.
    """
    first = orders.line_start[:-1]
    order = parcels["order"].to_numpy()
    line = first[order]
    mixed = _mixed(orders.seller, first) | _mixed(orders.temperature, first)
    dates = pa.nulls(orders.n_orders, pa.date32()) if orders.date is None else orders.date
    joined = parcels.with_columns(
        date=pl.Series(dates.take(pa.array(order))).cast(pl.Date),
        region=_label(orders.region, orders.region.code[order]),
        seller=_label(orders.seller, orders.seller.code[line]),
        temperature=_label(orders.temperature, orders.temperature.code[line], AMBIENT),
        mixed=pl.Series(mixed[order]),
    )
    if not joined["mixed"].any():
        return joined.with_columns(unclear=pl.lit(value=False)).drop("mixed")
    told = _by_plan(joined.filter("mixed"), result, orders)
    joined = joined.join(told, on=["order_id", "parcel"], how="left", maintain_order="left")
    return joined.with_columns(
        *(pl.when("mixed").then(f"{name}_told").otherwise(name).alias(name) for name in _SHARED),
        unclear=pl.col("mixed") & pl.col("temperature_told").is_null(),
    ).drop("mixed", *(f"{name}_told" for name in _SHARED))


def _by_plan(mixed: pl.DataFrame, result: Recommendations, orders: Orders) -> pl.DataFrame:
    """Seller and temperature of parcels, from the line of their first unit."""
    placed = frame(result.placements.select(["order_id", "parcel", "sku", "unit"]))
    keys = ["order_id", "parcel"]
    first = placed.join(mixed.select(keys), on=keys, how="semi", maintain_order="left").unique(
        keys, keep="first", maintain_order=True
    )
    # Units are numbered within order and sku, line after line.
    last = pl.col("qty").cum_sum().over("order_id", "sku")
    lines = (
        line_frame(orders)
        .join(mixed.select("order_id"), on="order_id", how="semi", maintain_order="left")
        .with_columns(unit_from=last - pl.col("qty") + 1, unit_to=last)
    )
    return (
        first.join(lines, on=["order_id", "sku"], maintain_order="left")
        .filter(pl.col("unit").is_between("unit_from", "unit_to"))
        .select(*keys, *(pl.col(name).alias(f"{name}_told") for name in _SHARED))
    )


def _label(labels: Labels, code: NDArray[np.int32], otherwise: str | None = None) -> pl.Series:
    """Words of codes, and what -1 stands for."""
    if not labels.words:
        return pl.repeat(otherwise, len(code), dtype=pl.String, eager=True)
    words = pl.Series([*labels.words, otherwise], dtype=pl.String)
    return words.gather(np.where(code < 0, len(labels.words), code))


def _mixed(labels: Labels, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Orders whose lines differ in a label."""
    if not labels.words or not len(first):
        return np.zeros(len(first), dtype=np.bool_)
    low = np.minimum.reduceat(labels.code, first)
    return np.asarray(low != np.maximum.reduceat(labels.code, first))
