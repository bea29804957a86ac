"""Independent pieces of work side by side: writing files, above all, keeps no interpreter busy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Each file that is written holds a row group in memory; more at a time gain nothing.
_AT_ONE_TIME: Final = 2


def together(*tasks: Callable[[], object]) -> None:
    """Do all of it, two at a time, and return when the last is done.

    Parameters
    ----------
    *tasks
        What is to be done, the longest first; none may need another one.

    Raises
    ------
    Exception
        That of the first task, in their order, that fails; all others are finished nevertheless.
    """
    with ThreadPoolExecutor(_AT_ONE_TIME) as pool:
        done = [pool.submit(task) for task in tasks]
    for one in done:
        one.result()
