"""One run at a time on a folder of results: a second one is refused, so that none undoes another.

A run holds a folder by ``_packopt/lock``. On disks only one of two runs can make that file. Where a
store cannot make sure of this, the run whose lock was overwritten finds out before it removes
anything, and gives up.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from packopt.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.lake.places import Place

LOCK: Final = "_packopt/lock"
_ours: Final[set[str]] = set()
"""Runs of this process, which may have the process id of one that was killed before it."""


class Hold:
    """That a run has a folder of results to itself.

    Parameters
    ----------
    out
        The folder.
    run
        What no other run is called.
    """

    def __init__(self, out: Place, run: str) -> None:
        self._out = out
        self._run = run

    def make_sure(self) -> None:
        """Make sure that it still is so.

        Raises
        ------
        ResultError
            If another run has taken the folder.
        """
        lock = self._out.below(LOCK)
        found = _read(lock) if lock.is_file() else {}
        if found.get("run") != self._run:
            raise ResultError(
                self._out.url,
                f"found another run at work here ({_who(found)}), expected this one alone; "
                "wait until it is done, and run this again: it does what is missing",
            )


@contextmanager
def held(out: Place) -> Iterator[Hold]:
    """Hold a folder of results within.

    Parameters
    ----------
    out
        The folder.

    Raises
    ------
    ResultError
        If another run holds it. The lock of a process that was killed on this machine is no
        hindrance.
    PlaceError
        If the folder cannot be written to.
    """
    lock, run = out.below(LOCK), uuid.uuid4().hex
    text = json.dumps({"run": run, "host": socket.gethostname(), "process": os.getpid()}).encode()
    _ours.add(run)
    try:
        if not lock.create(text):
            found = _read(lock)
            if not _is_dead(found):
                raise ResultError(
                    out.url,
                    f"found {LOCK} of another run ({_who(found)}), expected no run at work here; "
                    f"wait until it is done, or if it was killed, remove {lock.url}",
                )
            lock.remove()
            if not lock.create(text):
                raise ResultError(
                    out.url, "found another run that starts here at once; run this again later"
                )
        hold = Hold(out, run)
        try:
            yield hold
        finally:
            if _read(lock).get("run") == run:
                lock.remove()
    finally:
        _ours.discard(run)


def _read(lock: Place) -> dict[str, Any]:
    """What a lock says; nothing if it is not there any more, or is no lock of ours."""
    if not lock.is_file():
        return {}
    try:
        found = json.loads(lock.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _who(found: dict[str, Any]) -> str:
    return f"process {found.get('process', 'unknown')} on {found.get('host', 'an unknown machine')}"


def _is_dead(found: dict[str, Any]) -> bool:
    """Whether a lock is of a process of this machine that is no more."""
    process = found.get("process")
    # On Windows there is no asking: what asks elsewhere would end the process there.
    if found.get("host") != socket.gethostname() or not isinstance(process, int) or os.name == "nt":
        return False
    if process == os.getpid():
        return found.get("run") not in _ours
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
