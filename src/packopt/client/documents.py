"""What the service answers, as types; members that are not listed may come along."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


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
    length_mm: int
    width_mm: int
    height_mm: int
    units: int
    tare_g: float
    fill_g: float
    gross_g: float | None
    cost: float
    empty_space_inner: float
    empty_space_outer: float
    package_code: NotRequired[str | None]
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
    parcels: NotRequired[list[Parcel]]
    ruled_out: NotRequired[list[RuledOut]]
    unpacked: NotRequired[list[dict[str, Any]]]
    alternatives: NotRequired[list[dict[str, Any]]]
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


class Job(TypedDict):
    """A job."""

    job_id: str
    kind: Literal["recommendations", "savings", "suite"]
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    catalogue: str
    policy: str
    progress: Progress
    verdicts: dict[str, int]
    rejects: int
    error: str | None
    webhook: dict[str, Any] | None
