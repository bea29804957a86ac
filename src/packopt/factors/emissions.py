"""By what the objective `co2e` counts: one set of factors, and what tape and filler are of."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from packopt.errors import FactorsError, PolicyError
from packopt.factors.sets import FactorSet, factor_set
from packopt.factors.words import MATERIALS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MATERIALS_OF = ("tape_material", "filler_material")


@dataclass(frozen=True, slots=True)
class Emissions:
    """Emission factors of all that a parcel is packed in: one set, never mixed with another.

    Attributes
    ----------
    factors
        The set, see `packopt.factors.factor_set`.
    tape_material, filler_material
        What tape and filler are made of, keys of `packopt.factors.MATERIALS`.

    Raises
    ------
    PolicyError
        If a material is unknown, or has no factor in a set that is not about some materials only.
    """

    factors: FactorSet
    tape_material: str = "pp"
    filler_material: str = "paper"

    def __post_init__(self) -> None:
        """Check that tape and filler can be counted."""
        problems = [problem for name in _MATERIALS_OF for problem in self._problems(name)]
        if problems:
            raise PolicyError("emissions", problems)

    def _problems(self, name: str) -> Iterator[str]:
        key = getattr(self, name)
        if key not in MATERIALS:
            near = difflib.get_close_matches(str(key), MATERIALS, n=1)
            advice = f"did you mean {near[0]}?" if near else "choose one of them"
            yield f"field {name}: found {key!r}, expected one of {', '.join(MATERIALS)}; {advice}"
        elif key not in self.factors.covers and not self.factors.covered_only:
            yield (
                f"field {name}: found {key!r}, which has no factor in {self.factors.name}, "
                f"expected one of {', '.join(self.factors.covers)}; take another set or material"
            )

    def g_per_g(self, material: str) -> float:
        """G CO2e per g of a material; 0 where the set leaves it out."""
        return float(self.factors.g_per_g()[MATERIALS.index(material)])

    @classmethod
    def from_dict(cls, settings: object, folder: Path | None = None) -> Self:
        """Make them from a table of a policy file, or from what `to_dict` returned.

        Parameters
        ----------
        settings
            Values by name; ``factors`` is a built-in set's name, the path of a TOML file, or a
            whole set.
        folder
            Where relative paths start; None leaves them as they are.

        Raises
        ------
        PolicyError
            If a name is unknown, or a value is missing or does not fit.
        """
        if isinstance(settings, cls):
            return settings
        if not isinstance(settings, Mapping) or "factors" not in settings:
            raise PolicyError(
                "emissions",
                f"found {settings!r}, expected a table with a named set of factors; write "
                '[emissions] and below it factors = "desnz-2025-primary"',
            )
        names = [one.name for one in fields(cls)]
        unknown = [key for key in settings if key not in names]
        if unknown:
            raise PolicyError(
                "emissions", f"field {unknown[0]}: not known; use one of {', '.join(names)}"
            )
        values: dict[str, Any] = dict(settings)
        try:
            return cls(**values | {"factors": _set(values["factors"], folder)})
        except FactorsError as error:
            raise PolicyError(
                "emissions", [f"field factors: {one}" for one in error.problems]
            ) from (error)

    def to_dict(self) -> dict[str, Any]:
        """Plain values as `from_dict` takes them: the whole set, so that nothing else is needed."""
        return {name: getattr(self, name) for name in _MATERIALS_OF} | {
            "factors": self.factors.to_dict()
        }


def _set(value: object, folder: Path | None) -> FactorSet:
    if isinstance(value, FactorSet):
        return value
    if isinstance(value, Mapping):
        return FactorSet.from_dict(value)
    name = str(value)
    if folder is not None and (folder / name).is_file():
        return factor_set(folder / name)
    return factor_set(name)
