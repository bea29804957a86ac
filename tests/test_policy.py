"""Policy: defaults, files, and everything it refuses."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.bans import Ban
from packopt.errors import PolicyError
from packopt.materials import MaterialSettings
from packopt.policy import Policy


def test_the_defaults_are_a_policy() -> None:
    """Nothing has to be said; paper mailers get the larger allowance."""
    policy = Policy()
    assert (policy.objective, policy.handling, policy.effort) == ("material", "default", "standard")
    assert policy.seam_allowance_mm == {"poly": 13, "bubble": 25, "paper": 25}
    assert policy.flap_allowance_mm == policy.seam_allowance_mm
    assert (policy.max_parcels, policy.parcel_price, policy.partial) == (10_000, None, "refuse")
    assert (policy.own_container, policy.alternatives) == ("always", 0)
    assert (policy.incompatible, policy.goods_classes, policy.bans) == ((), (), ())


def test_allowances_left_out_keep_their_defaults() -> None:
    """One style can be changed without repeating the others."""
    assert Policy(flap_allowance_mm={"poly": 40}).flap_allowance_mm == {
        "poly": 40,
        "bubble": 25,
        "paper": 25,
    }


def test_a_policy_cannot_be_changed() -> None:
    """Two workers that share a policy can rely on it."""
    with pytest.raises(AttributeError):
        Policy().objective = "cost"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"objective": "co2e"}, "co2e.*expected a named set of factors"),
        ({"objective": "weight"}, "objective: found 'weight', expected one of"),
        ({"objective": ["cost"]}, "objective: found"),
        ({"handling": "careful"}, "handling: found 'careful'"),
        ({"effort": -1}, "effort: found -1"),
        ({"effort": True}, "effort: found True"),
        ({"effort": 1.5}, "effort: found 1.5"),
        ({"effort": "max"}, "effort: found 'max'"),
        ({"min_support": 1.1}, "min_support: found 1.1"),
        ({"min_support": float("nan")}, "min_support: found nan"),
        ({"min_support": "0.5"}, "min_support: found '0.5'"),
        ({"wall_clearance_mm": -1}, "wall_clearance_mm: found -1"),
        ({"wall_clearance_mm": 2.0}, "wall_clearance_mm: found 2.0"),
        ({"max_parcels": 0}, "max_parcels: found 0, expected a whole number from 1 to 10,000"),
        ({"max_parcels": 2.0}, "max_parcels: found 2.0"),
        ({"max_parcels": 10_001}, "max_parcels: found 10001"),
        ({"parcel_price": -0.01}, "parcel_price: found -0.01, expected a number from 0 to"),
        ({"parcel_price": "1"}, "parcel_price: found '1'"),
        ({"parcel_price": True}, "parcel_price: found True"),
        ({"parcel_price": float("nan")}, "parcel_price: found nan"),
        ({"parcel_price": float("inf")}, "parcel_price: found inf"),
        ({"partial": "some"}, "partial: found 'some', expected one of .'refuse', 'allow'"),
        ({"partial": True}, "partial: found True"),
        ({"own_container": "never"}, "own_container: found 'never', expected one of .'always'"),
        ({"alternatives": 21}, "alternatives: found 21, expected a whole number from 0 to 20"),
        ({"alternatives": -1}, "alternatives: found -1"),
        ({"alternatives": True}, "alternatives: found True"),
        ({"incompatible": "food"}, "incompatible: found 'food', expected a list of pairs"),
        ({"incompatible": ["food"]}, "incompatible: found .'food'.*list of pairs of words"),
        ({"incompatible": [["food"]]}, "incompatible: found"),
        ({"incompatible": [["food", "toys", "acids"]]}, "incompatible: found"),
        ({"incompatible": [["food", " "]]}, "incompatible: found"),
        ({"incompatible": [["food", 7]]}, "incompatible: found"),
        ({"incompatible": {"food": "acids"}}, "incompatible: found"),
        ({"goods_classes": "food"}, "goods_classes: found 'food', expected a list of words"),
        ({"goods_classes": [""]}, "goods_classes: found"),
        ({"goods_classes": [1]}, "goods_classes: found"),
        ({"bans": {"region": "KR"}}, r"bans: found .*, expected a list of tables; write \[\[bans"),
        ({"bans": "KR"}, "bans: found 'KR', expected a list of tables"),
        ({"bans": 3}, "bans: found 3, expected a list of tables"),
        ({"seam_allowance_mm": {"silk": 1}}, "found style 'silk'"),
        ({"seam_allowance_mm": {"poly": -1}}, "seam_allowance_mm.poly: found -1"),
        ({"flap_allowance_mm": 13}, "flap_allowance_mm: found 13"),
        ({"materials": {"tape_g_per_m": -1}}, r"\[materials\] field tape_g_per_m: found -1"),
        ({"materials": {"tap_g": 1}}, "materials.tap_g: not known"),
        ({"materials": 3}, "materials: found 3, expected a table"),
        ({"objectiv": "cost"}, "objectiv: not known.*did you mean objective"),
    ],
)
def test_bad_values_are_refused_with_the_field_and_what_was_expected(
    settings: dict[str, Any], message: str
) -> None:
    """Field, finding and expectation stand in one sentence."""
    with pytest.raises(PolicyError, match=message):
        Policy.from_dict(settings)


def test_all_faults_of_a_policy_are_told_at_once() -> None:
    """Unknown names, bad values and bad materials together."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(
            {"colour": 1, "effort": -1, "min_support": 2, "materials": {"x": 1}}, source="p.toml"
        )
    assert len(caught.value.problems) == 4
    assert str(caught.value).startswith("p.toml: 4 problems")


def test_the_constructor_checks_what_annotations_promise() -> None:
    """Python does not, and a policy may come from anywhere."""
    with pytest.raises(PolicyError, match="materials"):
        Policy(materials={"tape": 1})  # type: ignore[arg-type]


words = st.text(min_size=1).filter(str.strip)
bans = st.builds(
    Ban,
    region=words,
    start=st.dates(),
    plastic=st.booleans(),
    degradable=st.none() | st.booleans(),
    material=st.none() | words,
)


@given(
    st.builds(
        Policy,
        objective=st.sampled_from(["material", "volume", "cost"]),
        handling=st.sampled_from(["default", "geometry"]),
        effort=st.sampled_from(["fast", "standard", "thorough"]) | st.integers(0, 10**9),
        min_support=st.floats(0, 1),
        wall_clearance_mm=st.integers(0, 1000),
        seam_allowance_mm=st.dictionaries(
            st.sampled_from(["poly", "bubble", "paper"]), st.integers(0, 1000)
        ),
        materials=st.builds(MaterialSettings, tape_g_per_m=st.floats(0, 100)),
        max_parcels=st.integers(1, 10_000),
        parcel_price=st.none() | st.floats(0, 1e9) | st.integers(0, 10**9),
        partial=st.sampled_from(["refuse", "allow"]),
        own_container=st.sampled_from(["always", "cheaper"]),
        incompatible=st.lists(st.tuples(words, words), max_size=3).map(tuple),
        goods_classes=st.lists(words, max_size=3).map(tuple),
        bans=st.lists(bans, max_size=3).map(tuple),
        alternatives=st.integers(0, 20),
    )
)
def test_policies_survive_plain_values_and_pickling(policy: Policy) -> None:
    """What a result directory or another process gets back is the same policy."""
    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_classes_of_goods_have_one_spelling() -> None:
    """As in the orders: no blanks around them, small letters."""
    policy = Policy.from_dict(
        {"incompatible": [[" Food", "CHEMICALS"]], "goods_classes": ["Toys "], "parcel_price": 2}
    )
    assert policy.incompatible == (("food", "chemicals"),)
    assert (policy.goods_classes, policy.parcel_price) == (("toys",), 2)


def test_a_policy_is_read_from_toml(tmp_path: Path) -> None:
    """Keys are the attributes, tables the nested ones."""
    path = tmp_path / "policy.toml"
    path.write_text(
        'objective = "volume"\neffort = 5000\n[seam_allowance_mm]\npoly = 10\n'
        "[materials]\nfiller_kg_m3 = 1.8\n",
        encoding="utf-8",
    )
    policy = Policy.from_file(path)
    assert (policy.objective, policy.effort) == ("volume", 5000)
    assert (policy.seam_allowance_mm["poly"], policy.materials.filler_kg_m3) == (10, 1.8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"objective: volume", "is not TOML"),
        (b"\xff\xfe\x00", "is not TOML"),
        (b'objective = "co2e"', "expected a named set of factors"),
        (b"effort = []", "effort"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    """The path of the file leads the message."""
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match=message) as caught:
        Policy.from_file(path)
    assert str(caught.value).startswith(str(path))


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    """No traceback of the operating system."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(PolicyError, match="cannot be read"):
            Policy.from_file(path)
