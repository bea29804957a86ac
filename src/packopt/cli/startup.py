"""Starting fast: pyarrow without pandas."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def without_pandas(command: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """Run a command with a pyarrow that takes pandas for missing.

    pyarrow looks for pandas when it makes its first array, and where it is installed, as it is
    with ortools, loading it takes a second. Nothing here hands pandas objects to pyarrow, and
    this process is ours, so pyarrow may find that there is none. ortools still can load it.
    """

    @wraps(command)
    def start(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        sys.meta_path.insert(0, _NoPandas)
        try:
            import pyarrow as pa

            pa.array([0])
        finally:
            sys.meta_path.remove(_NoPandas)
        return command(*args, **kwargs)

    return start


class _NoPandas:
    """Finder of modules that finds no pandas."""

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=name)
