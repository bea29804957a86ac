"""Bans: which packages they mean, how a policy file says them, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.bans import Ban
from packopt.errors import PolicyError
from packopt.policy import Policy
from test_catalogue import CARTON_ROW, MAILER_ROW, catalogue

START = dt.date(2026, 1, 1)
PACKAGES = catalogue(
    CARTON_ROW | {"package_id": "board", "material": "Board", "degradable": True},
    CARTON_ROW | {"package_id": "unknown"},
    MAILER_ROW | {"package_id": "poly", "material": "LDPE", "degradable": False},
    MAILER_ROW | {"package_id": "starch", "material": " pla ", "degradable": True},
    MAILER_ROW | {"package_id": "film"},
    MAILER_ROW | {"package_id": "paper", "style": "paper", "material": "kraft"},
)


@pytest.mark.parametrize(
    ("asks", "banned"),
    [
        ({"plastic": True}, {"poly", "starch", "film"}),
        ({"plastic": False}, {"board", "unknown", "paper"}),
        ({"plastic": True, "degradable": False}, {"poly", "film"}),
        ({"degradable": True}, {"board", "starch", "unknown", "film", "paper"}),
        ({"material": "PLA"}, {"starch", "unknown", "film"}),
        ({"material": "ldpe ", "plastic": True}, {"poly", "film"}),
        ({"plastic": False, "material": "kraft", "degradable": False}, {"paper", "unknown"}),
    ],
)
def test_a_ban_means_what_is_all_it_names_or_does_not_say(
    asks: dict[str, Any], banned: set[str]
) -> None:
    """A package that states neither material nor degradability cannot show that it is allowed."""
    mask = Ban("KR", START, **asks).packages(PACKAGES)
    assert mask.dtype == np.bool_
    assert {PACKAGES.package_ids[k] for k in np.flatnonzero(mask)} == banned


def test_regions_are_in_capitals_as_those_of_the_orders() -> None:
    """A ban must not miss its region for the case of a letter."""
    assert Ban(" kr ", START, plastic=True) == Ban("KR", START, plastic=True)


def test_a_policy_file_has_one_table_for_each_ban(tmp_path: Path) -> None:
    """Days are dates of TOML, or text."""
    path = tmp_path / "policy.toml"
    path.write_text(
        'effort = "fast"\n[[bans]]\nregion = "KR"\nfrom = 2026-01-01\nplastic = true\n'
        'degradable = false\n[[bans]]\nregion = "fr"\nfrom = "2027-07-01"\nmaterial = "PVC"\n',
        encoding="utf-8",
    )
    policy = Policy.from_file(path)
    assert policy.bans == (
        Ban("KR", START, plastic=True, degradable=False),
        Ban("FR", dt.date(2027, 7, 1), material="PVC"),
    )
    assert policy.to_dict()["bans"] == [
        {"region": "KR", "from": "2026-01-01", "plastic": True, "degradable": False},
        {"region": "FR", "from": "2027-07-01", "material": "PVC"},
    ]


GOOD = {"region": "KR", "from": START, "plastic": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": None}, "field from: found nothing, expected the first day.*; add it"),
        ({"from": "soon"}, "field from: found 'soon', expected the first day"),
        ({"from": "2026-02-30"}, "field from: found '2026-02-30'"),
        ({"from": 2026}, "field from: found 2026"),
        ({"from": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "field from: found datetime"),
        ({"region": None}, "field region: found nothing, expected a word.*; add it"),
        ({"region": " "}, "field region: found ' '"),
        ({"region": 82}, "field region: found 82"),
        ({"plastic": None}, "field plastic, degradable or material: found none of them"),
        ({"plastic": "yes"}, "field plastic: found 'yes', expected true or false"),
        ({"plastic": 1}, "field plastic: found 1, expected true or false"),
        ({"degradable": 0.0}, "field degradable: found 0.0, expected true or false"),
        ({"material": ""}, "field material: found ''"),
        ({"material": ["PVC"]}, "field material: found "),
        ({"until": START}, "field until: not known to a ban, expected one of region, from"),
        ({"plastik": True}, "field plastik: not known.*; did you mean plastic"),
    ],
)
def test_bad_bans_are_refused(change: dict[str, Any], message: str) -> None:
    """Which ban, which field, what was found, what is expected and what to do."""
    table = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(PolicyError, match=message) as caught:
        Policy.from_dict({"bans": [GOOD, table]}, source="policy.toml")
    assert str(caught.value).startswith("policy.toml: ")
    for problem in caught.value.problems:
        assert problem.startswith("[[bans]] number 2, field ")
        assert "expected" in problem


def test_all_faults_of_all_bans_are_told_at_once() -> None:
    """Beside those of the rest of the policy."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"bans": [{"region": "KR"}, "KR", {"from": START}], "effort": -1})
    assert [problem.split(":")[0].split(";")[0] for problem in caught.value.problems] == [
        "[[bans]] number 1, field from",
        "[[bans]] number 1, field plastic, degradable or material",
        "[[bans]] number 2, found 'KR', expected a table",
        "[[bans]] number 3, field region",
        "[[bans]] number 3, field plastic, degradable or material",
        "field effort",
    ]


def test_the_constructors_check_what_annotations_promise() -> None:
    """Python does not."""
    with pytest.raises(PolicyError, match="ban: field from"):
        Ban("KR", "2026-01-01", plastic=True)  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="field bans: found"):
        Policy(bans=({"region": "KR"},))  # type: ignore[arg-type]


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes(),
    st.lists(st.text(), max_size=2), st.dictionaries(st.text(), st.text(), max_size=2),
)  # fmt: skip


@given(
    values
    | st.lists(
        values
        | st.dictionaries(
            st.sampled_from(["region", "from", "plastic", "degradable", "material", "x"]), values
        ),
        max_size=3,
    )
)
def test_no_value_brings_the_policy_down(bans: Any) -> None:
    """A policy, or an error of ours."""
    try:
        policy = Policy.from_dict({"bans": bans})
    except PolicyError:
        return
    assert Policy.from_dict(policy.to_dict()) == policy
