"""Errors as problem details for HTTP APIs (RFC 9457), with pointers to the fields at fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from packopt import InputError
from packopt_service.places import place_of

MEDIA_TYPE: Final = "application/problem+json"

T = TypeVar("T")


class Fault(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(
        description="JSON pointer (RFC 6901) to the value; in a table as if its rows were objects: "
        "/0/qty is in row 1. Or the name of a header or parameter.",
        examples=["/orders/0/lines/0/qty"],
    )
    detail: str = Field(description="What was found, what was expected, and what to do.")


class ProblemDetails(BaseModel):
    """What went wrong with a request."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("about:blank", description="Always about:blank: the status says the kind.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What went wrong, and what to do about it.")
    request_id: str | None = Field(None, description="The request, as the logs name it.")
    errors: list[Fault] = Field(
        default_factory=list, description="Each fault with its place; at most 100."
    )


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that says what is wrong.

    Parameters
    ----------
    status
        HTTP status, 400..599.
    detail
        What was found, what was expected, and what to do.
    errors
        ``(pointer, detail)`` of each fault.
    headers
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may answer with, for OpenAPI.

    Parameters
    ----------
    statuses
        Those of the route. What every route may answer is added: 431 for headers that are too
        large, and 503 where a key is needed (401), which the database must be asked for.
    """
    everywhere = {431, 503} if 401 in statuses else {431}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in sorted({*statuses, *everywhere})
    }


def answers(content: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Document a 200 by the schema of each media type, for OpenAPI."""
    return {
        200: {
            "description": "OK",
            "content": {name: {"schema": schema} for name, schema in content.items()},
        }
    }


def pointer(parts: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901) to a place in a body."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def from_validation(faults: Sequence[Mapping[str, Any]]) -> Problem:
    """Return what pydantic found as a problem."""
    errors = [
        (_place(fault["loc"]), f"{fault['msg']}; found {_shown(fault.get('input'))}")
        for fault in faults
    ]
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    where, what = errors[0]
    return Problem(422, f"{where or 'body'}: {what}{more}", errors)


def validated(validate: Callable[[bytes], T], raw: bytes) -> T:
    """Return the body of a request, checked by a validator of pydantic.

    Raises
    ------
    Problem
        422 if it is not of the documented shape.
    """
    try:
        return validate(raw)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise from_validation(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from None


def from_input(fault: InputError, place: str = "") -> Problem:
    """Return what packopt's own doors found as a problem.

    Parameters
    ----------
    fault
        What they found.
    place
        Pointer to what they were given; the whole body if empty.
    """
    errors = [(place + pointer(place_of(problem)), problem) for problem in fault.problems]
    return Problem(422, str(fault), errors)


def _place(location: Sequence[str | int]) -> str:
    kind, *rest = location
    if kind == "body":
        return pointer(rest)
    return ".".join(str(part) for part in (rest or [kind]))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
