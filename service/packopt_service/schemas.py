"""What goes in and comes out as JSON, as types that check bodies and document the API."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    with_config,
)
from typing_extensions import TypedDict

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

# Values are checked line by line later, so that a bad one costs its order and not the request.
Number = Annotated[
    StrictInt | StrictFloat | StrictStr | None,
    Field(description="A number, or a text of one."),
]
Text = Annotated[
    StrictStr | StrictInt | None, Field(description="A text, or a number that serves as one.")
]
Flag = Annotated[StrictBool | StrictStr | StrictInt | None, Field(description="true or false.")]
OrderId = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=False)]
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$"), Field(examples=["line-1"])
]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}(@[1-9][0-9]{0,8})?$"),
    Field(
        description="A name, for its newest version, or name@version.",
        examples=["demo", "line-1@2"],
    ),
]


def _number(text: str) -> Any:
    return Annotated[Number, Field(description=text)]


@with_config(STRICT)
class Line(TypedDict):
    """Units of one SKU; each size and weight in one unit, and sizes are rounded up to whole mm."""

    sku: Text
    qty: _number("Units of the line, 1..10,000.")  # type: ignore[valid-type]
    length_mm: NotRequired[_number("1..10,000.")]  # type: ignore[valid-type]
    width_mm: NotRequired[_number("1..10,000.")]  # type: ignore[valid-type]
    height_mm: NotRequired[_number("1..10,000.")]  # type: ignore[valid-type]
    length_cm: NotRequired[Number]
    width_cm: NotRequired[Number]
    height_cm: NotRequired[Number]
    length_m: NotRequired[Number]
    width_m: NotRequired[Number]
    height_m: NotRequired[Number]
    length_in: NotRequired[Number]
    width_in: NotRequired[Number]
    height_in: NotRequired[Number]
    size_unit: NotRequired[
        Annotated[
            Text,
            Field(
                description="Unit of sizes without one in their name: a code of UN/CEFACT "
                "Recommendation 20 such as MMT, CMT, INH, or mm, cm, m, in."
            ),
        ]
    ]
    length: NotRequired[Number]
    width: NotRequired[Number]
    height: NotRequired[Number]
    padding: NotRequired[Number]
    min_height: NotRequired[Number]
    nest_height: NotRequired[Number]
    placed_x: NotRequired[Number]
    placed_y: NotRequired[Number]
    placed_z: NotRequired[Number]
    weight_unit: NotRequired[
        Annotated[
            Text, Field(description="Likewise of weights, such as GRM, KGM, LBR, ONZ, or g, kg.")
        ]
    ]
    weight: NotRequired[Number]
    max_load: NotRequired[Number]
    tolerance_mm: NotRequired[_number("By how much each side may be off.")]  # type: ignore[valid-type]
    tolerance_cm: NotRequired[Number]
    tolerance_m: NotRequired[Number]
    tolerance_in: NotRequired[Number]
    tolerance: NotRequired[Number]
    gtin: NotRequired[
        Annotated[
            Text, Field(description="GTIN of 8, 12, 13 or 14 digits with a right check digit.")
        ]
    ]
    weight_g: NotRequired[_number("Weight of one unit, up to 1,000,000 g.")]  # type: ignore[valid-type]
    weight_kg: NotRequired[Number]
    weight_lb: NotRequired[Number]
    weight_oz: NotRequired[Number]
    orientation: NotRequired[
        Annotated[Text, Field(description="any, upright, flat or fixed; any if absent.")]
    ]
    fragile: NotRequired[Annotated[Flag, Field(description="Whether nothing may rest on a unit.")]]
    max_load_g: NotRequired[_number("Load that may rest on one unit.")]  # type: ignore[valid-type]
    max_load_kg: NotRequired[Number]
    max_load_lb: NotRequired[Number]
    max_load_oz: NotRequired[Number]
    padding_mm: NotRequired[_number("Padding on every side of a unit.")]  # type: ignore[valid-type]
    padding_cm: NotRequired[Number]
    padding_m: NotRequired[Number]
    padding_in: NotRequired[Number]
    mailer_ok: NotRequired[Annotated[Flag, Field(description="Whether a mailer will do.")]]
    min_height_mm: NotRequired[_number("Thickness to which a soft unit may be pressed.")]  # type: ignore[valid-type]
    min_height_cm: NotRequired[Number]
    min_height_m: NotRequired[Number]
    min_height_in: NotRequired[Number]
    nest_height_mm: NotRequired[_number("What each further nested unit adds.")]  # type: ignore[valid-type]
    nest_height_cm: NotRequired[Number]
    nest_height_m: NotRequired[Number]
    nest_height_in: NotRequired[Number]
    own_container: NotRequired[
        Annotated[Flag, Field(description="Whether a unit may ship as it is.")]
    ]
    group: NotRequired[
        Annotated[Text, Field(description="Units of different groups never share a parcel.")]
    ]
    keep_together: NotRequired[
        Annotated[Text, Field(description="Units of one word always share a parcel.")]
    ]
    goods_class: NotRequired[
        Annotated[Text, Field(description="What a policy may call incompatible.")]
    ]
    temperature: NotRequired[Annotated[Text, Field(description="ambient, chilled or frozen.")]]
    seller: NotRequired[Text]
    site: NotRequired[Text]
    placed_x_mm: NotRequired[_number("Corner of a unit that is packed already.")]  # type: ignore[valid-type]
    placed_y_mm: NotRequired[Number]
    placed_z_mm: NotRequired[Number]
    placed_x_cm: NotRequired[Number]
    placed_y_cm: NotRequired[Number]
    placed_z_cm: NotRequired[Number]
    placed_x_m: NotRequired[Number]
    placed_y_m: NotRequired[Number]
    placed_z_m: NotRequired[Number]
    placed_x_in: NotRequired[Number]
    placed_y_in: NotRequired[Number]
    placed_z_in: NotRequired[Number]


@with_config(STRICT)
class Order(TypedDict):
    """Units to be shipped together."""

    order_id: OrderId
    lines: Annotated[list[Line], Field(min_length=1, max_length=10_000)]
    region: NotRequired[Annotated[Text, Field(description="Where the order goes.")]]
    placed_in: NotRequired[Annotated[Text, Field(description="Its part-filled package.")]]
    baseline_package: NotRequired[
        Annotated[Text, Field(description="The package that was really used.")]
    ]
    date: NotRequired[Annotated[str | None, Field(description="Such as 2026-03-31.")]]


Objective = Literal["material", "volume", "cost"]
"""What is made least, see `packopt.Policy`."""


@with_config(STRICT)
class RecommendationRequest(TypedDict):
    """Orders, what to choose from, and what to tell."""

    orders: Annotated[list[Order], Field(min_length=1, max_length=100_000)]
    catalogue: NotRequired[Reference]
    policy: NotRequired[
        Annotated[
            Reference | dict[str, Any],
            Field(description="A stored policy, or the settings of one as in a policy file."),
        ]
    ]
    objective: NotRequired[
        Annotated[Objective, Field(description="In place of the policy's objective.")]
    ]
    plans: NotRequired[Annotated[bool, Field(description="Placements of every unit; true.")]]
    ruled_out: NotRequired[
        Annotated[bool, Field(description="Why each cheaper package will not do; true.")]
    ]
    alternatives: NotRequired[
        Annotated[int, Field(ge=0, le=20, description="Next cheapest packages that hold it; 0.")]
    ]
    evidence: NotRequired[
        Annotated[
            bool, Field(description="Keep evidence for GET /v1/parcels/{order}/evidence; false.")
        ]
    ]


class Document(BaseModel):
    """A part of an answer; further members may come, none will go."""

    model_config = ConfigDict(extra="allow")


class OrderError(Document):
    """Why an order was not accepted."""

    pointer: str = Field(description="JSON pointer into the request.")
    field: str | None = None
    value: str | None = None
    reason: str | None = None
    hint: str | None = None


class Placement(Document):
    """Where one unit lies in its parcel, in mm from a corner of the floor."""

    sequence: int
    sku: str
    unit: int
    x_mm: int
    y_mm: int
    z_mm: int
    dx_mm: int
    dy_mm: int
    dz_mm: int
    support: float
    gtin: str | None = Field(None, description="As the order states it, of 14 digits.")


class Parcel(Document):
    """One package to ship."""

    parcel: int
    package_id: str
    kind: str
    site: str | None
    length_mm: int
    width_mm: int
    height_mm: int
    units: int
    content_mm3: int
    content_g: int | None
    tare_g: float
    fill_g: float
    coolant_g: int
    gross_g: float | None
    outer_length_mm: int
    outer_width_mm: int
    outer_height_mm: int
    empty_space_inner: float
    empty_space_outer: float
    billable_g: int | None
    cost: float
    verdict: str
    package_code: str | None = Field(
        None, description="The package's code of UN/CEFACT Recommendation 21."
    )
    placements: list[Placement] | None = None


class RuledOut(Document):
    """A cheaper package, and why it will not do."""

    package_id: str
    reason: str


class Unpacked(Document):
    """Units that fit nothing."""

    sku: str
    qty: int
    reason: str


class Alternative(Document):
    """A dearer package that holds the order as well."""

    rank: int
    package_id: str
    kind: str
    cost: float
    verdict: str
    placements: list[Placement] | None = None


class Answer(Document):
    """The answer to one order: a recommendation, or the errors that kept it from being read."""

    order_id: str
    verdict: Literal["optimal", "feasible", "unpackable", "undecided", "partial", "rejected"] = (
        Field(description="rejected: see errors; the others as in the result tables.")
    )
    package_id: str | None = None
    cost: float | None = None
    cost_lower_bound: float | None = None
    sizes: str | None = Field(None, description="stated or largest: which were packed.")
    fit: str | None = Field(
        None,
        description="surely, if_exact, if_smaller, cannot or unknown; null without tolerances.",
    )
    parcels: list[Parcel] | None = None
    ruled_out: list[RuledOut] | None = None
    unpacked: list[Unpacked] | None = None
    alternatives: list[Alternative] | None = None
    errors: list[OrderError] | None = None


class RecommendationAnswer(Document):
    """Answers in the order of the request, and what made them."""

    answers: list[Answer]
    catalogue: str = Field(description="name@version", examples=["demo@1"])
    catalogue_digest: str
    policy: str | None = Field(description="name@version, or null for settings in the request.")
    policy_digest: str
    engine: str = Field(examples=["packopt 0.1.0"])
    notes: list[str]
