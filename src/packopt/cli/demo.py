"""`packopt demo`: the whole job on the orders that come with packopt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from packopt.cli.console import answer, say

if TYPE_CHECKING:
    from packopt.recommendations import Recommendations

CATALOGUE: Final = "demo"
_UNITS_WORTH_EXPLAINING: Final = (3, 6)  # enough to be interesting, few enough to read


def demo(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the result goes; replaced if it is one.")
    ] = Path("out/demo"),
) -> None:
    """Choose packages for the demo orders, check the answers and explain one of them.

    The orders are made up: a web shop with soft, fragile, upright and heavy articles.
    """
    from packopt.catalogue import builtin_catalogue
    from packopt.check import check
    from packopt.cli.origins import keep_origins
    from packopt.cli.run import cores, run, warm_kernel
    from packopt.cli.summary import Tally
    from packopt.datasets import demo_orders_path
    from packopt.explain import explain
    from packopt.orders import read_orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations, ResultWriter

    orders = read_orders(demo_orders_path())
    catalogue = builtin_catalogue(CATALOGUE)
    say(
        f"{orders.n_orders:,} orders with {orders.unit_start[-1]:,} units, "
        f"{len(catalogue.package_ids)} package types, the least material wins"
    )
    warm_kernel(quiet=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    run(orders, catalogue, Policy(), into=ResultWriter(out), tally=tally, threads=cores())
    keep_origins(out, demo_orders_path(), None, CATALOGUE)
    for line in tally.lines():
        answer(line)

    result = Recommendations.read(out)
    violations = check(result, orders, catalogue)
    answer(f"checked again by code that shares none with the kernel: {len(violations)} faults")
    for violation in violations:
        answer(f"  {violation}")

    order_id = worth_explaining(result)
    answer(f"\n$ packopt explain {out} {order_id}")
    answer(explain(result, orders, catalogue, order_id))
    answer(f"\nAll answers are in {out}. Yours: packopt recommend orders.csv --out answers/")
    if violations:
        raise typer.Exit(1)


def worth_explaining(result: Recommendations) -> str:
    """The order of a few units with the most different reasons, in the fewest lines."""
    import pyarrow.compute as pc

    orders = result.orders
    least, most = _UNITS_WORTH_EXPLAINING
    few = pc.and_(
        pc.equal(orders["verdict"].cast("string"), "optimal"),
        pc.and_(pc.greater_equal(orders["units"], least), pc.less_equal(orders["units"], most)),
    )
    reasons: dict[str, list[str]] = {order: [] for order in orders["order_id"].to_pylist()}
    for row in result.ruled_out.to_pylist():
        reasons[row["order_id"]].append(row["reason"])
    candidates: list[str] = orders["order_id"].cast("string").filter(few).to_pylist()
    return max(candidates, key=lambda name: (len(set(reasons[name])), -len(reasons[name])))
