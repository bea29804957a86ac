"""Drawings of a packed order: an interactive view in 3D, and a packing sheet to print.

Every function takes a result and the id of an order. Give it the orders and the catalogue, too, and
it tells what only they know: weights, what to mind of a unit, what lay in a part-filled package
before, materials and closures. The same input gives the same text, byte by byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.draw.plan import read_plan
from packopt.draw.words import Language, Words
from packopt.errors import ResultError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure  # type: ignore[import-untyped]

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

__all__ = [
    "Language",
    "figure",
    "packing_fragment",
    "packing_sheet",
    "packing_view",
    "sheet_html",
    "sheet_svg",
    "view_fragment",
    "view_html",
]


def view_html(
    result: Recommendations,
    order_id: str,
    parcel: int | None = None,
    language: Language = "en",
    *,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> str:
    """A page that shows the parcels of an order in 3D, step by step.

    The page holds all it needs and asks the network for nothing. Without WebGL it shows isometric
    drawings, with the same steps.

    Parameters
    ----------
    result
        What `packopt.recommend` answered, with plans.
    order_id
        The order.
    parcel
        Number of the parcel, from 1; None for all of them, one section each.
    language
        "en" or "zh".
    orders
        What the result was made from; without it every unit counts as one to be laid.
    catalogue
        Likewise; without it materials and closures are not told.

    Returns
    -------
    str
        HTML, about 5 MB, since Plotly's script is in it.

    Raises
    ------
    ResultError
        If the result does not know the order, the order has no parcel or no such one, plans were
        not kept, or orders or catalogue are not those of the result.
    InputError
        If the language is not spoken.
    """
    from packopt.draw.view import view_page

    words = Words(language)
    plan = read_plan(result, order_id, parcel, orders=orders, catalogue=catalogue)
    return view_page(plan, words)


def view_fragment(
    result: Recommendations,
    order_id: str,
    parcel: int | None = None,
    language: Language = "en",
    *,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> str:
    """What `view_html` shows as a part of another page, with its own style and script.

    It uses the ``Plotly`` that it finds in the page when it is loaded; without one it shows
    isometric drawings. A page may hold several fragments.

    Parameters
    ----------
    result, order_id, parcel, language, orders, catalogue
        As in `view_html`.

    Returns
    -------
    str
        One ``div`` element.

    Raises
    ------
    ResultError, InputError
        As `view_html` does.
    """
    from packopt.draw.view import view_part

    words = Words(language)
    plan = read_plan(result, order_id, parcel, orders=orders, catalogue=catalogue)
    return view_part(plan, words)


def figure(
    result: Recommendations,
    order_id: str,
    parcel: int = 1,
    language: Language = "en",
    *,
    step: int | None = None,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> Figure:
    """One parcel as a Plotly figure, for notebooks and pages of your own.

    Parameters
    ----------
    result, order_id, language, orders, catalogue
        As in `view_html`.
    parcel
        Number of the parcel, from 1.
    step
        Show the parcel after this step, 0 for before the first; None for when all is done.

    Returns
    -------
    plotly.graph_objects.Figure
        With the traces ``floor``, ``walls``, ``units``, ``edges``, ``newest`` and ``numbers``, in
        mm; x from the left, y from the back towards negative values, z from the floor.

    Raises
    ------
    ResultError
        As `view_html` does, and if there is no such step.
    InputError
        If the language is not spoken.
    """
    import plotly.graph_objects as go  # type: ignore[import-untyped]

    from packopt.draw.colours import colours
    from packopt.draw.solids import figure_data

    words = Words(language)
    plan = read_plan(result, order_id, parcel, orders=orders, catalogue=catalogue)
    (one,) = plan.parcels
    step = one.steps if step is None else step
    if not 0 <= step <= one.steps:
        found = f"found step {step} of order {order_id!r}, expected a number from 0 to {one.steps}"
        raise ResultError("result", f"{found}; leave it out for the last one")
    drawn = figure_data(one, colours(plan.skus), words, one.given + step)
    return go.Figure(drawn["data"], {**drawn["layout"], "template": "none"})


def sheet_html(
    result: Recommendations,
    order_id: str,
    parcel: int | None = None,
    language: Language = "en",
    *,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> str:
    """A packing sheet to print, or to tick off on a screen: isometric drawings, step by step.

    Parameters
    ----------
    result, order_id, parcel, language, orders, catalogue
        As in `view_html`.

    Returns
    -------
    str
        HTML that fetches nothing; every parcel begins on a page of its own, A4 or Letter.

    Raises
    ------
    ResultError, InputError
        As `view_html` does.
    """
    from packopt.draw.sheet_page import sheet_page

    words = Words(language)
    plan = read_plan(result, order_id, parcel, orders=orders, catalogue=catalogue)
    return sheet_page(plan, words)


def sheet_svg(
    result: Recommendations,
    order_id: str,
    parcel: int | None = None,
    language: Language = "en",
    *,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> str:
    """The packing sheet of `sheet_html` as a picture of A4 pages below each other.

    Parameters
    ----------
    result, order_id, parcel, language, orders, catalogue
        As in `view_html`.

    Returns
    -------
    str
        SVG, 210 mm wide and 297 mm high for each page.

    Raises
    ------
    ResultError, InputError
        As `view_html` does.
    """
    from packopt.draw.sheet_picture import sheet_picture

    words = Words(language)
    plan = read_plan(result, order_id, parcel, orders=orders, catalogue=catalogue)
    return sheet_picture(plan, words)


packing_view = view_html
packing_fragment = view_fragment
packing_sheet = sheet_html
