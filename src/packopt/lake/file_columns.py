"""Columns of order files: in the files, in the names of their folders, and which nobody reads."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import pyarrow as pa

from packopt.baseline_column import with_baseline
from packopt.columns import personal_names, unused
from packopt.engine.nesting import FAULT, ITEMS, ROW
from packopt.errors import OrdersError
from packopt.order_columns import ITEM_FIELDS, ORDER_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIELDS: Final = (*ORDER_FIELDS, *ITEM_FIELDS)
_NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"


def in_folders(name: str) -> dict[str, str | None]:
    """Columns that stand in the names of a file's folders, such as ``site=BER``.

    Parameters
    ----------
    name
        Of the file, below the folder of the input.
    """
    pairs = [one.split("=", 1) for one in PurePosixPath(name).parts[:-1] if "=" in one]
    return {key: None if value == _NO_VALUE else unquote(value) for key, value in pairs}


def refuse_personal_folders(names: Iterable[str], source: str) -> None:
    """Refuse an input with columns about people in the names of folders, as files with such are.

    Parameters
    ----------
    names
        Of its files, below the folder of the input.
    source
        The folder of the input.

    Raises
    ------
    OrdersError
        If there is one; what it says is not repeated.
    """
    folders = {str(PurePosixPath(name).parent) for name in names}
    columns = dict.fromkeys(key for one in sorted(folders) for key in in_folders(f"{one}/x"))
    if personal := personal_names(columns):
        raise OrdersError(
            source,
            f"columns {', '.join(personal)} in names of folders look like personal data, which is "
            "not wanted here; partition by something else, or rename them if they are not about "
            "people",
        )


def names_in(schema: pa.Schema) -> list[str]:
    """Columns of order lines, or of nested orders: those beside the items, and among them."""
    if ITEMS not in schema.names:
        return list(schema.names)
    # Where an item comes from is what nesting adds to it.
    every = (*schema.names, *names_within(schema))
    return [name for name in every if name not in (ITEMS, ROW, FAULT)]


def names_within(schema: pa.Schema) -> list[str]:
    """Columns among the items of nested orders; none where the items are none."""
    kind = schema.field(ITEMS).type if ITEMS in schema.names else pa.null()
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not is_list or not pa.types.is_struct(kind.value_type):
        return []
    return [field.name for field in kind.value_type]


def strangers(names: Sequence[str], baseline_column: str) -> tuple[str, ...]:
    """Columns that nobody reads.

    Parameters
    ----------
    names
        All columns of a file.
    baseline_column
        What it calls the column ``baseline_package``.
    """
    read = with_baseline(baseline_column)
    useless = [name for name in unused(names, FIELDS) if name != baseline_column]
    return (*(name for name in names if name not in read), *useless)
