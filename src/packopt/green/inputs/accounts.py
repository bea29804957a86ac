"""Files on masses, prices and places that are accounted for beside the parcels."""

from __future__ import annotations

from typing import Final

from packopt.green.inputs.columns import (
    YEAR,
    InputTable,
    date,
    flag,
    number,
    period,
    text,
    whole,
    word,
)
from packopt.green.inputs.vocabulary import CATEGORIES, MATERIALS, PRODUCTS, TREATMENTS

ZONES: Final = InputTable(
    "zones",
    "the zone that a region of the orders lies in",
    (
        text("region", "region, as the orders name it", required=True),
        text("zone", "name of the zone", required=True),
        flag("central", "yes for the central urban area, to which the target applies"),
    ),
    ("region",),
)
MERCHANTS: Final = InputTable(
    "merchants",
    "one merchant of the platform that has to report",
    (
        text("seller", "the merchant's id, as the orders name it", required=True),
        date("since", "first day on the platform; blank for always"),
        date("until", "last day on the platform; blank for still"),
    ),
    ("seller",),
    in_order=(("since", "until"),),
)
PLASTICS: Final = InputTable(
    "plastics",
    "single-use plastic of a merchant, or of the own business, beside the parcels known here",
    (
        period("period", "quarter, as 2025-Q1"),
        text("seller", "the merchant; blank for the own business"),
        word("product", "what the plastic is", PRODUCTS, required=True),
        whole("used_pieces", "pieces used beside the parcels known here"),
        number("used_kg", "mass used beside the parcels known here", unit="kg"),
        whole("recovered_pieces", "pieces taken back"),
        number("recovered_kg", "mass taken back", unit="kg"),
    ),
    ("period", "seller", "product"),
)
FEES: Final = InputTable(
    "fees",
    "fee of a country on a material in a year",
    (
        text("country", "two letters", required=True),
        word("category", "category of material", CATEGORIES, required=True),
        period("year", "year, as 2025", pattern=YEAR),
        number("fee_per_kg", "fee for a kg", most=1e6, required=True),
        text("currency", "three letters", required=True),
    ),
    ("country", "category", "year"),
    one_currency=True,
)
PURCHASES: Final = InputTable(
    "purchases",
    "what was bought of a material in a quarter, and what stock and scrap were",
    (
        period("period", "quarter, as 2025-Q1"),
        word("material", "the material", MATERIALS, required=True),
        number("bought_kg", "mass bought", unit="kg", required=True),
        number("opening_kg", "stock on the first day", unit="kg"),
        number("closing_kg", "stock on the last day", unit="kg"),
        number("scrap_kg", "mass thrown away unused", unit="kg"),
    ),
    ("period", "material"),
)
SKUS: Final = InputTable(
    "skus",
    "price of an article",
    (
        text("sku", "the article, as the orders name it", required=True),
        number("unit_price", "price of one unit", required=True),
        text("currency", "three letters", required=True),
    ),
    ("sku",),
    one_currency=True,
)
DISPOSAL: Final = InputTable(
    "disposal",
    "share of a material that ends in a treatment, by country",
    (
        text("country", "two letters; blank for every country without rows of its own"),
        word("material", "the material", MATERIALS, required=True),
        word("treatment", "what becomes of it", TREATMENTS, required=True),
        number(
            "share",
            "share by mass, 0..1; together 1 for a material of a country",
            most=1,
            required=True,
        ),
    ),
    ("country", "material", "treatment"),
)
COMPONENTS_2023: Final = InputTable(
    "components_2023",
    "plastic components supplied to California in 2023, the base year of SB 54",
    (
        word("material", "the material", MATERIALS, required=True),
        number("mass_kg", "mass supplied", unit="kg", required=True),
        whole("components", "number of components supplied", required=True),
    ),
    ("material",),
)
