"""What savings are measured against: a rule of thumb, what was really used, or another packer.

Each baseline turns a question into what it does with the orders. Packages that are merely named, by
a rule, a column or a file, are verified to hold their order before they count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.baseline_column import BASELINE
from packopt.check import check
from packopt.errors import SavingsError
from packopt.labels import Labels
from packopt.recommend import recommend
from packopt.savings.naming import (
    check_column,
    check_table,
    column_of,
    named_by_column,
    named_by_table,
)
from packopt.savings.rules_of_thumb import pick, refuse_unknown
from packopt.savings.sides import (
    CANNOT_HOLD,
    COUNTED,
    NO_BASELINE,
    NO_PLAN,
    UNVERIFIED,
    Found,
    side_of,
    single_names,
)
from packopt.savings.verifying import verify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations
    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]


class Baseline(Protocol):
    """Another way to pack the orders."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def catalogue(self) -> Catalogue | None:
        """What its packages are from; None for the catalogue of the plan."""

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """Refuse, before anything is packed, what it can say nothing of.

        Raises
        ------
        SavingsError
            If it cannot be held against these orders, packages and rules.
        """

    def check_part(self, orders: Orders) -> None:
        """Refuse some of many orders, of which it can say nothing, before they are packed.

        Raises
        ------
        SavingsError
            If it cannot be held against a part of all orders.
        """

    def found(self, question: Question) -> Found:
        """What it does with the orders.

        Raises
        ------
        SavingsError
            If the orders or the plan lack what it needs.
        """


@dataclass(frozen=True, slots=True)
class RuleBaseline:
    """A rule of thumb, see `packopt.savings.rules_of_thumb`.

    Attributes
    ----------
    rule
        ``volume-80`` or another percentage, ``first-fit-largest-side``, or ``one-size-up``.

    Raises
    ------
    SavingsError
        If there is no such rule.
    """

    rule: str
    catalogue: Catalogue | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        refuse_unknown(self.rule)

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.rule

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """A rule needs nothing of the input."""

    def check_part(self, orders: Orders) -> None:
        """A rule needs nothing of a part."""

    def found(self, question: Question) -> Found:
        """The package that the rule picks for each order."""
        return verify(question, pick(question, self.rule))


@dataclass(frozen=True, slots=True)
class ColumnBaseline:
    """The package really used, from the column ``baseline_package`` of the orders.

    A package that is named holds all units of its order, even those with their own containers;
    ``own_container`` says that they shipped as they are.

    Attributes
    ----------
    column
        What the input calls the column.
    """

    column: str = BASELINE
    catalogue: Catalogue | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"column: {self.column}"

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """Refuse a column that is missing or names no package of the catalogue."""
        del policy
        check_column(orders, catalogue, self.column)

    def check_part(self, orders: Orders) -> None:
        """Refuse a column that is missing."""
        column_of(orders, self.column)

    def found(self, question: Question) -> Found:
        """The package that each order names."""
        return verify(question, named_by_column(question))


@dataclass(frozen=True, eq=False, slots=True)
class TableBaseline:
    """Another packer's answer, of which only the packages are known.

    Attributes
    ----------
    table
        One row for each parcel: ``order_id`` and ``package_id``, which may be ``own_container``.
    source
        Where it is from.
    """

    table: pa.Table
    source: str = "result"
    catalogue: Catalogue | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"result: {self.source}"

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """Refuse a table of other orders or of other packages."""
        del policy
        check_table(orders, catalogue, self.table, self.source)

    def check_part(self, orders: Orders) -> None:
        """Refuse parts: the table is of all orders."""
        del orders
        raise _of_all_orders(self.source)

    def found(self, question: Question) -> Found:
        """The packages that the table names for each order."""
        return verify(question, named_by_table(question, self.table, self.source))


@dataclass(frozen=True, eq=False, slots=True)
class CatalogueBaseline:
    """packopt itself, with another catalogue.

    Attributes
    ----------
    catalogue
        What the baseline packs from.
    source
        What to call it.
    """

    catalogue: Catalogue
    source: str = "another catalogue"

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"catalogue: {self.source}"

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """Its packages are its own."""

    def check_part(self, orders: Orders) -> None:
        """Its packages are its own."""

    def found(self, question: Question) -> Found:
        """What packopt recommends from the other catalogue."""
        result = recommend(
            question.orders,
            self.catalogue,
            question.policy,
            threads=question.threads,
            progress=question.progress,
        )
        return found_in(question, result, self.catalogue)


@dataclass(frozen=True, eq=False, slots=True)
class ResultBaseline:
    """An earlier answer of packopt to the same orders, checked by `packopt.check`.

    Attributes
    ----------
    result
        The answer, with its plans.
    catalogue
        What it was made from.
    source
        Where it is from.
    """

    result: Recommendations
    catalogue: Catalogue
    source: str = "result"

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"result: {self.source}"

    def check_input(self, orders: Orders, catalogue: Catalogue, policy: Policy) -> None:
        """Refuse an answer that was counted by other settings."""
        del orders, catalogue
        problems = [
            f"field {name} of the policy: found another value than for the plan, expected the "
            "same, since both sides are counted by it; recommend again, or give the same policy"
            for name in ("materials", "seam_allowance_mm", "flap_allowance_mm")
            if getattr(self.result.policy, name) != getattr(policy, name)
        ]
        if problems:
            raise SavingsError(self.source, problems)

    def check_part(self, orders: Orders) -> None:
        """Refuse parts: the answer is to all orders."""
        del orders
        raise _of_all_orders(self.source)

    def found(self, question: Question) -> Found:
        """What the answer says, if it is right."""
        violations = check(self.result, question.orders, self.catalogue)
        rejects_alone = [one for one in violations if one.code != "rejects"]
        if rejects_alone:
            raise SavingsError(
                self.source,
                [f"{one}; recommend again for these orders" for one in rejects_alone],
            )
        question.progress(question.orders.n_orders)
        return found_in(question, self.result, self.catalogue)


def _of_all_orders(source: str) -> SavingsError:
    """One machine would have to hold what many files never bring together."""
    return SavingsError(
        source,
        "found the packages of all orders in one table, expected them beside the orders of many "
        "files; write them into a column of the orders, and name that as the baseline",
    )


def found_in(question: Question, result: Recommendations, catalogue: Catalogue) -> Found:
    """What an answer of packopt says about the orders of a question.

    Parameters
    ----------
    question
        The orders.
    result
        The answer; of orders that it lacks, admission to its catalogue refused the lines.
    catalogue
        What it was made from.
    """
    n = question.orders.n_orders
    names = result.orders["order_id"].cast(pa.string())
    place = pc.index_in(names, value_set=question.orders.order_ids)
    here = np.asarray(place.to_numpy(), dtype=np.int64)
    verdict = result.orders["verdict"].cast(pa.string()).to_numpy(zero_copy_only=False)
    status = np.full(n, NO_BASELINE, np.uint8)
    code = np.zeros(n, np.int32)
    for at, (words, means) in enumerate(_VERDICTS, start=1):
        rows = here[np.isin(verdict, words) & (here >= 0)]
        status[rows], code[rows] = means, at
    status[~question.planned] = NO_PLAN
    words = ("the baseline's catalogue cannot answer the order", *_WORDS)
    side = side_of(result, catalogue, here).of(status == COUNTED)
    return Found(side, status, single_names(side, n), Labels(code, words))


_VERDICTS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("optimal", "feasible"), COUNTED),
    (("unpackable", "partial"), CANNOT_HOLD),
    (("undecided",), UNVERIFIED),
)
_WORDS = (
    "",
    "no packages of the baseline's catalogue hold the order",
    "neither a plan nor a proof was found for the baseline's catalogue",
)
