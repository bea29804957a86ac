"""Savings of many files are those of all orders at once, however the files are cut."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, made_up, plain, real_orders
from packopt.datasets.generate import to_csv
from packopt.engine.engines import Threads
from packopt.engine.recommender import NestedRecommender
from packopt.errors import RulesError, SavingsError
from packopt.lake.parts import Part
from packopt.lake.places import Place
from packopt.lake.planning import tables_of
from packopt.lake.savings import SumParts
from packopt.packed_tables import from_row
from packopt.parcel_rules import baseline_judged, parcel_packs, plan_judged
from packopt.report import check_data, write_report
from packopt.rules import RulePack, rule_pack
from packopt.savings import FilesSavings, regret
from packopt.savings.baselines import TableBaseline
from packopt.savings.clusters import MOST_BLOCKS
from packopt.savings.replay import ask
from packopt.savings.tables import FILES_TABLES

TERMS = packopt.Terms(factors=packopt.factor_set("fefco-2021"))


def with_days(lines: pa.Table, n_days: int, *, missing: int = 0) -> pa.Table:
    """The same orders over so many days; every so-manieth order has none."""
    bare = lines.drop_columns("date") if "date" in lines.column_names else lines
    if not n_days:
        return bare
    ids = lines["order_id"].to_pylist()
    order = {name: number for number, name in enumerate(dict.fromkeys(ids))}
    days = [
        None if missing and order[name] % missing == 0 else f"2026-03-{1 + order[name] % n_days:02}"
        for name in ids
    ]
    return bare.append_column("date", pa.array(days, pa.string()))


def folder(lines: pa.Table, where: Path) -> Path:
    """Two files, of several row groups each, in the order of the lines."""
    ids = lines["order_id"].to_pylist()
    cut = next(row for row in range(len(ids) // 2, len(ids)) if ids[row] != ids[row - 1])
    where.mkdir()
    pq.write_table(lines.slice(0, cut), where / "a.parquet", row_group_size=50)
    pq.write_table(lines.slice(cut), where / "b.parquet", row_group_size=70)
    return where


def both(
    lines: pa.Table, where: Path, packs: Sequence[RulePack] = (), **more: Any
) -> tuple[FilesSavings, packopt.Savings]:
    """Savings of files, whose parcels are judged if there are packs, and of one call."""
    options = {"baseline": "volume-80", "terms": TERMS, "resamples": 400} | more
    many = packopt.savings_of_files(
        str(folder(lines, where / "in")),
        CATALOGUE,
        engine=Threads(2),
        part_rows=100,
        packs=packs,
        **options,
    )
    return many, packopt.savings(packopt.Orders.from_table(lines), CATALOGUE, **options)


def assert_alike(found: pa.Table, wanted: pa.Table, name: str) -> None:
    """The same rows in the same order; sums but for their last bits."""
    found, wanted = plain(found), plain(wanted)
    assert found.schema.equals(wanted.schema)
    for column in wanted.column_names:
        if pa.types.is_floating(wanted.schema.field(column).type):
            pair = (np.array(table[column].to_pylist(), np.float64) for table in (found, wanted))
            np.testing.assert_allclose(*pair, rtol=1e-9, atol=1e-9, err_msg=f"{name} {column}")
        else:
            assert found[column].equals(wanted[column]), f"{name} {column}"


def assert_all_alike(many: FilesSavings, one: packopt.Savings) -> None:
    """Every table that both have, and what is said of them."""
    for name in ("total", "by_period", "by_units", "by_sku", "by_package", "dropped"):
        assert_alike(getattr(many, name), getattr(one, name), name)
    assert many.about["notes"][: len(one.about["notes"])] == one.about["notes"]
    assert many.about | {"notes": []} == one.about | {"notes": []}


@pytest.mark.parametrize(
    ("n_days", "missing"), [(28, 0), (28, 5), (9, 0), (9, 3), (0, 0)],
    ids=["by day", "some without a day", "few days", "few days, some without", "no days"],
)  # fmt: skip
@pytest.mark.parametrize("singles", [2_000, 10], ids=["drawn at once", "drawn in blocks"])
def test_tables_and_intervals_are_those_of_all_orders_at_once(
    tmp_path: Path, n_days: int, missing: int, singles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every figure of every table, whatever the clusters are, and however often parts are read."""
    monkeypatch.setattr("packopt.lake.savings._MOST_SINGLES", singles)
    assert_all_alike(*both(with_days(made_up(), n_days, missing=missing), tmp_path))


def test_tables_of_real_orders_are_those_of_all_at_once(tmp_path: Path) -> None:
    """Orders of a public set, of which more are drawn in blocks than there are blocks."""
    lines = real_orders("olist").slice(0, 4_000)
    many, one = both(lines, tmp_path)
    assert one.about["orders"]["counted"] > MOST_BLOCKS
    assert_all_alike(many, one)


def with_boxes(lines: pa.Table) -> pa.Table:
    """The same orders, most of them sent in a package of the catalogue that may hold them."""
    largest = CATALOGUE.package_ids[int(np.argmax(CATALOGUE.inner_mm.prod(axis=1)))]
    ids = lines["order_id"].to_pylist()
    order = {name: number for number, name in enumerate(dict.fromkeys(ids))}
    boxes = [("no-such-box", None, *[largest] * 8)[order[name] % 10] for name in ids]
    return lines.append_column("box", pa.array(boxes, pa.string()))


@pytest.mark.parametrize("form", ["lines", "csv", "nested items", "nested beside"])
def test_the_package_really_used_is_in_any_column(tmp_path: Path, form: str) -> None:
    """As the files call it, in whatever form they are."""
    lines = with_boxes(with_days(made_up(), 28))
    where = tmp_path / "in"
    where.mkdir()
    if form == "csv":
        (where / "a.csv").write_bytes(to_csv(lines))
    elif form == "lines":
        pq.write_table(lines, where / "a.parquet", row_group_size=60)
    else:
        pq.write_table(
            nested_with_boxes(lines, beside=form.endswith("beside")), where / "a.parquet"
        )
    options = {"baseline": packopt.ColumnBaseline("box"), "terms": TERMS, "resamples": 400}
    many = packopt.savings_of_files(where, CATALOGUE, part_rows=100, **options)
    named = lines.rename_columns(
        ["baseline_package" if name == "box" else name for name in lines.column_names]
    )
    one = packopt.savings(packopt.Orders.from_table(named), CATALOGUE, **options)
    assert one.about["orders"]["counted"] > 100
    assert_all_alike(many, one)


def nested_with_boxes(lines: pa.Table, *, beside: bool) -> pa.Table:
    """Nested orders with their box among the items, or beside them."""
    named = lines.rename_columns(
        ["baseline_package" if name == "box" else name for name in lines.column_names]
    )
    nested = packopt.nest_orders(named)
    items = nested["items"].combine_chunks()
    columns = dict(
        zip([one.name for one in items.values.type], items.values.flatten(), strict=True)
    )
    boxes = columns.pop("baseline_package")
    if not beside:
        columns["box"] = boxes
    structs = pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    table = nested.set_column(1, "items", pa.ListArray.from_arrays(items.offsets, structs))
    return table.append_column("box", boxes.take(items.offsets[:-1])) if beside else table


def test_where_no_order_counts_there_is_nothing_to_compare(tmp_path: Path) -> None:
    """Packages that nobody knows are told with their reason, and the report says nothing more."""
    lines = made_up(40)
    boxes = pa.array(["no-such-box"] * lines.num_rows)
    where = folder(lines.append_column("baseline_package", boxes), tmp_path / "in")
    found = packopt.savings_of_files(
        where, CATALOGUE, baseline=packopt.ColumnBaseline("baseline_package"), terms=TERMS
    )
    assert found.about["orders"]["counted"] == found.total.num_rows == found.by_sku.num_rows == 0
    assert "package 'no-such-box' is not in the catalogue" in found.dropped["reason"].to_pylist()
    assert "no order counts, so nothing is compared" in found.about["notes"]
    write_report(found, tmp_path / "r.html")
    assert "no-such-box" in (tmp_path / "r.html").read_text()


def test_a_column_that_no_file_has_is_told(tmp_path: Path) -> None:
    """With the nearest one that there is."""
    where = folder(with_boxes(made_up(40)), tmp_path / "in")
    with pytest.raises(packopt.OrdersError, match=r"column boxx is missing.*did you mean 'box'"):
        packopt.savings_of_files(where, CATALOGUE, baseline=packopt.ColumnBaseline("boxx"))


def test_a_table_of_all_orders_is_no_baseline_of_many_files(tmp_path: Path) -> None:
    """One machine would have to hold it."""
    table = pa.table({"order_id": ["D000001"], "package_id": [CATALOGUE.package_ids[0]]})
    with pytest.raises(SavingsError, match="write them into a column of the orders"):
        packopt.savings_of_files(
            folder(made_up(40), tmp_path / "in"), CATALOGUE, baseline=TableBaseline(table, "other")
        )


@pytest.mark.parametrize("measure", ["packaging_g", "outer_mm3", "parcels"])
def test_regret_of_many_files_is_that_of_all_orders_at_once(tmp_path: Path, measure: str) -> None:
    """The same orders and SKUs, ties included."""
    many, one = both(with_days(made_up(), 28), tmp_path)
    found, wanted = (regret(result, 20, measure) for result in (many, one))
    assert_alike(found.orders, wanted.orders, "orders")
    assert_alike(found.skus, wanted.skus, "skus")
    with pytest.raises(SavingsError, match="found 21, expected at most 20"):
        regret(many, 21)


def test_what_comes_back_does_not_grow_with_the_orders(tmp_path: Path) -> None:
    """A part of ten times the orders gives as many days, and no more rows than there are keys."""
    sizes = []
    for n in (40, 400):
        path = tmp_path / f"{n}.parquet"
        pq.write_table(with_days(made_up(n), 5), path)
        asked = ask(CATALOGUE, None, "volume-80", TERMS)
        part = Part("", path.stat().st_size, "", 0, (0, 1))
        work = SumParts(Place(str(path)), NestedRecommender(CATALOGUE), asked)
        pieces = from_row(work(tables_of([part])[0]))
        sizes.append({name: one.num_rows for name, one in pieces.items()})
    few, many = sizes
    assert many["hashes"] > 9 * few["hashes"]  # 8 bytes each
    assert (few["days"], many["days"], many["singles"], many["told"]) == (5, 5, 0, 1)
    assert many["units"] <= 6
    assert many["most"] <= 20 * (2 * 16 + 1)
    assert many["package"] <= CATALOGUE.n_packages + 1


def test_the_report_has_the_figures_of_all_orders_at_once(tmp_path: Path) -> None:
    """Each number of the page, those on rules too; but for medians, exact to their bins."""
    lines, packs = with_days(made_up(), 28), parcel_packs()
    many, one = both(lines, tmp_path, packs)
    orders = packopt.Orders.from_table(lines)
    judged = {
        "compliance": plan_judged(one.plan, CATALOGUE, orders, packs),
        "compliance_before": baseline_judged(
            one.plan, one.baseline_parcels, CATALOGUE, orders, packs
        ),
    }
    pages = {name: tmp_path / f"{name}.html" for name in ("many", "one")}
    told = {}
    for name, found, rules in (("many", many, {}), ("one", one, judged)):
        data = write_report(found, pages[name], **rules)
        assert check_data(data) == []
        figures = json.loads((data / "figures.json").read_text())["figures"]
        told[name] = {(row["measure"], row["key"]): row["value"] for row in figures}
    assert told["many"].keys() == told["one"].keys()
    for key, value in told["one"].items():
        rough = {"abs": 5.1e-5} if key[0] == "empty.median" else {"rel": 1e-9, "abs": 1e-9}
        assert told["many"][key] == pytest.approx(value, **rough), key
    assert {"rule.outcome", "rule.outcome_before", "rule.would_be"} <= {
        key[0] for key in told["one"]
    }
    assert "the tables of green packaging management are left out" in pages["many"].read_text()


@pytest.mark.parametrize("stated", [None, dt.date(2031, 1, 1)])
def test_undated_parcels_of_many_files_are_judged_by_the_stated_day(
    tmp_path: Path, stated: dt.date | None
) -> None:
    """Without one, every rule that has a first day says that the date is missing."""
    where = folder(with_days(made_up(40), 0), tmp_path / "in")
    packs = [rule_pack("EU-2025/40-24")]
    options = {"baseline": "volume-80", "terms": TERMS, "packs": packs, "on": stated}
    found = packopt.savings_of_files(where, CATALOGUE, **options).rules
    said = set(found["outcome"].cast(pa.string()).to_pylist())
    assert said == ({"PASS", "FAIL", "ADVISORY"} if stated else {"UNKNOWN"})
    assert set(found["side"].cast(pa.string()).to_pylist()) == {"baseline", "plan"}


def test_packs_about_something_else_than_parcels_are_refused(tmp_path: Path) -> None:
    """By their name, before anything is packed."""
    packs = [rule_pack("CN-GB23350")]
    with pytest.raises(RulesError, match="found CN-GB23350, expected rule packs about parcels"):
        packopt.savings_of_files(tmp_path, CATALOGUE, baseline="volume-80", packs=packs)


def test_the_report_of_many_files_speaks_chinese(tmp_path: Path) -> None:
    """What it leaves out is said in the language of the page."""
    many, _ = both(with_days(made_up(40), 28), tmp_path)
    write_report(many, tmp_path / "r.html", language="zh")
    text = (tmp_path / "r.html").read_text()
    assert "未列出绿色包装管理表" in text
    assert "are left out" not in text


def test_tables_of_many_files_are_written_with_what_they_mean(tmp_path: Path) -> None:
    """Parquet and CSV of each, and the words of their columns; foreign folders are left alone."""
    many, _ = both(with_days(made_up(40), 28), tmp_path)
    many.write(tmp_path / "out")
    told = json.loads((tmp_path / "out" / "savings.json").read_text())
    assert told["tables"].keys() == FILES_TABLES.keys()
    for name, kind in FILES_TABLES.items():
        found = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert plain(found).equals(plain(getattr(many, kind.attribute)).cast(plain(found).schema))
        assert told["tables"][name]["rows"] == found.num_rows
        assert (tmp_path / "out" / f"{name}.csv").is_file()
    many.write(tmp_path / "out")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "photo.jpg").touch()
    with pytest.raises(packopt.ResultError):
        many.write(tmp_path / "theirs")


def test_an_order_in_two_files_is_refused_by_name(tmp_path: Path) -> None:
    """It would count twice."""
    where = folder(made_up(40), tmp_path / "in")
    again = made_up(40).slice(0, 1)
    pq.write_table(again, where / "c.parquet")
    told = f"found '{again['order_id'][0].as_py()}' in a.parquet, row group 1 and c.parquet"
    with pytest.raises(packopt.OrdersError, match=told):
        packopt.savings_of_files(where, CATALOGUE, baseline="volume-80", terms=TERMS)


def test_orders_without_items_are_told_as_rejected(tmp_path: Path) -> None:
    """Nested orders of which nothing is left are not lost."""
    table = packopt.nest_orders(made_up(40))
    kind = table.schema.field("items").type
    bare = pa.table({"order_id": ["E1", "E2"], "items": pa.array([[], None], kind)})
    (tmp_path / "in").mkdir()
    pq.write_table(pa.concat_tables([table, bare]), tmp_path / "in" / "a.parquet")
    found = [
        packopt.savings_of_files(path, CATALOGUE, baseline="volume-80", terms=TERMS).about["orders"]
        for path in (tmp_path / "in", folder(made_up(40), tmp_path / "without"))
    ]
    added = {name: found[0][name] - found[1][name] for name in found[0]}
    assert added == {"read": 2, "accepted": 0, "rejected": 2, "counted": 0}


def test_a_baseline_that_lacks_what_it_needs_is_told(tmp_path: Path) -> None:
    """An error of the input is the same error, wherever the files are."""
    where = folder(made_up(40), tmp_path / "in")
    with pytest.raises(packopt.InputError, match="no-such-rule"):
        packopt.savings_of_files(str(where), CATALOGUE, baseline="no-such-rule")
