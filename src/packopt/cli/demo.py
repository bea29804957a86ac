"""`packopt demo`: the whole job on the orders that come with packopt, and what it saves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import FACTORS, refuse_url

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.savings import Savings

CATALOGUE: Final = "demo"
BASELINE: Final = "volume-80"
REPORT: Final = "report.html"
NOTICE: Final = (
    "the orders are made up. They are those of a web shop that does not exist, made by packopt's "
    "own generator, so these savings are nobody's. The method is the one for real orders."
)
_UNITS_WORTH_EXPLAINING: Final = (3, 6)  # enough to be interesting, few enough to read


def demo(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", callback=refuse_url, help="Where the result goes; replaced if it is one."
        ),
    ] = Path("out/demo"),
) -> None:
    """Choose packages for the demo orders, check the answers, explain one, and report the savings.

    The orders are made up: a web shop with soft, fragile, upright and heavy articles.
    """
    from packopt.catalogue import builtin_catalogue
    from packopt.check import check
    from packopt.cli.origins import keep_origins
    from packopt.cli.run import cores, run, warm_kernel
    from packopt.cli.savings_summary import lines
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
    summary = list(tally.lines())  # its clock is that of the answers
    found, page = _report(orders, catalogue, out)

    for line in summary:
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

    answer(f"\nWhat that saves on these made-up orders, against the rule of thumb {BASELINE}:")
    for line in lines(found):
        answer(line)
    answer(f"\nYours: packopt savings orders.csv --baseline {BASELINE} --report report.html")
    answer(f"Savings report, of made-up orders: {page}")
    if violations:
        raise typer.Exit(1)


def _report(orders: Orders, catalogue: Catalogue, out: Path) -> tuple[Savings, Path]:
    """Compare with a rule of thumb and write the report; returns what is saved, and its page."""
    from packopt.cli.run import cores
    from packopt.factors import factor_set
    from packopt.savings import Terms, savings
    from packopt.whole_report import write_whole_report

    factors = factor_set(FACTORS)
    found = savings(
        orders, catalogue, baseline=BASELINE, terms=Terms(factors=factors), threads=cores()
    )
    page = out / REPORT
    write_whole_report(found, orders, catalogue, page, factors=factors, notice=NOTICE)
    return found, page


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
