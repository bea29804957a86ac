"""By what a replay is counted: emission factors, billing, rates, materials of tape and filler."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packopt.errors import SavingsError
from packopt.factors import MATERIALS

if TYPE_CHECKING:
    from packopt.carriers import BillingRule, Freight, RateTable
    from packopt.factors import FactorSet


@dataclass(frozen=True, slots=True)
class Terms:
    """One set of terms counts both sides of a comparison: it cannot mix two sets of factors.

    Attributes
    ----------
    factors
        Emission factors; None leaves emissions out.
    billing
        How the carrier bills; None leaves billable weight and freight out.
    rates
        What the carrier charges by zone and step; None leaves freight out.
    zone
        Zone of `rates` to which the parcels go.
    tape_material, filler_material
        What tape and filler are made of, keys of `packopt.factors.MATERIALS`.

    Raises
    ------
    SavingsError
        If a material is unknown, or rates come without a rule, without a zone, or in another unit
        than the rule bills in; all faults are listed.
    """

    factors: FactorSet | None = None
    billing: BillingRule | None = None
    rates: RateTable | None = None
    zone: str = ""
    tape_material: str = "pp"
    filler_material: str = "paper"

    def __post_init__(self) -> None:
        problems = [
            _unknown_material(name, key)
            for name in ("tape_material", "filler_material")
            if (key := getattr(self, name)) not in MATERIALS
        ]
        if self.rates is not None:
            problems += _rate_problems(self.rates, self.billing, self.zone)
        if problems:
            raise SavingsError("terms", problems)

    def with_freight(self, freight: Freight | None) -> Terms:
        """The same, billed as the policy's freight is, where no billing is stated.

        Raises
        ------
        CarrierError
            If the freight's rule or rates are faulty.
        """
        if freight is None or self.billing is not None:
            return self
        tariff = freight.tariff()
        return replace(self, billing=tariff.rule, rates=tariff.rates, zone=tariff.zone)

    def to_dict(self) -> dict[str, Any]:
        """What a reader must know to count again, ready for JSON."""
        rule, rates = self.billing, self.rates
        billing = rule and {
            "name": rule.name,
            "version": rule.id,
            "carrier": rule.carrier,
            "service": rule.service,
            "valid_from": rule.valid_from.isoformat(),
            "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
            "confidence": rule.confidence,
            "sources": list(rule.sources),
            "notes": list(rule.notes),
        }
        return {
            "factors": self.factors.to_dict() if self.factors else None,
            "billing_rule": billing,
            "rates": rates and {"zone": self.zone, "currency": rates.currency},
            "tape_material": self.tape_material,
            "filler_material": self.filler_material,
        }


def _unknown_material(name: str, key: str) -> str:
    near = difflib.get_close_matches(key, MATERIALS, n=1)
    advice = f"did you mean {near[0]}?" if near else "choose one of them"
    return f"field {name}: found {key!r}, expected one of {', '.join(MATERIALS)}; {advice}"


def _rate_problems(rates: RateTable, billing: BillingRule | None, zone: str) -> list[str]:
    if billing is None:
        return ["rates: found rates without a billing rule; name the carrier's rule as well"]
    if not zone:
        return ["zone: found nothing beside rates, expected one of their zones; name it"]
    unit = "g" if billing.basis == "weight" else billing.unit
    if rates.unit == unit:
        return []
    problem = f"rates: found steps in {rates.unit}, expected {unit} as {billing.id} bills"
    return [f"{problem}; give a table with up_to_{unit}"]
