"""Stores of files: which one a path or URL is in, and what it knows of a file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import pyarrow as pa
from pyarrow import fs

from packopt.errors import PlaceError

_FILE: Final = "file://"
#: What a store may call that which changes when a file does, of any store that fsspec reaches.
_VERSIONS: Final = (
    "etag", "lastmodified", "last_modified", "last-modified", "updated", "modified", "generation",
    "checksum", "md5", "md5hash", "content_md5", "sha", "created",
)  # fmt: skip
_SECRETS: Final = ("key", "secret", "token", "password", "credential", "signature")
"""Ends of names of options that hold what must stay secret."""


def is_url(text: str) -> bool:
    """Whether a text is a URL, and no path of this machine."""
    return "://" in text


def parts_of(url: str) -> tuple[str, str]:
    """A URL without its options, and these; paths and ``file://`` have none."""
    if not is_url(url) or url.startswith(_FILE):
        return url, ""
    head, mark, options = url.partition("?")
    return head, mark + options


def path_of(url: str) -> str:
    """The path in a URL, or a path as it is, with slashes."""
    head, _ = parts_of(url)
    if not is_url(url):
        return Path(url).as_posix()
    _, slash, path = head.partition("://")[2].partition("/")
    return slash + (unquote(path) if url.startswith(_FILE) else path)


def reach(url: str) -> tuple[fs.FileSystem, str]:
    """The store of a place, opened once in a process, and the path in it.

    Raises
    ------
    PlaceError
        If no store is known for it, or a secret stands in it.
    """
    if not is_url(url):
        return fs.LocalFileSystem(), Path(url).absolute().as_posix()
    head, options = parts_of(url)
    scheme, _, rest = head.partition("://")
    host, path = rest.partition("/")[0], path_of(url)
    _refuse_secrets(scheme, host, path, options)
    if head.startswith(_FILE):
        if host not in ("", "localhost"):
            problem = f"found the host {host!r}, expected a file of this machine: file:///..."
            raise PlaceError(url, f"{problem}; put three slashes before the path")
        return fs.LocalFileSystem(), Path(path).as_posix()
    store, root = _store(f"{scheme}://{host}", options)
    return store, f"{root}{path}".rstrip("/")


def version_of(store: fs.FileSystem, path: str) -> str:
    """What changes when a file does, by its store; empty where the store has nothing such."""
    if not isinstance(store, fs.PyFileSystem):
        return ""
    told: dict[str, Any] = store.handler.fs.info(path)
    known = {key.lower(): value for key, value in told.items() if value}
    return ", ".join(f"{name} {known[name]}" for name in _VERSIONS if name in known)


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


def _refuse_secrets(scheme: str, host: str, path: str, options: str) -> None:
    """Refuse a URL with a secret: URLs stand in logs and results."""
    user, _, machine = host.rpartition("@")
    names = [name.lower() for name, _ in parse_qsl(options[1:], keep_blank_values=True)]
    # `sig` signs the shared access of Azure.
    if ":" in user or any(name == "sig" or name.endswith(_SECRETS) for name in names):
        safe = f"{scheme}://{machine}{path}"
        problem = "found a password, key or token in the URL; expected none: URLs stand in logs"
        raise PlaceError(safe, f"{problem}; give it by the environment, as the store's tools do")
