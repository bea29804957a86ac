"""Which way of splitting a part is taken: exact by subsets where they are few, else a cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Part, Split


def split_all(parts: Sequence[Part], pricer: Pricer, *, partial: bool) -> list[Split]:
    """Split parts, each as well as its size allows.

    Parameters
    ----------
    parts
        Parts that may need more than one parcel.
    pricer
        Asks the kernel what subsets of their units cost.
    partial
        Whether the rest of a part is split where a unit of it fits nothing.

    Returns
    -------
    One split for each part, in their order.
    """
    if not parts:
        return []
    from packopt.splitting.subsets import are_small, split_many

    small = are_small(parts)
    few = [part for part, is_few in zip(parts, small, strict=True) if is_few]
    exact = iter(split_many(few, pricer, partial=partial))
    if all(small):
        return list(exact)
    from packopt.splitting.covering import cover

    return [
        next(exact) if few else cover(part, pricer) for part, few in zip(parts, small, strict=True)
    ]
