"""Logs are one JSON object a line, whoever writes them, and never what orders contain."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import error

from packopt_service.database import connect, evidence
from packopt_service.jobs.engine import _EndedOnPurpose
from packopt_service.logs import configure_logs
from service.jobbing import (
    LIVELY,
    client_of,
    has_ended,
    has_parts,
    night_of_orders,
    submit,
    wait_until,
)
from service.running import Running, serving


def told_by(running: Running) -> list[dict[str, Any]]:
    """Return what a service has logged; every line must be an object."""
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert all(isinstance(one, dict) and "level" in one for one in lines)
    return lines


def test_a_cancel_is_no_error_and_every_line_is_an_object(tmp_path: Path) -> None:
    """A job cancelled while it runs, one while it waits, and one that is parked by the stop."""
    with serving(tmp_path / "data", ready=False, **LIVELY) as running:
        with client_of(running.url) as http:
            job_id = submit(http, night_of_orders(1500))["job_id"]
            wait_until(http, job_id, has_parts(2))
            waits = submit(http, night_of_orders(60))["job_id"]
            for one in (waits, job_id):
                assert http.delete(f"/v1/jobs/{one}").status_code == 200
            # It has its turn when the cancelled one has let go of the worker.
            after = submit(http, night_of_orders(60))["job_id"]
            assert wait_until(http, after, has_ended)["state"] == "succeeded"
            assert http.get(f"/v1/jobs/{waits}").json()["state"] == "cancelled"
            lines = told_by(running)
            assert {one["level"] for one in lines} == {"info"}, lines
            cancelled = [one["job"] for one in lines if one["event"] == "job cancelled"]
            assert cancelled == [waits, job_id]
            parked = submit(http, night_of_orders(1500))["job_id"]
            wait_until(http, parked, has_parts(1))
        running.stop()
        assert told_by(running)


@pytest.mark.usefixtures("fresh_logs")
def test_libraries_write_objects_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The tracebacks of DBOS, and warnings of Python, are members of an object."""
    configure_logs()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("a warning", stacklevel=1)
    logging.getLogger("dbos").error("a fault", exc_info=ValueError("what"))
    warned, failed = map(json.loads, capsys.readouterr().err.splitlines())
    assert "a warning" in warned["event"]
    assert (failed["event"], "ValueError: what" in failed["exception"]) == ("a fault", True)


def test_workflows_that_ended_on_purpose_are_no_errors() -> None:
    """Those that were cancelled or removed while they ran; what fails otherwise is told."""

    def is_told(fault: BaseException | None) -> bool:
        info = None if fault is None else (type(fault), fault, None)
        record = logging.LogRecord("dbos", logging.ERROR, "", 1, "ended", None, info)
        return bool(_EndedOnPurpose().filter(record))

    assert not is_told(error.DBOSAwaitedWorkflowCancelledError("id"))
    assert not is_told(error.DBOSNonExistentWorkflowError("target", "id"))
    assert is_told(ValueError("what"))
    assert is_told(None)


def test_faults_of_the_database_do_not_tell_what_is_kept(tmp_path: Path) -> None:
    """The values of a statement stay out of its error, which is logged."""
    engine = connect(f"sqlite:///{tmp_path / 'test.sqlite'}")
    row = {"owner": "me", "order_id": "secret-order", "body": b"secret-sku"}
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError) as caught:
        connection.execute(evidence.insert().values(**row))
    assert "secret" not in str(caught.value)
    engine.dispose()
