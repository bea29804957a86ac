"""Folders and files anywhere, by path or URL, as `pyarrow.fs` and fsspec reach them."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from packopt.errors import PlaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Stores in which a file appears when it is complete, and that cannot rename.
_OBJECT_STORES: Final = ("s3", "gcs", "abfs")


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder.

    Attributes
    ----------
    url
        A path of this machine, or a URL: ``s3://bucket/orders``, ``gs://``, ``abfss://``,
        ``file://``, or any other that fsspec knows. Credentials are never part of it; they come
        from the environment, as each store's own tools take them.
    """

    url: str

    @property
    def name(self) -> str:
        """Its last name."""
        path = urlsplit(self.url).path if is_url(self.url) else Path(self.url).as_posix()
        return path.rstrip("/").rpartition("/")[2]

    def files(self) -> list[File]:
        """All files below this folder, or the file itself, by name; hidden ones are left out.

        Raises
        ------
        PlaceError
            If it cannot be listed.
        """
        with _told(self.url):
            store, path = _reach(self.url)
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
        with _told(self.url):
            store, path = _reach(self.url)
            return bool(store.get_file_info(path).type == fs.FileType.File)

    def below(self, name: str) -> Place:
        """What has that name below this folder."""
        head, mark, options = self.url.partition("?") if "://" in self.url else (self.url, "", "")
        return Place(f"{head.rstrip('/')}/{name}{mark}{options}")

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Open the file for reading at any place of it.

        Raises
        ------
        PlaceError
            If it cannot be read.
        """
        with _told(self.url):
            store, path = _reach(self.url)
            with store.open_input_file(path) as file:
                yield file

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
        with _told(self.url):
            store, path = _reach(self.url)
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

    def remove(self) -> None:
        """Remove the file, if there is one."""
        with _told(self.url):
            _remove(*_reach(self.url))


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


def is_url(text: str) -> bool:
    """Whether a text is a URL, and no path of this machine."""
    return "://" in text


def _stamp(found: fs.FileInfo) -> str:
    return str(found.mtime_ns or "")


def _put(store: fs.FileSystem, path: str, content: bytes | pa.Buffer) -> None:
    with store.open_output_stream(path) as stream:
        stream.write(content)


def _remove(store: fs.FileSystem, path: str) -> None:
    if store.get_file_info(path).type == fs.FileType.File:
        store.delete_file(path)


def _reach(url: str) -> tuple[fs.FileSystem, str]:
    """The store of a place, opened once in a process, and the path in it."""
    if not is_url(url):
        return fs.LocalFileSystem(), Path(url).absolute().as_posix()
    parts = urlsplit(url)
    _refuse_secrets(url)
    head = f"{parts.scheme}://{parts.netloc}"
    options = f"?{parts.query}" if parts.query else ""
    if parts.scheme == "file":
        return fs.LocalFileSystem(), parts.path
    store, root = _store(head, options)
    return store, f"{root}{parts.path}".rstrip("/")


@cache
def _store(head: str, options: str) -> tuple[fs.FileSystem, str]:
    try:
        store, root = fs.FileSystem.from_uri(head + options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as unknown:
        store, root = _by_fsspec(head, unknown)
    return store, root.rstrip("/")


def _by_fsspec(head: str, unknown: Exception) -> tuple[fs.FileSystem, str]:
    try:
        import fsspec

        store, root = fsspec.core.url_to_fs(head)
    except (ImportError, ValueError) as fault:
        problem = f"no store is known for this URL ({unknown}; {fault}); expected a path, s3://, "
        raise PlaceError(head, f"{problem}gs://, abfss://, or what fsspec knows") from fault
    return fs.PyFileSystem(fs.FSSpecHandler(store)), str(root)


def _refuse_secrets(url: str) -> None:
    """Refuse a URL with a password: URLs stand in logs and results."""
    parts = urlsplit(url)
    if parts.password is not None or "key=" in parts.query.lower():
        safe = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
        problem = "found a password or key in the URL; expected none, since URLs stand in logs"
        raise PlaceError(safe, f"{problem}; give it by the environment, as the store's tools do")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """What goes wrong with a store, told with its URL."""
    try:
        yield
    except pa.ArrowException as fault:
        raise PlaceError(url, f"{fault}; check the name, and who may read and write") from fault
    except OSError as fault:
        problem = f"{fault.strerror or fault}; check the name, and who may read and write"
        raise PlaceError(url, problem) from fault
