"""Rule packs out of TOML files: those that come with packopt, and anybody's own.

A pack with a fault is refused as a whole, with every fault named: a rule that is lost in silence
would look like a rule that is kept.
"""

from __future__ import annotations

import difflib
import tomllib
from importlib.resources import files
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from packopt.errors import RulesError
from packopt.rules.pack_reader import PackReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.rules.packs import RulePack

_SUFFIX: Final = ".toml"


def rule_packs() -> tuple[str, ...]:
    """Ids of the rule packs that come with packopt, in alphabetical order."""
    return tuple(sorted(_shipped()))


def rule_pack(name_or_path: str | PathLike[str]) -> RulePack:
    """Read a rule pack.

    Parameters
    ----------
    name_or_path
        One of `rule_packs`, or the path of a TOML file.

    Returns
    -------
    RulePack

    Raises
    ------
    RulesError
        If there is no such pack or file, or anything in it is not understood; all faults are
        named.
    """
    name = fspath(name_or_path)
    path = _shipped().get(name, Path(name))
    if path.suffix != _SUFFIX:
        near = difflib.get_close_matches(name, rule_packs(), n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else "choose one of these, or give a .toml file"
        raise RulesError(
            f"rule pack {name!r}",
            f"found no such pack, expected one of {', '.join(rule_packs())}; {hint}",
        )
    try:
        with path.open("rb") as file:
            settings = tomllib.load(file)
    except OSError as error:
        raise RulesError(
            name, f"cannot be read ({error.strerror}); give the path of a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(
            name, f'is not TOML: {error}; write lines such as id = "MY-RULES"'
        ) from error
    return read_pack(settings, source=name)


def _shipped() -> dict[str, Path]:
    """The files of packopt's own packs by id: a file has its pack's id, with - for /."""
    # str: files() promises a Traversable, and every installed wheel gives a real directory.
    folder = Path(str(files("packopt.datasets"))) / "rules"
    found = {}
    for path in folder.glob(f"*{_SUFFIX}"):
        with path.open("rb") as file:
            found[str(tomllib.load(file)["id"])] = path
    return found


def read_pack(settings: Mapping[str, Any], *, source: str = "rule pack") -> RulePack:
    """Make a rule pack from plain values, as they stand in a TOML file.

    Parameters
    ----------
    settings
        The values.
    source
        Where they come from, for messages.

    Returns
    -------
    RulePack

    Raises
    ------
    RulesError
        If anything is missing, unknown or does not fit; all faults are named.
    """
    reader = PackReader()
    pack = reader.pack(settings)
    if reader.problems:
        raise RulesError(source, reader.problems)
    return pack
