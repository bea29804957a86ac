"""Whether a catalogue has what a policy's objective counts: told at once, not by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt import InputError, package_costs
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from packopt import Catalogue, Policy
    from packopt_service.library import Version

#: Objectives that count what a catalogue may lack: prices, or materials with factors.
_ASKING: Final = ("cost", "co2e")
_SHOWN: Final = 3


def refuse_unsuitable(catalogue: Version[Catalogue], policy: Policy, place: str) -> None:
    """Refuse an objective that a catalogue has no values for.

    Parameters
    ----------
    catalogue
        What to choose from.
    policy
        By which rules.
    place
        What the request stated the objective by: a JSON pointer, or the name of a parameter.

    Raises
    ------
    Problem
        422, with a sentence for each package at `place`.
    """
    if policy.objective not in _ASKING:
        return
    try:
        package_costs(catalogue.value, policy)
    except InputError as fault:
        first = "; ".join(fault.problems[:_SHOWN])
        more = len(fault.problems) - _SHOWN
        detail = f"objective {policy.objective!r} with the catalogue {catalogue.reference}: {first}"
        raise Problem(
            422,
            detail if more <= 0 else f"{detail}; and {more:,} more",
            [(place, problem) for problem in fault.problems],
        ) from fault
