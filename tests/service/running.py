"""A real service in a process of its own, for tests that ask it over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds until a service must be ready: its processes load the kernel, on a busy machine slowly.
READY_S = 300.0
_LISTENING = re.compile(r"running on (http://[^ ]+)")


@dataclass
class Running:
    """A service that runs.

    Attributes
    ----------
    url
        Where it listens.
    process
        Its main process.
    log
        The file that it logs to.
    data_dir
        Its data directory.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    data_dir: Path

    def wait_until_ready(self) -> None:
        """Wait until the kernel is warm; fail with the log if that does not come to pass."""
        give_up = time.monotonic() + READY_S
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the service is not ready: {self.log.read_text()[-4000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=60)


def start(data_dir: Path, *, ready: bool = True, **settings: object) -> Running:
    """Start a service on a free port with settings by their names."""
    data_dir.mkdir(parents=True, exist_ok=True)
    stated = {
        "data_dir": data_dir,
        "port": 0,
        "solver_processes": 1,
        "search_processes": 1,
        **settings,
    }
    log = data_dir.parent / f"{data_dir.name}-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "packopt_service"],
            env=environment(**stated),
            stderr=file,
            stdout=file,
        )
    running = Running(_url(process, log), process, log, data_dir)
    if ready:
        running.wait_until_ready()
    return running


def environment(**settings: object) -> dict[str, str]:
    """Return the variables of a process with settings by their names."""
    variables = {f"PACKOPT_{name.upper()}": str(value) for name, value in settings.items()}
    return {**os.environ, **variables}


@contextmanager
def serving(data_dir: Path, **settings: object) -> Iterator[Running]:
    """Have a service for a while."""
    running = start(data_dir, **settings)
    try:
        yield running
    finally:
        running.stop()


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    give_up = time.monotonic() + READY_S
    while time.monotonic() < give_up and process.poll() is None:
        found = _LISTENING.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the service does not listen: {log.read_text()[-4000:]}")
