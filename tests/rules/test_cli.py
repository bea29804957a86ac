"""`packopt rules`, as its user would type it, and the files that it writes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from packopt.cli import main
from packopt.rules import OUTCOMES

Run = tuple[int, str, str]
Packopt = Callable[..., Run]

ORDERS = """order_id,sku,qty,length_mm,width_mm,height_mm,weight_g{date}
snug,brick,1,200,150,100,400{day}
loose,ring,1,80,60,90,100{day}
"""
_SIDES = ("length_mm", "width_mm", "height_mm")
CARTONS = (
    f"package_id,kind,{','.join(_SIDES)},{','.join(f'outer_{side}' for side in _SIDES)}\n"
    "box,carton,220,160,140,226,166,152\n"
)


@pytest.fixture
def packopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packopt:
    """`packopt(*arguments)` in a directory with a result of two orders without dates."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "150"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "cartons.csv").write_text(CARTONS, encoding="utf-8")

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        return int(leaving.value.code or 0), *capsys.readouterr()

    def recommend(date: str = "") -> None:
        day = f",{date}" if date else ""
        text = ORDERS.format(date=",date" if date else "", day=day)
        (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
        code, _, said = run(
            "recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers"
        )
        assert code == 0, said

    recommend()
    run.recommend = recommend  # type: ignore[attr-defined]
    return run


def test_a_broken_rule_is_exit_code_one(packopt: Packopt) -> None:
    """The snug parcel passes, the loose one fails, and the table says so."""
    code, said, notes = packopt("rules", "answers", "--pack", "EU-2025/40-24", "--on", "2030-01-01")
    assert code == 1
    lines = [line.split() for line in said.splitlines() if line.startswith("EU-2025/40-24.outer")]
    assert [(words[1], words[-2], words[-1]) for words in lines] == [
        ("PASS", "1", "0.50"),
        ("FAIL", "1", "0.50"),
    ]
    assert "whether outer or inner volume counts is open" in notes


def test_before_its_first_day_nothing_is_broken(packopt: Packopt) -> None:
    """On the day before, the same parcels break no rule."""
    code, said, _ = packopt("rules", "answers", "--pack", "EU-2025/40-24", "--on", "2029-12-31")
    assert code == 0
    assert "NOT_APPLICABLE" in said


def test_orders_are_judged_by_their_own_day(packopt: Packopt) -> None:
    """With dates in the orders no day needs to be stated."""
    packopt.recommend("2030-06-01")  # type: ignore[attr-defined]
    code, said, _ = packopt("rules", "answers", "--pack", "EU-2025/40-24", "--pack", "AMAZON-SIPP")
    assert code == 1
    assert "missing: pack_form" in said


def test_without_any_day_one_is_asked_for(packopt: Packopt) -> None:
    """Orders without dates need --on, and a day that is none is wrong usage."""
    code, _, said = packopt("rules", "answers")
    assert code == 2
    assert "the orders have no dates; state the day" in said.replace("\n", " ").replace("│ ", "")
    code, _, said = packopt("rules", "answers", "--on", "soon")
    assert (code, "expected a day" in said) == (2, True)


def test_facts_and_ones_own_pack(packopt: Packopt, tmp_path: Path) -> None:
    """A file by SKU, one for all, and a pack of one's own decide together."""
    (tmp_path / "mine.toml").write_text(
        'id = "MINE"\ntitle = "Mine"\nversion = "1"\njurisdiction = "us"\nsubject = "parcel"\n'
        'source = "us"\nconfidence = "V"\n'
        '[facts.gift]\nkind = "flag"\nmeaning = "gift"\nfrom_skus = "any"\n'
        '[facts.most_void]\nkind = "number"\nmeaning = "limit"\n'
        '[[rules]]\nid = "MINE.void"\ntitle = "Void"\nvalid_from = "earliest known"\n'
        'value = "1 - content_mm3 / outer_mm3"\nlimit = "most_void"\n'
        'exemptions = [{when = "gift", code = "a gift may be loose"}]\n',
        encoding="utf-8",
    )
    (tmp_path / "skus.csv").write_text("sku,gift\nbrick,no\nring,yes\n", encoding="utf-8")
    (tmp_path / "all.csv").write_text("most_void\n0.5\n", encoding="utf-8")
    stated = ("--facts", "skus.csv", "--facts", "all.csv")
    arguments = ("rules", "answers", "--pack", "mine.toml", "--on", "2026-01-01")
    code, said, _ = packopt(*arguments, *stated, "--out", "said")
    assert code == 0, said
    assert "a gift may be loose" in said
    outcomes = pq.ParquetFile(tmp_path / "said" / "rule_outcomes.parquet").read()
    assert outcomes.column_names == OUTCOMES.names
    rows = {row["order_id"]: row for row in outcomes.to_pylist()}
    assert (rows["snug"]["outcome"], rows["loose"]["outcome"]) == ("PASS", "EXEMPT")
    assert rows["snug"]["version"] == "1"
    with (tmp_path / "said" / "rule_summary.csv").open(encoding="utf-8") as file:
        assert [row["rows"] for row in csv.DictReader(file)] == ["1", "1"]
    about = json.loads((tmp_path / "said" / "rules.json").read_text(encoding="utf-8"))
    assert about["packs"][0]["rules"][0]["limit"] == "most_void"
    facts = pq.ParquetFile(tmp_path / "said" / "facts_parcel.parquet").read()
    assert facts["most_void"].to_pylist() == [0.5, 0.5]
    # Once more to the same place, and never over something else.
    assert packopt(*arguments, *stated, "--out", "said")[0] == 0
    code, _, said = packopt(*arguments, *stated, "--out", ".")
    assert (code, "found a folder without rules.json" in said) == (3, True)
    (tmp_path / "all.csv").write_text("most_viod\n0.5\n", encoding="utf-8")
    code, _, said = packopt(*arguments, *stated)
    assert (code, "did you mean most_void?" in said) == (3, True)


def test_all_packs_of_packopt_are_the_default(packopt: Packopt) -> None:
    """Parcels, SKUs and packages are all looked at, and what is missing is named."""
    code, said, _ = packopt("rules", "answers", "--on", "2026-08-01")
    assert code == 1  # the ring is smaller than Amazon allows
    for rule in ("KR-2026.space", "CN-GB43352.pb", "CN-GB23350.space", "EU-2025/40-10.smallest"):
        assert rule in said
    assert "missing: " in said
