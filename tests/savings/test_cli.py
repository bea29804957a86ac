"""`packopt savings`, as its user would type it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from packopt.cli import main
from packopt.datasets import demo_orders_path
from packopt.datasets.loaders import load_shopee
from packopt.savings import Savings

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[3] / "shared"))
OLIST = SHARED / "data" / "orders" / "olist_dev.parquet"
SHOPEE = SHARED / "data" / "orders" / "shopee"


class Run(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str


Packopt = Callable[..., Run]
ORDERS = """order_id,sku,qty,length_mm,width_mm,height_mm,weight_g,box,date
A,mug,2,100,100,110,400,large,2025-03-01
B,lamp,1,300,200,180,1500,large,2025-03-02
C,mast,1,4000,60,60,3000,large,2025-03-02
"""
CARTONS = """package_id,kind,length_mm,width_mm,height_mm,max_content_g,unit_cost,currency
small,carton,220,160,150,5000,0.25,EUR
large,carton,320,220,200,10000,0.45,EUR
"""
OLD = """package_id,kind,length_mm,width_mm,height_mm,unit_cost,currency
huge,carton,420,320,250,0.85,EUR
"""
RATES = "zone,up_to_g,price,currency\n5,3000,8.5,EUR\n5,20000,14,EUR\n"
OTHER = "order_id,package_id\nA,large\nB,large\n"
PACKINGS = """order_id,parcel,recommended_package_id,package_id,reason,note,packed
A,1,small,small,,,2025-03-04 08:00:00+00:00
A,1,small,large,does_not_fit,Mrs Miller asked for it,2025-03-05 08:00:00.125000+00:00
B,1,large,large,,,2025-03-05 08:01:00+00:00
B,2,large,large,,,2025-03-05 08:01:00+00:00
Z,1,large,large,,,2025-03-05 08:02:00+00:00
"""
STRANGE = "order_id,package_id\nA,SMALL\nB,large.\n"


@pytest.fixture
def packopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packopt:
    """`packopt("savings", ...)` in a directory with orders and catalogues, colourless."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    files = {"orders": ORDERS, "cartons": CARTONS, "old": OLD, "rates": RATES, "other": OTHER}
    files |= {"strange": STRANGE, "packings": PACKINGS}
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def run(*words: str) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main(words)
        return Run(int(leaving.value.code or 0), *capsys.readouterr())

    return run


BASE = ("savings", "orders.csv", "--catalogue", "cartons.csv", "--resamples", "200")


def test_the_summary_is_on_stdout_and_messages_on_stderr(packopt: Packopt) -> None:
    """Saved mass first, then a line for each measure, then what does not count; notes beside."""
    run = packopt(*BASE, "--baseline-column", "box")
    assert run.code == 0, run.stderr
    first, second, *_ = run.stdout.splitlines()
    assert first.startswith("packopt saves ")
    assert first.endswith("against column: box")
    assert second.startswith("2 of 3 orders count; intervals of 95%")
    for words in ("packaging, kg", "corrugated board, kg", "tape, m", "money, EUR", "emissions"):
        assert words in run.stdout
    assert "no packages hold the order: proved" in run.stdout
    assert "3 orders, 2 package types" in run.stderr
    assert "note: emissions depend on the factor set desnz-2025-primary" in run.stderr


@pytest.mark.parametrize(
    ("words", "name", "counted"),
    [
        (("--baseline", "volume-80"), "volume-80", 2),
        (("--baseline", "first-fit-largest-side"), "first-fit-largest-side", 2),
        (("--baseline", "one-size-up"), "one-size-up", 2),
        (("--baseline-catalogue", "old.csv"), "catalogue: old.csv", 2),
        (("--baseline-result", "other.csv"), "result: other.csv", 2),
    ],
)
def test_every_baseline_has_its_option(
    packopt: Packopt, words: tuple[str, ...], name: str, counted: int
) -> None:
    """A rule, another catalogue, another packer's file."""
    run = packopt(*BASE, *words, "--out", "out", "--quiet")
    assert run.code == 0, run.stderr
    about = Savings.read("out").about
    assert (about["baseline"], about["orders"]["counted"]) == (name, counted)
    assert run.stderr.splitlines() == ["tables in out"]


def test_an_earlier_result_knows_its_catalogue(packopt: Packopt) -> None:
    """What `packopt recommend --out` wrote is a baseline, from whichever catalogue it was made."""
    for catalogue in ("old.csv", "cartons.csv"):
        packopt("recommend", "orders.csv", "--catalogue", catalogue, "--out", "answers", "--quiet")
        run = packopt(*BASE, "--baseline-result", "answers", "--quiet")
        assert run.code == 0, run.stderr
        assert "against result: answers" in run.stdout
        saved = run.stdout.splitlines()[0]
        assert ("saves 0 g" in saved) == (catalogue == "cartons.csv"), saved


def test_a_carriers_rule_and_rates_add_weight_and_freight(packopt: Packopt) -> None:
    """With a day, a zone and rates; the rule's version is told."""
    words = ("--carrier", "ups-us", "--carrier-date", "2026-03-01")
    run = packopt(*BASE, "--baseline-column", "box", *words, "--rates", "rates.csv", "--zone", "5")
    assert run.code == 0, run.stderr
    assert "billable weight, kg" in run.stdout
    assert "freight, EUR" in run.stdout
    assert "note: billable weight by UPS-US-2026-01-26, confidence" in run.stderr
    without = packopt(*BASE, "--baseline-column", "box")
    assert "freight" not in without.stdout


def test_factors_may_be_a_file_or_none(packopt: Packopt, tmp_path: Path) -> None:
    """Users add their own set; without one there are no emissions."""
    text = (
        'source = "us"\nyear = 2026\nboundary = "gate"\n[factors]\nboard = 700\npp = 1\npaper = 1\n'
    )
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    run = packopt(*BASE, "--baseline-column", "box", "--factors", "ours.toml")
    assert "note: emissions depend on the factor set ours (2026, status own)" in run.stderr
    assert "but those of paper, pp are below 20: if they are per kg, multiply" in run.stderr
    run = packopt(*BASE, "--baseline-column", "box", "--factors", "none")
    assert "emissions" not in run.stdout


def test_rejected_orders_ask_for_a_look(packopt: Packopt, tmp_path: Path) -> None:
    """Exit code 1, as of recommend; the others were compared."""
    (tmp_path / "orders.csv").write_text(
        ORDERS + "D,x,1,,10,10,5,small,2025-03-03\n", encoding="utf-8"
    )
    run = packopt(*BASE, "--baseline-column", "box")
    assert run.code == 1
    assert "rejected" in run.stdout
    assert "1 orders not accepted, for 1 faults; --out keeps all of them" in run.stderr
    assert "row 4, order D, length_mm" in run.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "found none of them, expected one baseline"),
        (("--baseline", "volume-80", "--baseline-column", "box"), 2, "found 2 of them"),
        (("--baseline", "volume80"), 3, "did you mean 'volume-80'"),
        (("--baseline-column", "bx"), 3, "column bx is missing"),
        (("--baseline-result", "none.csv"), 3, "there is no such file"),
        (("--baseline-result", "cartons.csv"), 3, "columns order_id are missing"),
        (("--baseline-catalogue", "nemo"), 3, "nemo"),
        (("--baseline", "volume-80", "--packings", "none.csv"), 3, "there is no such file"),
        (("--baseline", "volume-80", "--packings", "old.csv"), 3, "column order_id is missing"),
        (("--baseline", "volume-80", "--factors", "fefco"), 3, "found no such set"),
        (("--baseline", "volume-80", "--tape-material", "pvs"), 3, "tape_material: found 'pvs'"),
        (("--baseline-column", "sku"), 3, "found 'mug', 'lamp', 'mast', none of them a package"),
        (("--baseline-result", "strange.csv"), 3, "did you mean 'small', 'large'?"),
        (("--baseline", "volume-80", "--carrier", "ups-us"), 2, "expected a day"),
        (("--baseline", "volume-80", "--carrier", "up-us"), 3, "Did you mean 'ups-us'?"),
        (("--baseline", "volume-80", "--rates", "rates.csv"), 2, "say how a carrier bills"),
        (("--baseline", "volume-80", "--carrier-date", "2026-03-01"), 2, "say how a carrier bills"),
        (("--baseline", "volume-80", "--report", "r.pdf"), 2, "expected a name that ends in .html"),
        (("--baseline", "volume-80", "--out", "taken"), 3, "found a file, expected a directory"),
        (("--baseline", "volume-80", "--on", "soon"), 2, "found 'soon', expected a day"),
        (("--baseline", "volume-80", "--confidence", "2"), 3, "field confidence: found 2"),
    ],
)
def test_wrong_wishes_are_told_in_words(
    packopt: Packopt, words: tuple[str, ...], code: int, message: str
) -> None:
    """2 for wrong usage, 3 for unusable input; never a traceback."""
    run = packopt(*BASE, *words)
    assert run.code == code, run.stderr
    assert message in " ".join(run.stderr.replace("│", " ").split())


def test_a_report_is_written_on_wish(packopt: Packopt, tmp_path: Path) -> None:
    """One page that opens from disk, in English or Chinese."""
    for language in ("en", "zh"):
        run = packopt(*BASE, "--baseline-column", "box", "--report", "r.html", "--lang", language)
        assert run.code == 0, run.stderr
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert f'lang="{language}' in page


def test_a_report_may_lie_among_the_tables(packopt: Packopt, tmp_path: Path) -> None:
    """A report inside the folder of tables is written with it, and anew with it."""
    for _ in range(2):
        run = packopt(*BASE, "--baseline-column", "box", "--out", "o", "--report", "o/r.html")
        assert run.code == 0, run.stderr
        assert (tmp_path / "o" / "r.html").is_file()
        assert Savings.read(tmp_path / "o" / "r_data").about == Savings.read(tmp_path / "o").about


def test_a_folder_of_others_beside_a_report_is_refused_at_once(
    packopt: Packopt, tmp_path: Path
) -> None:
    """Nothing is packed for a report whose data would replace what somebody else wrote."""
    (tmp_path / "r_data").mkdir()
    (tmp_path / "r_data" / "mine.txt").write_text("mine", encoding="utf-8")
    run = packopt(*BASE, "--baseline-column", "box", "--report", "r.html")
    assert run.code == 3
    assert "without savings.json" in run.stderr
    assert run.stdout == ""


def test_what_packers_did_is_told_in_summary_tables_and_report(
    packopt: Packopt, tmp_path: Path
) -> None:
    """The override rate with its interval, what was left aside, and no note of anybody."""
    words = (*BASE, "--baseline-column", "box", "--packings", "packings.csv")
    run = packopt(*words, "--out", "out", "--report", "r.html")
    assert run.code == 0, run.stderr
    told = "2 of 2 parcels recorded, 1 in another package: override rate 50.0% (9.5% to 90.5%)"
    assert told in run.stdout
    assert "1  records left aside: a newer record of the same parcel counts" in run.stdout
    assert "1  records left aside: of an order that packopt has no answer to" in run.stdout
    assert "1  records left aside: of a parcel that the plan does not have" in run.stdout
    assert "At the packing bench" in (tmp_path / "r.html").read_text(encoding="utf-8")
    for folder in ("out", "r_data"):
        with pq.ParquetFile(tmp_path / folder / "overrides.parquet") as file:
            rows = file.read().to_pylist()
        statuses = [row["status"] for row in rows]
        expected = ["replaced", "counted", "counted", "unknown_parcel", "unknown_order"]
        assert statuses == expected
        assert rows[1]["reason"] == "does_not_fit"
        assert rows[1]["extra_g"] > 0
    files = [one for one in tmp_path.rglob("*") if one.is_file() and one.name != "packings.csv"]
    assert not [one for one in files if b"Mrs Miller" in one.read_bytes()]
    assert Savings.read("out").about["orders"]["counted"] == 2


def test_faulty_records_of_packers_ask_for_a_look(packopt: Packopt, tmp_path: Path) -> None:
    """Exit code 1, as of orders; the others are counted, with or without a report."""
    text = PACKINGS + "A,0,small,small,,,2025-03-04\nB,1,large,small,tired,,2025-03-09\n"
    (tmp_path / "packings.csv").write_text(text, encoding="utf-8")
    words = (*BASE, "--baseline-column", "box", "--packings", "packings.csv")
    run = packopt(*words, "--report", "r.html", "--no-rules", "--lang", "zh")
    assert run.code == 1
    assert "2  records not accepted" in run.stdout
    assert "packings.csv, row 7, reason = 'tired': found an unknown word" in run.stderr
    assert "包装台实际情况" in (tmp_path / "r.html").read_text(encoding="utf-8")


def _outcomes(folder: Path, side: str) -> list[dict[str, Any]]:
    """What rules say of each parcel, from the files beside a report."""
    parcels, cases = (
        pq.read_table(folder / f"rules_{what}{side}.parquet").to_pylist()
        for what in ("parcels", "cases")
    )
    return [
        case | one for one in parcels for case in cases if case["case_number"] == one["case_number"]
    ]


@pytest.mark.parametrize("dated", [True, False])
def test_the_report_says_by_which_day_it_judges(
    packopt: Packopt, tmp_path: Path, dated: bool
) -> None:
    """The last day of the orders, or the day that is stated; of undated orders else today."""
    if not dated:
        text = ORDERS.replace("date", "note").replace("2025-03-0", "x")
        (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    words = (*BASE, "--baseline-column", "box", "--report", "r.html")
    for stated in (False, True):
        run = packopt(*words, *(("--on", "2031-01-01") if stated else ()))
        assert run.code == 0, run.stderr
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert ("no day was stated" in page) == (not dated and not stated)
    rules = json.loads((tmp_path / "r_data" / "green" / "green.json").read_text(encoding="utf-8"))
    assert rules["on"] == "2031-01-01"
    rows = _outcomes(tmp_path / "r_data", "")
    outcomes = {row["outcome"] for row in rows if row["rule_id"].startswith("EU-2025/40-24.")}
    assert outcomes <= ({"NOT_APPLICABLE"} if dated else {"PASS", "FAIL"}), outcomes


@pytest.mark.parametrize(
    ("words", "before"),
    [
        (("--baseline-column", "box"), {"A": "FAIL", "B": "PASS"}),
        (("--baseline-catalogue", "old.csv"), {"A": "FAIL", "B": "FAIL"}),
    ],
)
def test_the_report_judges_the_baselines_parcels_by_the_same_rules(
    packopt: Packopt, tmp_path: Path, words: tuple[str, ...], before: dict[str, str]
) -> None:
    """By their volumes; of A 2.2 L are in 14 L, or in 33 L, of B 10.8 L. No plan, no evidence."""
    run = packopt(*BASE, *words, "--report", "r.html", "--rules")
    assert run.code == 0, run.stderr
    rows = _outcomes(tmp_path / "r_data", "_before")
    would = {
        row["order_id"]: row["would_be"] for row in rows if row["rule_id"] == "EU-2025/40-24.inner"
    }
    assert would == before
    evidence = [row for row in rows if row["rule_id"].startswith("EU-2025/40-10")]
    assert {row["would_be"] for row in evidence} == {None}
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "The same for the baseline’s parcels" in page


def test_the_demo_orders_are_compared(packopt: Packopt) -> None:
    """The embedded demo against the warehouse rule, with days to draw."""
    run = packopt(
        "savings", str(demo_orders_path()), "--baseline", "volume-80", "--resamples", "500"
    )
    assert run.code == 0, run.stderr
    assert "packopt saves" in run.stdout
    assert " days" in run.stdout


@pytest.mark.skipif(not OLIST.exists(), reason="the Olist orders are not here: set PACKOPT_SHARED")
def test_the_olist_orders_are_compared_with_a_rule_of_thumb(packopt: Packopt) -> None:
    """79,002 orders, with intervals and a report."""
    run = packopt(
        "savings",
        str(OLIST),
        "--catalogue",
        "demo",
        "--baseline",
        "volume-80",
        "--report",
        "r.html",
    )
    assert run.code == 1, "22 orders have faults"
    assert "of 79,002 orders count" in run.stdout
    assert " to " in run.stdout


@pytest.mark.skipif(not SHOPEE.exists(), reason="the Shopee data are not here: set PACKOPT_SHARED")
def test_the_shopee_orders_are_compared_with_their_real_boxes(
    packopt: Packopt, tmp_path: Path
) -> None:
    """Eighteen distinct real boxes, orders without weights."""
    import pyarrow.csv
    import pyarrow.parquet as pq

    boxes = load_shopee(SHOPEE).catalogue
    pyarrow.csv.write_csv(boxes, tmp_path / "boxes.csv")
    orders = pq.ParquetFile(SHOPEE / "shopee_resampled_dev.parquet").read()
    pq.write_table(orders.drop_columns("weight_g"), tmp_path / "shopee.parquet")
    run = packopt(
        "savings", "shopee.parquet", "--catalogue", "boxes.csv", "--baseline", "volume-80",
        "--out", "out", "--report", "r.html",
    )  # fmt: skip
    assert run.code in (0, 1), run.stderr
    found = Savings.read("out")
    row = next(one for one in found.total.to_pylist() if one["measure"] == "packaging_g")
    assert row["saved_low"] <= row["saved"] <= row["saved_high"]
    assert found.about["orders"]["counted"] > 10_000
