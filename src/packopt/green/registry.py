"""Every table, with its schema, and every module that makes some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.green import (
    audit,
    balance,
    bans,
    certificates,
    classes,
    clients,
    cold,
    customers,
    data_quality,
    earlier,
    epr,
    epr_uk,
    evidence,
    fit,
    ghg,
    guards,
    material_use,
    own_container,
    plastics,
    recycled,
    reuse,
    rule_results,
    sb54,
    scorecard,
    specification,
    suppliers,
    tape,
    transport,
    used_cartons,
)
from packopt.green.sheet import Sheet
from packopt.green.words import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from packopt.green.facts import Facts
    from packopt.green.findings import Findings

_MODULES: Final = (
    audit,
    balance,
    bans,
    certificates,
    classes,
    clients,
    cold,
    customers,
    data_quality,
    earlier,
    epr,
    epr_uk,
    evidence,
    fit,
    ghg,
    guards,
    material_use,
    own_container,
    plastics,
    recycled,
    reuse,
    rule_results,
    sb54,
    scorecard,
    specification,
    suppliers,
    tape,
    transport,
    used_cartons,
)
_FOUND: Final = {
    one.name: one for module in _MODULES for one in vars(module).values() if isinstance(one, Sheet)
}
SHEETS: Final = {name: _FOUND[name] for name in TABLES}
"""Schema and version of every table, in the order in which a report shows them."""

FINDERS: Final[tuple[Callable[[Facts], Findings], ...]] = (
    material_use.material_use,
    fit.fit,
    guards.guards,
    own_container.own_container,
    reuse.reuse,
    cold.cold,
    bans.bans,
    tape.tape,
    certificates.certificates,
    suppliers.suppliers,
    plastics.plastics,
    used_cartons.used_cartons,
    classes.classes,
    rule_results.rule_results,
    customers.customers,
    specification.specification,
    audit.audit,
    evidence.evidence,
    epr.epr,
    epr_uk.epr_uk,
    sb54.sb54,
    ghg.ghg,
    transport.transport,
    clients.clients,
    recycled.recycled,
    balance.balance,
)
"""What answers the demands; the scorecard is made of what they find."""
