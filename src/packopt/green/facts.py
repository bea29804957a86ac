"""The facts that all tables are made of: one row for each parcel, package, order and line."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.catalogue import ADJUSTABLE, CARTON, MADE_TO_MEASURE, MAILER
from packopt.catalogue_rows import OWN_CONTAINER
from packopt.errors import GreenError
from packopt.green.composition import CATEGORY, package_materials
from packopt.green.frames import frame, looked_up, quarter, whole, year
from packopt.green.inputs.vocabulary import ITEMS
from packopt.green.parcel_lines import line_frame, parcel_contents, parcel_labels, sku_frame
from packopt.labels import places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from packopt.catalogue import Catalogue
    from packopt.green.inputs.folder import GreenInputs
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

#: Kinds that are cartons, whether their size is fixed or chosen.
CARTONS: Final = (CARTON, ADJUSTABLE, MADE_TO_MEASURE)
TAPE, FILLER = ITEMS
#: What tape and filler are taken for where no file says: see `packopt.materials`.
_CONSUMABLES: Final = {TAPE: "pp", FILLER: "paper"}
#: What tables read of the result's parcels: of a million, every column takes time and memory.
_READ: Final = (
    "order_id",
    "parcel",
    "package_id",
    "site",
    "units",
    "content_mm3",
    "content_g",
    "coolant_g",
    "gross_g",
    "empty_space_inner",
    "empty_space_outer",
    "verdict",
)


#: What parcels are counted by.
_CELLS: Final = ("quarter", "year", "seller", "country")
_MASSES: Final = ("package", "tape", "filler")
_COUNTS: Final = ("pieces", "taped", "filled")


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything a table may need.

    Attributes
    ----------
    result, orders, catalogue
        What was answered, what was asked, and the packages.
    inputs
        What the user gave beside them.
    on
        The day of the report.
    parcels
        One row for each parcel, see `gather`.
    packages
        One row for each package, ``own_container`` last.
    """

    result: Recommendations
    orders: Orders
    catalogue: Catalogue
    inputs: GreenInputs
    on: dt.date
    parcels: pl.DataFrame
    packages: pl.DataFrame
    notes: list[str] = field(default_factory=list)

    @cached_property
    def shipped(self) -> int:
        """Orders with at least one parcel."""
        return int(self.parcels["order"].n_unique())

    @cached_property
    def packed(self) -> pl.DataFrame:
        """Parcels that got a package: all but those in their own container."""
        # Filtering would copy every column, and mostly there is nothing to leave out.
        return self.parcels.filter(~pl.col("own")) if self.parcels["own"].any() else self.parcels

    @cached_property
    def lines(self) -> pl.DataFrame:
        """One row for each order line, see `packopt.green.parcel_lines.line_frame`."""
        return line_frame(self.orders)

    @cached_property
    def contents(self) -> pl.DataFrame:
        """Units of each sku in each parcel, see `packopt.green.parcel_lines.parcel_contents`."""
        return parcel_contents(self.result, self.orders)

    @cached_property
    def skus(self) -> pl.DataFrame:
        """One row for each sku, see `packopt.green.parcel_lines.sku_frame`."""
        return sku_frame(self.orders)

    @cached_property
    def consumables(self) -> pl.DataFrame:
        """What tape and filler are: as the user says, else plastic tape and paper filler."""
        given = self.inputs.frame("consumables")
        rest = [one for one in ITEMS if one not in given["item"]]
        default = pl.DataFrame(
            {"item": rest, "material": [_CONSUMABLES[one] for one in rest]},
            schema={"item": pl.String, "material": pl.String},
        )
        both = pl.concat([given, default], how="diagonal")
        return both.with_columns(category=pl.col("material").replace_strict(CATEGORY))

    @cached_property
    def composition(self) -> pl.DataFrame:
        """Rows ``package_id, material, share``: what each package is made of."""
        rows = [
            {"package_id": name, "material": material, "share": share}
            for name, materials in zip(
                self.catalogue.package_ids, package_materials(self.catalogue), strict=True
            )
            for material, share in materials.items()
        ]
        schema = {"package_id": pl.String, "material": pl.String, "share": pl.Float64}
        return pl.DataFrame(rows, schema=schema)

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Parcels that got a package, counted where these are equal: all that masses go by.

        Columns ``quarter, year, seller, country, package_id``; ``pieces``; ``package, tape,
        filler``, masses in g, null where that of any parcel is unknown; ``taped, filled``, parcels
        that have any of it.
        """
        return _cells(self.packed, _CELLS)

    @cached_property
    def components_by_quarter(self) -> pl.DataFrame:
        """`components` by ``quarter``."""
        return self.components("quarter")

    def components(self, *keys: str, of: pl.DataFrame | None = None) -> pl.DataFrame:
        """Masses by component and material.

        Parameters
        ----------
        *keys
            Columns of ``parcels`` to keep apart; of all parcels, those by which `cells` counts.
        of
            Some of the parcels; all that got a package if None.

        Returns
        -------
        Rows ``*keys, item, component, material, category, pieces, mass_g``: ``item`` is the
        package, tape or filler, ``component`` package, tape or filler, ``pieces`` the parcels
        that have it. Mass is null where that of any parcel is unknown. No rows for units that
        ship as they are, nor for tape and filler that no parcel has.
        """
        if of is None:
            used = self.cells.group_by(*keys, "package_id", maintain_order=True).agg(
                *(whole(name) for name in _MASSES), pl.col(*_COUNTS).sum()
            )
        else:
            used = _cells(of.filter(~pl.col("own")), keys)
        packages = (
            used.join(self.composition, on="package_id", how="left", maintain_order="left")
            .with_columns(
                item=pl.col("package_id"),
                component=pl.lit("package"),
                mass_g=pl.col("package") * pl.col("share"),
            )
            .select(*keys, "item", "component", "material", "pieces", "mass_g")
        )
        parts = [packages]
        for item, pieces in ((TAPE, "taped"), (FILLER, "filled")):
            rows = used.group_by(*keys, maintain_order=True).agg(
                pieces=pl.col(pieces).sum(), mass_g=whole(item)
            )
            rows = rows.filter((pl.col("pieces") > 0) | pl.col("mass_g").is_null())
            material = self.consumables.filter(item=item)["material"].item()
            parts.append(
                rows.with_columns(
                    item=pl.lit(item), component=pl.lit(item), material=pl.lit(material)
                ).select(packages.columns)
            )
        joined = pl.concat([part.cast({"pieces": pl.Int64}) for part in parts])
        return joined.with_columns(category=pl.col("material").replace_strict(CATEGORY)).sort(
            *keys, "component", "item", "material", nulls_last=True
        )


def _cells(parcels: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Parcels with equal keys and package, counted; as of `Facts.cells`."""
    return parcels.group_by(*keys, "package_id", maintain_order=True).agg(
        pieces=pl.len().cast(pl.Int64),
        package=whole("package_g"),
        tape=whole("tape_g"),
        filler=whole("fill_g"),
        taped=(pl.col("tape_g") > 0).sum(),
        filled=(pl.col("fill_g") > 0).sum(),
    )


def gather(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    quantities: pa.Table,
    inputs: GreenInputs,
    on: dt.date,
) -> Facts:
    """Put together what is known of every parcel.

    Parameters
    ----------
    result, orders, catalogue
        What was answered, what was asked, and the packages.
    quantities
        Materials of each parcel, in the schema `packopt.savings.tables.QUANTITIES`, in the
        order of ``result.parcels``.
    inputs
        What the user gave beside them.
    on
        The day of the report.

    Returns
    -------
    The facts. ``parcels`` has columns of the result's parcels and those of the quantities, and
    ``order`` (its place among the orders), ``date, region, country, seller, temperature`` (null
    where unknown), ``e_commerce, choice`` of the order, ``package_g`` (without tape and filler),
    ``own`` (ships as it is), ``reusable``, ``plastic``, ``carton``, ``class``, and ``quarter``
    and ``year`` of the day.

    Raises
    ------
    GreenError
        If the quantities are not those of the parcels, or the result is not of this catalogue.
    """
    if result.catalogue_digest != catalogue.digest:
        raise GreenError(
            "result",
            f"was made from another catalogue ({result.catalogue_digest[:12]}), expected "
            f"{catalogue.digest[:12]}; give the catalogue that it was made from",
        )
    parcels = _with_quantities(result.parcels, quantities)
    order = places(result.parcels["order_id"], orders.order_ids)
    unknown = parcels["order_id"].filter(pl.Series(order < 0))
    if len(unknown):
        raise GreenError(
            "result",
            f"has orders that are not among the orders given, such as {unknown[0]}; "
            "give the orders that it was made from",
        )
    parcels = parcel_labels(parcels.with_columns(order=pl.Series(order)), result, orders)
    facts_of_orders = inputs.frame("order_facts").select(
        "order_id", "e_commerce", choice="packaging_choice"
    )
    packages = package_frame(catalogue, inputs)
    of_package = packages.select("own", "reusable", "plastic", "carton", "class")
    names = pa.array(packages["package_id"].to_list())
    parcels = (
        looked_up(parcels, facts_of_orders, "order_id")
        .with_columns(pl.col("e_commerce").fill_null(True))
        .hstack(of_package[places(result.parcels["package_id"], names)])
        .with_columns(
            package_g=pl.col("packaging_g") - pl.col("tape_g") - pl.col("fill_g"),
            country=pl.col("region").str.split("-").list.first(),
            quarter=quarter(),
            year=year(),
        )
    )
    return Facts(result, orders, catalogue, inputs, on, parcels, packages, list(inputs.notes))


def _with_quantities(parcels: pa.Table, quantities: pa.Table) -> pl.DataFrame:
    keys = ["order_id", "parcel", "package_id"]
    mine, counted = parcels.select(keys), quantities.select(keys)
    # As savings make them the columns are the very same; read from a file, words have other codes.
    if not mine.equals(counted) and not frame(mine).equals(frame(counted)):
        raise GreenError(
            "quantities",
            f"found {quantities.num_rows:,} rows that are not the {parcels.num_rows:,} parcels of "
            "the result; expected one for each parcel, in their order; compute them anew",
        )
    return frame(parcels.select(_READ)).hstack(frame(quantities.drop(keys)))


def package_frame(catalogue: Catalogue, inputs: GreenInputs) -> pl.DataFrame:
    """What is known of each package, ``own_container`` last.

    Parameters
    ----------
    catalogue
        The packages.
    inputs
        Says which are used cartons.

    Returns
    -------
    Columns ``package_id, kind, own, carton, mailer, reusable, trips, plastic, degradable,
    recycled_share, recyclable, certificate, closure, grammage_gsm, tare_g, unit_cost, material,
    class``; null where nothing is stated.
    """
    attributes = frame(catalogue.attributes)
    cost = np.where(np.isnan(catalogue.unit_cost), None, catalogue.unit_cost)  # type: ignore[call-overload]
    packages = pl.DataFrame(
        {
            "package_id": list(catalogue.package_ids),
            "kind": catalogue.kind.astype(np.int64),
            "carton": np.isin(catalogue.kind, CARTONS),
            "mailer": catalogue.kind == MAILER,
            "reusable": catalogue.reusable,
            "trips": attributes["reusable_trips"],
            "plastic": catalogue.plastic,
            "degradable": attributes["degradable"],
            "recycled_share": attributes["recycled_share"],
            "recyclable": attributes["recyclable"],
            "certificate": attributes["certificate"],
            "closure": list(catalogue.closure),
            "style": list(catalogue.style),
            "grammage_gsm": pl.Series(catalogue.grammage_gsm).fill_nan(None),
            "tare_g": catalogue.tare_g,
            "unit_cost": pl.Series(cost.tolist(), dtype=pl.Float64),
            "material": list(catalogue.material),
        }
    )
    own = pl.DataFrame(
        {
            "package_id": [OWN_CONTAINER],
            "carton": [False],
            "mailer": [False],
            "reusable": [False],
            "plastic": [False],
            "tare_g": [0.0],
            "unit_cost": [0.0],
        }
    )
    used = inputs.frame("used_cartons")["package_id"].to_list()
    name = pl.col("package_id")
    return pl.concat([packages, own], how="diagonal").with_columns(
        own=name == OWN_CONTAINER,
        **{
            "class": pl.when(name == OWN_CONTAINER)
            .then(pl.lit("own_container"))
            .when(pl.col("reusable"))
            .then(pl.lit("reusable"))
            .when(name.is_in(used))
            .then(pl.lit("reused"))
            .when(~pl.col("plastic"))
            .then(pl.lit("plastic_free"))
            .otherwise(pl.lit("standard"))
        },
    )
