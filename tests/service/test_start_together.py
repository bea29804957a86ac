"""Services that start at once on a database without tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from service.postgres import Postgres, postgres, programs
from service.running import READY_S, environment

pytestmark = pytest.mark.skipif(programs() is None, reason="no PostgreSQL programs on this machine")

#: Opens the database and its workflows as a service does, at a moment that all wait for.
_START = """
import sys
from packopt_service.service import Service
from packopt_service.settings import Settings
print("loaded", flush=True)
sys.stdin.readline()
service = Service(Settings())
service.jobs.start()
service.jobs.stop()
"""
TOGETHER = 3
ROUNDS = 2


@pytest.fixture(scope="module")
def server() -> object:
    """A PostgreSQL server."""
    with postgres() as running:
        yield running


@pytest.mark.parametrize("number", range(ROUNDS))
def test_services_start_at_once_on_an_empty_database(
    server: Postgres, tmp_path: Path, number: int
) -> None:
    """Each of them makes the tables that it lacks, and none stumbles over what others make."""
    url = server.database(f"together{number}")
    variables = environment(data_dir=tmp_path, database_url=url, drain_s=0)
    services = [
        subprocess.Popen(
            [sys.executable, "-c", _START],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(TOGETHER)
    ]
    for one in services:
        assert one.stdout.readline() == "loaded\n"
    for one in services:
        one.stdin.write("\n")
        one.stdin.flush()
    faults = [one.communicate(timeout=READY_S)[1] for one in services]
    assert [one.returncode for one in services] == [0] * TOGETHER, "\n\n".join(faults)
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM packopt_jobs").fetchone()
    assert found == (0,)
