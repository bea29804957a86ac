"""Files on packages and what else goes into a parcel: what they are, and who vouches for them."""

from __future__ import annotations

from typing import Final

from packopt.green.inputs.columns import (
    InputTable,
    date,
    flag,
    number,
    text,
    whole,
    word,
)
from packopt.green.inputs.vocabulary import ITEMS, MATERIALS

_ITEM: Final = text(
    "item", "a package of the catalogue, or tape, or filler, on which the row is", required=True
)

ASSETS: Final = InputTable(
    "assets",
    "one reusable container",
    (
        text("asset_id", "number of the container", required=True),
        text("package_id", "its type, as the catalogue names it", required=True),
        text("zone", "zone where it is in use"),
        whole("trips", "trips that it has made", required=True, most=100_000),
        word(
            "state",
            "where it is now",
            ("in_use", "in_stock", "lost", "scrapped"),
            required=True,
        ),
    ),
    ("asset_id",),
    packages=("package_id",),
)
CERTIFICATES: Final = InputTable(
    "certificates",
    "one green-product certificate of a package, of tape or of filler, or that it has none",
    (
        _ITEM,
        whole(
            "kind",
            "kind in the catalogue of certification, 1 to 10",
            required=True,
            most=10,
            least=1,
        ),
        text("certificate", "number of the certificate; blank where there is none"),
        text("issuer", "body that issued it"),
        date("valid_from", "first day of validity"),
        date("expires", "last day of validity"),
    ),
    ("item", "certificate"),
    in_order=(("valid_from", "expires"),),
    items=("item",),
)
CONSUMABLES: Final = InputTable(
    "consumables",
    "what the tape, or the filler, is",
    (
        word("item", "tape or filler", ITEMS, required=True),
        word("material", "what it is made of", MATERIALS, required=True),
        number("width_mm", "width of the tape", least=1, most=1000, unit="mm"),
        flag("degradable", "whether it is certified as degradable"),
        number("recycled_share", "recycled content by mass, 0..1", most=1),
        flag("recyclable", "whether it can be recycled where it ends up"),
    ),
    ("item",),
)
SUPPLIERS: Final = InputTable(
    "suppliers",
    "who supplies an item",
    (
        _ITEM,
        text("supplier", "the supplying firm", required=True),
        flag("qualified", "whether it is on the list of qualified suppliers", required=True),
        date("qualified_until", "last day of its qualification; blank without an end"),
    ),
    ("item", "supplier"),
    items=("item",),
)
TEST_REPORTS: Final = InputTable(
    "test_reports",
    "one laboratory report on an item under GB 43352",
    (
        _ITEM,
        text("report_id", "number of the report", required=True),
        date("issued", "day of issue", required=True),
        date("valid_until", "last day on which it counts; blank without an end"),
        word(
            "pack_material",
            "what was tested",
            ("paper", "plastic", "textile"),
            required=True,
        ),
        flag("biodegradable", "whether the plastic is sold as biodegradable"),
        flag("food_contact", "whether it touches food; blank is no"),
        *(
            number(f"{name}_mg_kg", f"{meaning}, mg/kg", most=1e6)
            for name, meaning in (
                ("pb", "lead"),
                ("hg", "mercury"),
                ("cd", "cadmium"),
                ("cr", "chromium"),
                ("zn", "zinc, of biodegradable plastic"),
                ("cu", "copper, of biodegradable plastic"),
                ("ni", "nickel, of biodegradable plastic"),
                ("mo", "molybdenum, of biodegradable plastic"),
                ("se", "selenium, of biodegradable plastic"),
                ("as", "arsenic, of biodegradable plastic"),
                ("f", "fluorine, of biodegradable plastic"),
                ("phthalates_low", "DBP, BBP and DEHP together, of plastic"),
                ("phthalates_high", "DNOP, DINP and DIDP together, of plastic"),
            )
        ),
        number("solvent_mg_m2", "all solvents left, mg/m2", most=1e6),
        number("benzenes_mg_m2", "benzenes left, mg/m2", most=1e6),
        number("aox_mg_m2", "adsorbable organic halogens, of paper, mg/m2", most=1e6),
    ),
    ("item", "report_id"),
    in_order=(("issued", "valid_until"),),
    items=("item",),
)
USED_CARTONS: Final = InputTable(
    "used_cartons",
    "used cartons of one size and grade",
    (
        text("package_id", "name under which they are offered", required=True),
        text("replaces", "the new carton of the catalogue that they stand for", required=True),
        word(
            "grade", "quality: a as new, b good, c for light goods", ("a", "b", "c"), required=True
        ),
        whole("trips", "trips that they have made", required=True, most=1000),
        whole("max_trips", "trips that their grade allows", required=True, most=1000, least=1),
        whole("stock", "cartons at hand", required=True),
        number(
            "load_share", "share of the new carton's load that they bear, 0..1", most=1, least=0.01
        ),
        whole("issued", "cartons used again beside the parcels known here"),
    ),
    ("package_id",),
    packages=("replaces",),
)
UK_RATINGS: Final = InputTable(
    "uk_ratings",
    "recyclability rating of an item under UK pEPR",
    (
        _ITEM,
        word("rating", "red, amber or green", ("r", "a", "g", "r-m", "a-m", "g-m"), required=True),
    ),
    ("item",),
    items=("item",),
)
