"""Where uploads, parts and results lie: the data directory, or any file system of pyarrow.

A file appears under its name when it is complete and, on this machine's disks, safe from a power
cut; whoever writes the same file twice writes the same bytes, so the last one may win.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

#: File systems that have no folders, and where a file is there when its last byte has arrived.
_OBJECT_STORES: Final = frozenset({"s3", "gcs", "abfs"})
#: A file beyond that waits on the disk until it is whole.
_IN_MEMORY_BYTES: Final = 32 << 20
_PUT_BYTES: Final = 8 << 20


class Storage(Protocol):
    """Files of all jobs, by names with slashes."""

    @property
    def is_local(self) -> bool:
        """Whether other processes of this machine can open the files by their paths."""

    def write(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file with what `fill` writes to a binary file object."""

    def take(self, path: Path, name: str) -> None:
        """Make a local file, which goes away, a file here."""

    def fetch(self, name: str, path: Path) -> None:
        """Copy a file to a local path."""

    def open(self, name: str) -> Any:
        """Open a file to be read at any place; FileNotFoundError if there is none."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def files(self, name: str) -> set[str]:
        """Return the names of the files in a folder; none if there is no such folder."""

    def remove(self, name: str) -> None:
        """Take away a folder with all that is in it, if it is there."""

    def sweep(self, name: str) -> None:
        """Take away what writers that died left in a folder."""


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """A folder of this machine, or one that several machines share.

    Parameters
    ----------
    root
        The folder.
    """

    root: Path

    @property
    def is_local(self) -> bool:
        """True."""
        return True

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self.root / name

    def write(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file with what `fill` writes."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            with draft.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        if path.suffix == ".json":
            sync_folder(path.parent)  # it says that the files before it are there

    def take(self, path: Path, name: str) -> None:
        """Make a local file, which goes away, a file here."""
        place = self.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        sync_file(path)
        path.replace(place)
        for folder in (place.parent, place.parent.parent, self.root):
            sync_folder(folder)

    def fetch(self, name: str, path: Path) -> None:
        """Copy a file to a local path."""
        shutil.copyfile(self.path(name), path)

    def open(self, name: str) -> Any:
        """Open a file to be read at any place."""
        return self.path(name).open("rb")

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).exists()

    def files(self, name: str) -> set[str]:
        """Return the names of the files in a folder."""
        try:
            return {path.name for path in self.path(name).iterdir()}
        except FileNotFoundError:
            return set()

    def remove(self, name: str) -> None:
        """Take away a folder with all that is in it, if it is there."""
        shutil.rmtree(self.path(name), ignore_errors=True)

    def sweep(self, name: str) -> None:
        """Take away what writers that died left in a folder."""
        for draft in self.path(name).glob(".*.part"):
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RemoteStorage:
    """Any file system that pyarrow knows by a URL.

    Parameters
    ----------
    url
        Such as ``s3://bucket/folder``.
    """

    url: str

    @property
    def is_local(self) -> bool:
        """False."""
        return False

    def write(self, name: str, fill: Callable[[Any], None]) -> None:
        """Make a file with what `fill` writes."""
        files, place = self._at(name)
        if files.type_name in _OBJECT_STORES:
            # Filled here first: what fails on the way must not become a file that looks whole.
            with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as whole:
                fill(whole)
                whole.seek(0)
                _put(files, place, whole)
            return
        draft = f"{place}.{uuid.uuid4().hex[:8]}.part"
        files.create_dir(place.rpartition("/")[0], recursive=True)
        try:
            with files.open_output_stream(draft, compression=None) as file:
                fill(file)
            files.move(draft, place)
        except BaseException:
            self._forget(files, draft)
            raise

    def take(self, path: Path, name: str) -> None:
        """Make a local file, which goes away, a file here."""
        files, place = self._at(name)
        with path.open("rb") as source:
            if files.type_name in _OBJECT_STORES:
                _put(files, place, source)
            else:
                self.write(name, lambda file: shutil.copyfileobj(source, file, 1 << 20))
        path.unlink()

    def fetch(self, name: str, path: Path) -> None:
        """Copy a file to a local path."""
        with self.open(name) as source, path.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)

    def open(self, name: str) -> Any:
        """Open a file to be read at any place."""
        files, place = self._at(name)
        return files.open_input_file(place)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        import pyarrow.fs

        files, place = self._at(name)
        return bool(files.get_file_info(place).type != pyarrow.fs.FileType.NotFound)

    def files(self, name: str) -> set[str]:
        """Return the names of the files in a folder."""
        return {found.base_name for found in self._listed(name)}

    def remove(self, name: str) -> None:
        """Take away a folder with all that is in it, if it is there."""
        files, place = self._at(name)
        try:
            files.delete_dir(place)
        except FileNotFoundError:
            return

    def sweep(self, name: str) -> None:
        """Take away what writers that died left in a folder."""
        files, _ = self._at(name)
        for found in self._listed(name):
            if found.path.endswith(".part"):
                self._forget(files, found.path)

    def _listed(self, name: str) -> list[Any]:
        import pyarrow.fs

        files, place = self._at(name)
        listed: list[Any] = files.get_file_info(
            pyarrow.fs.FileSelector(place, allow_not_found=True)
        )
        return listed

    def _at(self, name: str) -> tuple[Any, str]:
        files, root = _reached(self.url)
        return files, f"{root.rstrip('/')}/{name}"

    @staticmethod
    def _forget(files: Any, place: str) -> None:
        try:
            files.delete_file(place)
        except OSError:
            return


@lru_cache(maxsize=8)
def _reached(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the folder in it; its connections are kept."""
    import pyarrow.fs

    files, root = pyarrow.fs.FileSystem.from_uri(url)
    return files, root


def _put(files: Any, place: str, source: IO[bytes]) -> None:
    """Write a file that appears whole or not at all, as those of object stores do."""
    with files.open_output_stream(place, compression=None) as file:
        shutil.copyfileobj(source, file, _PUT_BYTES)


def storage_of(data_dir: Path, url: str) -> LocalStorage | RemoteStorage:
    """Return the storage of a service with these settings."""
    return RemoteStorage(url) if url else LocalStorage(data_dir.resolve())


def sync_file(path: Path) -> None:
    """Make the content of a file safe from a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe from a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except (OSError, AttributeError):
        return  # Windows cannot open folders
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
