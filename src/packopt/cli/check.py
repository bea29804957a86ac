"""`packopt check`: hold a result against the orders and the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import OriginalCatalogue, OriginalOrders, ResultDirectory, SkusFile


def check(
    result_dir: ResultDirectory,
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
    prove: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Also prove anew, by CP-SAT, why N sampled packages were ruled out.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="SEED", min=0, help="Seed of the sample.")] = 1,
) -> None:
    """Check a result with code that shares nothing with the packing kernel.

    Every order answered once, every unit placed once and inside, nothing overlapping, handling
    rules kept, weights and costs right, every cheaper package listed, and the reasons that follow
    from sides, volumes, weights and pairs. Longer proofs (reach, dff, search, cpsat) are held
    against plans only; --prove has a sample of them proved anew by CP-SAT. Prints one line for
    each violation.

    ```
    packopt check answers/
    packopt check answers/ --prove 200 --seed 7
    packopt check answers/ --orders elsewhere/orders.csv --catalogue elsewhere/cartons.csv
    ```

    Exit code 1 means that there are violations.
    """
    from packopt.check import check as check_result
    from packopt.cli.origins import load_origins
    from packopt.prove import prove as prove_anew
    from packopt.recommendations import Recommendations

    result = Recommendations.read(result_dir)
    lines, packages = load_origins(result_dir, orders, skus, catalogue)
    violations = check_result(result, lines, packages)
    say(f"{result.orders.num_rows:,} orders checked, {len(violations):,} violations")
    if prove and not violations:
        proofs = prove_anew(result, lines, packages, prove, seed)
        violations = proofs.violations
        say(
            f"sampled packages: {proofs.proved:,} proved again to hold their order in no way, "
            f"{proofs.undecided:,} undecided, {len(violations):,} violations"
        )
    for violation in violations:
        answer(str(violation))
    if violations:
        raise typer.Exit(1)
