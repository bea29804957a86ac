"""What every benchmark prints: Markdown tables, and under which conditions they came about."""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_START = time.perf_counter()
RESULTS = Path(__file__).parent / "results"
_PARTS = ("packopt", "numpy", "numba", "pyarrow", "ortools", "py3dbp", "packvium")


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the arguments that all benchmarks share."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--date", help="date to print on the report")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="where it goes")
    return parser


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; words to the left, figures to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    right = [all(_is_figure(row[k]) for row in rows) for k in range(len(head))]
    rule = ["---:" if numeric else "---" for numeric in right]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(head), rule, *rows]) + "\n"


def save(name: str, title: str, parts: Sequence[str], args: argparse.Namespace) -> None:
    """Print a report, and write it to ``<out>/<name>.md``."""
    text = "\n".join([f"# {title}\n", *parts, _conditions(name, args)])
    print(text)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{name}.md").write_text(text, encoding="utf-8")


def progress(text: str) -> None:
    """Say on stderr what is being measured, and since when the benchmark runs."""
    print(f"{time.perf_counter() - _START:6.1f} s  {text}", file=sys.stderr, flush=True)


def figure(value: float) -> str:
    """Return a figure with three digits that count: 12,300 or 4.56 or 0.0789."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def share(part: int, whole: int, digits: int = 3) -> str:
    """Return a share in percent, rounded down, so that 100 % is all of them."""
    if whole == 0:
        return "-"
    scale = 10**digits
    return f"{100 * part * scale // whole / scale:.{digits}f} %"


def numbers(text: str) -> list[int]:
    """Return the whole numbers of an option such as ``16,50``."""
    return [int(word) for word in text.split(",")]


def machine() -> str:
    """Return cores and model of the processor, and the Python that runs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{cores} cores of {_processor()}, {platform.system()}, {python}"


def _conditions(name: str, args: argparse.Namespace) -> str:
    lines = [
        f"Command: `python -m benchmarks.{name}{_options(args)}`",
        f"Machine: {machine()}",
        f"Versions: {', '.join(_versions())}",
    ]
    if args.date:
        lines.append(f"Date: {args.date}")
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _options(args: argparse.Namespace) -> str:
    """Return the options that shape the figures; dates and folders do not."""
    given = {key: value for key, value in vars(args).items() if key not in {"date", "out"}}
    words = [
        f"--{key.replace('_', '-')}" + ("" if value is True else f" {_word(value)}")
        for key, value in given.items()
        if value not in (None, False) and not isinstance(value, Path)
    ]
    return "".join(f" {word}" for word in words)


def _word(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _versions() -> list[str]:
    found = []
    for part in _PARTS:
        try:
            found.append(f"{part} {version(part)}")
        except PackageNotFoundError:
            found.append(f"{part} absent")
    return found


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _is_figure(text: str) -> bool:
    return text == "-" or text[:1].isdigit() or text[:2] in {"-0", "+0"}
