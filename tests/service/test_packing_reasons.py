"""The service and the savings report speak of the same reasons."""

from __future__ import annotations

from packopt.packings import REASONS
from packopt_service import packings


def test_reasons_of_the_service_are_those_of_the_report() -> None:
    """What a packer may state is what `packopt savings --packings` accepts."""
    assert packings.REASONS == REASONS
