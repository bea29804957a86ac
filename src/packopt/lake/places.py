"""Folders and files anywhere, by path or URL, as `pyarrow.fs` and fsspec reach them."""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import fs

from packopt.errors import PlaceError
from packopt.lake.stores import parts_of, path_of, reach, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Stores that need no draft. In s3 and gcs a file appears when it is complete. In abfs it is there
#: from its opening on, empty at first: readers take an empty file for none.
_OBJECT_STORES: Final = ("s3", "gcs", "abfs")
_BLOCK: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder.

    Attributes
    ----------
    base
        A path of this machine, or a URL: ``s3://bucket/orders``, ``gs://``, ``abfss://``,
        ``file://``, or any other that fsspec knows. Credentials are never part of it; they come
        from the environment, as each store's own tools take them.
    under
        A name below it, as the store has it: no character of it means anything else.
    """

    base: str
    under: str = ""

    @property
    def url(self) -> str:
        """The path or URL of it, to be read."""
        if not self.under:
            return self.base
        head, options = parts_of(self.base)
        return f"{head.rstrip('/')}/{self.under}{options}"

    @property
    def name(self) -> str:
        """Its last name."""
        path = self.under or path_of(self.base)
        return path.rstrip("/").rpartition("/")[2]

    def files(self) -> list[File]:
        """All files below this folder, or the file itself, by name; hidden ones are left out.

        Raises
        ------
        PlaceError
            If it cannot be listed.
        """
        with self._reached() as (store, path):
            found = store.get_file_info(path)
            if found.type == fs.FileType.File:
                return [File(found.base_name, found.size, _stamp(found))]
            selector = fs.FileSelector(path, allow_not_found=True, recursive=True)
            below = [one for one in store.get_file_info(selector) if one.type == fs.FileType.File]
        names = ((one.path[len(path) :].lstrip("/"), one) for one in below)
        found_files = [File(name, one.size, _stamp(one)) for name, one in names]
        return sorted(found_files, key=lambda file: file.name)

    def is_file(self) -> bool:
        """Whether it is a file, and no folder."""
        with self._reached() as (store, path):
            return bool(store.get_file_info(path).type == fs.FileType.File)

    def is_filled(self) -> bool:
        """Whether it is a file with anything in it: some stores have it, empty, from the first."""
        with self._reached() as (store, path):
            found = store.get_file_info(path)
            return bool(found.type == fs.FileType.File and found.size)

    def below(self, name: str) -> Place:
        """What has that name below this folder."""
        return replace(self, under=f"{self.under}/{name}" if self.under else name)

    def overlaps(self, other: Place) -> bool:
        """Whether one of the two is the other, or is in it."""
        (store, path), (others, path_of_other) = (one.reach() for one in (self, other))
        if store != others:
            return False
        if store.type_name == "local":
            path, path_of_other = (os.path.realpath(one) for one in (path, path_of_other))
        shorter, longer = sorted((Path(path).parts, Path(path_of_other).parts), key=len)
        return longer[: len(shorter)] == shorter

    def version(self) -> str:
        """What tells the file from itself at another time, where the listing has no time of it.

        A mark of the store's such as an etag, or else a digest of the content.

        Raises
        ------
        PlaceError
            If it cannot be read.
        """
        with self._reached() as (store, path):
            found = version_of(store, path)
        if found:
            return found
        digest = hashlib.sha256()
        with self.open() as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def reach(self) -> tuple[fs.FileSystem, str]:
        """Its store, and the path in it; errors as of `packopt.lake.stores.reach`."""
        store, path = reach(self.base)
        return store, f"{path.rstrip('/')}/{self.under}" if self.under else path

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open the file for reading at any place of it.

        Raises
        ------
        PlaceError
            If it cannot be read.
        """
        with self._reached() as (store, path), store.open_input_file(path) as file:
            try:
                yield file
            except pa.ArrowException as fault:
                damage = fault
            else:
                return
        # What is wrong with a content is no fault of its store.
        raise damage

    def read(self) -> bytes:
        """The content of the file; errors as of `open`."""
        with self.open() as file:
            content: bytes = file.read()
        return content

    def write(self, content: bytes | pa.Buffer) -> None:
        """Write the file, whole or not at all; what was there is replaced.

        Raises
        ------
        PlaceError
            If it cannot be written.
        """
        with self._reached() as (store, path):
            if store.type_name in _OBJECT_STORES:
                _put(store, path, content)
                return
            folder, _, name = path.rpartition("/")
            store.create_dir(folder, recursive=True)
            draft = f"{folder}/.{name}.{uuid.uuid4().hex[:8]}.tmp"
            try:
                _put(store, draft, content)
                store.move(draft, path)
            except BaseException:
                _remove(store, draft)
                raise

    def create(self, content: bytes) -> bool:
        """Write the file unless there is one; on a disk, only one of many who try succeeds.

        Returns
        -------
        Whether it was written.

        Raises
        ------
        PlaceError
            If it cannot be written.
        """
        with self._reached() as (store, path):
            if store.type_name != "local":
                if store.get_file_info(path).type == fs.FileType.File:
                    return False
                self.write(content)
                return True
            store.create_dir(path.rpartition("/")[0], recursive=True)
            try:
                file = Path(path).open("xb")  # noqa: SIM115
            except FileExistsError:
                return False
            try:
                with file:
                    file.write(content)
            except BaseException:
                _remove(store, path)
                raise
            return True

    def remove(self) -> None:
        """Remove the file, if there is one."""
        with self._reached() as (store, path):
            _remove(store, path)

    @contextmanager
    def _reached(self) -> Iterator[tuple[fs.FileSystem, str]]:
        """Its store and the path in it; what goes wrong with them is told with its URL."""
        advice = "check the name, and who may read and write"
        try:
            yield self.reach()
        except pa.ArrowException as fault:
            raise PlaceError(self.url, f"{fault}; {advice}") from fault
        except OSError as fault:
            raise PlaceError(self.url, f"{fault.strerror or fault}; {advice}") from fault


@dataclass(frozen=True, slots=True)
class File:
    """A file of a folder: its name below it, its size in bytes, and when it changed."""

    name: str
    size: int
    changed: str

    @property
    def is_hidden(self) -> bool:
        """Whether it is no data: part of its path starts with a dot or an underscore."""
        return any(one.startswith((".", "_")) for one in self.name.split("/"))


def _stamp(found: fs.FileInfo) -> str:
    return str(found.mtime_ns or "")


def _put(store: fs.FileSystem, path: str, content: bytes | pa.Buffer) -> None:
    with store.open_output_stream(path) as stream:
        stream.write(content)


def _remove(store: fs.FileSystem, path: str) -> None:
    if store.get_file_info(path).type == fs.FileType.File:
        store.delete_file(path)
