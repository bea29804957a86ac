"""Why the rules keep an order from a package, whatever its size: one sentence for each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.permits import AMBIENT, applies, banned, serves_site, serves_temperature
from packopt.spaces import is_mailer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.bans import Ban
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy

    Index = NDArray[np.int64]


def refusal(
    orders: Orders, catalogue: Catalogue, policy: Policy, order: int, lines: Index, package: int
) -> str | None:
    """One sentence on which rule keeps units of an order from a package.

    Parameters
    ----------
    orders, catalogue, policy
        What was asked.
    order, lines, package
        Indices: the order, its lines in question, the package.

    Returns
    -------
    str or None
        None where no rule does.
    """
    return next(
        (
            reason
            for reason in (
                quarrel(orders, policy, lines),
                _mailer(orders, catalogue, lines, package),
                _site(orders, catalogue, lines, package),
                _temperature(orders, catalogue, lines, package),
                _ban(orders, catalogue, policy, order, package),
            )
            if reason
        ),
        None,
    )


def quarrel(orders: Orders, policy: Policy, lines: Index) -> str | None:
    """Which two units of some lines may not share a parcel, and why; None where all may."""
    return next(_quarrels(orders, policy, lines), None)


def _quarrels(orders: Orders, policy: Policy, lines: Index) -> Iterator[str]:
    for field in ("site", "seller", "temperature"):
        blank = AMBIENT if field == "temperature" else "none"
        words = [getattr(orders, field).word(int(line)) or blank for line in lines]
        yield from _differ(orders, lines, field, words)
    grouped = lines[orders.group.code[lines] >= 0]
    words = [str(orders.group.word(int(line))) for line in grouped]
    yield from _differ(orders, grouped, "group", words)
    units = np.repeat(lines, np.minimum(orders.qty[lines], 2))
    classes: dict[str, list[int]] = {}
    for unit in units.tolist():
        classes.setdefault(str(orders.goods_class.word(unit)), []).append(unit)
    for first, second in policy.incompatible:
        pair = classes.get(first, [])[:1] + classes.get(second, [])[-1:]
        if len(pair) > 1 and (first != second or len(classes[first]) > 1):
            yield _apart(orders, (pair[0], pair[1]), f"is {first} and", f"is {second}")
    if policy.own_container == "always":
        for line in lines[orders.own_container[lines]].tolist():
            yield f"{name_of(orders, line)} ships in its own container"


def _differ(orders: Orders, lines: Index, field: str, words: list[str]) -> Iterator[str]:
    """The first two lines that differ in a label."""
    for line, word in zip(lines.tolist(), words, strict=True):
        if word != words[0]:
            pair = int(lines[0]), line
            yield _apart(orders, pair, f"has {field} {words[0]} and", f"has {field} {word}")


def _apart(orders: Orders, pair: tuple[int, int], first: str, second: str) -> str:
    one, two = (name_of(orders, line) for line in pair)
    return f"units may not share a parcel: {one} {first} {two} {second}"


def _mailer(orders: Orders, catalogue: Catalogue, lines: Index, package: int) -> str | None:
    unfit = lines[orders.fragile[lines] | ~orders.mailer_ok[lines]]
    if not is_mailer(catalogue)[package] or not len(unfit):
        return None
    line = int(unfit[0])
    why = "is fragile" if orders.fragile[line] else "may not travel in one"
    return f"it is a mailer, and {name_of(orders, line)} {why}"


def _site(orders: Orders, catalogue: Catalogue, lines: Index, package: int) -> str | None:
    site = orders.site.word(int(lines[0]))
    if serves_site(catalogue, site)[package]:
        return None
    where = ", ".join(catalogue.sites[package])
    return f"it is at {where} only, and the units are {f'at {site}' if site else 'at no site'}"


def _temperature(orders: Orders, catalogue: Catalogue, lines: Index, package: int) -> str | None:
    word = orders.temperature.word(int(lines[0])) or AMBIENT
    if serves_temperature(catalogue, word)[package]:
        return None
    serves = ", ".join(catalogue.temperature[package]) or AMBIENT
    return f"it is for {serves} goods, and {name_of(orders, int(lines[0]))} is {word}"


def _ban(
    orders: Orders, catalogue: Catalogue, policy: Policy, order: int, package: int
) -> str | None:
    for ban in policy.bans:
        if applies(ban, orders)[order] and banned(catalogue, ban)[package]:
            region = orders.region.word(order)
            unknown = "" if region else ", and where the order goes is not known"
            return f"{_words(ban)} is banned in {ban.region} from {ban.start}{unknown}"
    return None


def _words(ban: Ban) -> str:
    """What a ban is about."""
    about = []
    if ban.degradable is not None:
        about.append("degradable" if ban.degradable else "non-degradable")
    if ban.plastic is not None:
        about.append("plastic" if ban.plastic else "non-plastic")
    if ban.material is not None:
        about.append(ban.material.strip())
    return " ".join(about) + " packaging"


def name_of(orders: Orders, line: int) -> str:
    """A unit by sku and sides, and its padding where it has some."""
    length, width, height = orders.size_mm[line].tolist()
    padding = int(orders.padding_mm[line])
    padded = f" and {padding} mm of padding around" if padding else ""
    return f"{orders.skus[line].as_py()} ({length} × {width} × {height} mm{padded})"
