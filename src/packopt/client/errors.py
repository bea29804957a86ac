"""What can go wrong between a client and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt.errors import PackoptError

if TYPE_CHECKING:
    import httpx

    from packopt.client.documents import Job


class ApiError(PackoptError):
    """The service answered with a problem (RFC 9457).

    Attributes
    ----------
    status
        The HTTP status.
    detail
        What was found, what was expected, and what to do.
    errors
        Each fault: ``pointer`` into the request, and ``detail``.
    request_id
        The request, as the logs of the service name it.
    """

    def __init__(self, response: httpx.Response) -> None:
        problem = _problem(response)
        self.status = response.status_code
        self.detail = str(problem.get("detail") or response.reason_phrase)
        self.errors: list[dict[str, str]] = problem.get("errors") or []
        self.request_id: str | None = problem.get("request_id")
        super().__init__(f"{self.status}: {self.detail}")


class JobError(PackoptError):
    """A job ended without results.

    Attributes
    ----------
    job
        Its document.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(f"the job {job['job_id']} {job['state']}: {job['error'] or 'by request'}")


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        return {}  # a proxy on the way, most likely
    return problem if isinstance(problem, dict) else {}
