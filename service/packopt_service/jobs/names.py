"""Names of the files of a job, relative to its storage.

```
jobs/<id>/upload.csv           as it was sent
jobs/<id>/packings.ndjson      of a replay: what packers had done until then
jobs/<id>/split/               the upload in parts, by packopt.part_orders
jobs/<id>/split.json           ... which are complete
jobs/<id>/results/00000-orders.parquet, ...
jobs/<id>/results/00000.json   ... which are complete
jobs/<id>/report.html          of a replay, or of a suite
jobs/<id>/catalogue.csv        the set that a suite proposes
jobs/<id>/suite.json           how good it is
jobs/<id>/results.json         all parts are there: the results exist from now on
```
"""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    "orders",
    "parcels",
    "placements",
    "ruled_out",
    "unpacked",
    "alternatives",
    "alternative_placements",
    "rejects",
)
"""Tables of an answer."""

SAVINGS_TABLES: Final = (
    "savings_orders",
    "savings_total",
    "savings_by_period",
    "savings_by_units",
    "savings_by_sku",
    "savings_by_package",
    "dropped",
    "baseline_parcels",
    "plan_quantities",
    "baseline_quantities",
)
"""Further tables of a replay, and of a suite's holdout."""

SUITE_TABLES: Final = (
    "suite_types",
    "suite_curve",
    "suite_moves",
    "suite_draws",
    "suite_holdout",
)
"""Further tables of a suite."""


def folder(job_id: str) -> str:
    """Return the folder of a job."""
    return f"jobs/{job_id}"


def upload(job_id: str, suffix: str) -> str:
    """Return the file that was uploaded."""
    return f"{folder(job_id)}/upload.{suffix}"


def packings(job_id: str) -> str:
    """Return the file of what packers had done when a replay was submitted."""
    return f"{folder(job_id)}/packings.ndjson"


def split_folder(job_id: str) -> str:
    """Return the folder of the upload's parts."""
    return f"{folder(job_id)}/split"


def split_done(job_id: str) -> str:
    """Return the file that says that the upload is split."""
    return f"{folder(job_id)}/split.json"


def results_folder(job_id: str) -> str:
    """Return the folder of the parts' answers."""
    return f"{folder(job_id)}/results"


def part_table(job_id: str, part: int, table: str) -> str:
    """Return a table of a part's answer."""
    return f"{results_folder(job_id)}/{part:05}-{table}.parquet"


def part_done(job_id: str, part: int) -> str:
    """Return the file that says that a part is answered."""
    return f"{results_folder(job_id)}/{part:05}.json"


def report(job_id: str) -> str:
    """Return the report of a replay or of a suite."""
    return f"{folder(job_id)}/report.html"


def proposed_catalogue(job_id: str) -> str:
    """Return the catalogue that a suite proposes."""
    return f"{folder(job_id)}/catalogue.csv"


def about_suite(job_id: str) -> str:
    """Return what a suite says about its set."""
    return f"{folder(job_id)}/suite.json"


def results_done(job_id: str) -> str:
    """Return the file that says that the job is answered."""
    return f"{folder(job_id)}/results.json"
