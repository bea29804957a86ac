"""Files on what was done: orders, packing, audits, customers, complaints, and who answers."""

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
from packopt.green.inputs.vocabulary import CHOICES, CLASSES

ORDER_FACTS: Final = InputTable(
    "order_facts",
    "what is known of an order beside its lines",
    (
        text("order_id", "the order", required=True),
        flag("e_commerce", "no for what is not sold at a distance; blank is yes"),
        word("packaging_choice", "what the buyer chose; blank where nothing was offered", CHOICES),
    ),
    ("order_id",),
)
CLASS_PRICES: Final = InputTable(
    "class_prices",
    "what a class of packaging costs the buyer and earns in points",
    (
        word("class", "class of packaging", CLASSES, required=True),
        number(
            "price", "what the buyer pays for the packaging of a parcel", most=1e6, required=True
        ),
        text("currency", "three letters", required=True),
        number("points_per_kg", "points for each kg of packaging saved", most=1e9),
    ),
    ("class",),
    one_currency=True,
)
FILINGS: Final = InputTable(
    "filings",
    "one packing specification that was filed with the postal authority",
    (
        text("version", "version of the specification, as packopt names it", required=True),
        text("sha256", "hash of what was filed", required=True),
        date("filed_on", "day of filing", required=True),
        text("authority", "where it was filed"),
    ),
    ("version",),
)
PACKING_LOG: Final = InputTable(
    "packing_log",
    "what was really done with a parcel",
    (
        text("order_id", "the order", required=True),
        whole("parcel", "number of the parcel within the order, from 1", required=True, least=1),
        text("package_id", "the package that was used", required=True),
        text("version", "version of the specification that was followed"),
        date("packed_on", "day of packing"),
        flag("packed_again", "whether a carrier put a second package around it"),
        flag("damaged", "whether the goods came to harm on the way"),
        text("reason", "why another package than the recommended one was used"),
    ),
    ("order_id", "parcel"),
)
AUDIT_RESULTS: Final = InputTable(
    "audit_results",
    "what was found on a parcel of the audit sample",
    (
        text("order_id", "the order", required=True),
        whole("parcel", "number of the parcel within the order, from 1", required=True, least=1),
        flag("passed", "whether the parcel kept the rules", required=True),
        text("package_id", "the package that was found"),
        text("finding", "code of what was wrong, such as oversize or tape"),
        date("checked_on", "day of the check", required=True),
    ),
    ("order_id", "parcel"),
)
ACTIONS: Final = InputTable(
    "actions",
    "one corrective action",
    (
        text("action_id", "number of the action", required=True),
        text("finding", "the finding that it is to mend", required=True),
        text("owner", "the department in charge"),
        date("opened_on", "day on which it was decided", required=True),
        date("closed_on", "day on which it was done; blank while it is open"),
    ),
    ("action_id",),
    in_order=(("opened_on", "closed_on"),),
)
CUSTOMERS: Final = InputTable(
    "customers",
    "one contract customer who supplies packaging of his own",
    (
        text("customer", "the customer's id", required=True),
        date("notified_on", "day of the written notice; blank where there was none"),
        date("acknowledged_on", "day on which the customer acknowledged it"),
    ),
    ("customer",),
    in_order=(("notified_on", "acknowledged_on"),),
)
CUSTOMER_BOXES: Final = InputTable(
    "customer_boxes",
    "one package that a contract customer supplies",
    (
        text("customer", "the customer's id", required=True),
        text("box", "the customer's name for it", required=True),
        number("tape_width_mm", "width of the tape on it; 0 without tape", most=1000, unit="mm"),
        flag("plastic", "whether it contains plastic"),
        flag("degradable", "whether the plastic is certified as degradable"),
        text("report_id", "number of its laboratory report under GB 43352"),
        date("report_valid_until", "last day on which the report counts"),
    ),
    ("customer", "box"),
)
COMPLAINTS: Final = InputTable(
    "complaints",
    "one complaint about the packaging of a parcel",
    (
        text("complaint_id", "number of the complaint", required=True),
        text("parcel_hash", "hash of the parcel, as its evidence has it", required=True),
        date("received_on", "day of the complaint", required=True),
        date("answered_on", "day of the answer; blank while there is none"),
        flag("substantiated", "whether it proved right; blank while that is open"),
    ),
    ("complaint_id",),
    in_order=(("received_on", "answered_on"),),
)
OWNERS: Final = InputTable(
    "owners",
    "the department that answers for a metric",
    (
        text("metric", "name of a metric of the scorecard", required=True),
        text("owner", "the department, never a person", required=True),
        date("signed_off_on", "day on which it signed the figure off"),
    ),
    ("metric",),
)
TARGETS: Final = InputTable(
    "targets",
    "a target that replaces or adds to those that come with packopt",
    (
        text("metric", "name of a metric of the scorecard", required=True),
        number("at_least", "the value is to be this or more", least=-1e12),
        number("at_most", "the value is to be this or less", least=-1e12),
        text("source", "who set it"),
    ),
    ("metric",),
)
