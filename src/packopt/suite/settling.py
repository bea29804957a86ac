"""The choice and its packing in turn, until packing finds no fit that the choice does not know."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from packopt.catalogue import Catalogue
from packopt.errors import SuiteError
from packopt.suite.catalogue_file import catalogue_rows, catalogue_text
from packopt.suite.designing import bounded, design
from packopt.suite.learning import costs_by_choice, learn, pack, prices_again
from packopt.suite.rows import covering

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.suite.boxes import Shop
    from packopt.suite.designing import Design
    from packopt.suite.gathering import Contents
    from packopt.suite.learning import Packed
    from packopt.suite.offering import Offer
    from packopt.suite.pool import Rows
    from packopt.suite.settings import Wanted

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Choices at most; what packing the last one teaches changes the bound, not the set.
_CHOICES: Final = 6
#: Rounds of adding candidates in a choice that begins with the one before.
_ROUNDS: Final = 2
#: Fits that make the set cheaper by less than this share are worth no other choice.
_WORTH_A_CHOICE: Final = 5e-4


@dataclass(frozen=True, eq=False, slots=True)
class Settled:
    """A set, chosen and bounded with all fits that packing it found.

    Attributes
    ----------
    design
        The set.
    contents
        All contents, and what is known to hold them.
    ids
        Name of each candidate of the set.
    text
        The set as CSV.
    proposed
        The same as a catalogue.
    packed
        Contents of the fitting period, packed from it.
    chosen
        ``(q,)`` what the choice counts for each of them, in steps of the objective.
    choices
        How often it was chosen.
    news
        Fits, found by packing, that the last choice did not know of; the bound does.
    """

    design: Design
    contents: Contents
    ids: dict[int, str]
    text: str
    proposed: Catalogue
    packed: Packed
    chosen: Floats
    choices: int
    news: int


def settle(
    shop: Shop,
    offer: Offer,
    contents: Contents,
    wanted: Wanted,
    today: Catalogue | None,
    *,
    fit: Ints,
    n_orders: int,
    threads: int,
    tell: Callable[[str], None],
) -> Settled:
    """Choose a set, pack the fitting period from it, and choose again with what that taught.

    Parameters
    ----------
    shop, offer, contents, wanted
        As `packopt.suite.gathering.gather` returns and takes them.
    today
        Today's packages; None where there are none.
    fit, n_orders
        Orders of the fitting period, and number of all.
    threads
        Threads to use. The answer is the same for any number.
    tell
        Gets lines on the progress.

    Raises
    ------
    SuiteError
        If the settings cannot be met.
    """
    rows, row = _rows_of(contents, shop, wanted, today, fit, n_orders)
    found = design(shop, rows, wanted, offer, tell=tell)
    for choice in range(1, _CHOICES + 1):
        text, ids = _catalogue(found, shop, offer)
        proposed = Catalogue.from_table(_read(text), source="proposed set")
        packed = pack(contents, fit, found, ids, proposed, shop.policy, threads=threads)
        known, news = learn(contents.known, packed, found, offer, shop.policy)
        chosen = costs_by_choice(found, row, contents, packed.content)
        if not news:
            return Settled(found, contents, ids, text, proposed, packed, chosen, choice, 0)
        better = packed.less_than(chosen)
        before, was = row[contents.of_content[packed.content]], rows.weight
        contents = known.contents()
        rows, row = _rows_of(contents, shop, wanted, today, fit, n_orders)
        after = row[contents.of_content[packed.content]]
        prices = prices_again(found.bound.prices, was, before, after, len(rows))
        cost = found.problem.of_orders(found.best)
        tell(f"packing finds {news:,} more fits of the set, which costs {better / cost:.2%} less")
        if choice == _CHOICES or better < _WORTH_A_CHOICE * cost:
            break
        found = design(
            shop, rows, wanted, offer, rounds=_ROUNDS, start=(found, prices), tell=tell
        )  # fmt: skip
    found = bounded(shop, rows, wanted, offer, found, prices)
    chosen = costs_by_choice(found, row, contents, packed.content)
    return Settled(found, contents, ids, text, proposed, packed, chosen, choice, news)


def _rows_of(
    contents: Contents,
    shop: Shop,
    wanted: Wanted,
    today: Catalogue | None,
    fit: Ints,
    n_orders: int,
) -> tuple[Rows, Ints]:
    """Rows of the choice, and ``(r,)`` which of them each row of the contents is; -1 for none."""
    weight, content_mm3 = contents.of(fit, n_orders)
    used = np.flatnonzero(weight > 0)
    if not len(used):
        raise SuiteError(
            "orders", "no box within the limits holds any order of the fitting period; widen them"
        )
    rows = contents.rows.take(used, weight[used], content_mm3[used])
    row = np.full(len(weight), -1, np.int64)
    row[used] = np.arange(len(used))
    if wanted.cover and today is not None:
        rows = covering(rows, today, wanted.grid_mm, shop.most)
    return rows, row


def _read(text: str) -> pa.Table:
    kinds = {name: pa.string() for name in ("package_id", "style", "heights_mm", "certificate")}
    options = pyarrow.csv.ConvertOptions(column_types=kinds, strings_can_be_null=True)
    return pyarrow.csv.read_csv(io.BytesIO(text.encode()), convert_options=options)


def _catalogue(found: Design, shop: Shop, offer: Offer) -> tuple[str, dict[int, str]]:
    """The proposed set as CSV, and the name of each of its candidates."""
    opened = found.best.opened
    package = found.pool.package[opened]
    ids = {
        j: offer.package_ids[k] for j, k in zip(opened.tolist(), package.tolist(), strict=True)
        if k >= 0
    }  # fmt: skip
    taken = set(offer.package_ids)
    rows = []
    if (package < 0).any():
        new = shop.catalogue(found.pool.steps[opened[package < 0]])
        names = [f"{name}-new" if name in taken else name for name in new.package_ids]
        rows = catalogue_rows(replace(new, package_ids=tuple(names)))
        ids |= dict(zip(opened[package < 0].tolist(), names, strict=True))
    for part in reversed(offer.take(np.sort(package[package >= 0]))):
        rows += catalogue_rows(part)
    return catalogue_text(rows), ids
