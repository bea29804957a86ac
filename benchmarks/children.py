"""Child processes under the stopwatch: wall time, CPU time and peak memory of each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
#: The command line of packopt as this interpreter would run it.
PACKOPT = (sys.executable, "-m", "packopt")


@dataclass(frozen=True)
class Cost:
    """What a process took; ``output`` is what it said on stdout."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def environment(bytecode: Path) -> dict[str, str]:
    """Return the variables of a child that keeps its bytecode in a folder of the benchmark's own.

    Starting is a matter of bytecode: whether it is there, and not whether this process may write
    it, is what a benchmark should decide.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def run(command: Sequence[str], variables: Mapping[str, str]) -> Cost:
    """Run a command to its end, with these environment variables and no others.

    Peak memory is that of the child alone as long as this process is small: the kernel counts
    what a child inherits from its parent before it starts its own program.

    Raises
    ------
    subprocess.CalledProcessError
        If the command fails, with what it said on stderr.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=errors, env=variables)
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors.seek(0)
        output, problem = said.read().decode(), errors.read().decode()
    if child.returncode != 0:
        print(problem, file=sys.stderr)
        raise subprocess.CalledProcessError(child.returncode, command, output, problem)
    # In kilobytes, but on macOS in bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, output)
