"""Column names: units, near misses and personal data."""

from __future__ import annotations

import pytest

from packopt.columns import Column, Field, known_names, personal_names, refuse_personal, resolve
from packopt.errors import InputError, OrdersError
from packopt.units import MM_PER

LENGTH = Field("length", MM_PER, required=True)
QTY = Field("qty", required=True)


def test_a_field_is_found_under_any_unit() -> None:
    """The factor comes with the name."""
    assert resolve(["length_cm"], [LENGTH], "t", InputError) == {"length": Column("length_cm", 10)}


def test_optional_fields_may_be_absent() -> None:
    """Only required fields are missed."""
    assert resolve([], [Field("date")], "t", InputError) == {}
    assert known_names([QTY]) == {"qty"}


def test_two_units_for_one_quantity_are_refused() -> None:
    """Nobody can say which of the two columns is right."""
    with pytest.raises(OrdersError, match="length_mm and length_in say the same in two units"):
        resolve(["length_mm", "length_in"], [LENGTH], "t", OrdersError)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("quantity", QTY),
        ("Qty", QTY),
        ("length", LENGTH),
        ("Length (mm)", LENGTH),
        ("lenght_mm", LENGTH),
        ("Order ID", Field("order_id", required=True)),
    ],
)
def test_near_misses_are_offered(name: str, field: Field) -> None:
    """A missing column names the stranger that was probably meant."""
    with pytest.raises(InputError, match="Did you mean") as caught:
        resolve([name, "colour"], [field], "t", InputError)
    assert repr(name) in str(caught.value)


def test_without_near_misses_the_columns_found_are_listed() -> None:
    """The reader sees what was read, for instance a header that is data."""
    with pytest.raises(InputError, match="qty is missing; found 17, 300"):
        resolve(["17", "300"], [QTY], "t", InputError)


def test_all_column_problems_are_told_at_once() -> None:
    """One round of corrections is enough."""
    with pytest.raises(InputError) as caught:
        resolve(["length_mm", "length_in"], [LENGTH, QTY], "t", InputError)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "first_name",
        "Last Name",
        "customerName",
        "ship-to-name",
        "address",
        "shipping_address_1",
        "Street",
        "phone",
        "tel",
        "mobile_phone",
        "email",
        "e-mail",
        "E_Mail",
        "date_of_birth_dob",
        "recipient",
    ],
)
def test_names_of_personal_data_are_recognised(name: str) -> None:
    """Words decide, however they are joined."""
    assert personal_names([name]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "sku_name",
        "product_name",
        "carrier name",
        "mailer_ok",
        "hotel_id",
        "date",
        "max_load_g",
        "baseline_package",
        "shipping_class",
        "customer_group",
        "renamed",
    ],
)
def test_names_of_things_are_not_personal(name: str) -> None:
    """Neither things that have names, nor words that contain others."""
    assert personal_names([name]) == []


def test_personal_columns_are_refused_by_name() -> None:
    """The message names each column and says what to do."""
    with pytest.raises(OrdersError, match=r"email, phone look like personal data.*delete them"):
        refuse_personal(["sku", "email", "phone"], "orders.csv", OrdersError)
