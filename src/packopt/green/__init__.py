"""Green packaging management: the tables that law, standards and the post ask for.

::

    inputs/          files and settings that users give, checked at the door
    facts.py         one row for each parcel, package, line and component
    <demand>.py      one file for each demand: its schemas, its tables, its metrics
    scorecard.py     every metric with target, status and owner
    green.py         all of it, and the files

`tables` makes them, `Green.write` writes them. docs/green.md goes through the demands row by row.
"""

from __future__ import annotations

from packopt.green.evidence import parcel_hash
from packopt.green.green import Green, tables
from packopt.green.inputs.folder import GreenInputs
from packopt.green.inputs.settings import Settings
from packopt.green.registry import SHEETS
from packopt.green.used_cartons import with_used_cartons
from packopt.green.words import METRICS, TABLES

__all__ = [
    "METRICS",
    "SHEETS",
    "TABLES",
    "Green",
    "GreenInputs",
    "Settings",
    "parcel_hash",
    "tables",
    "with_used_cartons",
]
