"""What a job is: its settings, as its worker processes take them, and how far it has come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]

OPEN: Final = ("queued", "running")
FINISHED: Final = ("succeeded", "failed", "cancelled")

#: Media types of uploads, and the ending under which packopt reads them.
UPLOAD_TYPES: Final = {
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.arrow.file": "arrow",
}


class JobFault(Exception):  # noqa: N818 - it is the job that fails, by no error of ours
    """A job cannot succeed, and why; the message is for its owner."""


class Parked(BaseException):
    """A process lets go of a job, which is taken up where it is.

    No `Exception`, since a workflow would record that as its outcome.
    """


@dataclass(frozen=True, slots=True)
class JobSpec:
    """All that the answer of a job depends on, but for its upload; fixed at submission.

    Attributes
    ----------
    suffix
        Ending of the upload's name, which tells its format.
    catalogue, catalogue_digest
        What to choose from: ``name@version``, and what it said then.
    policy, policy_settings, policy_digest
        By which rules: ``name@version``, and all its settings with the effort of the job.
    plans
        Whether placements are kept.
    orders_per_part
        Orders between two checkpoints.
    baseline, baseline_catalogue, baseline_digest
        Of a replay for savings: a rule of thumb, or another catalogue.
    language
        Language of the report on savings or of a suite.
    suite
        Of a suite: what set is asked for, the machine, the holdout and the draws.
    """

    suffix: str
    catalogue: str
    catalogue_digest: str
    policy: str
    policy_settings: dict[str, Any]
    policy_digest: str
    plans: bool
    orders_per_part: int
    baseline: str | None = None
    baseline_catalogue: str | None = None
    baseline_digest: str | None = None
    language: str = "en"
    suite: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for the database."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PartDone:
    """What one part came to.

    Attributes
    ----------
    orders
        Orders, rejected ones included.
    rejects
        Rows of the table of rejects.
    verdicts
        Answered orders by verdict.
    """

    orders: int
    rejects: int
    verdicts: dict[str, int]
