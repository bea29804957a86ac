"""Places: folders and files by path or URL, listed, read, and written whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pyarrow import fs

import packopt
from packopt.lake import places
from packopt.lake.places import File, Place
from packopt.lake.stores import is_url


def test_a_folder_lists_its_files_by_name(tmp_path: Path) -> None:
    """Files of all folders below, with their sizes; of a missing folder there are none."""
    folder = Place(str(tmp_path))
    folder.below("b/x.csv").write(b"12")
    folder.below("a.csv").write(b"1")
    assert [(one.name, one.size) for one in folder.files()] == [("a.csv", 1), ("b/x.csv", 2)]
    assert folder.below("nothing").files() == []
    assert [one.name for one in folder.below("b/x.csv").files()] == ["x.csv"]


def test_a_file_that_was_written_again_has_another_stamp(tmp_path: Path) -> None:
    """What tells a file from itself at another time is known without reading it."""
    place = Place(str(tmp_path / "a"))
    place.write(b"1")
    (first,) = place.files()
    place.write(b"2")
    (second,) = place.files()
    assert first.changed != second.changed


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the middle of writing leaves the earlier file, and no draft."""
    place = Place(str(tmp_path / "a"))
    place.write(b"before")

    def fail(store: fs.FileSystem, path: str, content: bytes) -> None:
        Path(path).write_bytes(content[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(places, "_put", fail)
    with pytest.raises(packopt.PlaceError, match="No space left on device"):
        place.write(b"after")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"before")]


def test_other_stores_are_reached_by_fsspec() -> None:
    """What pyarrow does not know, fsspec may: here the memory of this process."""
    pytest.importorskip("fsspec", reason="fsspec is not installed: no other store to try")
    folder = Place("memory://packopt-test/orders")
    folder.below("month=1/a.csv").write(b"123")
    assert [one.name for one in folder.files()] == ["month=1/a.csv"]
    assert folder.below("month=1/a.csv").read() == b"123"
    folder.below("month=1/a.csv").remove()
    assert folder.files() == []


def test_an_unknown_store_is_told() -> None:
    """A misspelt scheme is an error of the input, with those that are known."""
    with pytest.raises(packopt.PlaceError, match="expected a path, s3://, gs://"):
        Place("s4://bucket/orders").files()


@pytest.mark.parametrize(
    "url",
    [
        "s3://me:secret@bucket/orders",
        "s3://bucket/orders?secret_key=secret",
        "abfss://c@account.dfs.core.windows.net/orders?sv=1&sig=secret",
        "s3://bucket/orders?X-Amz-Security-Token=secret",
    ],
    ids=["password", "key", "signature of Azure", "token"],
)
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    """URLs stand in logs and results, so credentials never stand in URLs."""
    with pytest.raises(packopt.PlaceError, match="environment") as refused:
        Place(url).files()
    assert "secret@" not in str(refused.value)
    assert "=secret" not in str(refused.value)


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    """Nobody has to guess which of many files it was."""
    with pytest.raises(packopt.PlaceError, match=r"gone\.parquet"):
        Place(str(tmp_path / "gone.parquet")).read()


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("s3://b/x", "s3://b/x/y/z"),
        ("s3://b/x/?region=r", "s3://b/x/y/z?region=r"),
        ("some/where", "some/where/y/z"),
    ],
)
def test_names_below_a_place_keep_its_options(url: str, below: str) -> None:
    """The options of a URL stand behind its path."""
    assert Place(url).below("y/z").url == below
    assert Place(url).below("y/z").name == "z"


def test_a_url_of_a_file_is_read_as_python_writes_it(tmp_path: Path) -> None:
    """`Path.as_uri` writes blanks and marks with a percent sign."""
    path = tmp_path / "a b#c?d%e.csv"
    path.write_bytes(b"1")
    assert Place(path.as_uri()).read() == b"1"
    assert Place(path.as_uri()).name == path.name
    with pytest.raises(packopt.PlaceError, match="three slashes"):
        Place("file://a/b.csv").read()


def test_any_name_may_stand_below_a_url(tmp_path: Path) -> None:
    """A name is what the store has, whatever its characters mean in URLs."""
    names = ["a#b.csv", "c?d.csv", "site=Z%C3%BC/e f.csv"]
    folder = Place(tmp_path.as_uri())
    for name in names:
        folder.below(name).write(name.encode())
    assert [one.name for one in folder.files()] == names
    assert [folder.below(name).read().decode() for name in names] == names
    assert (tmp_path / names[2]).is_file()


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("a", "a/b", True), ("a/b/..", "a", True), ("a", "ab", False), ("a/b", "a/c", False),
        ("memory://x/a", "memory://x/a/b", True), ("memory://x/a", "a", False),
    ],
)  # fmt: skip
def test_a_place_in_another_overlaps_it(one: str, other: str, overlap: bool) -> None:
    """Whichever of the two is the inner one, and however it is written."""
    if "memory" in one:
        pytest.importorskip("fsspec", reason="fsspec is not installed: no other store to try")
    assert Place(one).overlaps(Place(other)) is overlap
    assert Place(other).overlaps(Place(one)) is overlap


def test_a_version_changes_with_the_file(tmp_path: Path) -> None:
    """By the content where the store has no mark of it, and by the mark where it has one."""
    pytest.importorskip("fsspec", reason="fsspec is not installed: no other store to try")
    for place in (Place(str(tmp_path / "a")), Place("memory://packopt-version/a")):
        found = []
        for content in (b"1", b"2"):
            place.write(content)
            found.append(place.version())
        assert found[0] != found[1]
    assert Place(str(tmp_path / "a")).version() == found_digest(b"2")


def found_digest(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def test_hidden_files_are_no_data() -> None:
    """Marks of Spark and drafts of anybody are left out, wherever their folder is."""
    names = ["a.csv", "_SUCCESS", "_temporary/a.csv", "month=1/.a.csv.crc"]
    assert [File(name, 1, "").is_hidden for name in names] == [False, True, True, True]


def test_paths_of_windows_are_no_urls() -> None:
    """A drive is no scheme."""
    assert not is_url("C:\\orders")
    assert is_url("gs://orders")
