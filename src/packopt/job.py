"""One catalogue and one policy, ready to answer batches of orders."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from packopt.access import NOTHING, POLICY, Access
from packopt.alternatives import find_alternatives
from packopt.answers import Tables
from packopt.batches import empty_answers, kernel_batch, kernel_packages, kernel_rules
from packopt.costing import package_costs
from packopt.cutting import Cutter
from packopt.efforts import passes
from packopt.empty_space import empty_space, empty_space_of_sizes, most_content
from packopt.enforcing import Enforcer, prove_thin, rule_out_all
from packopt.kernel.batch import FEASIBLE, STAYED_OPEN, solve
from packopt.kernel.laying import lay_open
from packopt.kernel.workspace import Workspace, new_workspace
from packopt.known_plans import use_known_plans
from packopt.ladders import build_ladders
from packopt.last_resort import close_open_questions
from packopt.limited_sizes import choose_within
from packopt.outcome import Asked, found_by_kernel, parcel_price
from packopt.parcels import no_parcels
from packopt.part_filled import answer_part_filled, given_package
from packopt.parts import find_parts
from packopt.policy import MOST_PARCELS
from packopt.recommendations import Recommendations
from packopt.size_costs import size_costs
from packopt.sizes import choose_sizes, kernel_sizes
from packopt.splits import Splitter, may_split
from packopt.splitting.pricing import Pricer
from packopt.splitting.question import NEVER
from packopt.tables import empty
from packopt.tidying import Tidier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.kernel.question import Effort
    from packopt.orders import Orders
    from packopt.outcome import Found
    from packopt.parcels import Parcels
    from packopt.parts import Parts
    from packopt.policy import Policy
    from packopt.sizes import SizeAnswers

    Ints = NDArray[np.int64]

_local = threading.local()


class Job:
    """Answers batches of orders from one catalogue under one policy.

    Parameters
    ----------
    catalogue, policy
        What to choose from, and by which rules.
    costs
        What the packages cost; None for what the policy says.
    shut
        ``(k,)`` True for packages that no order may have; None for none.
    closing
        Whether what the passes leave open is tried by other means as well; without them it stays
        open, for whoever asks about it again.

    Raises
    ------
    CatalogueError
        If the objective is `cost` and a package has no price.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        policy: Policy,
        *,
        costs: PackageCosts | None = None,
        shut: NDArray[np.bool_] | None = None,
        closing: bool = True,
    ) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._costs: PackageCosts = costs or package_costs(catalogue, policy)
        self._shut = shut
        self._closing = closing
        self._packages = kernel_packages(catalogue, policy, self._costs)
        self._sizes = size_costs(catalogue, policy, self._costs)
        self._ladders = build_ladders(catalogue, policy, self._packages, self._costs, self._sizes)
        self._made = kernel_sizes(catalogue, self._sizes)
        self._tidier = Tidier(catalogue, policy, self._packages)
        self._rules = kernel_rules(policy)
        self._access = Access(catalogue, policy)
        self._limit = empty_space(catalogue, policy, self._packages)
        ladders = self._ladders
        self._limit_of_ladders = empty_space_of_sizes(
            catalogue,
            policy,
            ladders.packages,
            ladders.package,
            ladders.size_mm,
            ladders.incomplete,
        )
        self._price = parcel_price(policy, self._costs)
        self._ranking = self._costs.ranking(0)
        self._digest = catalogue.digest

    def answer(
        self,
        orders: Orders,
        left: Ints | None = None,
        sites: tuple[str, ...] = (),
        *,
        joined: bool = False,
    ) -> Recommendations:
        """Answer one batch.

        Parameters
        ----------
        orders
            The orders.
        left
            ``(s + 1, k)`` packages in stock at each of ``sites`` and last anywhere; -1 without a
            limit. None leaves stock out of account. Each part of an order may take all of it.
        sites
            Sites that have a stock of their own.
        joined
            Whether what draws on the same stock is one part, as in `packopt.parts.find_parts`.
        """
        return self._answered(orders, left, sites, joined=joined)[0]

    def first_pass(self, orders: Orders) -> tuple[Recommendations, NDArray[np.bool_]]:
        """Answer one batch, and tell which of the questions to the kernel stayed undecided.

        Returns
        -------
        The answers, and ``(n,)`` True where a later pass would ask about an order again. That may
        be so of an optimal answer: a package that costs the same and comes first is undecided.
        """
        result, asked = self._answered(orders, None, (), joined=False)
        undecided = np.zeros(orders.n_orders, np.bool_)
        undecided[asked.parts.order[_is_open(asked.answers)]] = True
        return result, undecided

    def _answered(
        self, orders: Orders, left: Ints | None, sites: tuple[str, ...], *, joined: bool
    ) -> tuple[Recommendations, Asked]:
        # Parts that compete for the last parcels there may be are one as well.
        rationed = self._policy.parcel_price is not None and self._policy.max_parcels < MOST_PARCELS
        parts = find_parts(orders, self._policy, joined=joined or rationed)
        barred, access = self._access.table(orders, parts, left, sites)
        if self._shut is not None:
            barred[(barred == 0) & self._shut] = POLICY
        packages = self._packages._replace(barred=barred)
        given = given_package(orders, self._catalogue)
        unasked = parts.torn | (given[parts.order] >= 0)
        of_whole = np.where(unasked, NOTHING, access).astype(np.int32)
        batch, unit_line = kernel_batch(orders, parts, of_whole)
        answers, chosen = self._ask(packages, batch)
        asked = Asked(
            orders=orders,
            parts=parts,
            batch=batch,
            unit_line=unit_line,
            answers=answers,
            access=access,
            left=self._left(orders, parts, left, sites),
            size_mm=chosen.size_mm,
            cost=chosen.cost,
            bound=chosen.bound,
        )
        workspace = _workspace(int(np.diff(batch.start).max(initial=1)))
        filled = self._within_limit(asked, packages)
        answer_part_filled(*filled, self._costs, given, self._policy, workspace)
        found = found_by_kernel(asked, self._price, packages.volume)
        split = self._split(asked, found, packages, barred)
        if self._limit is not None:
            rule_out_all(answers, (found.parcels == 0) & (found.bound >= NEVER))
        split = self._tidier.tidy_parcels(split, orders, workspace)
        # After splitting: what several parcels hold for less has no alternative package.
        others = self._alternatives(asked, packages)
        tables = Tables(orders, self._catalogue, self._policy, self._costs, self._sizes)
        result = Recommendations(
            **tables.build(asked, found, split, self._ranking),
            **tables.alternatives(others),
            rejects=empty("rejects"),
            policy=self._policy,
            catalogue_digest=self._digest,
        )
        return result, asked

    def _split(
        self, asked: Asked, found: Found, packages: Packages, barred: NDArray[np.uint8]
    ) -> Parcels:
        """Split the parts that need it; ``found`` and the answers are brought up to date."""
        if not may_split(asked, self._policy):
            return no_parcels()
        ladders, efforts = self._ladders, passes(self._policy)
        to_split, of_ladders = self._within_limit_of_ladders(asked, ladders.with_barred(barred))
        pricer = Pricer(
            of_ladders, ladders.costs, self._rules, efforts, _workspace, self._limit_of_ladders
        )
        in_one = packages
        if self._limit is not None:
            rows = of_ladders.barred[:, : len(packages.mailer)]
            in_one = packages._replace(barred=np.ascontiguousarray(rows))
        cutter = Cutter(self._catalogue, self._policy, self._sizes, partial(self._ask, in_one))
        splitter = Splitter(to_split, self._policy, self._price, ladders, pricer, cutter)
        return splitter.improve(found)

    def _alternatives(self, asked: Asked, packages: Packages) -> Parcels:
        """The next cheapest packages of orders in one package, as parcels."""

        def ask(some: Packages, batch: Batch) -> tuple[Answers, NDArray[np.int32], Ints]:
            answers, chosen = self._ask(some, batch)
            return answers, chosen.size_mm, chosen.cost

        # What has run out when it is the order's turn makes room for the next ones.
        most = self._policy.alternatives
        most += sum(map(bool, self._catalogue.stock)) if most else 0
        return find_alternatives(asked, packages, most, ask)

    def _left(
        self, orders: Orders, parts: Parts, left: Ints | None, sites: tuple[str, ...]
    ) -> Ints:
        """Return packages in stock for each part, or one row for all."""
        if left is None:
            return np.full((1, self._catalogue.n_packages), -1, np.int64)
        code = orders.site.code[parts.line[parts.start[:-1]]]
        row = [sites.index(word) if word in sites else len(sites) for word in orders.site.words]
        return np.asarray(left[np.array([*row, len(sites)])[code]])

    def _within_limit(self, asked: Asked, packages: Packages) -> tuple[Asked, Packages]:
        """Bar from each part what breaks the limit of empty space with all of it."""
        if self._limit is None:
            return asked, packages
        content = self._limit.content(asked.batch)
        packages, access = self._limit.narrowed(packages, asked.access, content)
        return replace(asked, access=access), packages

    def _within_limit_of_ladders(self, asked: Asked, packages: Packages) -> tuple[Asked, Packages]:
        """Bar from each part what breaks the limit of empty space with all of it, and with less."""
        if self._limit_of_ladders is None:
            return asked, packages
        parts = asked.parts
        content = most_content(asked.orders, parts.line, parts.start)
        packages, access = self._limit_of_ladders.narrowed(packages, asked.access, content)
        return replace(asked, access=access), packages

    def _ask(self, packages: Packages, batch: Batch) -> tuple[Answers, SizeAnswers]:
        """Ask for one package for each part, and lay out the plans so that hands can follow."""
        if self._limit is not None:
            content = self._limit.content(batch)
            packages, access = self._limit.narrowed(packages, batch.access, content)
            batch = batch._replace(access=access)
        workspace = _workspace(int(np.diff(batch.start).max(initial=1)))
        answers = self._ask_kernel(packages, batch, workspace)
        chosen = self._choose_sizes(packages, batch, answers, workspace)
        self._tidier.tidy_answers(batch, answers, chosen.size_mm, workspace)
        if not (self._closing and _is_open(answers).any()):
            return answers, chosen
        known = use_known_plans(batch, packages, answers, answers)
        if len(known):
            chosen.size_mm[known] = 0
            for cost, package in ((chosen.cost, answers.package), (chosen.bound, answers.bound)):
                cost[known] = self._costs.cost_of(package[known], batch.content_mm3[known])
        return answers, chosen

    def _ask_kernel(self, packages: Packages, batch: Batch, workspace: Workspace) -> Answers:
        """Ask about packages of one size, in passes over what stays open."""
        n_parts = len(batch.start) - 1
        answers = empty_answers(batch, self._catalogue.n_packages)
        only = np.ones(n_parts, np.uint8)
        enforcer = None if self._limit is None else Enforcer(self._limit, packages, batch)
        for effort in passes(self._policy):
            ask = partial(_solve, self._rules, effort, workspace)
            if enforcer is None:
                ask(packages, batch, only, answers)
            else:
                enforcer.ask(answers, only, ask)
            only[:] = _is_open(answers)
            if not only.any():
                return answers
        if self._closing and self._policy.handling == "default":
            lay_open(packages, batch, self._rules, answers, workspace)
        if self._policy.effort == "thorough":
            close_open_questions(packages, batch, self._rules, answers, workspace)
            only[:] = batch.like != np.arange(n_parts)
            solve(packages, batch, self._rules, effort, only, answers, workspace)
        if enforcer is not None and self._limit is not None:
            enforcer.settle(answers, ask)
            prove_thin(self._limit, packages, batch, answers, ask)
        return answers

    def _choose_sizes(
        self, packages: Packages, batch: Batch, answers: Answers, workspace: Workspace
    ) -> SizeAnswers:
        """Better the answers by packages whose size is chosen."""
        policy = self._policy

        def choose(packages: Packages, batch: Batch, answers: Answers) -> SizeAnswers:
            efforts = passes(policy)
            return choose_sizes(
                self._made, packages, batch, self._rules, efforts, answers, workspace
            )

        if self._limit is None or not len(self._made.package):
            return choose(packages, batch, answers)
        least_first = policy.objective == "volume" and policy.max_empty_space_basis == "outer"
        asked = packages, batch, answers, choose, self._sizes
        return choose_within(self._limit, *asked, least_first=least_first)


def _is_open(answers: Answers) -> NDArray[np.bool_]:
    """``(p,)`` True for parts about which a later pass would be asked."""
    return np.isin(answers.verdict, (FEASIBLE, STAYED_OPEN))


def _solve(
    rules: int,
    effort: Effort,
    workspace: Workspace,
    packages: Packages,
    batch: Batch,
    wanted: NDArray[np.uint8],
    answers: Answers,
) -> None:
    solve(packages, batch, rules, effort, wanted, answers, workspace)


def _workspace(max_units: int) -> Workspace:
    """Return this thread's work areas, grown if an order is larger than any before."""
    workspace: Workspace | None = getattr(_local, "workspace", None)
    if workspace is None or len(workspace.n_ext) < max_units:
        workspace = new_workspace(max_units)
        _local.workspace = workspace
    return workspace
