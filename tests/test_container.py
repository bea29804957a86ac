"""The container file agrees with the project: what it copies, installs, and starts."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from packopt_service import Settings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions(text: str) -> list[tuple[str, str]]:
    """Instructions and their arguments, continued lines joined, comments left out."""
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n", " ", plain).splitlines()
    parted = [line.strip().partition(" ") for line in lines if line.strip()]
    return [(word, rest.strip()) for word, _, rest in parted]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, its FROM first."""
    found: list[list[tuple[str, str]]] = []
    for one in instructions(TEXT):
        if one[0] == "FROM":
            found.append([])
        found[-1].append(one)
    return found


BUILD, FINAL = stages()


def values(stage: list[tuple[str, str]], word: str) -> list[str]:
    """What a stage says to an instruction, each time."""
    return [rest for name, rest in stage if name == word]


def variables(stage: list[tuple[str, str]]) -> dict[str, str]:
    """The environment that a stage sets."""
    pairs = [one for text in values(stage, "ENV") for one in shlex.split(text)]
    return dict(one.split("=", 1) for one in pairs)


def test_what_is_copied_is_there() -> None:
    """Every path from the project exists, and all that the build needs is copied."""
    copied = [word for text in values(BUILD, "COPY") for word in text.split()[:-1]]
    assert copied
    assert [one for one in copied if not (ROOT / one).exists()] == []
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {Path(one).parts[0] for one in packages} <= set(copied)


def test_the_base_is_a_python_that_the_project_takes() -> None:
    """Both stages stand on the same Python, which is no older than the project's oldest."""
    bases = {text.split()[0] for stage in (BUILD, FINAL) for text in values(stage, "FROM")}
    assert len(bases) == 1
    version = re.fullmatch(r"python:3\.(\d+)-slim", bases.pop())
    oldest = re.fullmatch(r">=3\.(\d+)", PROJECT["project"]["requires-python"])
    assert version
    assert oldest
    assert int(version[1]) >= int(oldest[1])


def test_nobody_is_root() -> None:
    """The user is made, without a shell, before it is used, and owns the data."""
    user = values(FINAL, "USER")
    assert user == ["packopt"]
    made = next(rest for word, rest in FINAL if word == "RUN")
    assert re.search(r"useradd .*nologin .*--uid 1\d{4} packopt", made)
    assert "--owner packopt /data" in made
    words = [word for word, _ in FINAL]
    assert words.index("RUN") < words.index("USER")


def test_the_entry_point_is_the_commands_of_the_project() -> None:
    """`packopt serve`, which the project installs, on the port that is exposed."""
    assert values(FINAL, "ENTRYPOINT") == ['["packopt"]']
    assert "packopt" in PROJECT["project"]["scripts"]
    assert values(FINAL, "CMD") == ['["serve"]']
    port = Settings.model_fields["port"].default
    assert values(FINAL, "EXPOSE") == [str(port)]
    assert f":{port}/readyz" in values(FINAL, "HEALTHCHECK")[0]


def test_settings_are_ones_that_the_service_knows() -> None:
    """Each PACKOPT_ variable is a setting, and the data lies in a volume."""
    stated = variables(FINAL)
    known = {f"PACKOPT_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in stated if name.startswith("PACKOPT_")} <= known
    assert f'"{stated["PACKOPT_DATA_DIR"]}"' in values(FINAL, "VOLUME")[0]
    assert values(FINAL, "STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize("place", ["NUMBA_CACHE_DIR"])
def test_the_kernel_is_found_where_it_was_compiled(place: str) -> None:
    """Both stages name one folder, a volume, and sources have whole seconds before it is filled.

    Layers cut times of files to seconds, and compiled code is looked up by them; and a folder that
    cannot be written to, as with --read-only, is passed over.
    """
    folder = variables(BUILD)[place]
    assert variables(FINAL)[place] == folder
    assert f'"{folder}"' in values(FINAL, "VOLUME")[0]
    runs = values(BUILD, "RUN")
    touched = next(i for i, text in enumerate(runs) if re.search(r"touch --date=@\d+ ", text))
    warmed = next(i for i, text in enumerate(runs) if text.endswith("packopt warm"))
    assert touched < warmed
