"""Savings of many files are those of all orders at once, however the files are cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, made_up, plain
from packopt.engine.engines import Threads
from packopt.lake.savings import FilesSavings

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


def both(lines: pa.Table, where: Path) -> tuple[FilesSavings, packopt.Savings]:
    """Savings of files, and of one call."""
    options = {"baseline": "volume-80", "terms": TERMS, "resamples": 400}
    many = packopt.savings_of_files(
        str(folder(lines, where / "in")), CATALOGUE, engine=Threads(2), part_rows=100, **options
    )
    return many, packopt.savings(packopt.Orders.from_table(lines), CATALOGUE, **options)


@pytest.mark.parametrize(
    ("n_days", "missing"), [(28, 0), (28, 5), (9, 0), (9, 3), (0, 0)],
    ids=["by day", "some without a day", "few days", "few days, some without", "no days"],
)  # fmt: skip
def test_totals_and_intervals_are_those_of_all_orders_at_once(
    tmp_path: Path, n_days: int, missing: int
) -> None:
    """Every figure of the table, and what was counted, whatever the clusters are."""
    many, one = both(with_days(made_up(), n_days, missing=missing), tmp_path)
    found, wanted = plain(many.total), plain(one.total)
    assert found.schema.equals(wanted.schema)
    for name in wanted.column_names:
        if pa.types.is_floating(wanted.schema.field(name).type):
            pair = (np.array(table[name].to_pylist(), np.float64) for table in (found, wanted))
            np.testing.assert_allclose(*pair, rtol=1e-9, atol=1e-12, err_msg=name)
        else:
            assert found[name].equals(wanted[name]), name
    assert many.about["bootstrap"] == one.about["bootstrap"]
    assert many.about["orders"] == one.about["orders"]


def test_what_does_not_count_is_told_with_its_reasons(tmp_path: Path) -> None:
    """Orders dropped in different parts for one reason are one row."""
    many, one = both(with_days(made_up(), 28), tmp_path)
    key = lambda row: (row["status"], row["reason"])  # noqa: E731
    assert sorted(many.dropped, key=key) == sorted(one.dropped.to_pylist(), key=key)
    assert many.about["orders"]["rejected"] > 0


def test_days_are_all_that_comes_back(tmp_path: Path) -> None:
    """A part of any size gives a row a day, and one of what is to be told."""
    from packopt.engine.recommender import NestedRecommender
    from packopt.lake.parts import Part
    from packopt.lake.places import Place
    from packopt.lake.planning import tables_of
    from packopt.lake.savings import SumParts
    from packopt.savings.replay import ask

    path = tmp_path / "a.parquet"
    pq.write_table(with_days(made_up(), 5), path)
    asked = ask(CATALOGUE, None, "volume-80", TERMS)
    part = Part("", path.stat().st_size, "", 0, (0, 1))
    work = SumParts(Place(str(path)), NestedRecommender(CATALOGUE), asked, by_day=True)
    sums = work(tables_of([part])[0])
    assert sums.num_rows == 5 + 1


def test_an_order_in_two_files_is_refused_by_name(tmp_path: Path) -> None:
    """It would count twice."""
    where = folder(made_up(40), tmp_path / "in")
    again = made_up(40).slice(0, 1)
    pq.write_table(again, where / "c.parquet")
    told = f"found '{again['order_id'][0].as_py()}' in a.parquet, row groups 1 to .* and c.parquet"
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
