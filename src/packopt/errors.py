"""One family of exceptions, all raised at the door where untrusted input comes in.

::

    PackoptError
    └── InputError              input that is unusable as a whole
        ├── OrdersError         order files and tables
        ├── CatalogueError      catalogues of package types
        ├── PolicyError         policies and their files
        ├── FactorsError        sets of emission factors
        ├── CarrierError        billing rules of carriers and tables of their rates
        ├── GreenError          files of green packaging management
        ├── SavingsError        what is to be compared, and with what
        ├── PackingsError       records of the packing bench
        ├── SuiteError          which set of package types is asked for, and from what
        ├── Gs1Error            numbers for parcels, and the labels that bear them
        ├── ResultError         result directories read back
        ├── RulesError          rule packs, and tables of facts for them
        ├── ReportError         what a report is asked for
        ├── EngineError         engines that are not there, or cannot do what is asked
        └── PlaceError          files and folders by path or URL that cannot be reached

A faulty order line, or record of the bench, is no exception: it becomes a row of ``rejects``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_PROBLEMS = 20


class PackoptError(Exception):
    """Root of every exception that packopt raises on purpose."""


class InputError(PackoptError):
    """The input is unusable as a whole.

    Parameters
    ----------
    source
        What was read: a path, or the name of a table in memory.
    problems
        One sentence or more for each fault: where, what was found, what was expected, what to do.
        A single string is one problem. All of them are kept; the message shows the first twenty.

    Attributes
    ----------
    source
        As given.
    problems
        All problems, never empty.
    """

    source: str
    problems: list[str]

    def __init__(self, source: str, problems: str | Iterable[str]) -> None:
        self.source = source
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.source}: {self.problems[0]}"
        shown = [f"  - {problem}" for problem in self.problems[:_SHOWN_PROBLEMS]]
        hidden = len(self.problems) - len(shown)
        if hidden > 0:
            shown.append(f"  - and {hidden} more")
        return "\n".join([f"{self.source}: {len(self.problems)} problems", *shown])


class OrdersError(InputError):
    """The orders are unusable as a whole."""


class CatalogueError(InputError):
    """The catalogue is unusable: every bad row counts, for a lost package would make proofs lie."""


class PolicyError(InputError):
    """The policy asks for something unknown, unsupported or out of range."""


class FactorsError(InputError):
    """A set of emission factors is unknown, or its file is faulty."""


class CarrierError(InputError):
    """A carrier's billing rule or rate table is unknown, faulty, or not valid on the day."""


class GreenError(InputError):
    """A file of green packaging management is unusable: every bad row counts in a report."""


class SavingsError(InputError):
    """Two ways to pack the orders cannot be compared: something is unknown, mixed or missing."""


class PackingsError(InputError):
    """Records of what packers did are unusable as a whole."""


class SuiteError(InputError):
    """No set of package types can be chosen: settings that contradict, or a history too small."""


class Gs1Error(InputError):
    """Parcels cannot be numbered, or labelled, as asked."""


class ResultError(InputError):
    """A result directory is missing, incomplete or not written by packopt."""


class ReportError(InputError):
    """A report was asked for that cannot be written."""


class RulesError(InputError):
    """A rule pack cannot be understood, or facts do not fit what it asks for."""


class EngineError(InputError):
    """An engine is unknown, not installed, or cannot do what it is asked."""


class PlaceError(InputError):
    """A file or folder, by path or URL, cannot be reached, read or written."""
