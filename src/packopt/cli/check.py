"""`packopt check`: hold a result against the orders and the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import OriginalCatalogue, OriginalOrders, ResultOrEvidence, SkusFile


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
    packopt check evidence.json
    ```

    Exit code 1 means that there are violations.
    """
    from packopt.check import check as check_result
    from packopt.cli.origins import load_case
    from packopt.prove import prove as prove_anew
    from packopt.prove_splits import prove_splits

    result, lines, packages = load_case(result_dir, orders, skus, catalogue)
    violations = check_result(result, lines, packages)
    say(f"{result.orders.num_rows:,} orders checked, {len(violations):,} violations")
    if prove and not violations:
        proofs = prove_anew(result, lines, packages, prove, seed)
        violations = proofs.violations
        say(
            f"sampled packages: {proofs.proved:,} proved again to hold their order in no way, "
            f"{proofs.undecided:,} undecided, {len(violations):,} violations"
        )
        splits = prove_splits(result, lines, packages, prove, seed)
        violations = [*violations, *splits.violations]
        say(
            f"sampled split orders: {splits.proved:,} bounds proved again, "
            f"{splits.undecided:,} undecided, {len(splits.violations):,} violations"
        )
    for violation in violations:
        answer(str(violation))
    if violations:
        raise typer.Exit(1)
