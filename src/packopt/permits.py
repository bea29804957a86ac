"""Which packages units may travel in, whatever their sizes: sites, temperatures, bans, mailers.

As in ``spaces.py``, the checker and the explanation read these rules from here; the recommender
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.spaces import is_mailer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.bans import Ban
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy

    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: The temperature of units and packages for which none is stated.
AMBIENT: Final = "ambient"


@dataclass(frozen=True, eq=False)
class Permits:
    """Which lines may travel in which packages.

    Attributes
    ----------
    line_class
        ``(m,)`` lines of equal class may travel in the same packages, but for mailers.
    refused
        By rule, "site", "temperature" or "banned": ``(classes, k)`` True where it keeps units of
        a class from a package.
    unfit_for_mailers
        ``(m,)`` True for lines that must not travel in a mailer.
    mailer
        ``(k,)`` True for mailers.
    """

    line_class: Index
    refused: Mapping[str, Mask]
    unfit_for_mailers: Mask
    mailer: Mask

    @cached_property
    def allowed(self) -> Mask:
        """``(classes, k)`` True where no rule but that of mailers keeps units from a package."""
        return ~np.asarray(np.logical_or.reduce(list(self.refused.values())), dtype=np.bool_)

    def allow(self, lines: Index, packages: Index) -> Mask:
        """``(r,)`` whether units of each line may travel in each package."""
        allowed = self.allowed[self.line_class[lines], packages]
        return np.asarray(allowed & ~self.refuse_mailer(lines, packages), dtype=np.bool_)

    def refuse_mailer(self, lines: Index, packages: Index) -> Mask:
        """``(r,)`` whether a package is a mailer in which units of the line must not travel."""
        return np.asarray(self.mailer[packages] & self.unfit_for_mailers[lines])


def find_permits(orders: Orders, catalogue: Catalogue, policy: Policy) -> Permits:
    """Work out sites, temperatures, bans and mailers for all lines.

    Parameters
    ----------
    orders, catalogue, policy
        What is asked.

    Returns
    -------
    Permits
    """
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    ban_set, sets = _ban_sets(orders, policy)
    keys = np.column_stack(
        [orders.site.code, temperature_code(orders), ban_set[order_of_line]]
    ).astype(np.int64)
    same = bool((keys == keys[:1]).all())  # the usual case, and np.unique takes its time
    classes, line_class = (
        (keys[:1], np.zeros(len(keys), np.int64))
        if same
        else np.unique(keys, axis=0, return_inverse=True)
    )
    shape = (len(classes), catalogue.n_packages)
    refused = {rule: np.zeros(shape, np.bool_) for rule in ("site", "temperature", "banned")}
    for row, (site, temperature, ban_set_of_class) in enumerate(classes.tolist()):
        place = orders.site.words[site] if site >= 0 else None
        warmth = orders.temperature.words[temperature] if temperature >= 0 else AMBIENT
        refused["site"][row] = ~serves_site(catalogue, place)
        refused["temperature"][row] = ~serves_temperature(catalogue, warmth)
        for ban in sets[ban_set_of_class]:
            refused["banned"][row] |= banned(catalogue, ban)
    return Permits(
        line_class=line_class.reshape(-1).astype(np.int64),
        refused=refused,
        unfit_for_mailers=orders.fragile | ~orders.mailer_ok,
        mailer=is_mailer(catalogue),
    )


def temperature_code(orders: Orders) -> NDArray[np.int32]:
    """``(m,)`` index of each line's temperature; -1 for ambient, stated or not."""
    labels = orders.temperature
    if AMBIENT not in labels.words:
        return labels.code
    ambient = labels.words.index(AMBIENT)
    return np.where(labels.code == ambient, -1, labels.code).astype(np.int32)


def serves_site(catalogue: Catalogue, site: str | None) -> Mask:
    """``(k,)`` packages to be had at a site; where none is stated, those to be had everywhere."""
    return np.array([not sites or site in sites for sites in catalogue.sites], np.bool_)


def serves_temperature(catalogue: Catalogue, temperature: str) -> Mask:
    """``(k,)`` packages for units of a temperature; a package without one is for ambient units."""
    return np.array(
        [temperature in (classes or (AMBIENT,)) for classes in catalogue.temperature], np.bool_
    )


def banned(catalogue: Catalogue, ban: Ban) -> Mask:
    """``(k,)`` packages that a ban is about: all that it names is so, or is not known."""
    about = np.ones(catalogue.n_packages, np.bool_)
    if ban.plastic is not None:
        about &= catalogue.plastic == ban.plastic
    if ban.degradable is not None:
        stated = catalogue.attributes["degradable"].to_pylist()
        about &= np.array([word is None or word == ban.degradable for word in stated], np.bool_)
    if ban.material is not None:
        wanted = ban.material.strip().casefold()
        stated = [word.strip().casefold() for word in catalogue.material]
        about &= np.array([word in ("", wanted) for word in stated], np.bool_)
    return about


def applies(ban: Ban, orders: Orders) -> Mask:
    """``(n,)`` orders that a ban concerns; unknown region or date does not exempt an order."""
    region = orders.region
    here = np.array([word == ban.region for word in region.words] + [True], np.bool_)[region.code]
    if orders.date is None:
        return here
    start = pa.scalar(ban.start, pa.date32()).cast(pa.int32()).as_py()
    days = orders.date.cast(pa.int32())
    late = days.fill_null(start).to_numpy(zero_copy_only=False) >= start
    return np.asarray(here & late)


def _ban_sets(orders: Orders, policy: Policy) -> tuple[Index, list[tuple[Ban, ...]]]:
    """``(n,)`` which set of bans concerns each order, and the sets."""
    if not policy.bans:
        return np.zeros(orders.n_orders, np.int64), [()]
    concerned = np.column_stack([applies(ban, orders) for ban in policy.bans])
    rows, which = np.unique(concerned, axis=0, return_inverse=True)
    sets = [
        tuple(ban for ban, on in zip(policy.bans, row, strict=True) if on) for row in rows.tolist()
    ]
    return which.reshape(-1).astype(np.int64), sets
