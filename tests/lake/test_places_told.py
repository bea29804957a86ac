"""Places that a command cannot take are told as what they are: URLs, results of folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

from engine.alike import CATALOGUE, made_up
from engine.folders import folder_of_orders
from packopt import recommend_files
from packopt.cli import main
from packopt.errors import ResultError
from packopt.recommendations import Recommendations

Packopt = Callable[..., tuple[int, str]]


@pytest.fixture
def packopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packopt:
    """`packopt(*words)` in a new folder: exit code, and all that it said, on one line."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as leaving:
            main(words)
        said = capsys.readouterr()
        lines = (line.strip("│ ") for line in (said.out + said.err).splitlines())
        return int(leaving.value.code or 0), " ".join(lines)

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders in a folder and as one file, and the answers of both."""
    folder = tmp_path_factory.mktemp("places")
    folder_of_orders(folder / "in", made_up(40))
    pq.write_table(made_up(40), folder / "one.parquet")
    for source, out in (("in", "many"), ("one.parquet", "one")):
        with pytest.raises(SystemExit):
            main(("recommend", str(folder / source), "--out", str(folder / out), "--quiet"))
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("draw", "one", "D000001", "--out", "s3://b/d.html"),
        ("labels", "one", "--prefix", "0614141", "--out", "S3://b/l.pdf"),
        ("sheets", "one", "--out", "gs://b/s.pdf"),
        ("green", "one", "--out", "s3://b/green"),
        ("rules", "one", "--out", "s3://b/rules"),
        ("inspect", "one.parquet", "--out", "abfss://b/i.csv"),
        ("generate", "orders", "-n", "3", "--out", "s3://b/o.csv"),
        ("generate", "catalogue", "--out", "s3://b/o.csv"),
        ("demo", "--out", "s3://b/demo"),
        ("suite", "one.parquet", "--out", "s3://b/suite"),
        ("suite", "one.parquet", "--report", "s3://b/r.html"),
        ("savings", "one.parquet", "--baseline", "volume-80", "--out", "s3://b/savings"),
        ("savings", "one.parquet", "--baseline", "volume-80", "--report", "file:///b/r.html"),
        ("green", "s3://b/one"),
        ("rules", "s3://b/one"),
        ("inspect", "s3://b/one.parquet"),
        ("recommend", "one.parquet", "--skus", "s3://b/skus.csv"),
    ],
    ids=lambda words: f"{words[0]} {words[-2]}",
)
def test_a_url_is_refused_where_files_of_this_machine_are_meant(
    made: Path, packopt: Packopt, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """With both of its slashes, and without making a folder that is called like its scheme."""
    url = next(word for word in words if "://" in word)
    here = [str(made / word) if word.startswith("one") else word for word in words]
    code, said = packopt(*here)
    assert code == 2
    assert f"found {url}, expected a place on this machine" in said
    assert list(tmp_path.iterdir()) == []


def test_labels_and_sheets_of_a_folder_are_those_of_one_file(made: Path, packopt: Packopt) -> None:
    """For the same parcels; their order is that of the files."""
    codes = {}
    for name in ("many", "one"):
        words = (str(made / name), "--prefix", "0614141")
        assert packopt("labels", *words, "--out", f"{name}.pdf")[0] == 0
        assert packopt("sheets", *words, "--out", f"{name}-sheets.pdf")[0] == 0
        codes[name] = sorted(Path(f"{name}.csv").read_text(encoding="utf-8").splitlines())
        assert Path(f"{name}-sheets.pdf").stat().st_size > 10_000
    assert len(codes["many"]) > 20
    assert codes["many"] == codes["one"]
    code, _ = packopt("labels", (made / "many").as_uri(), "--prefix", "0614141", "--out", "url.pdf")
    assert code == 0
    assert Path("url.csv").read_bytes() == Path("many.csv").read_bytes()


@pytest.mark.parametrize("command", ["rules", "green"])
def test_what_needs_the_result_of_one_file_says_so(
    made: Path, packopt: Packopt, command: str
) -> None:
    """A result of a folder is no damaged one, and to run it again would not help."""
    code, said = packopt(command, str(made / "many"))
    assert code == 3
    assert "found the result of many files, expected that of one file" in said
    assert "run it again" not in said
    with pytest.raises(ResultError, match=r"packopt\.read_files"):
        Recommendations.read(made / "many")


@pytest.mark.parametrize(
    "words", [("check",), ("explain", "D000001"), ("draw", "D000001")], ids=lambda words: words[0]
)
def test_a_url_without_a_result_is_told_by_its_url(
    made: Path, packopt: Packopt, words: tuple[str, ...]
) -> None:
    """Be it mistyped, unfinished, or the result of one file, which is never at a URL."""
    store = fsspec.filesystem("memory")
    store.pipe("/shop/half/_packopt/inputs.json", b"{}")
    command, *rest = words
    for url in ("memory://shop/half", "memory://shop/misspelt"):
        code, said = packopt(command, url, *rest)
        assert code == 3
        assert f"{url}: found no run.json, expected a complete result of many files" in said
    url = (made / "one").as_uri()
    code, said = packopt(command, url, *rest)
    assert code == 3
    assert f"{url}: found the result of one file, expected at a URL that of many" in said


def test_a_complete_result_at_a_url_is_checked(made: Path, packopt: Packopt) -> None:
    """As one in a folder of this machine."""
    recommend_files(made / "in", "memory://shop/whole", CATALOGUE)
    where = ("--orders", str(made / "in"), "--catalogue", "demo")
    code, said = packopt("check", "memory://shop/whole", *where)
    assert code == 0
    assert "0 violations" in said
