"""Is every proof a proof and every plan a plan? Random small questions, asked of packopt twice.

Instances come from `benchmarks.small_instances`: duplicates, sticks, flats, slivers of 1 mm,
perfect cuts by straight saws and others that no straight saw can make, left as they are, shaved,
or with one piece grown by 1 mm; units of every orientation rule, padded, soft, fragile and loaded;
cartons from 1 to 9,000 mm, and mailers. Each goes through ``recommend()`` with one package on
offer, with ``handling="geometry"`` and with the default handling rules. Then

* every plan is held against ``packopt.check``;
* every "no" is put to CP-SAT, or to brute force where the package is tiny, which know nothing of
  packopt's kernel: a plan from either makes it a false "no";
* what stayed undecided is put to them as well, to know what was missed;
* a tenth of the "yes" answers is put to them too: an oracle that says "no" to a plan is wrong,
  and no oracle.

Exit code 1 on a false "no", an invalid plan, or an oracle that errs.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from tests.naive import brute_force_holds

import packopt
from benchmarks.report import arguments, progress, save, table
from benchmarks.sets import SEED
from benchmarks.small_instances import FAMILIES, Group, Package, Unit, extents, groups
from packopt import Catalogue, Orders, Policy
from packopt.exact.cpsat import holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    Extents = tuple[int, int, int]

#: Flap and seam of mailers in mm; their stand-in for the styles' own allowances.
ALLOWANCE = 2
CP_SAT_LIMIT = 20.0
#: Largest package in mm3, and most units, for brute force.
TINY = (64, 5)


@dataclass
class Tally:
    """What came of the instances, by family; and everything that is wrong."""

    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    oracle: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[list[object]]:
        """Yield a row for each family, and their sum."""
        columns = [column for column, _ in COLUMNS]
        for family in FAMILIES:
            yield [family, *(self.answers[family][column] for column in columns)]
        total = sum(self.answers.values(), Counter())
        yield ["**all**", *(total[column] for column in columns)]


COLUMNS = (
    ("instances", "instances"),
    ("answers", "answers"),
    ("yes", "yes, plan valid"),
    ("no", "no, confirmed"),
    ("unconfirmed", "no, oracle undecided"),
    ("missed", "undecided, oracle: yes"),
    ("open", "undecided, oracle: no"),
    ("unknown", "undecided, oracle too"),
    ("rule", "undecided by handling rules"),
    ("false", "false no"),
    ("invalid", "invalid plan"),
)


def examine(group: Group, tally: Tally, every: int = 10) -> None:
    """Ask packopt about a group, under both handlings, and hold the answers against an oracle.

    Parameters
    ----------
    group
        Instances with one package.
    tally
        Where the outcome is counted.
    every
        One in so many of the "yes" answers is put to the oracle.
    """
    orders, catalogue = _orders(group.orders), _catalogue(group.package)
    verdicts: dict[str, list[tuple[str, str]]] = {}
    for handling, policy in _policies(group.package).items():
        result = packopt.recommend(orders, catalogue, policy)
        verdicts[handling] = _verdicts(result)
        for violation in packopt.check(result, orders, catalogue):
            tally.faults.append(f"invalid: {handling}, {group.package}: {violation}")
            family = group.families[int(violation.order_id or 0)]
            tally.answers[family]["invalid"] += 1
    for i, (family, units) in enumerate(zip(group.families, group.orders, strict=True)):
        tally.answers[family]["instances"] += 1
        _judge(group.package, units, {h: v[i] for h, v in verdicts.items()}, family, tally, every)


def _judge(
    package: Package,
    units: list[Unit],
    verdicts: dict[str, tuple[str, str]],
    family: str,
    tally: Tally,
    every: int,
) -> None:
    """Put an instance to the oracle where that can show a fault, and count its verdicts."""
    counts = tally.answers[family]
    said = [verdict for verdict, _ in verdicts.values()]
    plain = all(verdict == "optimal" for verdict in said)
    asked = not plain or tally.oracle["yes seen"] % every == 0
    tally.oracle["yes seen"] += plain
    truth = oracle(package, units) if asked else "not asked"
    if truth != "not asked":
        tally.oracle[f"said {truth}"] += 1
    if truth == "no" and "optimal" in said:
        tally.faults.append(f"the oracle errs: {package}, {units}")
    for handling, (verdict, reason) in verdicts.items():
        counts["answers"] += 1
        outcome = _outcome(verdict, truth, packed="optimal" in said, strict=handling == "default")
        counts[outcome] += 1
        if verdict == "unpackable":
            tally.reasons[family][reason] += 1
        if outcome == "false":
            tally.faults.append(f"false no: {handling}, {reason}, {package}, {units}")


def _outcome(verdict: str, truth: str, *, packed: bool, strict: bool) -> str:
    """Return the column an answer is counted in; ``packed``: there is a plan without rules."""
    if verdict == "optimal":
        return "yes"
    if verdict == "unpackable":
        if packed:
            return "false"
        return {"yes": "false", "no": "no"}.get(truth, "unconfirmed")
    if strict and packed:
        return "rule"
    return {"yes": "missed", "no": "open"}.get(truth, "unknown")


def oracle(package: Package, units: list[Unit]) -> str:
    """Return "yes", "no" or "undecided" on whether the package holds the units at all."""
    ways = [extents(unit, pressed=package.mailer) for unit in units]
    answers = {_ask(ways, space) for space in _spaces(package)}
    if "yes" in answers:
        return "yes"
    return "undecided" if "undecided" in answers else "no"


def _ask(ways: list[list[Extents]], space: Extents) -> str:
    a, b, c = space
    answer, _ = holds(ways, space, deterministic_limit=CP_SAT_LIMIT)
    if a * b * c <= TINY[0] and len(ways) <= TINY[1]:
        found = "no" if brute_force_holds(ways, space) is None else "yes"
        if found != answer:
            raise AssertionError(f"the oracles disagree: {ways} in {space}: {found}, {answer}")
    return answer


def _spaces(package: Package) -> Iterator[Extents]:
    """Yield the carton's usable space, or a mailer's at every thickness."""
    a, b, c = package.sides
    if not package.mailer:
        clear = 2 * package.clearance
        yield a - clear, b - clear, c - clear
        return
    for thickness in range(1, c + 1):
        if min(a, b) - thickness > 0:
            yield a - thickness, b - thickness, thickness


def _policies(package: Package) -> dict[str, Policy]:
    shared = {"objective": "volume", "wall_clearance_mm": package.clearance}
    allowance = {"flap_allowance_mm": {"poly": ALLOWANCE}, "seam_allowance_mm": {"poly": ALLOWANCE}}
    return {
        h: Policy(handling=h, max_parcels=1, **shared, **allowance) for h in ("geometry", "default")
    }


def _orders(orders: list[list[Unit]]) -> Orders:
    rows = [(i, unit) for i, units in enumerate(orders) for unit in units]
    units = [unit for _, unit in rows]
    columns: dict[str, Any] = {
        "order_id": [str(i) for i, _ in rows],
        "sku": [str(k) for k in range(len(rows))],
        "qty": [1] * len(rows),
        "weight_g": [unit.weight for unit in units],
        "orientation": [unit.orientation for unit in units],
        "padding_mm": [unit.padding for unit in units],
        "fragile": [unit.fragile for unit in units],
        "max_load_g": pa.array([unit.max_load for unit in units], pa.int64()),
        "min_height_mm": pa.array([unit.min_height or None for unit in units], pa.int64()),
    }
    for axis, name in enumerate(("length", "width", "height")):
        columns[f"{name}_mm"] = [unit.size[axis] for unit in units]
    made = Orders.from_table(pa.table(columns))
    if made.rejects.num_rows:
        raise AssertionError(f"the generator made bad orders: {made.rejects.to_pylist()[:3]}")
    return made


def _catalogue(package: Package) -> Catalogue:
    a, b, c = package.sides
    if package.mailer:
        flat = {"length_mm": [a + ALLOWANCE], "width_mm": [b + ALLOWANCE]}
        columns = {"package_id": ["m"], "kind": ["mailer"], **flat, "max_thickness_mm": [c]}
    else:
        sides = {"length_mm": [a], "width_mm": [b], "height_mm": [c]}
        columns = {"package_id": ["c"], "kind": ["carton"], **sides}
    return Catalogue.from_table(pa.table(columns))


def _verdicts(result: packopt.Recommendations) -> list[tuple[str, str]]:
    """Return the verdict on each order, and the reason where the package was ruled out."""
    ruled = result.ruled_out.to_pydict()
    reason = dict(zip(ruled["order_id"], ruled["reason"], strict=True))
    answers = result.orders.select(["order_id", "verdict"]).to_pydict()
    return [
        (verdict, reason.get(order, ""))
        for order, verdict in zip(answers["order_id"], answers["verdict"], strict=True)
    ]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--instances", type=int, metavar="N", help="default 20,000; quick 2,000")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    n = args.instances or (2_000 if args.quick else 20_000)
    tally, done = Tally(), 0
    for group in groups(n, args.seed):
        examine(group, tally)
        done += len(group.orders)
        if done % 1_000 == 0:
            progress(f"{done:,} instances, {len(tally.faults)} faults")
    save("soundness", "Soundness", _report(tally), args)
    return 1 if tally.faults else 0


def _report(tally: Tally) -> list[str]:
    proofs: Counter[str] = sum(tally.reasons.values(), Counter())
    by_reason = [[reason, f"{count:,}"] for reason, count in proofs.most_common()]
    faults = [f"- {fault}" for fault in tally.faults[:50]] or ["None."]
    said = ", ".join(f"{count:,} {what}" for what, count in sorted(tally.oracle.items()))
    return [
        (__doc__ or "").split("\n\n", 1)[1],
        table(["family", *(title for _, title in COLUMNS)], tally.rows()),
        f"The oracle: {said}.\n",
        "What the confirmed and unconfirmed proofs rest on:\n",
        table(["reason", "proofs"], by_reason),
        "## Faults\n",
        "\n".join(faults) + "\n",
    ]


if __name__ == "__main__":
    sys.exit(main())
