"""Which packages an order may have: sites, temperature, bans and stock, as a table of reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.sharing import AMBIENT
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.bans import Ban
    from packopt.catalogue import Catalogue
    from packopt.labels import Labels
    from packopt.orders import Orders
    from packopt.parts import Parts
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Reasons = NDArray[np.uint8]

POLICY, STOCK = REASONS.index("policy"), REASONS.index("stock")
#: Row of the table for parts that no single package may hold.
NOTHING = 0


class Access:
    """Turns sites, temperatures, regions and dates into rows of ``Packages.barred``.

    Parameters
    ----------
    catalogue, policy
        Where packages say what they serve, and which bans there are.
    """

    def __init__(self, catalogue: Catalogue, policy: Policy) -> None:
        self._catalogue = catalogue
        self._bans = policy.bans
        self._banned = [ban.packages(catalogue) for ban in policy.bans]
        self._unstated = self._refused("", "", 0)

    def table(
        self, orders: Orders, parts: Parts, left: Ints | None = None, sites: tuple[str, ...] = ()
    ) -> tuple[Reasons, NDArray[np.int32]]:
        """Reasons by access class and package, and the class of each part.

        Parameters
        ----------
        orders, parts
            The orders.
        left
            ``(s + 1, k)`` packages in stock at each of ``sites``, and last where no site is
            stated; -1 without a limit. None where stock is no matter.
        sites
            Sites that have a stock of their own.

        Returns
        -------
        ``(a, k)`` reasons, 0 where a package may be had; row `NOTHING` bars every package.
        ``(p,)`` the row of each part.
        """
        n_packages = self._catalogue.n_packages
        site, temperature = orders.site, orders.temperature
        classes, row = self._classes(orders, parts)
        barred = np.full((len(classes) + 1, n_packages), POLICY, np.uint8)
        for at, (site_code, temperature_code, active) in enumerate(classes.tolist()):
            place = _word(site, site_code)
            warmth = _word(temperature, temperature_code)
            is_stated = place or warmth or active
            refused = self._refused(place, warmth, active) if is_stated else self._unstated
            barred[at + 1] = np.where(refused, POLICY, 0)
            if left is not None:
                stock = left[sites.index(place) if place in sites else len(sites)]
                barred[at + 1][(stock == 0) & (barred[at + 1] == 0)] = STOCK
        return barred, row + np.int32(1)

    def _classes(self, orders: Orders, parts: Parts) -> tuple[Ints, NDArray[np.int32]]:
        """``(a, 3)`` distinct sites, temperatures and bans of parts, and ``(p,)`` which are whose.

        All three as numbers: -1 where none is stated, and a bit for each ban.
        """
        site, temperature = orders.site, orders.temperature
        if not (site.words or temperature.words or self._bans):
            return np.array([[-1, -1, 0]]), np.zeros(len(parts.order), np.int32)
        first = parts.line[parts.start[:-1]]
        bans = self.bans_on(orders)[parts.order]
        keys = np.column_stack([site.code[first], temperature.code[first], bans])
        classes, row = np.unique(keys, axis=0, return_inverse=True)
        return classes, row.reshape(-1).astype(np.int32)

    def _refused(self, site: str, temperature: str, bans: int) -> NDArray[np.bool_]:
        catalogue = self._catalogue
        elsewhere = [bool(sites) and site not in sites for sites in catalogue.sites]
        warm = [(temperature or AMBIENT) not in serves for serves in catalogue.temperature]
        refused = np.array(elsewhere, np.bool_) | np.array(warm, np.bool_)
        for bit, banned in enumerate(self._banned):
            if bans >> bit & 1:
                refused |= banned
        return refused

    def bans_on(self, orders: Orders) -> Ints:
        """``(n,)`` bit ``i`` is set where ban ``i`` applies to the order, by region and day."""
        active = np.zeros(orders.n_orders, np.int64)
        for bit, ban in enumerate(self._bans):
            active |= _applies(ban, orders).astype(np.int64) << bit
        return active


def _applies(ban: Ban, orders: Orders) -> NDArray[np.bool_]:
    """Whether a ban applies to each order; one of unknown region or date is not let off."""
    codes = [-1, *(i for i, word in enumerate(orders.region.words) if word == ban.region)]
    here = np.isin(orders.region.code, codes)
    if orders.date is None:
        return here
    start = pa.scalar(ban.start, pa.date32()).cast(pa.int32()).as_py()
    day = orders.date.cast(pa.int32()).fill_null(start).to_numpy(zero_copy_only=False)
    return np.asarray(here & (day >= start))


def _word(labels: Labels, code: int) -> str:
    return labels.words[code] if code >= 0 else ""
