"""How fast and how often right: packopt beside other packers, on the same orders, in one run.

For every set of `benchmarks.sets`, with 16 and with 50 cartons, objective ``volume``:

* orders a second of packopt on one thread, twice: the solve stage alone (columns of orders in,
  arrays of answers out: packages, plans, reasons for all that was ruled out) and the whole
  ``recommend()`` with its Arrow tables;
* orders a second of py3dbp on the same orders, taken in turn with packopt, so that a machine that
  slows down slows both;
* the share of orders with an `optimal` answer, and of those decided: `optimal`, or proved to fit
  in none of the cartons;
* for each peer, how often its carton is larger than packopt's, equal or smaller.

All times are CPU times of this process, which keeps to one thread, after a warm-up run. Figures
are the medians of the rounds. Exit code 1 if a peer has a smaller carton, with a valid plan, on
an order that packopt decided, or if ``packopt.check`` objects to any answer.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import packopt
from benchmarks import peers
from benchmarks.comparison import Comparison, compare
from benchmarks.ours import Answers, Timing, read_answers, timed_round
from benchmarks.peers import CpSat, Packvium, Peer, Py3dbp, Run
from benchmarks.report import arguments, figure, numbers, progress, save, share, table
from benchmarks.sets import (
    CARTONS_16,
    SEED,
    SETS,
    SHARED,
    Set,
    as_catalogue,
    as_orders,
    cartons_50,
    olist,
)
from packopt import Catalogue, Orders, Policy

if TYPE_CHECKING:
    import argparse

GEOMETRY = Policy(objective="volume", handling="geometry", max_parcels=1)
DEFAULT = Policy(objective="volume", max_parcels=1)
THOROUGH = Policy(objective="volume", handling="geometry", effort="thorough", max_parcels=1)
CARTONS = {16: CARTONS_16, 50: cartons_50()}


@dataclass(frozen=True)
class Size:
    """How many orders of a set are answered: by packopt, with more effort, and by each peer."""

    orders: int
    py3dbp: int
    fast: int
    balanced: int
    cp_sat: int
    thorough: int = 0


#: Peers get the first so many orders of the set. Olist has as many as there are.
FULL = {
    "Olist": Size(10**9, 10**9, 1_500, 600, 300),
    "A": Size(20_000, 20_000, 600, 240, 120),
    "A46": Size(6_000, 6_000, 300, 120, 60),
    "M710": Size(1_000, 1_000, 150, 60, 30, thorough=1_000),
    "B": Size(300, 300, 90, 45, 15, thorough=24),
    "tight46": Size(6_000, 6_000, 300, 120, 60),
    "tight410": Size(1_500, 1_500, 150, 60, 30, thorough=1_500),
}
QUICK = {
    "Olist": Size(20_000, 3_000, 60, 30, 30),
    "A": Size(5_000, 3_000, 60, 30, 30),
    "A46": Size(1_000, 600, 30, 15, 9),
    "M710": Size(150, 150, 15, 9, 3, thorough=30),
    "B": Size(30, 30, 6, 3, 0, thorough=3),
    "tight46": Size(1_000, 600, 30, 15, 9),
    "tight410": Size(300, 300, 15, 9, 3, thorough=30),
}


@dataclass
class Setting:
    """One row of the main table: a set, the cartons, the rules, and what came of it."""

    name: str
    orders: Orders
    catalogue: Catalogue
    policy: Policy
    timing: Timing = field(default_factory=Timing)
    answers: Answers | None = None
    objections: list[str] = field(default_factory=list)
    beside: Run | None = None

    def measure(self) -> Answers:
        """Answer the orders against the clock; the first time the checker looks at the answers."""
        result = timed_round(self.timing, self.orders, self.catalogue, self.policy)
        if self.answers is None:
            self.answers = read_answers(result, self.catalogue)
            violations = packopt.check(result, self.orders, self.catalogue)
            self.objections = [f"{self}: packopt.check: {violation}" for violation in violations]
        return self.answers

    def __str__(self) -> str:
        rules = f"{self.policy.handling} handling, {self.policy.effort} effort"
        return f"{self.name}, {self.catalogue.n_packages} cartons, {rules}"

    def row(self) -> list[object]:
        """Return the row, with the peer's orders a second where it ran beside."""
        answers = self.answers
        assert answers is not None
        cells: list[object] = [
            self.name,
            f"{len(answers.carton):,}",
            self.policy.handling,
            self.policy.effort,
            share(int(answers.optimal.sum()), len(answers.carton)),
            share(int(answers.decided.sum()), len(answers.carton)),
            figure(self.timing.solved_per_s),
            figure(self.timing.recommended_per_s),
        ]
        return cells + self._beside()

    def _beside(self) -> list[object]:
        if self.beside is None:
            return ["-", "-", "-", "-"]
        rate = self.beside.orders_per_s
        return [
            figure(rate),
            f"{self.beside.orders[0]:,}",
            f"{figure(self.timing.solved_per_s / rate)}x",
            f"{figure(self.timing.recommended_per_s / rate)}x",
        ]


HEAD = (
    "set",
    "orders",
    "handling",
    "effort",
    "`optimal`",
    "decided",
    "solved/s",
    "`recommend()`/s",
    "py3dbp/s",
    "orders asked",
    "solved/s to py3dbp",
    "`recommend()`/s to py3dbp",
)


class Bench:
    """One run of the benchmark: the settings measured, the comparisons made, the objections."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._sizes = QUICK if args.quick else FULL
        self._rounds = 1 if args.quick else 3
        self._thorough: int | None = args.thorough
        self.rows: dict[int, list[Setting]] = {n: [] for n in args.cartons}
        self.comparisons: dict[int, list[Comparison]] = {n: [] for n in args.cartons}
        self.objections: list[str] = []

    def run(self, given: Set, orders: Orders) -> None:
        """Measure one set with every list of cartons."""
        size = self._sizes[given.name]
        orders = orders.slice(0, size.orders)
        for cartons in self.rows:
            catalogue = as_catalogue(CARTONS[cartons])
            timed_round(Timing(), orders.slice(0, 20), catalogue, GEOMETRY)  # warm-up
            self._side_by_side(Setting(given.name, orders, catalogue, GEOMETRY), given)
            if cartons == 16:
                self._alone(Setting(given.name, orders, catalogue, DEFAULT), self._rounds)
            if size.thorough:
                # With 50 cartons an order leaves three times as many open: a third must do.
                count = self._thorough or size.thorough
                part = orders.slice(0, count if cartons == 16 else -(-count // 3))
                self._alone(Setting(given.name, part, catalogue, THOROUGH), 1)

    def _side_by_side(self, setting: Setting, given: Set) -> None:
        """Measure packopt and the peers in turn, then hold their cartons against each other."""
        cartons_mm = CARTONS[setting.catalogue.n_packages]
        asked = self._asked(given.name, setting.orders.n_orders)
        todo = peers.tasks(given, cartons_mm, max(asked.values(), default=0))
        runs = {peer: Run() for peer in asked}
        for number in range(self._rounds):
            progress(f"{setting}, round {number + 1}")
            answers = setting.measure()
            for peer, run in runs.items():
                progress(f"    {peer.name}")
                # py3dbp is asked all in each round, beside packopt; the slower ones a part in each.
                every = range(asked[peer])
                part = every if peer.name == Py3dbp.name else every[number :: self._rounds]
                peers.run_round(peer, run, todo, part)
        for peer, run in runs.items():
            found = compare(given.name, peer, run, todo, answers, cartons_mm)
            self.comparisons[len(cartons_mm)].append(found)
            self.objections += found.objections
            if peer.name == Py3dbp.name:
                setting.beside = run
        self._keep(setting)

    def _alone(self, setting: Setting, rounds: int) -> None:
        """Measure packopt under other rules or with more effort, which no peer has."""
        progress(f"{setting}")
        for _ in range(rounds):
            setting.measure()
        self._keep(setting)

    def _keep(self, setting: Setting) -> None:
        self.rows[setting.catalogue.n_packages].append(setting)
        self.objections += setting.objections

    def _asked(self, name: str, n_orders: int) -> dict[Peer, int]:
        """Return the peers that are installed, and how many orders each is asked."""
        size = self._sizes[name]
        found: dict[Peer, int] = {CpSat(): size.cp_sat}
        if peers.installed("packvium"):
            found |= {Packvium("fast"): size.fast, Packvium("balanced"): size.balanced}
        if peers.installed("py3dbp"):
            found[Py3dbp()] = size.py3dbp
        return {peer: min(n, n_orders) for peer, n in found.items() if n}


def report(bench: Bench, skipped: list[str]) -> list[str]:
    parts = [__doc__.split("\n\n", 1)[1] if __doc__ else "", f"Seed of every set: {SEED}.\n"]
    parts += [f"{line}\n" for line in skipped]
    for cartons, settings in bench.rows.items():
        parts += [f"## {cartons} cartons\n", table(HEAD, [each.row() for each in settings])]
        parts += [f"### Other packers' cartons, {cartons} cartons\n"]
        parts += [table(Comparison.HEAD, [each.row() for each in bench.comparisons[cartons]])]
        parts += [f"- {line}\n" for each in bench.comparisons[cartons] for line in each.remarks()]
    objections = [f"- {line}" for line in bench.objections] or ["None."]
    return [*parts, "## Objections\n", "\n".join(objections) + "\n"]


def main() -> int:
    args = _arguments()
    chosen = args.sets or list(FULL)
    bench = Bench(args)
    skipped = []
    for name in chosen:
        found = _load(name, args)
        if found is None:
            skipped.append(f"{name} skipped: no such file under {args.shared.name}/ (--shared).")
            progress(skipped[-1])
        else:
            bench.run(*found)
    save("throughput", "Throughput and proven share", report(bench, skipped), args)
    return 1 if bench.objections else 0


def _load(name: str, args: argparse.Namespace) -> tuple[Set, Orders] | None:
    if name == "Olist":
        return olist(args.shared)
    sizes = QUICK if args.quick else FULL
    made = SETS[name](sizes[name].orders, SEED)
    return made, as_orders(made)


def _arguments() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with the real orders")
    parser.add_argument("--sets", type=_words, metavar="A,B", help=f"of {', '.join(FULL)}")
    parser.add_argument("--cartons", type=numbers, default=list(CARTONS), metavar="16,50")
    parser.add_argument(
        "--thorough", type=int, metavar="N", help="orders of M710, B and tight410 at that effort"
    )
    args = parser.parse_args()
    if not set(args.sets or []) <= set(FULL) or not set(args.cartons) <= set(CARTONS):
        parser.error(f"sets are {', '.join(FULL)}; cartons are {', '.join(map(str, CARTONS))}")
    return args


def _words(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    sys.exit(main())
