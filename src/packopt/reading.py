"""Files to raw columns: CSV, Parquet, Arrow IPC, JSON and NDJSON, whole columns at a time.

Nothing is judged here but the file itself: values stay as they are. Text formats keep every CSV
value as text, so that one bad value is one reject later and does not fail the file.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.errors import InputError
from packopt.raw_table import RawTable, refuse_duplicates, select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from os import PathLike

    from packopt.raw_table import Keep

_KIND_BY_SUFFIX: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".feather": "arrow",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
}
EMPTY: Final = "the file is empty; expected a header and at least one row"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_COMPRESSED: Final = (".gz", ".zst", ".bz2")
_MAGIC: Final = {
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow IPC",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def read_table(
    path: str | PathLike[str],
    keep: Keep,
    *,
    error: type[InputError] = InputError,
    text: Collection[str] = (),
) -> RawTable:
    """Read the columns asked for from a file; the suffix names the format.

    Parameters
    ----------
    path
        ``.csv .tsv .txt`` (separator detected), ``.json .ndjson .jsonl``, each also compressed
        (``.gz .zst .bz2``); ``.parquet .pq``; ``.arrow .ipc .feather``.
    keep
        Tells of a column name whether it is wanted.
    error
        Which exception to raise.
    text
        Columns that hold text: JSON strings that look like dates stay text there.

    Returns
    -------
    The columns.

    Raises
    ------
    InputError
        Or its subclass ``error``, if the file is missing, empty, of an unknown type, damaged, or
        if two of its columns have one name.
    """
    path = Path(path)
    kind = kind_of(path, error)
    with damage_told(path, kind, error):
        if kind == "parquet":
            raw = _read_parquet(path, keep)
        elif kind == "arrow":
            raw = _read_arrow(path, keep)
        else:
            raw = _read_text(path, kind, keep, text)
    return raw


@contextmanager
def damage_told(path: Path, kind: str, error: type[InputError]) -> Iterator[None]:
    """What goes wrong while a file is read, told as an ``error`` that leads with its path."""
    try:
        yield
    except InputError as fault:
        raise error(str(path), fault.problems) from fault.__cause__
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as fault:
        raise error(
            str(path), f"cannot be read as {kind}: {fault}; {_advice(path, kind)}"
        ) from fault


def kind_of(path: Path, error: type[InputError], kind: str | None = None) -> str:
    """The format of a file, by its suffix where ``kind`` does not say it.

    Parameters
    ----------
    path
        The file.
    error
        Which exception to raise.
    kind
        ``csv``, ``json``, ``parquet``, ``arrow`` or None.

    Returns
    -------
    One of the four.

    Raises
    ------
    InputError
        Or its subclass ``error``, if the file is missing, empty or of an unknown type.
    """
    if not path.exists():
        raise error(str(path), "there is no such file; check the path")
    if path.is_dir():
        raise error(str(path), "is a directory; expected a file, name one inside it")
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if len(suffixes) == 2 and suffixes[1] in _COMPRESSED:
        suffixes.pop()
    kind = kind or _KIND_BY_SUFFIX.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise error(
            str(path),
            f"unknown file type {path.suffix!r}; expected one of "
            f"{' '.join(_KIND_BY_SUFFIX)}; save it as one of these or rename it",
        )
    if path.stat().st_size == 0:
        raise error(str(path), EMPTY)
    return kind


def _advice(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        head = file.read(8)
    found = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
    if found and found.lower() not in (kind, f"{kind} ipc"):
        return f"it looks like {found}, give it the suffix of its format"
    return "it may be cut off or damaged, write it again"


def _read_parquet(path: Path, keep: Keep) -> RawTable:
    # Not pyarrow.parquet.read_table: that imports pyarrow.dataset and half a second of pandas.
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        refuse_duplicates(names)
        table = file.read(columns=[name for name in names if keep(name)])
    return RawTable(table, tuple(name for name in names if not keep(name)))


def _read_arrow(path: Path, keep: Keep) -> RawTable:
    with pa.memory_map(str(path)) as source:
        try:
            table = pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
    raw = select(table, keep)
    # Arrow trusts offsets and lengths as they stand in the file; a damaged one could crash us.
    raw.table.validate(full=True)
    return raw


def _read_text(path: Path, kind: str, keep: Keep, text: Collection[str]) -> RawTable:
    with pa.input_stream(str(path), compression="detect") as stream:
        data: bytes = stream.read().removeprefix(BYTE_ORDER_MARK)
    if not data or data.isspace():
        raise InputError(str(path), EMPTY)
    refuse_binary(data[:8], has_zeros=b"\0" in data)
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise not_utf8(line, data[fault.start]) from fault
    if kind == "csv":
        from packopt.reading_csv import parse_csv

        return parse_csv(data, keep)
    from packopt.reading_json import parse_json

    return parse_json(data, keep, text)


def refuse_binary(head: bytes, *, has_zeros: bool) -> None:
    """Refuse what is no text, by its first bytes or because bytes of value 0 are in it.

    Parameters
    ----------
    head
        The first bytes.
    has_zeros
        True where a byte is 0.

    Raises
    ------
    InputError
        If it is no text.
    """
    found = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
    if not found and has_zeros:
        found = "binary data"
    if found:
        raise InputError(
            "file",
            f"expected UTF-8 text, found {found}; export it again as UTF-8 text, or give it the "
            "suffix of its format",
        )


def not_utf8(line: int, byte: int) -> InputError:
    """The exception for a byte that is part of no UTF-8 text."""
    return InputError(
        "file",
        f"line {line}: byte 0x{byte:02x} is not UTF-8 text; save the file again with the encoding "
        "UTF-8",
    )
