"""The result of many files and what it was made from, a part at a time: to check, to explain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.check import Violation, check
from packopt.engine.nesting import ORDER_ID
from packopt.engine.recommender import NestedRecommender
from packopt.errors import OrdersError, ResultError
from packopt.first_parts import hashes
from packopt.lake.file_columns import refuse_personal_folders
from packopt.lake.parts import PART_ROWS, Part, PlanFiles, kind_of, whole_file
from packopt.lake.places import Place
from packopt.lake.planning import files_of_orders
from packopt.lake.reading import read_part
from packopt.lake.results import Mark, is_of_files, mark_of, read_run, read_tables
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.result_writer import RUN_FILE
from packopt.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders

_AGAIN = "run packopt recommend again, it does what is missing"


class FilesCase:
    """The result of `packopt.recommend_files`, the orders and the catalogue.

    Parameters
    ----------
    out, source
        Folders of the result and of the orders, by path or URL.
    catalogue
        What it was made from.
    skus
        Sizes by SKU, where the order lines lack them.

    Raises
    ------
    ResultError
        If the result is not complete, or of one file.
    PlaceError
        If it cannot be read.
    """

    def __init__(self, out: str, source: str, catalogue: Catalogue, skus: Any = None) -> None:
        self._out, self._source, self._catalogue = Place(out), Place(source), catalogue
        if not is_of_files(self._out):
            problem = f"found no {RUN_FILE} of many files, expected a complete result of them"
            raise ResultError(out, f"{problem}; {_AGAIN}")
        self._run = read_run(self._out)
        self._abouts: dict[int, dict[str, Any]] = {}
        self._files = {file.name: file for file in self._source.files()}
        self._recommend = NestedRecommender(
            catalogue,
            Policy.from_dict(self._run["policy"]),
            skus=skus,
            weights_known=self._run["weights_known"],
            source=source,
        )

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self._run["parts"])

    def unanswered(self) -> list[Violation]:
        """A violation for each file that was added to the orders after they were answered.

        Raises
        ------
        OrdersError
            If such a file is damaged, or the name of its folder looks personal.
        ResultError
            If a part is damaged.
        """
        answered = {
            self._about(index)["part"]["file"] or self._source.name for index in range(self.n_parts)
        }
        files = files_of_orders(self._source)
        refuse_personal_folders((file.name for file in files), self._source.url)
        planner = PlanFiles(self._source, PART_ROWS)
        return [
            Violation("", None, "order_missing", f"file {file.name}: found no answers to its "
                      f"orders, expected those of every file of the input; {_AGAIN}")
            for file in files
            if file.name not in answered and kind_of(file.name)
            # A table without rows is no part.
            and planner.plan(whole_file(file, alone=False)).parts
        ]  # fmt: skip

    def check(self, index: int) -> tuple[int, list[Violation]]:
        """Check a part as `packopt.check` checks a result.

        Returns
        -------
        Its answered orders, and the violations.

        Raises
        ------
        OrdersError
            If the orders are no longer those that were answered.
        ResultError
            If the part is damaged.
        """
        part, result = self._part(index), self._result(index)
        violations: list[Violation] = []
        rejects, held = [], 0
        for orders in self._batches(part):
            accepted, refused, told = self._recommend.judge(orders)
            mine = _of_orders(result, accepted.order_ids)
            held += sum(getattr(mine, name).num_rows for name in TABLES if name != "rejects")
            whole = replace(mine, rejects=pa.concat_tables([accepted.rejects, refused]))
            violations += check(whole, accepted, self._catalogue)
            rejects.append(told)
        of_part = f"part {self._run['parts'][index]}"
        if not result.rejects.equals(pa.concat_tables([result.rejects.slice(0, 0), *rejects])):
            problem = f"{of_part}: found other rejects than those of its orders"
            violations.append(Violation("", None, "rejects", problem))
        extra = sum(getattr(result, name).num_rows for name in TABLES if name != "rejects") - held
        if extra:
            problem = f"{of_part}: found {extra:,} rows of orders that it does not have"
            violations.append(Violation("", None, "order_unknown", problem))
        return result.orders.num_rows, violations

    def batches(self, index: int) -> Iterator[tuple[Recommendations, Orders]]:
        """Answers and orders of a part, batch by batch; errors as of `check`."""
        result = self._result(index)
        for orders in self._batches(self._part(index)):
            accepted = self._recommend.judge(orders)[0]
            yield _of_orders(result, accepted.order_ids), accepted

    def of_order(self, order_id: str) -> tuple[Recommendations, Orders]:
        """The answer to one order, with the file that rows of its rejects are of, and the order.

        Raises
        ------
        ResultError
            If no part has such an order, or one is damaged.
        OrdersError
            If the orders are no longer those that were answered.
        """
        key = hashes(pa.array([order_id], pa.string()))[0]
        for index, name in enumerate(self._run["parts"]):
            known = Mark.read(mark_of(self._out, name)).hashes
            at = int(np.searchsorted(known, key))
            if at == len(known) or known[at] != key:
                continue
            part = self._part(index)
            for orders in self._batches(part):
                one = orders.filter(pc.equal(orders[ORDER_ID].cast(pa.string()), order_id))
                if one.num_rows:
                    result = self._result(index)
                    wanted = pa.array([order_id], pa.string())
                    rejects = _rows_of(result.rejects, wanted)
                    mine = _of_orders(result, wanted)
                    found = replace(mine, rejects=rejects, file=part.file)
                    return found, self._recommend.judge(one)[0]
        raise ResultError(
            self._out.url,
            f"found no order {order_id!r} in any of {self.n_parts:,} parts, expected one of the "
            "input; check its name",
        )

    def _result(self, index: int) -> Recommendations:
        name = self._run["parts"][index]
        counts = dict.fromkeys(TABLES, 0) | self._about(index)["counts"]
        return Recommendations(
            **read_tables(self._out, {"parts": [name], "counts": counts}),
            policy=self._recommend.policy,
            catalogue_digest=self._run["catalogue_digest"],
        )

    def _about(self, index: int) -> dict[str, Any]:
        # A mark is as long as its part has orders; what it says of the part is short.
        if index not in self._abouts:
            self._abouts[index] = Mark.read(mark_of(self._out, self._run["parts"][index])).about
        return self._abouts[index]

    def _part(self, index: int) -> Part:
        """A part of the input, if its file is still as it was."""
        part = Part.from_dict(self._about(index)["part"])
        name = part.file or self._source.name
        file = self._files.get(name)
        if file is None or file.size != part.size or (
            file.changed and file.changed != part.changed
        ):  # fmt: skip
            found = "no such file" if file is None else "another size or time"
            raise OrdersError(
                self._source.url,
                f"file {name}: found {found}, expected that of the file that was "
                "answered; give the orders that the result was made from (a copy with its times, "
                "as cp -p makes), or run packopt recommend again",
            )
        return part

    def _batches(self, part: Part) -> Iterator[pa.Table]:
        return read_part(self._source, part)


def _of_orders(result: Recommendations, order_ids: pa.StringArray) -> Recommendations:
    """The answers to some orders, without rejects."""
    tables = {
        name: _rows_of(getattr(result, name), order_ids) for name in TABLES if name != "rejects"
    }
    return replace(result, **tables, rejects=result.rejects.slice(0, 0))


def _rows_of(table: pa.Table, order_ids: pa.StringArray) -> pa.Table:
    return table.filter(pc.is_in(table["order_id"].cast(pa.string()), value_set=order_ids))
