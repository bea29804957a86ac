"""Policy: defaults, files, and everything it refuses."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.errors import PolicyError
from packopt.materials import MaterialSettings
from packopt.policy import Policy


def test_the_defaults_are_a_policy() -> None:
    """Nothing has to be said; paper mailers get the larger allowance."""
    policy = Policy()
    assert (policy.objective, policy.handling, policy.effort) == ("material", "default", "standard")
    assert policy.seam_allowance_mm == {"poly": 13, "bubble": 25, "paper": 25}
    assert policy.flap_allowance_mm == policy.seam_allowance_mm


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
        ({"objective": "co2e"}, "co2e.*not supported yet"),
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
        ({"max_parcels": 2}, "max_parcels: found 2.*splitting is not supported yet"),
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
    )
)
def test_policies_survive_plain_values_and_pickling(policy: Policy) -> None:
    """What a result directory or another process gets back is the same policy."""
    assert Policy.from_dict(policy.to_dict()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


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
        (b'objective = "co2e"', "not supported yet"),
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
