"""Writing results so that they appear whole or not at all."""

from __future__ import annotations

import json
import shutil
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from packopt import __version__
from packopt.errors import ResultError
from packopt.result_files import open_sink
from packopt.tables import TABLES, VERDICTS

if TYPE_CHECKING:
    from types import TracebackType

    from packopt.recommendations import Recommendations

RUN_FILE: Final = "run.json"  # its presence marks a directory as a result of ours
SCHEMA_VERSION: Final = 3
#: Endings of files that are not written here.
_OTHER_FILES: Final = frozenset(
    {".arrow", ".feather", ".gz", ".html", ".ipc", ".jsonl", ".ndjson", ".ods", ".pdf"}
    | {".tsv", ".txt", ".xls", ".xlsx", ".xml", ".zip", ".zst"}
)


class ResultWriter:
    """Writes batches of recommendations as they come; the result appears when the last is in.

    Everything goes to a hidden sibling of `path` first and is renamed on `close`. An error on the
    way, or leaving the `with` block by one, leaves nothing behind and an earlier result untouched.

    Parameters
    ----------
    path
        A directory, or a file ending in ``.parquet``, ``.csv`` or ``.json``. A file gets the
        orders table only. A directory that is neither empty nor an earlier result is refused.

    Raises
    ------
    ResultError
        If `path` may not be replaced.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).resolve()  # what a link points to is replaced, not the link
        refuse_foreign(self._path)
        self._draft = self._path.with_name(f".{self._path.name}.{uuid.uuid4().hex[:8]}.part")
        self._sink = open_sink(self._draft, Path(path).suffix)
        self._run: dict[str, Any] = {}
        self._notes: dict[str, None] = {}  # an ordered set
        self._counts: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()

    def write(self, batch: Recommendations) -> None:
        """Append one batch; its orders must not have been written before.

        Raises
        ------
        ResultError
            If the batch was made under another policy or from another catalogue.
        """
        self._agree(batch)
        for name in TABLES:
            table = getattr(batch, name)
            self._counts[name] += table.num_rows
            self._sink.append(name, table)
        for entry in pc.value_counts(batch.orders["verdict"].cast(pa.string())).to_pylist():
            self._verdicts[entry["values"]] += entry["counts"]
        self._notes.update(dict.fromkeys(batch.notes))

    def close(self) -> None:
        """Finish the files and give the result its name.

        Raises
        ------
        ResultError
            If nothing was written: there is no result then.
        """
        if not self._run:
            self.discard()
            problem = "found no batch, expected at least one; write one before closing"
            raise ResultError(str(self._path), problem)
        try:
            self._sink.close()
            if self._draft.is_dir():
                text = json.dumps(self._summary(), indent=2, ensure_ascii=False)
                (self._draft / RUN_FILE).write_text(text + "\n", encoding="utf-8")
            replace_directory(self._path, self._draft)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Give up: remove what was written so far."""
        try:
            self._sink.close()
        finally:
            remove(self._draft)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _agree(self, batch: Recommendations) -> None:
        """Hold the batch against the first one: one result, one policy, one catalogue."""
        run = {"policy": batch.policy.to_dict(), "catalogue_digest": batch.catalogue_digest}
        self._run = self._run or run
        problems = [
            f"{key}: found {value}, expected {self._run[key]} as in the first batch; "
            "write results of different runs to different places"
            for key, value in run.items()
            if value != self._run[key]
        ]
        if problems:
            raise ResultError(str(self._path), problems)

    def _summary(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "packopt_version": __version__,
            **self._run,
            "notes": list(self._notes),
            "counts": {name: self._counts[name] for name in TABLES},
            "verdicts": {verdict: self._verdicts[verdict] for verdict in VERDICTS},
        }


def refuse_foreign(path: Path, mark: str = RUN_FILE) -> None:
    """Never replace a directory that somebody else filled, nor make one named like a file.

    Parameters
    ----------
    path
        Where something is to be written.
    mark
        The file by which a directory shows that it may be replaced.

    Raises
    ------
    ResultError
        If it may not.
    """
    if path.suffix.lower() in _OTHER_FILES:
        problem = (
            f"found a name that ends in {path.suffix}, expected a directory, or a file that ends "
            "in .parquet, .csv or .json; choose one of these"
        )
        raise ResultError(str(path), problem)
    if path.is_dir() and any(path.iterdir()) and not (path / mark).is_file():
        problem = (
            f"found a directory without {mark}, expected an earlier result or nothing; "
            "name another directory"
        )
        raise ResultError(str(path), problem)


def replace_directory(path: Path, draft: Path, mark: str = RUN_FILE) -> None:
    """Rename a draft to its place, moving an earlier result directory out of the way.

    Parameters
    ----------
    path
        The place.
    draft
        A sibling of it.
    mark
        As of `refuse_foreign`, whose error is raised here as well.
    """
    refuse_foreign(path, mark)  # it may have come into being meanwhile
    if not path.is_dir():
        draft.replace(path)
        return
    earlier = draft.with_suffix(".old")
    path.rename(earlier)
    try:
        draft.rename(path)
    except OSError:
        earlier.rename(path)
        raise
    remove(earlier)


def remove(path: Path) -> None:
    """Take a file or a whole directory away."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
