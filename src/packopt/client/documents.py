"""What the service answers, as types; members that are not listed may come along."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Objective = Literal["material", "volume", "cost"]
Language = Literal["en", "zh"]
Effort = Literal["fast", "standard", "thorough"] | int
NewKind = Literal["carton", "mailer", "adjustable"]
Reason = Literal["does_not_fit", "out_of_stock", "damaged", "fragile", "customer_wish", "other"]
Table = Literal[
    "orders", "parcels", "placements", "ruled_out", "unpacked", "alternatives",
    "alternative_placements", "rejects", "savings_orders", "savings_total", "savings_by_period",
    "savings_by_units", "savings_by_sku", "savings_by_package", "dropped", "baseline_parcels",
    "plan_quantities", "baseline_quantities", "suite_types", "suite_curve", "suite_moves",
    "suite_draws", "suite_holdout",
]  # fmt: skip


class Placement(TypedDict):
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
    gtin: NotRequired[str | None]


class Parcel(TypedDict):
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
    package_code: NotRequired[str | None]
    placements: NotRequired[list[Placement]]


class Unpacked(TypedDict):
    """Units that fit no package."""

    sku: str
    qty: int
    reason: str


class Alternative(TypedDict):
    """One of the next cheapest packages."""

    rank: int
    package_id: str
    kind: str
    cost: float
    verdict: str
    placements: NotRequired[list[Placement]]


class RuledOut(TypedDict):
    """A cheaper package, and why it will not do."""

    package_id: str
    reason: str


class OrderError(TypedDict):
    """Why an order was not accepted."""

    pointer: str
    field: str | None
    value: str | None
    reason: str | None
    hint: str | None


class Answer(TypedDict):
    """The answer to one order; those with the verdict ``rejected`` have errors only."""

    order_id: str
    verdict: Literal["optimal", "feasible", "unpackable", "undecided", "partial", "rejected"]
    package_id: NotRequired[str | None]
    cost: NotRequired[float | None]
    cost_lower_bound: NotRequired[float | None]
    sizes: NotRequired[str | None]
    fit: NotRequired[str | None]
    parcels: NotRequired[list[Parcel]]
    ruled_out: NotRequired[list[RuledOut]]
    unpacked: NotRequired[list[Unpacked]]
    alternatives: NotRequired[list[Alternative]]
    errors: NotRequired[list[OrderError]]


class Recommended(TypedDict):
    """Answers in the order of the request, and what made them."""

    answers: list[Answer]
    catalogue: str
    catalogue_digest: str
    policy: str | None
    policy_digest: str
    engine: str
    notes: list[str]


class Version(TypedDict):
    """A version of a catalogue or a policy."""

    name: str
    version: int
    reference: str
    digest: str
    created: str


class Share(TypedDict):
    """How much of something is done."""

    done: int
    total: int | None


class Progress(TypedDict):
    """How far a job is."""

    parts: Share
    orders: Share


class Webhook(TypedDict):
    """Who is told of the end of a job; the secret is in the answer to the submission only."""

    url: str
    state: str | None
    secret: str | None


class Job(TypedDict):
    """A job; times are ISO 8601."""

    job_id: str
    kind: Literal["recommendations", "savings", "suite"]
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    catalogue: str
    policy: str
    objective: str
    effort: str | int
    plans: bool
    baseline: str | None
    upload_bytes: int
    created: str
    started: str | None
    finished: str | None
    progress: Progress
    verdicts: dict[str, int]
    rejects: int
    waiting: str | None
    error: str | None
    webhook: Webhook | None


class Packing(TypedDict):
    """What was done with a parcel."""

    order_id: str
    parcel: int
    recommended_package_id: str
    package_id: str
    reason: Reason | None
    note: str | None
    packed: str
    job_id: str | None


class Rates(TypedDict):
    """How often packers took another package."""

    parcels: int
    overridden: int
    override_rate: float | None
    reasons: dict[str, int]
