"""Admission: orders whose words mean nothing to the catalogue or the policy are set aside.

The door judges order lines by themselves. What a word must match, a package, a site or a
temperature of the catalogue or a class of goods of the policy, is known only here. Orders that
leave such words out are admitted: what is not stated is judged order by order, and never taken for
a yes. A region that no ban names may well be one without bans: where it looks misspelt, that is
only noted.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.catalogue import MADE_TO_MEASURE, MAILER
from packopt.faults import Fault, rejects
from packopt.placed import faults_of_placed
from packopt.tables import empty
from packopt.tolerances import packed_orders, tolerance_mm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.labels import Labels
    from packopt.orders import Orders
    from packopt.policy import Policy

    Lines = NDArray[np.int64]

_SHOWN_WORDS: Final = 10
_ADVISED_WORDS: Final = 20
_LONGEST_SHOWN: Final = 200
#: Usual words for temperatures: right even where no package of the catalogue serves them.
_TEMPERATURES: Final = ("ambient", "chilled", "cold", "cool", "frozen", "hot", "warm")
_ALIKE: Final = 0.75  # share of letters that make a region look like another
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")  # ISO 3166-2: US-CA is no US-CO


def admit(orders: Orders, catalogue: Catalogue, policy: Policy) -> tuple[Orders, pa.Table]:
    """Set aside orders that name what neither catalogue nor policy knows.

    Parameters
    ----------
    orders
        Accepted orders.
    catalogue
        The packages, with their sites and temperatures.
    policy
        Says which classes of goods there are, and which bans.

    Returns
    -------
    The orders that can be answered, in the sizes that they are packed at, with the rejects and
    notes of the input, and notes on regions; ``orders`` itself where that is all. And the new
    rejects, in the schema ``REJECTS``.
    """
    faults = [
        *_unknown_classes(orders, policy),
        *_clashing_bundles(orders, policy),
        *_unknown_sites(orders, catalogue),
        *_unknown_temperatures(orders, catalogue),
        *_unusable_packages(orders, catalogue),
        *faults_of_placed(orders, catalogue, policy),
        *_evading_tolerances(orders, policy),
    ]
    faults = [fault for fault in faults if len(fault.rows)]
    notes = tuple(dict.fromkeys([*orders.notes, *_near_regions(orders, policy)]))
    if not faults:
        noted = orders if notes == orders.notes else replace(orders, notes=notes)
        return packed_orders(noted, policy), empty("rejects")
    order_of_line = _order_of_line(orders)
    order_ids = orders.order_ids.take(pa.array(order_of_line))
    kept = np.ones(orders.n_orders, dtype=np.bool_)
    for fault in faults:
        kept[order_of_line[fault.rows]] = False
    admitted = orders.take(np.flatnonzero(kept))
    return (
        packed_orders(replace(admitted, rejects=orders.rejects, notes=notes), policy),
        rejects(faults, order_ids, orders.row),
    )


def _unknown_classes(orders: Orders, policy: Policy) -> Iterator[Fault]:
    """A misspelt class would travel with what it must never meet."""
    if policy.incompatible:
        known = {*policy.goods_classes, *(word for pair in policy.incompatible for word in pair)}
        yield from _strangers(
            orders.goods_class,
            known,
            "goods_class",
            "a class of goods that the policy does not know",
            "Correct it, or add it to goods_classes of the policy.",
        )


def _clashing_bundles(orders: Orders, policy: Policy) -> Iterator[Fault]:
    """Units that stay together cannot be of classes that are never in one parcel."""
    goods, together = orders.goods_class, orders.keep_together
    if not (policy.incompatible and goods.words and together.words):
        return
    code = {word: at for at, word in enumerate(goods.words)}
    bundled = np.flatnonzero((together.code >= 0) & (goods.code >= 0))
    bundle = _order_of_line(orders)[bundled] * len(together.words) + together.code[bundled]
    for first, second in policy.incompatible:
        one = bundled[goods.code[bundled] == code.get(first, -2)]
        of_one = bundle[goods.code[bundled] == code.get(first, -2)]
        is_other = goods.code[bundled] == code.get(second, -2)
        if first == second:
            # Of a class that is apart from itself, even two units of one line are.
            units = np.bincount(
                np.unique(of_one, return_inverse=True)[1].reshape(-1), orders.qty[one]
            )
            crowded = np.unique(of_one)[units > 1]
            clashing = bundled[is_other & np.isin(bundle, crowded)]
        else:
            clashing = bundled[is_other & np.isin(bundle, of_one)]
        yield _fault(
            clashing,
            "goods_class",
            second,
            f"units that stay together, of the incompatible classes {first} and {second}",
            "classes that may share a parcel under one word of keep_together",
            "Give them different words in keep_together, or correct the class.",
        )


def _unknown_sites(orders: Orders, catalogue: Catalogue) -> Iterator[Fault]:
    """Nothing could be sent from a site that no package is at."""
    if not orders.site.words:
        return
    known = {site for sites in catalogue.sites for site in sites}
    if known:
        yield from _strangers(
            orders.site,
            known,
            "site",
            "a site that no package of the catalogue names",
            "Correct it, or add it to sites of the catalogue.",
        )


def _unknown_temperatures(orders: Orders, catalogue: Catalogue) -> Iterator[Fault]:
    """A misspelt temperature would shut an order out of every package."""
    if not orders.temperature.words:
        return
    yield from _strangers(
        orders.temperature,
        {*_TEMPERATURES, *(word for words in catalogue.temperature for word in words)},
        "temperature",
        "a temperature that no package of the catalogue names",
        "Correct it, or add it to temperature of the catalogue.",
    )


def _near_regions(orders: Orders, policy: Policy) -> Iterator[str]:
    """Regions that no ban names, but for a letter or two: the ban does not apply to them."""
    if not (policy.bans and orders.region.words):
        return
    banned = sorted({ban.region for ban in policy.bans})
    count = np.bincount(orders.region.code + 1, minlength=len(orders.region.words) + 1)[1:]
    strange = [code for code, word in enumerate(orders.region.words) if word not in banned]
    for code in strange[:_ADVISED_WORDS]:
        word = orders.region.words[code]
        near = difflib.get_close_matches(word, banned, n=1, cutoff=_ALIKE)
        both_are_codes = near and all(map(_SUBDIVISION.fullmatch, (word, near[0])))
        if near and count[code] and not both_are_codes:
            yield (
                f"region: found {word[:_LONGEST_SHOWN]!r}, which no ban of the policy names, so "
                f"none applies (orders: {count[code]:,}); did you mean {near[0]!r}?"
            )


def _unusable_packages(orders: Orders, catalogue: Catalogue) -> Iterator[Fault]:
    """A part-filled package must be one whose inside is known, and hold what lies in it."""
    if not orders.placed_in.words:
        return
    by_line = orders.placed_in[_order_of_line(orders)]
    by_line.code[orders.placed_mm[:, 0] < 0] = -1
    yield from _strangers(
        by_line,
        set(catalogue.package_ids),
        "placed_in",
        "a package that is not in the catalogue",
        "Correct it, or add the package to the catalogue.",
    )
    for k, package_id in enumerate(catalogue.package_ids):
        if package_id not in by_line.words:
            continue
        lines = np.flatnonzero(by_line.code == by_line.words.index(package_id))
        if catalogue.kind[k] in (MAILER, MADE_TO_MEASURE):
            yield _fault(
                lines,
                "placed_in",
                package_id,
                "a package without a fixed inside",
                "a carton, or an adjustable one at its full height",
                "Name the carton, or empty the package and leave placed_in out.",
            )


def _evading_tolerances(orders: Orders, policy: Policy) -> Iterator[Fault]:
    """Packed at their largest, units would fill more of a package than they do as stated."""
    if not policy.limits_empty_space or policy.tolerance != "largest":
        return
    off = np.flatnonzero(tolerance_mm(orders, policy) > 0)
    yield Fault(
        off,
        "tolerance_mm",
        pa.array(orders.tolerance_mm[off]).cast(pa.string()),
        "a tolerance that would count as content under max_empty_space",
        "sizes packed as stated, by which empty space is measured",
        'Set tolerance = "stated" in the policy, or leave out max_empty_space.',
    )


def _strangers(
    labels: Labels, known: set[str], field: str, found: str, hint: str
) -> Iterator[Fault]:
    """Lines with a word that is not known; the first few words with the one that was meant."""
    strange = [code for code, word in enumerate(labels.words) if word not in known]
    if not strange:
        return
    words = sorted(known)
    more = f" and {len(words) - _SHOWN_WORDS} more" if len(words) > _SHOWN_WORDS else ""
    expected = f"one of {', '.join(words[:_SHOWN_WORDS])}{more}"
    for code in strange[:_ADVISED_WORDS]:
        word = labels.words[code]
        near = difflib.get_close_matches(word, words, n=1)
        advice = f"Did you mean {near[0]}? {hint}" if near else hint
        yield _fault(np.flatnonzero(labels.code == code), field, word, found, expected, advice)
    lines = np.flatnonzero(np.isin(labels.code, strange[_ADVISED_WORDS:]))
    values = pa.array([labels.words[code][:_LONGEST_SHOWN] for code in labels.code[lines]])
    yield Fault(lines, field, values.cast(pa.string()), found, expected, hint)


def _fault(lines: Lines, field: str, value: str, found: str, expected: str, hint: str) -> Fault:
    values = pa.repeat(value[:_LONGEST_SHOWN], len(lines))
    return Fault(lines, field, values, found, expected, hint)


def _order_of_line(orders: Orders) -> Lines:
    return np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
