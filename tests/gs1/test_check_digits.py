"""Check digits, on published numbers and on all small ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.gs1 import check_digit, check_digits

PUBLISHED = {
    # GS1 General Specifications, section 7.9.1, example of 18 digits
    "376104250021234569",
    # GS1 Hong Kong, check digit calculator: example of a GTIN-13
    "6291041500213",
    # GS1 India, check digit calculator: example of a GTIN-13
    "8904000210037",
    # GS1 EPC Tag Data Standard: SSCC of urn:epc:id:sscc:0614141.1234567890
    "106141412345678908",
    # Infor WMS manual, sample check digit computations: an SSCC
    "106141411928374657",
    # a GTIN-12 and a GTIN-8 of the manuals of the packages `check-digit` and `gs1`
    "036000241457",
    "23456785",
}


@pytest.mark.parametrize("number", sorted(PUBLISHED))
def test_published_numbers_end_in_their_check_digit(number: str) -> None:
    """The last digit of each published GTIN and SSCC is the one computed from the others."""
    assert check_digit(number[:-1]) == int(number[-1])


@given(st.text("0123456789", min_size=1, max_size=18))
def test_the_check_digit_makes_the_weighted_sum_a_multiple_of_ten(digits: str) -> None:
    """As the General Specifications put it, digit by digit."""
    total = sum(int(one) * (3, 1)[at % 2] for at, one in enumerate(reversed(digits)))
    assert (total + check_digit(digits)) % 10 == 0


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=20))
def test_many_at_once_are_as_one_by_one(numbers: list[int]) -> None:
    """Columns of GTINs are checked at once, with the same digits."""
    one_by_one = [check_digit(str(number)) for number in numbers]
    assert check_digits(np.array(numbers, dtype=np.int64)).tolist() == one_by_one


@given(st.text("0123456789", min_size=1, max_size=18), st.data())
def test_any_single_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    """That is what the digit is for."""
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {digits[at]})))
    assert check_digit(digits[:at] + other + digits[at + 1 :]) != check_digit(digits)
