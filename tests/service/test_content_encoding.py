"""Bodies that are compressed in a way that is not understood."""

from __future__ import annotations

import httpx
import pytest

from service.jobbing import night_of_orders

JSON = "application/json"
BODIES = [
    ("/v1/recommendations", JSON),
    ("/v1/packings?order=A", JSON),
    ("/v1/parcels/A/packings", JSON),
    ("/v1/catalogues/packed", "text/csv"),
    ("/v1/policies/packed", JSON),
]
UPLOADS = ["/v1/jobs", "/v1/savings?baseline=volume-80", "/v1/suites?sizes=2"]


@pytest.mark.parametrize("path", UPLOADS)
@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip, zstd"])
def test_uploads_say_which_compressions_they_take(
    http: httpx.Client, path: str, encoding: str
) -> None:
    """415 with the compressions that would do, as RFC 9110 wants it."""
    headers = {"Content-Type": "text/csv", "Content-Encoding": encoding}
    answer = http.post(path, content=night_of_orders(3), headers=headers)
    assert answer.status_code == 415, answer.text
    assert answer.headers["accept-encoding"] == "gzip, identity"
    assert encoding in answer.json()["detail"]


@pytest.mark.parametrize(("path", "media"), BODIES)
@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_other_bodies_are_taken_plain(
    http: httpx.Client, path: str, media: str, encoding: str
) -> None:
    """Nothing is made of a body that is compressed, and the answer says that none may be."""
    headers = {"Content-Type": media, "Content-Encoding": encoding}
    answer = http.post(path, content=b"{}", headers=headers)
    assert answer.status_code == 415, answer.text
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("path", ["/v1/recommendations", "/v1/packings?order=A"])
def test_a_body_that_says_it_is_plain_is_read(http: httpx.Client, path: str) -> None:
    """`identity` is no compression."""
    headers = {"Content-Type": JSON, "Content-Encoding": "Identity"}
    assert http.post(path, content=b"{}", headers=headers).status_code == 422
