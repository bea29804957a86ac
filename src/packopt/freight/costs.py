"""What the carriage of each package costs an order, known before anything is packed.

The mass of a parcel is that of its content, its package and tape, its filler and its coolant; with
the package's outer size the carrier's rule and rates make a price of it. It is no linear function
of the content, as the other costs are, so that it is added to them order by order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE, MAILER
from packopt.costing import NANO, package_costs, parcel_tare_g
from packopt.errors import CatalogueError, OrdersError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.carriers import Tariff
    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: Steps of what cannot be had: the carrier refuses it, or the rates end below it. Far from the
#: end of int64, so that a sum of it and any cost stays apart from what can be had.
REFUSED: Final = np.iinfo(np.int64).max // 4
#: No parcel carrier takes 500 t.
_HEAVIEST_G: Final = 500_000_000


class FreightCosts:
    """Costs of packages, freight included, under a policy that asks for it.

    Parameters
    ----------
    catalogue, policy
        What to choose from, and by which rules; the policy has freight.

    Attributes
    ----------
    costs
        Costs of the packages without freight.
    tariff
        Rule and rates.
    outer_mm
        ``(k, 3)`` outer sides of each package; of a mailer its flat sides and greatest thickness.

    Raises
    ------
    CarrierError
        If rule or rates are faulty, or not for the day or zone.
    CatalogueError
        If a package has no price, or none that can be added to the rates, or a size that is only
        known when it is packed.
    """

    def __init__(self, catalogue: Catalogue, policy: Policy) -> None:
        if policy.freight is None:
            raise ValueError("the policy has no freight")
        self.costs: PackageCosts = package_costs(catalogue, policy)
        self.tariff: Tariff = policy.freight.tariff()
        _check_sizes(catalogue, policy.freight.mailers)
        _check_currency(catalogue, self.tariff.rates.currency)
        self.outer_mm: Ints = catalogue.outer_mm.astype(np.int64)
        self._catalogue = catalogue
        self._tare_g = parcel_tare_g(catalogue, policy.materials)
        self._filler_g = np.where(
            catalogue.kind == MAILER, 0.0, policy.materials.filler_kg_m3 / 1e6
        )
        inner_mm3: Ints = catalogue.inner_mm.astype(np.int64).prod(axis=1)
        self._inner_mm3 = inner_mm3

    def gross_g(self, content_g: Ints, content_mm3: Ints) -> Floats:
        """Mass of every package around each content.

        Parameters
        ----------
        content_g, content_mm3
            ``(n,)`` mass in g and volume in mm3 of the units.

        Returns
        -------
        ``(n, k)`` g; without filler where the package is smaller than its content.
        """
        empty = self._inner_mm3 - content_mm3[:, None] - self._catalogue.coolant_mm3
        fill = np.maximum(empty, 0) * self._filler_g
        # In the order in which the table of parcels adds them, to the bit.
        return np.asarray(
            content_g[:, None] + self._tare_g + fill + self._catalogue.coolant_g, np.float64
        )

    def freight(self, content_g: Ints, content_mm3: Ints) -> Ints:
        """What the carriage of every package around each content costs.

        Parameters
        ----------
        content_g, content_mm3
            As of `gross_g`.

        Returns
        -------
        ``(n, k)`` cost steps; `REFUSED` where it cannot be had.
        """
        return self._priced(self.gross_g(content_g, content_mm3))

    def least_freight(self) -> Ints:
        """``(k,)`` cost steps that no parcel in a package falls below, whatever is in it."""
        least = self._priced((self._tare_g + self._catalogue.coolant_g)[None, :])
        return least.reshape(-1)

    def with_freight(self, content_g: Ints, content_mm3: Ints) -> Ints:
        """``(n, k)`` cost steps of every package for each content, freight included."""
        every = np.arange(self._catalogue.n_packages)
        freight = self.freight(content_g, content_mm3)
        costs = self.costs.cost_of(every, content_mm3[:, None])
        return np.where(freight == REFUSED, REFUSED, costs + freight)

    def most_content_g(self) -> Ints:
        """``(k,)`` content that the carrier does not take for its weight is heavier; -1: any is.

        Filler is left out of account: what fits less content than this may be refused all the
        same, but nothing that is accepted has more.
        """
        least, most = np.full((2, self._catalogue.n_packages), -1, np.int64)
        most[:] = _HEAVIEST_G
        # What is refused stays so when it gets heavier.
        while (most - least > 1).any():
            middle = (least + most) // 2
            gross = np.maximum(middle, 0) + self._tare_g + self._catalogue.coolant_g
            good = (self._priced(gross[None, :])[0] < REFUSED) & (middle >= 0)
            least, most = np.where(good, middle, least), np.where(good, most, middle)
        return least

    def steps(self, outer_mm: Ints, gross_g: Floats) -> Ints:
        """``(p,)`` cost steps of the freight of parcels; `REFUSED` where it cannot be had."""
        if not len(gross_g):
            return np.zeros(0, np.int64)
        heavy = gross_g > _HEAVIEST_G
        prices = self.tariff.price(outer_mm, np.where(heavy, 0.0, gross_g))
        refused = heavy | np.isnan(prices)
        steps = np.rint(np.where(refused, 0.0, prices) * NANO).astype(np.int64)
        return np.where(refused, REFUSED, steps)

    def _priced(self, gross_g: Floats) -> Ints:
        """``(n, k)`` cost steps for masses of every package."""
        outer = np.tile(self.outer_mm, (len(gross_g), 1))
        return self.steps(outer, gross_g.reshape(-1)).reshape(gross_g.shape)


def check_weights(orders: Orders) -> None:
    """Refuse orders without weights, of which no freight is known.

    Parameters
    ----------
    orders
        The orders.

    Raises
    ------
    OrdersError
        If they have no weights.
    """
    if orders.n_orders and not orders.weights_known:
        raise OrdersError(
            "orders",
            "column weight_g: found nothing, expected the weight of every unit, since the policy "
            "asks for freight; add it, or leave out [freight]",
        )


def _check_sizes(catalogue: Catalogue, mailers: str) -> None:
    """Refuse packages whose outer size depends on what is in them."""
    made = catalogue.kind >= ADJUSTABLE
    soft = (catalogue.kind == MAILER) & (mailers == "refuse")
    problems = [
        f"package {catalogue.package_ids[k]!r}: found "
        + (
            'a mailer, which is as thick as its content; set mailers = "full" under [freight] to '
            "bill it at its greatest thickness, or leave it out"
            if soft[k]
            else "a package whose size is chosen for its content, and so is its freight; leave "
            "it out, or list its sizes as packages of their own"
        )
        for k in np.flatnonzero(made | soft).tolist()
    ]
    if problems:
        raise CatalogueError("catalogue", problems)


def _check_currency(catalogue: Catalogue, currency: str) -> None:
    if catalogue.currency != currency:
        raise CatalogueError(
            "catalogue",
            f"found prices in {catalogue.currency or 'no stated currency'}, expected {currency} as "
            "the rates; convert one of them, or state the currency",
        )


def costs_of_order(
    catalogue: Catalogue, policy: Policy, content_g: int, content_mm3: int
) -> PackageCosts:
    """What packages cost one order, with the freight of its content where the policy asks for it.

    Parameters
    ----------
    catalogue, policy
        What was asked.
    content_g, content_mm3
        Mass in g and volume in mm3 of the order's units.

    Returns
    -------
    Costs; of packages that the carrier refuses, without freight.

    Raises
    ------
    CarrierError, CatalogueError
        As of `FreightCosts`.
    """
    if policy.freight is None:
        return package_costs(catalogue, policy)
    freight = FreightCosts(catalogue, policy)
    added = freight.freight(np.array([content_g]), np.array([content_mm3]))[0]
    fixed = freight.costs.fixed + np.where(added == REFUSED, 0, added)
    return replace(freight.costs, fixed=fixed)


def why_refused(
    catalogue: Catalogue, policy: Policy, package: int, content_g: int, content_mm3: int
) -> str | None:
    """Say why the carrier does not take a package with some content; None where it does.

    Parameters
    ----------
    catalogue, policy
        What was asked.
    package
        Index of the package.
    content_g, content_mm3
        Mass in g and volume in mm3 of what is in it.
    """
    if policy.freight is None:
        return None
    freight = FreightCosts(catalogue, policy)
    content = np.array([content_g]), np.array([content_mm3])
    if freight.freight(*content)[0, package] != REFUSED:
        return None
    gross_g = freight.gross_g(*content)[0, package]
    length, width, height = freight.outer_mm[package].tolist()
    rule = freight.tariff.rule
    size = f"{gross_g:,.1f} g at {length} × {width} × {height} mm"
    if rule.refused(freight.outer_mm[[package]], np.array([gross_g]))[0]:
        return f"{size}, which {rule.carrier} does not take ({rule.id})"
    return f"{size}, for which the rates of zone {freight.tariff.zone!r} have no price"
