"""`packopt explain`: why these packages, and why nothing better."""

from __future__ import annotations

from typing import Annotated

import typer

from packopt.cli.console import answer
from packopt.cli.inputs import OriginalCatalogue, OriginalOrders, ResultOrEvidence, SkusFile


def explain(
    result_dir: ResultOrEvidence,
    order_id: Annotated[
        str, typer.Argument(metavar="ORDER_ID", help="The order, as your file names it.")
    ],
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
) -> None:
    """Say why an order got its packages, why nothing better holds it, and how to pack it.

    ```
    packopt explain answers/ D000017
    ```
    """
    from packopt.cli.origins import load_case_of
    from packopt.explain import explain as tell

    answer(tell(*load_case_of(result_dir, order_id, orders, skus, catalogue), order_id))
