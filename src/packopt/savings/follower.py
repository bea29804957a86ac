"""What may be told of a replay while it goes on, so that others can begin with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations


class Follower(Protocol):
    """Is told of what a replay finds as it finds it; returns at once."""

    def answered(self, batch: Recommendations, orders: Orders) -> None:
        """Some orders are answered: each batch in its turn."""

    def planned(self, plan: Recommendations) -> None:
        """All are: ``plan`` of the savings that the replay returns."""

    def compared(self, plan: Recommendations, parcels: pa.Table, catalogue: Catalogue) -> None:
        """The parcels of its baseline are known, and what their packages are from."""
