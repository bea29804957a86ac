"""Evidence: one order's answer with all that it rests on, in one file that anyone can check.

The file is canonical JSON (RFC 8785 in spirit: sorted keys, no blanks, UTF-8), and says its own
SHA-256. It has the order and the catalogue as they came in, the policy, the versions of all three
and of packopt, the plan, and every ruled-out package with the reason. ``packopt check`` reads it
anywhere, and needs nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa

from packopt import __version__
from packopt.catalogue import Catalogue
from packopt.catalogue_rows import CATALOGUE_COLUMNS
from packopt.catalogue_rows import TEXT_COLUMNS as PACKAGE_TEXTS
from packopt.documents import from_documents
from packopt.errors import ResultError
from packopt.order_columns import LINE_COLUMNS
from packopt.order_columns import TEXT_COLUMNS as LINE_TEXTS
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from packopt.recommendations import Recommendations

SCHEMA: Final = "packopt/evidence/1"
_ADVICE: Final = "get the evidence again from the service that made it"


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an evidence file holds, ready for `packopt.check` and `packopt.explain`.

    Attributes
    ----------
    result
        The answer, as tables.
    orders
        The one order.
    catalogue
        The packages that it was answered from.
    document
        The file itself, as plain values.
    """

    result: Recommendations
    orders: Orders
    catalogue: Catalogue
    document: dict[str, Any]

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read an evidence file, and see that nothing in it was changed.

        Raises
        ------
        ResultError
            If it is no evidence of this schema, or its hashes do not agree with what it says.
        InputError
            If the order, the catalogue or the policy in it cannot be accepted.
        """
        return cls.from_bytes(Path(path).read_bytes(), str(path))

    @classmethod
    def from_bytes(cls, data: bytes, source: str = "evidence") -> Self:
        """Likewise of a file's content; ``source`` is what messages call it."""
        document = _parsed(data, source)
        try:
            order, packages = document["order"], document["catalogue"]["packages"]
            settings, answer = document["policy"]["settings"], document["answer"]
            orders = Orders.from_table(order_table([order]), source=f"{source}: order")
            catalogue = Catalogue.from_table(_table(packages), source=f"{source}: catalogue")
            policy = Policy.from_dict(settings, source=f"{source}: policy")
            digest = document["catalogue"]["digest"]
            result = from_documents([answer], policy, digest)
        except (KeyError, TypeError, AttributeError) as fault:
            raise ResultError(source, f"found no {fault}; {_ADVICE}") from fault
        if catalogue.digest != digest:
            problem = f"the packages have the digest {catalogue.digest}, not the stated {digest}"
            raise ResultError(source, f"{problem}; {_ADVICE}")
        return cls(result, orders, catalogue, document)


def make_evidence(
    answer: Mapping[str, Any],
    order: Mapping[str, Any],
    packages: Sequence[Mapping[str, Any]],
    policy: Policy,
    *,
    catalogue_digest: str,
    catalogue_reference: str | None = None,
    policy_reference: str | None = None,
) -> bytes:
    """Put an answer and all that it rests on into one canonical document.

    Parameters
    ----------
    answer
        The order's document (`packopt.to_documents`), whole.
    order
        ``order_id``, ``lines`` and whatever else the order states, as it came in.
    packages
        Rows of the catalogue, as they came in.
    policy
        The rules.
    catalogue_digest
        `Catalogue.digest` of the packages.
    catalogue_reference, policy_reference
        What the service calls them, such as ``demo@1``.

    Returns
    -------
    The document as UTF-8 JSON.
    """
    settings = policy.to_dict()
    content = {
        "schema": SCHEMA,
        "engine": f"packopt {__version__}",
        "request_sha256": _sha256(canonical(order)),
        "order": order,
        "catalogue": {
            "reference": catalogue_reference,
            "digest": catalogue_digest,
            "packages": packages,
        },
        "policy": {
            "reference": policy_reference,
            "digest": _sha256(canonical(settings)),
            "settings": settings,
        },
        "answer": answer,
    }
    return canonical(content | {"sha256": _sha256(canonical(content))})


def canonical(value: Any) -> bytes:
    """Return plain values as canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def order_table(orders: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return nested orders as a table of lines; what an order states goes to each of its lines."""
    rows = []
    for order in orders:
        stated = {name: value for name, value in order.items() if name != "lines"}
        rows += [stated | line for line in order["lines"]]
    return _table(rows)


def catalogue_rows(path: str | PathLike[str]) -> list[dict[str, Any]]:
    """Return the rows of a catalogue's file as they stand there, ready for JSON.

    Raises
    ------
    InputError
        If the file is missing, damaged, or of an unknown type.
    """
    return plain_rows(read_table(path, CATALOGUE_COLUMNS.__contains__, text=PACKAGE_TEXTS).table)


def order_rows(path: str | PathLike[str]) -> list[dict[str, Any]]:
    """Likewise the lines of a file of orders."""
    return plain_rows(read_table(path, LINE_COLUMNS.__contains__, text=LINE_TEXTS).table)


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows ready for JSON: without what is null, and what JSON has no type for as text."""
    plain = [
        column.cast(pa.string()) if _is_no_json(column.type) else column for column in table.columns
    ]
    rows: list[dict[str, Any]] = pa.table(plain, names=table.column_names).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _is_no_json(kind: pa.DataType) -> bool:
    """Whether values would be lost or changed: 30.1 of 32 bits is no 30.1 of 64."""
    is_short = pa.types.is_float16(kind) or pa.types.is_float32(kind)
    return bool(is_short or pa.types.is_temporal(kind) or pa.types.is_decimal(kind))


def column_table(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return plain values as a table, for `Orders.from_table` and `Catalogue.from_table`.

    Parameters
    ----------
    columns
        ``n`` values of each column: numbers, texts, truth values or None.

    Returns
    -------
    The table; a column of several types, or of numbers beyond 64 bits, is text.
    """
    return pa.table({name: _array(list(values)) for name, values in columns.items()})


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return column_table({name: [row.get(name) for row in rows] for name in names})


def _array(values: list[Any]) -> pa.Array:
    """Return values as a column; those of several types, or beyond 64 bits, as text."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):  # as a column of numbers alone would say it
        return str(pa.scalar(value).cast(pa.string()).as_py())
    return None if value is None else str(value)


def _parsed(data: bytes, source: str) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise ResultError(source, f"is not JSON: {fault}; {_ADVICE}") from fault
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ResultError(source, f"is no evidence of the schema {SCHEMA}; {_ADVICE}")
    content = {name: value for name, value in document.items() if name != "sha256"}
    try:
        found = _sha256(canonical(content))
        request = _sha256(canonical(document["order"]))
        policy = _sha256(canonical(document["policy"]["settings"]))
        stated = document["sha256"], document["request_sha256"], document["policy"]["digest"]
    except (KeyError, TypeError, ValueError) as fault:
        raise ResultError(source, f"found no {fault}; {_ADVICE}") from fault
    if (found, request, policy) != stated:
        raise ResultError(source, f"was changed: its SHA-256 is {found}; {_ADVICE}")
    return document


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
