"""SSCCs: made of their parts, given in order, never beyond what the prefix leaves room for."""

from __future__ import annotations

import pytest

import packopt
from packopt import Gs1Error, SsccSeries
from packopt.gs1 import check_digit


def test_a_published_code_is_made_of_its_parts() -> None:
    """Prefix 0614141, extension 1, serial 234567890 (GS1 EPC Tag Data Standard)."""
    assert SsccSeries("0614141", 234567890, 1).codes(1) == ["106141412345678908"]


def test_codes_have_18_digits_ascend_and_end_in_their_check_digit() -> None:
    """Serials are filled up with zeros on the left, whatever the length of the prefix."""
    for prefix in ("4012", "0614141", "401234567890"):
        codes = SsccSeries(prefix, 7, 3).codes(5)
        assert codes == sorted(set(codes))
        for at, code in enumerate(codes):
            assert len(code) == 18
            assert code.startswith(f"3{prefix}")
            assert int(code[1 + len(prefix) : -1]) == 7 + at
            assert check_digit(code[:-1]) == int(code[-1])


def test_no_serial_is_given_twice_nor_beyond_the_last() -> None:
    """The last serial can still be given; one more is an error that says how many are left."""
    series = SsccSeries("401234567890", 9_998)
    assert series.capacity == 10_000
    assert series.codes(2)[-1].startswith("04012345678909999")
    with pytest.raises(Gs1Error, match="found 3 parcels, expected at most 2"):
        series.codes(3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("061",), "prefix: found '061', expected 4 to 12 digits"),
        (("06141x1",), "prefix: found '06141x1'"),
        ((614141,), "prefix: found 614141"),
        (("0614141", -1), "first serial: found -1, expected 0 to 999,999,999"),
        (("401234567890", 10_000), "first serial: found 10000, expected 0 to 9,999"),
        (("0614141", 0, 10), "extension: found 10, expected 0 to 9"),
    ],
)
def test_parts_out_of_range_are_refused(settings: tuple, message: str) -> None:
    """Each fault says what was found, what was expected, and what to do."""
    with pytest.raises(Gs1Error, match=message):
        SsccSeries(*settings)


def test_parcels_get_their_codes_in_the_order_of_their_table() -> None:
    """Order by order, parcel by parcel, and the same again on the next run."""
    line = {"sku": "crate", "qty": 3, "length_mm": 380, "width_mm": 280, "height_mm": 240}
    import pyarrow as pa

    orders = packopt.Orders.from_table(
        pa.Table.from_pylist([line | {"order_id": "B"}, line | {"order_id": "A", "qty": 1}])
    )
    result = packopt.recommend(orders, packopt.builtin_catalogue("demo"))
    series = SsccSeries("0614141", 10)
    table = packopt.allot_ssccs(result, series)
    assert table.select(["order_id", "parcel"]).equals(
        result.parcels.select(["order_id", "parcel"])
    )
    assert table["sscc"].to_pylist() == series.codes(result.parcels.num_rows)
    assert packopt.allot_ssccs(result, series).equals(table)
    assert result.parcels.num_rows > 2
