"""Engines as one thing: threads, and what is said where an engine is not there."""

from __future__ import annotations

import sys

import pyarrow as pa
import pytest

import packopt
from engine.alike import CATALOGUE, assert_answers_real_orders, assert_same, expected, nested
from packopt.engine.engines import Guarded, Threads, raised
from packopt.engine.whole_files import recommend_on
from packopt.recommendations import concat


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_answer_in_the_order_of_the_tables(threads: int) -> None:
    """However many threads there are, what comes first goes first."""
    tables = (pa.table({"n": [n]}) for n in range(20))
    found = Threads(threads).map(lambda table: table.append_column("m", table["n"]), tables)
    assert [one["m"][0].as_py() for one in found] == list(range(20))


def test_an_error_on_a_thread_is_the_callers_error() -> None:
    """What goes wrong with one table is raised where the results are taken."""

    def fail(table: pa.Table) -> pa.Table:
        if table["n"][0].as_py() == 3:
            raise packopt.OrdersError("orders", "three is wrong; leave it out")
        return table

    found = Threads(2).map(fail, [pa.table({"n": [n]}) for n in range(9)])
    with pytest.raises(packopt.OrdersError, match="three is wrong"):
        list(found)


def test_a_complaint_comes_back_from_a_worker_as_it_was_raised() -> None:
    """Its kind, its source and all its problems; what is no complaint goes through."""

    def complain(table: pa.Table) -> pa.Table:
        raise packopt.PlaceError("s3://shop", ["one; mend it", "two; mend it"])

    table = pa.table({"n": [1]})
    with pytest.raises(packopt.PlaceError) as told:
        raised(Guarded(complain)(table))
    assert (told.value.source, told.value.problems) == (
        "s3://shop",
        ["one; mend it", "two; mend it"],
    )
    assert raised(Guarded(lambda one: one)(table)).equals(table)


def test_an_unknown_engine_is_told_with_those_there_are() -> None:
    """A misspelt engine is an error of the input."""
    with pytest.raises(packopt.EngineError, match="expected one of threads, ray, spark"):
        packopt.open_engine("sparc")


@pytest.mark.parametrize(
    ("engine", "module"), [("ray", "ray"), ("spark", "pyspark")], ids=["ray", "spark"]
)
def test_an_engine_that_is_not_installed_says_how_to_get_it(
    engine: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named, and nothing else is needed to know."""
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("ray_data", "spark"):
        monkeypatch.delitem(sys.modules, f"packopt.engine.{name}", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_Without(module), *sys.meta_path])
    with pytest.raises(packopt.EngineError, match=rf"install packopt\[{engine}\]"):
        packopt.open_engine(engine)


class _Without:
    """A finder that finds all modules but one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name == self._name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_threads_answer_a_whole_file_as_recommend_does() -> None:
    """Batches sent to an engine and put together again are the result."""
    batches = recommend_on(Threads(2), nested(), CATALOGUE, batch_orders=70)
    assert_same(concat(list(batches)), expected())


@pytest.mark.parametrize("name", ["olist", "shopee"])
def test_real_orders_are_answered_in_batches_as_at_once(name: str) -> None:
    """Every order of a public set, nested, answered in batches and put together again."""
    assert_answers_real_orders(Threads(2), name)
