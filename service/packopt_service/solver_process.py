"""A child process that packs, asked over pipes by the event loop itself: no threads in between.

A message is its length in eight bytes, and a pickle; both ends are ours. The child answers one
message after the other, and ends when its parent closes the pipe, be it by dying.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from packopt_service.solving import Case, Told

_LENGTH_BYTES: Final = 8
_CLOSE_S: Final = 5.0


class ProcessEndedError(Exception):
    """The child ended before it answered."""


class ProcessFaultError(Exception):
    """The child met a fault of ours; the message is its traceback."""


@dataclass(frozen=True, slots=True)
class SolverProcess:
    """A child that packs.

    Attributes
    ----------
    process
        The child, with pipes to and from it.
    """

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, niceness: int) -> Self:
        """Start a child, and wait until its kernel is warm.

        Parameters
        ----------
        niceness
            By how much it yields to others.

        Raises
        ------
        ProcessEndedError
            If it ends before.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "packopt_service.solving",
            str(niceness),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        child = cls(process)
        try:
            await child._receive()
        except asyncio.CancelledError:
            child.kill()
            await process.wait()
            raise
        return child

    async def solve(self, case: Case, **question: Any) -> list[Told] | None:
        """Ask `packopt_service.solving.solve`.

        Raises
        ------
        ProcessEndedError
            If the child ends before it answers.
        ProcessFaultError
            If it meets a fault of ours.
        """
        pipe = self.process.stdin
        assert pipe is not None  # noqa: S101 - told to the type checker: it was asked for
        if self.process.returncode is not None:
            raise ProcessEndedError
        message = pickle.dumps((case, question), pickle.HIGHEST_PROTOCOL)
        try:
            pipe.write(len(message).to_bytes(_LENGTH_BYTES, "big") + message)
            await pipe.drain()
        except (OSError, RuntimeError) as fault:  # uvloop's word for a pipe that was closed
            raise ProcessEndedError from fault
        answer: list[Told] | None = await self._receive()
        return answer

    async def ended(self) -> None:
        """Come back when it has ended."""
        await self.process.wait()

    def kill(self) -> None:
        """End it, whatever it is doing."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def close(self) -> None:
        """Let it end when it has nothing to do."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), _CLOSE_S)
        except TimeoutError:
            self.kill()
            await self.process.wait()

    async def _receive(self) -> Any:
        pipe = self.process.stdout
        assert pipe is not None  # noqa: S101 - told to the type checker: it was asked for
        try:
            length = int.from_bytes(await pipe.readexactly(_LENGTH_BYTES), "big")
            fault, answer = pickle.loads(await pipe.readexactly(length))  # noqa: S301 - our child's
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ProcessEndedError from error
        if fault is not None:
            raise ProcessFaultError(fault)
        return answer
