"""A PostgreSQL server of our own, for tests that stop it and start it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS = ("postgres", "nobody")


def programs() -> Path | None:
    """Return the folder of the server's programs; None where there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@dataclass
class Postgres:
    """A server.

    Attributes
    ----------
    programs
        Where its programs are.
    folder
        Its data.
    port
        Where it listens on loopback.
    """

    programs: Path
    folder: Path
    port: int

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = self.folder / "server.log"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash would."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def database(self, name: str) -> str:
        """Make a database; return its URL."""
        server = f"postgresql://packopt@127.0.0.1:{self.port}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{server}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        subprocess.run(
            [*_as_somebody_else(), *command],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Have a server for a while; it needs `programs`."""
    found = programs()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="packopt-pg-"))
    server = Postgres(found, folder, _free_port())
    try:
        if os.geteuid() == 0:  # the server refuses to run as root
            user = _somebody_else()
            os.chown(folder, user.pw_uid, user.pw_gid)
        server._run("initdb", "-D", folder / "data", "-U", "packopt", "-A", "trust", "-N")
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_somebody_else() -> list[str]:
    if os.geteuid() != 0:
        return []
    user = _somebody_else()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _somebody_else() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in _OTHERS if name in known)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
