"""Rules of a user's own contract: what a file may say, and what is told of a faulty one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from packopt.carriers import billing_rule, billing_rules, billing_versions
from packopt.errors import CarrierError, InputError

DAY = dt.date(2026, 5, 1)
OWN = {
    "id": '"OURS-2026"',
    "carrier": '"UPS"',
    "service": '"Ground, contract 4711"',
    "valid_from": "2026-01-01",
    "units": '"in-lb"',
    "side_rounding": '"up"',
    "divisor": "200",
    "steps": "[{ step = 1 }]",
    "confidence": '"contract"',
    "sources": '["contract 4711, page 3"]',
}


def own(tmp_path: Path, name: str = "ours.toml", **change: str | None) -> Path:
    """A rule file with some lines changed, or left out where None."""
    lines = {**OWN, **change}
    text = "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not None)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    """What is told of a faulty file."""
    with pytest.raises(CarrierError) as caught:
        billing_versions(path)
    assert caught.value.source == str(path)
    return caught.value.problems


def test_a_contract_rule_bills_as_it_says(tmp_path: Path) -> None:
    """A divisor of 200, as a public contract of USPS has it."""
    rule = billing_rule(own(tmp_path), on=DAY)
    assert (rule.name, rule.id, rule.confidence) == ("ours", "OURS-2026", "contract")
    assert rule.billed_in_units(("12", "12", "12"), "1").amount[0] == 9  # 1728 / 200 = 8.64


def test_text_with_a_slash_or_the_suffix_is_a_path(tmp_path: Path, monkeypatch) -> None:
    """A policy file names its rule as text."""
    path = own(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert billing_rule(str(path), on=DAY).id == billing_rule("ours.toml", on=DAY).id


def test_a_divisor_is_read_as_it_is_written(tmp_path: Path) -> None:
    """138.4 is no binary number beside it: 692 cubic inches are exactly 5 lb."""
    rule = billing_rule(own(tmp_path, divisor="138.4"), on=DAY)
    assert rule.billed_in_units(("692", "1", "1"), "1").amount[0] == 5


def test_steps_may_change_with_weight(tmp_path: Path) -> None:
    """Half kilograms up to 30 kg, and whole ones from there."""
    path = own(
        tmp_path,
        units='"cm-kg"',
        side_rounding='"up"',
        divisor="5000",
        steps="[{ up_to = 30, step = 0.5 }, { step = 1 }]",
    )
    rule = billing_rule(path, on=DAY)
    amounts = rule.billed([[10, 10, 10]] * 5, [1.0, 29_600.0, 30_000.0, 30_000.1, 31_000.5]).amount
    assert amounts.tolist() == [0.5, 30.0, 30.0, 31.0, 32.0]


def test_a_minimum_is_billed_at_least(tmp_path: Path) -> None:
    """A contract with a least weight of 3.5 lb, rounded up to its step."""
    rule = billing_rule(own(tmp_path, minimum="3.5"), on=DAY)
    assert rule.billed([[50, 50, 50], [50, 50, 50]], [10.0, 2500.0]).amount.tolist() == [4.0, 6.0]


def test_dimensional_weight_may_depend_on_a_side(tmp_path: Path) -> None:
    """As some post offices count it only for parcels with a side beyond 60 cm."""
    path = own(
        tmp_path,
        units='"cm-kg"',
        side_rounding='"none"',
        divisor="8000",
        dim_above='{ measure = "longest", above = 60 }',
    )
    bill = billing_rule(path, on=DAY).billed([[600, 500, 500], [601, 500, 500]], [900.0, 900.0])
    assert bill.amount.tolist() == [1.0, 19.0]  # 18.78
    assert bill.size.tolist() == [0.0, 601 * 500 * 500 / 8_000_000]


@pytest.mark.parametrize(("slack", "inches"), [("0", 13), ("1", 12), ("5", 12)])
def test_how_much_a_millimetre_is_worth_may_be_said(
    slack: str, inches: int, tmp_path: Path
) -> None:
    """Who measures in mm and not in inches takes every mm at its word."""
    rule = billing_rule(own(tmp_path, rounding_slack_mm=slack), on=DAY)
    assert rule.billed([[305, 254, 254]], [0.0]).size[0] == inches * 10 * 10 / 200


def test_limits_of_unrounded_sides_have_the_same_slack(tmp_path: Path) -> None:
    """A box of 22 in, 559 mm, is not longer than 22 in."""
    path = own(
        tmp_path,
        limit_rounding='"none"',
        flags='[{ flag = "long", measure = "longest", above = 22, effect = "refused" }]',
    )
    assert billing_rule(path, on=DAY).refused([[559, 9, 9], [560, 9, 9]], [0, 0]).tolist() == [
        False,
        True,
    ]
    strict = own(
        tmp_path,
        name="strict.toml",
        limit_rounding='"none"',
        rounding_slack_mm="0",
        flags='[{ flag = "long", measure = "longest", above = 22, effect = "refused" }]',
    )
    assert billing_rule(strict, on=DAY).refused([[559, 9, 9], [558, 9, 9]], [0, 0]).tolist() == [
        True,
        False,
    ]


def test_an_advisory_refusal_refuses_nothing(tmp_path: Path) -> None:
    """What is not verified is told in the table and decides nothing."""
    flags = (
        '[{ flag = "x", measure = "weight", above = 1, effect = "refused", status = "advisory", '
        "minimum = 9 }]"
    )
    rule = billing_rule(own(tmp_path, flags=flags), on=DAY)
    assert rule.refused([[9, 9, 9]], [5000.0]).tolist() == [False]
    assert rule.billed([[9, 9, 9]], [500.0]).amount[0] == 2
    assert rule.flags([[9, 9, 9]], [5000.0])["status"].to_pylist() == ["advisory"]


def test_a_disputed_flag_is_applied_and_marked(tmp_path: Path) -> None:
    """Where sources disagree, the dearer reading counts."""
    flags = '[{ flag = "x", measure = "weight", above = 1, status = "disputed", minimum = 9 }]'
    rule = billing_rule(own(tmp_path, flags=flags), on=DAY)
    assert rule.billed([[9, 9, 9]], [500.0]).amount[0] == 9
    row = rule.flags([[9, 9, 9]], [500.0]).to_pylist()[0]
    assert (row["status"], row["minimum_status"]) == ("disputed", "disputed")


def test_a_rule_without_flags_has_an_empty_table(tmp_path: Path) -> None:
    """With its columns."""
    table = billing_rule(own(tmp_path), on=DAY).flags([[9, 9, 9]], [500.0])
    assert table.num_rows == 0
    assert "minimum_status" in table.column_names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"divisor": None}, "field divisor: found nothing, expected a number above 0"),
        ({"divisor": "0"}, "field divisor: found 0, expected a number above 0"),
        ({"divisor": "nan"}, "field divisor: found NaN, expected a number above 0"),
        ({"divisor": "true"}, "field divisor: found True, expected a number above 0"),
        ({"divisor": '"139"'}, "field divisor: found '139', expected a number above 0"),
        ({"divisr": "139"}, "field divisr: not known; expected one of id, carrier"),
        ({"divisr": "139"}, "did you mean divisor?"),
        ({"id": '" "'}, "field id: found ' ', expected a text; correct it"),
        ({"carrier": None}, "field carrier: found nothing, expected a text; add it"),
        ({"units": '"in"'}, "field units: found 'in', expected one of in-lb, cm-kg"),
        ({"side_rounding": '"ups"'}, "expected one of up, nearest, down, none; did you mean 'up'?"),
        ({"limit_rounding": '"off"'}, "field limit_rounding: found 'off'"),
        ({"side_step": "0.05"}, "field side_step: found 0.05, expected 0.1 or more"),
        ({"rounding_slack_mm": "11"}, "field rounding_slack_mm: found 11, expected a whole number"),
        ({"rounding_slack_mm": "0.5"}, "field rounding_slack_mm: found 0.5, expected a whole"),
        ({"basis": '"volume"'}, "field basis: found 'volume', expected one of weight, cubic"),
        ({"valid_from": '"2026-01-01"'}, "field valid_from: found '2026-01-01', expected a date"),
        ({"valid_from": None}, "field valid_from: found nothing, expected a date"),
        ({"valid_to": "2025-12-31"}, "field valid_to: found 2025-12-31, before valid_from"),
        ({"valid_to": "2026-12-31T10:00:00"}, "field valid_to: found 2026-12-31 10:00:00"),
        ({"sources": "[]"}, "field sources: found [], expected a list of texts, at least one"),
        ({"sources": '"contract"'}, "field sources: found 'contract', expected a list of texts"),
        ({"notes": "[1]"}, "field notes: found [1], expected a list of texts"),
        ({"confidence": '"sure"'}, "field confidence: found 'sure', expected one of primary"),
        ({"minimum": "-1"}, "field minimum: found -1, expected a number above 0"),
        ({"steps": "[]"}, "field steps: found [], expected a list of tables with up_to, step"),
        ({"steps": "1"}, "field steps: found 1, expected a list of tables"),
        ({"steps": "[{ step = 0 }]"}, "field steps[1].step: found 0, expected a number above 0"),
        ({"steps": "[{ up_to = 5, step = 1 }]"}, "field steps[1].up_to: found 5 in the last step"),
        (
            {"steps": "[{ step = 1 }, { step = 2 }]"},
            "field steps[1].up_to: found nothing, expected the weight where this step ends",
        ),
        (
            {"steps": "[{ up_to = 10, step = 3 }, { step = 0.5 }]"},
            "field steps[1].up_to: found 10, expected a multiple of the step 3, or heavier",
        ),
        (
            {"steps": "[{ up_to = 6, step = 1 }, { up_to = 4, step = 2 }, { step = 4 }]"},
            "field steps[2].up_to: found no more than in the step before; sort the steps",
        ),
        (
            {"dim_above": '{ measure = "volum", above = 1728 }'},
            "length_girth, volume; did you mean 'volume'?",
        ),
        ({"dim_above": "1728"}, "field dim_above: found 1728, expected a table with measure and"),
        ({"flags": '[{ flag = "x" }]'}, "field flags[1].measure: found nothing, expected one of"),
        (
            {"flags": '[{ flag = "x", measure = "weight", above = 1, effect = "refuse" }]'},
            "field flags[1].effect: found 'refuse', expected one of surcharge, refused; did you",
        ),
        (
            {"flags": '[{ flag = "x", measure = "weight", abov = 1 }]'},
            "field flags[1].abov: not known; expected one of flag, measure, above",
        ),
        (
            {
                "basis": '"cubic"',
                "flags": '[{ flag = "x", measure = "size", above = 1, minimum = 1 }]',
            },
            "field flags[1].minimum: found in a rule that bills by size, not by weight; delete it",
        ),
    ],
)
def test_a_faulty_file_names_field_value_and_fix(
    change: dict[str, str | None], message: str, tmp_path: Path
) -> None:
    """Each fault says where, what was found, what was expected and what to do."""
    assert any(message in text for text in problems(own(tmp_path, **change)))


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one fault at a time."""
    told = problems(own(tmp_path, divisor="0", units='"lb"', id=None, colour='"red"'))
    assert [text.split(":")[0] for text in told] == [
        "field colour",
        "field units",
        "field id",
        "field divisor",
    ]


def test_faults_of_versions_name_the_version(tmp_path: Path) -> None:
    """An unknown key of the whole file is told once, a fault of a version with its number."""
    path = own(tmp_path, name="two.toml", valid_from=None, colour='"red"')
    path.write_text(
        path.read_text(encoding="utf-8")
        + "\n[[versions]]\nvalid_from = 2026-01-01\nvalid_to = 2026-06-30\n"
        + "[[versions]]\nvalid_from = 2026-07-01\ndivisor = -5\ncolor = 1\n",
        encoding="utf-8",
    )
    assert [text.split(":")[0] for text in problems(path)] == [
        "field colour",
        "field versions[2].color",
        "field versions[2].divisor",
    ]


def test_versions_may_not_overlap(tmp_path: Path) -> None:
    """On no day may two versions of a rule be valid."""
    path = own(tmp_path, valid_from=None, id=None)
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[[versions]]\nid = "A"\nvalid_from = 2026-01-01\n'
        + '[[versions]]\nid = "B"\nvalid_from = 2026-07-01\n',
        encoding="utf-8",
    )
    (told,) = problems(path)
    assert told.startswith("versions 'A' and 'B' are both valid on 2026-07-01; write valid_to = ")
    assert told.endswith("2026-06-30 into the first")


def test_versions_come_by_first_day_whatever_their_order(tmp_path: Path) -> None:
    """What is common to all stands at the top of the file."""
    path = own(tmp_path, valid_from=None, id=None)
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[[versions]]\nid = "B"\nvalid_from = 2026-07-01\ndivisor = 139\n'
        + '[[versions]]\nid = "A"\nvalid_from = 2026-01-01\nvalid_to = 2026-06-30\n',
        encoding="utf-8",
    )
    rules = billing_versions(path)
    assert [(rule.id, rule.divisor) for rule in rules] == [("A", 200), ("B", 139)]


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"divisor = ", "is not TOML"), (b"\xff\xfe", "is not TOML"), (None, "cannot be read")],
)
def test_a_file_that_is_none_is_told(text: bytes | None, message: str, tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "rule.toml"
    if text is not None:
        path.write_bytes(text)
    assert message in problems(path)[0]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ups", "Did you mean 'ups-us'?"),
        ("FEDEX-US", "Did you mean 'fedex-us'?"),
        ("zzz", "Choose one of these, or give a file."),
    ],
)
def test_an_unknown_name_names_the_nearest(name: str, hint: str) -> None:
    """And all there are."""
    with pytest.raises(CarrierError) as caught:
        billing_rule(name, on=DAY)
    assert isinstance(caught.value, InputError)
    assert ", ".join(billing_rules()) in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("sides", "grams", "message"),
    [
        ([[100, 100, 0]], [1.0], "parcel 0: found sides [100, 100, 0] mm and 1 g"),
        ([[9, 9, 9], [100, 100, 100_001]], [1.0, 1.0], "parcel 1: found sides"),
        ([[9, 9, 9]], [-1.0], "expected sides from 1 to 100,000 mm and a mass from 0"),
        ([[9, 9, 9]], [float("nan")], "nan g, expected"),
        ([[9.5, 9, 9]], [1.0], "found sides of shape (1, 3) and type float64 for 1 parcels"),
        ([[9, 9]], [1.0], "found sides of shape (1, 2)"),
        ([[9, 9, 9]], [1.0, 2.0], "for 2 parcels, expected whole mm of shape (n, 3)"),
    ],
)
def test_absurd_parcels_are_an_error(sides: list, grams: list[float], message: str) -> None:
    """No weight is billed for what has no size or mass."""
    rule = billing_rule("ups-us", on=DAY)
    for ask in (rule.billable_g, rule.billed, rule.flags, rule.refused):
        with pytest.raises(CarrierError) as caught:
            ask(sides, grams)
        assert message in str(caught.value)


def test_no_parcels_are_no_error() -> None:
    """An empty batch has empty answers."""
    rule = billing_rule("ups-us", on=DAY)
    import numpy as np

    sides, grams = np.empty((0, 3), np.int64), np.empty(0)
    assert len(rule.billable_g(sides, grams)) == 0
    assert rule.flags(sides, grams).num_rows == 0


def test_a_cubic_rule_has_no_billed_weight() -> None:
    """The error says what to ask for instead."""
    rule = billing_rule("usps-priority-cubic", on=DAY)
    with pytest.raises(CarrierError, match=r"bills by size, in ft3.*ask for billable"):
        rule.billable_g([[9, 9, 9]], [1.0])
