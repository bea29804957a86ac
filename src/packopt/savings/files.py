"""Savings on disk: tables as Parquet and CSV, packopt's answer, and one JSON that explains them."""

from __future__ import annotations

import json
import shutil
import uuid
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from packopt.errors import ResultError
from packopt.recommendations import Recommendations
from packopt.result_writer import refuse_foreign, remove, replace_directory
from packopt.savings.repeating import Repeating
from packopt.savings.result import ATTRIBUTES, PARTS
from packopt.savings.tables import SCHEMA_VERSION, TABLES
from packopt.tables import MOST_CSV_ROWS, parquet_options, strings
from packopt.together import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packopt.savings.result import Savings

    S = TypeVar("S", bound=Savings)

FILE: Final = "savings.json"  # its presence marks a folder as savings
_PLAN: Final = "plan"
_ROW_GROUP: Final = 1 << 20
#: Rows of a table that are made at a time, so that they are written while they are near at hand.
_PIECE: Final = 1 << 18


def write_savings(savings: Savings, folder: str | Path, plan: Path | None = None) -> None:
    """Write savings as `packopt.savings.Savings.write` says."""
    tables = {name: savings.kept(ATTRIBUTES[name]) for name in TABLES}
    with whole_folder(folder, savings.about, tables, TABLES) as draft:
        place = draft / _PLAN
        together(
            # It may come from another file system.
            partial(savings.plan.write, place)
            if plan is None
            else partial(shutil.move, plan, place),
            *(partial(write_table, draft / name, tables[name], TABLES[name]) for name in TABLES),
            *(
                partial(_write_parquet, draft / f"{name}.parquet", savings.kept(name), schema)
                for name, schema in PARTS.items()
            ),
        )


@contextmanager
def whole_folder(
    folder: str | Path,
    about: Mapping[str, Any],
    tables: Mapping[str, pa.Table | Repeating],
    schemas: Mapping[str, pa.Schema],
) -> Iterator[Path]:
    """A folder that appears, with what is told about it, when all in it is written.

    Parameters
    ----------
    folder
        Its place; earlier savings there are replaced.
    about
        What is to be known about the tables.
    tables, schemas
        The tables that `FILE` describes, and their schemas.

    Yields
    ------
    The draft to write into.

    Raises
    ------
    ResultError
        If the folder may not be replaced.
    """
    path = Path(folder).resolve()
    refuse_foreign(path, FILE)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    draft.mkdir(parents=True)
    try:
        yield draft
        told = {"schema_version": SCHEMA_VERSION, **about, "tables": _described(tables, schemas)}
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        (draft / FILE).write_text(text, encoding="utf-8")
        replace_directory(path, draft, FILE)
    except BaseException:
        remove(draft)
        raise


def _described(
    tables: Mapping[str, pa.Table | Repeating], schemas: Mapping[str, pa.Schema]
) -> dict[str, dict[str, Any]]:
    """Rows of each table, and what its columns mean."""
    return {
        name: {"rows": tables[name].num_rows, "columns": _meanings(schema)}
        for name, schema in schemas.items()
    }


def read_savings(kind: type[S], folder: str | Path) -> S:
    """Read savings as `packopt.savings.Savings.read` says."""
    path = Path(folder)
    about = _read_about(path)
    schemas = {name: (ATTRIBUTES[name], schema) for name, schema in TABLES.items()}
    schemas |= {name: (name, schema) for name, schema in PARTS.items()}
    try:
        tables = {
            attribute: _read_parquet(path / f"{name}.parquet", schema)
            for name, (attribute, schema) in schemas.items()
        }
    except (OSError, pa.ArrowException, KeyError) as error:
        raise _unreadable(path, str(error)) from error
    return kind(**tables, plan=Recommendations.read(path / _PLAN), about=about)


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((path / FILE).read_text(encoding="utf-8"))
        found = about["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, f"{FILE}: {error}") from error
    if found != SCHEMA_VERSION:
        raise _unreadable(path, f"{FILE}: schema_version {found}, not {SCHEMA_VERSION}")
    about.pop("tables", None)
    return about


def _unreadable(path: Path, found: str) -> ResultError:
    advice = "expected a folder written by packopt savings --out; run it again"
    return ResultError(str(path), f"found {found}; {advice}")


def write_table(stem: Path, table: pa.Table | Repeating, schema: pa.Schema) -> None:
    """A table as Parquet, and as CSV if it is not too long for a spreadsheet."""
    _write_parquet(stem.with_name(f"{stem.name}.parquet"), table, schema)
    if table.num_rows <= MOST_CSV_ROWS:
        table = table.whole if isinstance(table, Repeating) else table
        pyarrow.csv.write_csv(table.cast(_plain(schema)), stem.with_name(f"{stem.name}.csv"))


def _write_parquet(path: Path, table: pa.Table | Repeating, schema: pa.Schema) -> None:
    with pq.ParquetWriter(path, schema, **parquet_options(schema.names)) as writer:
        meanings = {f"packopt:{name}": text for name, text in _meanings(schema).items()}
        writer.add_key_value_metadata(meanings | {"packopt:schema_version": SCHEMA_VERSION})
        pieces = table.pieces(_PIECE) if isinstance(table, Repeating) else [table]
        for piece in pieces:
            writer.write_table(piece, row_group_size=_ROW_GROUP)


def _read_parquet(path: Path, schema: pa.Schema) -> pa.Table:
    with pq.ParquetFile(path, read_dictionary=strings(schema)) as file:
        return file.read(columns=schema.names).select(schema.names).cast(schema)


def _meanings(schema: pa.Schema) -> dict[str, str]:
    return {field.name: field.metadata[b"meaning"].decode() for field in schema}


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with strings instead of dictionaries, which CSV does not have."""
    return pa.schema(
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in schema
    )
