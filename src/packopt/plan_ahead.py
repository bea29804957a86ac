"""What hangs on one side of a replay alone, done while the replay goes on."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from packopt.errors import ReportError
from packopt.parcel_rules import add_plan, baseline_judged, parcel_packs
from packopt.report_places import page_at
from packopt.rules import Judge

if TYPE_CHECKING:
    import datetime as dt
    from concurrent.futures import Future

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import Judgement


class PlanAhead:
    """Writes a plan and judges it and the baseline, beside the replay that they are part of.

    ```python
    with PlanAhead(orders, catalogue, "report.html") as ahead:
        found = savings(orders, catalogue, baseline="volume-80", follower=ahead)
        write_whole_report(found, orders, catalogue, "report.html", ahead=ahead)
    ```

    Parameters
    ----------
    orders, catalogue
        What the plan is made from.
    page
        Where the report goes. What is written ahead waits in a temporary folder: whatever
        happens, nothing half done lies among results.
    on
        The day by which parcels of undated orders are judged; None if there is none.

    Raises
    ------
    ReportError
        If the name of the page does not end in ``.html``.
    """

    def __init__(
        self, orders: Orders, catalogue: Catalogue, page: str | Path, on: dt.date | None = None
    ) -> None:
        self._orders, self._catalogue, self._on = orders, catalogue, on
        page_at(page)
        self._folder = Path(tempfile.mkdtemp(prefix="packopt-plan-"))
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="packopt")
        self._judge = Judge(parcel_packs())
        self._added: list[Future[None]] = []
        self._plan: Recommendations | None = None
        self._written: Future[None]
        self._judged: Future[Judgement]
        self._judged_before: Future[Judgement]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way, and remove what nobody took."""
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def answered(self, batch: Recommendations, orders: Orders) -> None:
        """Judge a batch of the plan, as `packopt.savings.Follower` says."""
        add = partial(add_plan, self._judge, batch, self._catalogue, orders, self._on)
        self._added.append(self._pool.submit(add))

    def planned(self, plan: Recommendations) -> None:
        """Write the plan, as `packopt.savings.Follower` says."""
        self._plan = plan
        self._written = self._pool.submit(plan.write, self._folder / "plan")
        self._judged = self._pool.submit(self._judgement)

    def compared(self, plan: Recommendations, parcels: pa.Table, catalogue: Catalogue) -> None:
        """Judge the baseline, as `packopt.savings.Follower` says."""
        given = plan, parcels, catalogue, self._orders, self._judge.packs, self._on
        self._judged_before = self._pool.submit(baseline_judged, *given)

    def _judgement(self) -> Judgement:
        for one in self._added:
            one.result()
        return self._judge.judgement()

    def written(self, plan: Recommendations) -> Path | None:
        """Where the plan is written; None when a report has taken it.

        Raises
        ------
        ReportError
            If it is another plan than that which was begun with.
        """
        self._refuse_other(plan)
        self._written.result()
        place = self._folder / "plan"
        return place if place.is_dir() else None

    def judged(self, plan: Recommendations) -> Judgement:
        """What rule packs say of its parcels; errors as of `written`."""
        self._refuse_other(plan)
        return self._judged.result()

    def judged_before(self, plan: Recommendations) -> Judgement:
        """What rule packs say of the baseline's parcels; errors as of `written`."""
        self._refuse_other(plan)
        return self._judged_before.result()

    def _refuse_other(self, plan: Recommendations) -> None:
        if plan is not self._plan:
            raise ReportError(
                "report",
                "found another plan than that which was written ahead, expected the plan of the "
                "savings that it was started by; give it to their replay as `follower`",
            )
