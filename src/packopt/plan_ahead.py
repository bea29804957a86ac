"""What hangs on one side of a replay alone, done while the replay goes on."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from packopt.errors import ReportError
from packopt.parcel_rules import add_plan, baseline_judged, parcel_packs
from packopt.report_places import page_at
from packopt.result_writer import ResultWriter
from packopt.rules import Judge

if TYPE_CHECKING:
    import datetime as dt
    from concurrent.futures import Future

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import Judgement


_PLAN: Final = "plan"


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
        self._writer = ResultWriter(self._folder / _PLAN)
        self._taken: list[Future[None]] = []
        self._plan: Recommendations | None = None
        self._written: Future[None]
        self._judged: Future[Judgement]
        self._judged_before: Future[Judgement]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way, and remove what nobody took."""
        self._pool.shutdown(cancel_futures=True)
        self._writer.discard()
        shutil.rmtree(self._folder, ignore_errors=True)

    def answered(self, batch: Recommendations, orders: Orders) -> None:
        """Write and judge a batch of the plan, as `packopt.savings.Follower` says."""
        self._taken.append(self._pool.submit(self._take, batch, orders))

    def planned(self, plan: Recommendations) -> None:
        """Finish the plan, as `packopt.savings.Follower` says."""
        self._plan = plan
        self._written = self._pool.submit(self._finish)
        self._judged = self._pool.submit(self._judge.judgement)

    def compared(self, plan: Recommendations, parcels: pa.Table, catalogue: Catalogue) -> None:
        """Judge the baseline, as `packopt.savings.Follower` says."""
        given = plan, parcels, catalogue, self._orders, self._judge.packs, self._on
        self._judged_before = self._pool.submit(baseline_judged, *given)

    def _take(self, batch: Recommendations, orders: Orders) -> None:
        self._writer.write(batch)
        add_plan(self._judge, batch, self._catalogue, orders, self._on)

    def _finish(self) -> None:
        for one in self._taken:
            one.result()
        self._writer.close()

    def written(self, plan: Recommendations) -> Path | None:
        """Where the plan is written; None when a report has taken it.

        Raises
        ------
        ReportError
            If it is another plan than that which was begun with.
        """
        self._refuse_other(plan)
        self._written.result()
        place = self._folder / _PLAN
        return place if place.is_dir() else None

    def judged(self, plan: Recommendations) -> Judgement:
        """What rule packs say of its parcels; errors as of `written`."""
        self._refuse_other(plan)
        self._written.result()
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
