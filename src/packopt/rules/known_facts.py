"""Facts that packopt knows by itself: the columns of the tables of facts that it builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.errors import RulesError
from packopt.rules.expressions import FLAG, NUMBER, WORD
from packopt.rules.packs import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packopt.rules.packs import RulePack

#: Columns that say which parcel, SKU or package a row of facts is about.
KEYS: Final = {
    "parcel": ("order_id", "parcel"),
    "sku": ("sku",),
    "package": ("package_id",),
}

PARCEL_FACTS: Final = (
    Fact("package_id", WORD, "the package, or own_container"),
    Fact("kind", WORD, "carton, mailer, adjustable, made_to_measure or own_container"),
    Fact("verdict", WORD, "optimal where nothing cheaper holds the units"),
    Fact("region", WORD, "where the order goes"),
    Fact("units", NUMBER, "number of units"),
    Fact("skus", NUMBER, "number of different SKUs"),
    Fact("content_mm3", NUMBER, "sum of the units' bounding boxes, as they lie in the parcel"),
    Fact("content_g", NUMBER, "sum of the units' weights"),
    Fact("inner_length_mm", NUMBER, "inner length; of a mailer, its flat length"),
    Fact("inner_width_mm", NUMBER, "inner width; of a mailer, its flat width"),
    Fact("inner_height_mm", NUMBER, "inner height; of a mailer, the thickness it is filled to"),
    Fact("outer_length_mm", NUMBER, "outer length"),
    Fact("outer_width_mm", NUMBER, "outer width"),
    Fact("outer_height_mm", NUMBER, "outer height; of a mailer, the thickness it is filled to"),
    Fact("inner_mm3", NUMBER, "inner volume; of a mailer, as it is modelled when filled"),
    Fact("outer_mm3", NUMBER, "outer volume; of a mailer, as it is modelled when filled"),
    Fact("coolant_mm3", NUMBER, "volume of the coolant that the package comes with"),
    Fact("tare_g", NUMBER, "mass of the package and its tape"),
    Fact("fill_g", NUMBER, "mass of filler in the empty space"),
    Fact("gross_g", NUMBER, "mass of the parcel"),
    Fact("tape_m", NUMBER, "length of tape, as it is modelled"),
    Fact("own_container", FLAG, "the unit ships in its own container"),
    Fact("reusable", FLAG, "the package comes back to be used again"),
    Fact("plastic", FLAG, "the package contains plastic"),
    Fact("material", WORD, "material of the package, as the catalogue states it"),
    Fact("closure", WORD, "how the package is closed"),
    Fact("recycled_share", NUMBER, "recycled share of the package, 0..1", most=1.0),
    Fact("fragile", FLAG, "nothing may rest on some unit"),
    Fact("temperature", WORD, "class of temperature of the units; ambient where none is stated"),
    Fact("box_length_mm", NUMBER, "longest side of the box around the units as they lie"),
    Fact("box_width_mm", NUMBER, "its second side"),
    Fact("box_height_mm", NUMBER, "its shortest side"),
    Fact(
        "smaller_packages",
        NUMBER,
        "packages of the catalogue of less outer volume that weigh no more",
    ),
    Fact(
        "smaller_that_hold",
        NUMBER,
        "how many of them are known to hold the units; missing where of some it is not known",
    ),
    Fact("next_smaller", WORD, "the largest of them, and why it does not hold the units"),
)
#: Those that only packopt's own answer tells.
SMALLER_FACTS: Final = ("smaller_packages", "smaller_that_hold", "next_smaller")

SKU_FACTS: Final = (
    Fact("length_mm", NUMBER, "longest side of a unit"),
    Fact("width_mm", NUMBER, "its second side"),
    Fact("height_mm", NUMBER, "its shortest side"),
    Fact("unit_mm3", NUMBER, "volume of a unit's bounding box"),
    Fact("weight_g", NUMBER, "weight of a unit"),
    Fact("fragile", FLAG, "nothing may rest on the unit"),
    Fact("own_container", FLAG, "the unit may ship in its own container"),
)

PACKAGE_FACTS: Final = (
    Fact("kind", WORD, "carton, mailer, adjustable or made_to_measure"),
    Fact("material", WORD, "as the catalogue states it"),
    Fact("plastic", FLAG, "the package contains plastic"),
    Fact("degradable", FLAG, "as the catalogue states it"),
    Fact("recyclable", FLAG, "as the catalogue states it"),
    Fact("recycled_share", NUMBER, "as the catalogue states it, 0..1", most=1.0),
    Fact("reusable", FLAG, "the package comes back to be used again"),
    Fact("tare_g", NUMBER, "mass of the empty package; of the largest where sizes are chosen"),
)

KNOWN_FACTS: Final[Mapping[str, tuple[Fact, ...]]] = {
    "parcel": PARCEL_FACTS,
    "sku": SKU_FACTS,
    "package": PACKAGE_FACTS,
}

_TYPES: Final = {
    NUMBER: pa.float64(),
    FLAG: pa.bool_(),
    WORD: pa.dictionary(pa.int32(), pa.string()),
}


def schema_of(subject: str) -> pa.Schema:
    """The columns that packopt builds for a subject; every fact may be missing.

    Parameters
    ----------
    subject
        One of `packopt.rules.packs.SUBJECTS`.
    """
    keys = [
        pa.field(name, pa.int32() if name == "parcel" else pa.dictionary(pa.int32(), pa.string()))
        for name in KEYS[subject]
    ]
    if subject == "parcel":
        keys.append(pa.field("date", pa.date32(), metadata={"meaning": "day of the order"}))
    taken = {field.name for field in keys}
    facts = [
        pa.field(fact.name, _TYPES[fact.kind], metadata={"meaning": fact.meaning})
        for fact in KNOWN_FACTS[subject]
        if fact.name not in taken
    ]
    return pa.schema([*keys, *facts])


def declared_facts(packs: Iterable[RulePack], subject: str) -> dict[str, Fact]:
    """Facts by name that some packs ask for and packopt does not know by itself.

    Parameters
    ----------
    packs
        Rule packs; those about other subjects are left out.
    subject
        One of `packopt.rules.packs.SUBJECTS`.

    Raises
    ------
    RulesError
        If two packs mean different things by one name.
    """
    found: dict[str, Fact] = {}
    problems = []
    for pack in packs:
        for fact in pack.facts if pack.subject == subject else ():
            first = found.setdefault(fact.name, fact)
            if (first.kind, first.from_skus) != (fact.kind, fact.from_skus):
                both = f"{_how(fact)} in {pack.id}, and {_how(first)} in another pack"
                problems.append(f"fact {fact.name}: found it as {both}; rename one of them")
    if problems:
        raise RulesError("rule packs", problems)
    return found


def _how(fact: Fact) -> str:
    return f"a {fact.kind}, {fact.from_skus} of SKUs" if fact.from_skus else f"a {fact.kind}"
