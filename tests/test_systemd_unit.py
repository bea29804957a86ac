"""The unit of systemd agrees with the project, and what it says of keys works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from packopt_service import Settings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "deploy" / "packopt.service").read_text(encoding="utf-8")
OPTIONS = [line.partition("=")[::2] for line in TEXT.splitlines() if re.match("[A-Z]", line)]
ENVIRONMENT = dict(
    one.split("=", 1) for name, value in OPTIONS if name == "Environment" for one in value.split()
)


def told(word: str) -> list[str]:
    """The command of the comments that starts with a word."""
    (line,) = [line[1:] for line in TEXT.splitlines() if line.startswith(f"#   {word} ")]
    return shlex.split(line)


def test_the_user_exists_and_stays() -> None:
    """Who installs it makes the user; one that comes and goes keeps its data from all others."""
    (user,) = [value for name, value in OPTIONS if name == "User"]
    assert "DynamicUser" not in dict(OPTIONS)
    assert told("systemd-sysusers")[2].split()[:2] == ["u", user]
    assert f"--uid={user}" in told("systemd-run")


def test_settings_are_ones_that_the_service_knows() -> None:
    """A misspelt variable would be passed over in silence."""
    names = {f"PACKOPT_{name.upper()}" for name in Settings.model_fields} | {"NUMBA_CACHE_DIR"}
    assert ENVIRONMENT.keys() <= names


def test_the_documentation_is_where_the_wheel_puts_it() -> None:
    """Each page is in the environment of the program, and comes with the wheel everywhere."""
    (program,) = [value.split()[0] for name, value in OPTIONS if name == "ExecStart"]
    prefix = program.removesuffix("bin/packopt")
    (named,) = [value.split() for name, value in OPTIONS if name == "Documentation"]
    target = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    shared = target["targets"]["wheel"]["shared-data"]
    assert sorted(named) == sorted(f"file://{prefix}{place}" for place in shared.values())
    built = (ROOT / "deploy" / "Containerfile").read_text("utf-8").partition("--no-deps .")[0]
    for page in shared:
        assert (ROOT / page).is_file()
        assert re.search(rf"^COPY .*\b{re.escape(page)} ", built, re.MULTILINE), page


def test_keys_are_made_where_the_service_looks_for_them(tmp_path: Path) -> None:
    """The command has the database and the data directory of the service, and runs."""
    command = told("systemd-run")
    (file,) = [value for name, value in OPTIONS if name == "EnvironmentFile"]
    assert f"--property=EnvironmentFile={file}" in command
    (program,) = [value.split()[0] for name, value in OPTIONS if name == "ExecStart"]
    arguments = command[command.index(program) + 1 :]
    at = arguments.index("--data-dir") + 1
    assert arguments[at] == ENVIRONMENT["PACKOPT_DATA_DIR"]
    arguments[at] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "packopt", *arguments],
        env={name: value for name, value in os.environ.items() if "PACKOPT" not in name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\bpk_[\w-]+", done.stdout)
