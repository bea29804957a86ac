"""`packopt check`: hold a result against the orders and the catalogue."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import OriginalCatalogue, OriginalOrders, ResultOrEvidence, SkusFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packopt.catalogue import Catalogue
    from packopt.check import Violation
    from packopt.lake.case import FilesCase
    from packopt.orders import Orders
    from packopt.prove import Proofs
    from packopt.recommendations import Recommendations


def check(
    result_dir: ResultOrEvidence,
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
    prove: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Also prove anew, by CP-SAT, why N sampled packages were ruled out, and that N "
            "small split orders need as many parcels.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="SEED", min=0, help="Seed of the sample.")] = 1,
) -> None:
    """Check a result with code that shares nothing with the packing kernel.

    Every order answered once, every unit placed once and inside, nothing overlapping, handling
    rules kept, only units together that may share a parcel, in packages that they may have and
    that are in stock, weights, sizes and costs right, every better package listed, and the reasons
    that follow from sides, volumes, weights and pairs. Longer proofs (reach, dff, search, cpsat)
    are held against plans only, and of a split its bounds against simple ones; --prove has a
    sample of both proved anew by CP-SAT. Prints one line for each violation.

    ```
    packopt check answers/
    packopt check answers/ --prove 200 --seed 7
    packopt check answers/ --orders elsewhere/orders.csv --catalogue elsewhere/cartons.csv
    packopt check s3://shop/answers/
    packopt check evidence.json
    ```

    The result of many files is checked part by part; a sample is then one of parts, and in these.
    Each file that was added to the orders since they were answered is a violation.

    Exit code 1 means that there are violations.
    """
    from packopt.cli.origins import load_case, load_files_case

    found = load_files_case(result_dir, orders, skus, catalogue)
    if found is None:
        violations = _check_one(*load_case(result_dir, orders, skus, catalogue), prove, seed)
    else:
        violations = _check_files(*found, prove, seed)
    if violations:
        raise typer.Exit(1)


def _check_one(
    result: Recommendations, orders: Orders, catalogue: Catalogue, prove: int, seed: int
) -> int:
    """Check a result and say what was found; returns how many violations."""
    from packopt.check import check as check_result

    violations = check_result(result, orders, catalogue)
    say(f"{result.orders.num_rows:,} orders checked, {len(violations):,} violations")
    _tell(violations)
    if prove and not violations:
        return _tell_proofs(*_proved(result, orders, catalogue, prove, seed))
    return len(violations)


def _check_files(case: FilesCase, catalogue: Catalogue, prove: int, seed: int) -> int:
    """Check a result of many files part by part, and prove a sample of some of them."""
    import random

    n_orders = n_violations = 0
    filled = []
    for index in range(case.n_parts):
        checked, violations = case.check(index)
        n_orders += checked
        filled += [index] if checked else []
        n_violations += len(violations)
        _tell(violations)
    added = case.unanswered()
    n_violations += len(added)
    _tell(added)
    say(f"{n_orders:,} orders checked in {case.n_parts:,} parts, {n_violations:,} violations")
    if added:
        say(f"files without answers: {len(added):,}")
    if not prove or n_violations:
        return n_violations
    # Parts with answers are about as large: so many of the sample are of each.
    draws = random.Random(seed)  # noqa: S311  # a sample, no secret
    drawn = Counter(draws.choice(filled) for _ in range(prove if filled else 0))
    found = []
    for index, sample in sorted(drawn.items()):
        batches = list(case.batches(index))
        share = -(-sample // len(batches))
        found += [_proved(*batch, catalogue, share, seed) for batch in batches]
    return _tell_proofs(
        _together(packages for packages, _ in found), _together(splits for _, splits in found)
    )


def _together(found: Iterable[Proofs]) -> Proofs:
    """What came of several samples."""
    from packopt.prove import Proofs

    every = list(found)
    return Proofs(
        [violation for one in every for violation in one.violations],
        sum(one.proved for one in every),
        sum(one.undecided for one in every),
    )


def _proved(
    result: Recommendations, orders: Orders, catalogue: Catalogue, sample: int, seed: int
) -> tuple[Proofs, Proofs]:
    """A sample of packages and of splits proved anew."""
    from packopt.prove import prove as prove_anew
    from packopt.prove_splits import prove_splits

    proofs = prove_anew(result, orders, catalogue, sample, seed)
    return proofs, prove_splits(result, orders, catalogue, sample, seed)


def _tell_proofs(proofs: Proofs, splits: Proofs) -> int:
    """Say what was proved; returns how many violations."""
    say(
        f"sampled packages: {proofs.proved:,} proved again to hold their order in no way, "
        f"{proofs.undecided:,} undecided, {len(proofs.violations):,} violations"
    )
    say(
        f"sampled split orders: {splits.proved:,} bounds proved again, "
        f"{splits.undecided:,} undecided, {len(splits.violations):,} violations"
    )
    violations = [*proofs.violations, *splits.violations]
    _tell(violations)
    return len(violations)


def _tell(violations: Iterable[Violation]) -> None:
    for violation in violations:
        answer(str(violation))
