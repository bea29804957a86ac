"""Emission factors: the sets that ship, users' own, and the words of catalogues."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

import packopt
from packopt.errors import FactorsError
from packopt.factors import (
    MATERIALS,
    STATUSES,
    factor_set,
    factor_set_names,
    is_of_its_style,
    material_key,
    material_shares,
)

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared"))
DEFRA = SHARED / "data" / "factors" / "defra2025_material_use_paper_plastic.csv"
ROWS = {
    "board": "Paper and board: board",
    "paper": "Paper and board: paper",
    "ldpe": "Plastics: LDPE and LLDPE (incl. forming)",
    "hdpe": "Plastics: HDPE (incl. forming)",
    "pp": "Plastics: PP (incl. forming)",
    "ps": "Plastics: PS (incl. forming)",
    "pet": "Plastics: PET (incl. forming)",
    "pvc": "Plastics: PVC (incl. forming)",
}
OWN = """source = "our supplier"
year = 2026
boundary = "cradle to gate"
[factors]
board = 700
"""


def test_the_sets_that_are_promised_ship() -> None:
    """FEFCO of two years, and the UK's of 2025 by two origins."""
    assert factor_set_names() == (
        "desnz-2025-closed-loop",
        "desnz-2025-primary",
        "fefco-2018",
        "fefco-2021",
    )
    assert factor_set("fefco-2021").factors == {"board": 491.0}
    assert factor_set("fefco-2018").factors == {"board": 531.0}


@pytest.mark.parametrize("name", factor_set_names())
def test_every_set_says_where_it_is_from_and_how_sure_it_is(name: str) -> None:
    """Source, year, boundary, licence and status stand in the set and in its plain values."""
    one = factor_set(name)
    assert one.name == name
    assert all([one.title, one.source, one.boundary, one.licence, one.notes])
    assert str(one.year) in name
    assert one.status in STATUSES
    assert one.status not in ("verified", "own"), "none of them was read in the primary text"
    assert json.loads(json.dumps(one.to_dict()))["kg_co2e_per_t"] == one.factors
    assert one.covers == tuple(key for key in MATERIALS if key in one.factors)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("desnz-2025-primary", "Primary material production"),
        ("desnz-2025-closed-loop", "Closed-loop source"),
    ],
)
def test_the_uk_figures_are_those_of_the_table(name: str, column: str) -> None:
    """Every factor is the row of the published table that its comment names, in kg per tonne."""
    if not DEFRA.exists():
        pytest.skip("the published table is not here: set PACKOPT_SHARED")
    with DEFRA.open(newline="", encoding="utf-8-sig") as file:
        table = {
            row["Level 3"]: float(row["GHG Conversion Factor 2025"])
            for row in csv.DictReader(file)
            if row["Column Text"] == column
            and (row["UOM"], row["GHG/Unit"]) == ("tonnes", "kg CO2e")
        }
    assert factor_set(name).factors == {key: table[row] for key, row in ROWS.items()}


def test_kilograms_per_tonne_are_grams_per_kilogram() -> None:
    """491 kg per tonne are 0.491 g per g; what a set does not cover is unknown, or left out."""
    fefco = factor_set("fefco-2021").g_per_g()
    assert fefco[MATERIALS.index("board")] == pytest.approx(0.491)
    assert fefco[MATERIALS.index("ldpe")] == 0
    desnz = factor_set("desnz-2025-primary").g_per_g()
    assert np.isnan(desnz[MATERIALS.index("eps")])
    assert np.isnan(desnz[MATERIALS.index("other")])


def test_a_users_own_set_is_a_file(tmp_path: Path) -> None:
    """Its name is that of the file, its status that it is somebody's own."""
    path = tmp_path / "ours.toml"
    path.write_text(OWN, encoding="utf-8")
    one = packopt.factor_set(path)
    assert (one.name, one.title, one.status, one.covered_only) == ("ours", "ours", "own", False)
    assert one.factors == {"board": 700.0}


def test_an_unknown_set_is_named_with_the_nearest_one() -> None:
    """A misspelt set is no other set."""
    with pytest.raises(FactorsError, match=r"found no such set.*Did you mean 'fefco-2021'"):
        factor_set("fefco2021")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("year = 2026", 'year = "2026"'), "field year: found '2026', expected a year"),
        (("year = 2026", ""), "field year: found nothing"),
        (('source = "our supplier"', ""), "field source: found nothing"),
        (('boundary = "cradle to gate"', 'boundary = " "'), "field boundary: found ' '"),
        (("board = 700", "bord = 700"), "field factors.bord.*did you mean board"),
        (("board = 700", "board = -3"), "field factors.board: found -3, expected kg CO2e"),
        (("board = 700", "board = nan"), "field factors.board: found nan"),
        (("board = 700", "board = true"), "field factors.board: found True"),
        (("board = 700", ""), "field factors: found {}, expected a table"),
        (("year = 2026", 'year = 2026\nstatus = "sure"'), "field status: found 'sure'"),
        (("year = 2026", "year = 2026\nsorce = 1"), "field sorce: .*did you mean source"),
        (("year = 2026", "year = 2026\nnotes = 3"), "field notes: found 3"),
        (("year = 2026", "year = 2026\ncovered_only = 1"), "field covered_only: found 1"),
        (("year = 2026", "year = 2026\nlicence = 1"), "field licence: found 1"),
        (("[factors]", "[factors"), "is not TOML"),
    ],
)
def test_a_faulty_file_is_refused_by_field(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    """Where, what was found, what was expected and what to do."""
    path = tmp_path / "ours.toml"
    path.write_text(OWN.replace(*change), encoding="utf-8")
    with pytest.raises(FactorsError, match=message) as caught:
        factor_set(path)
    assert "ours.toml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """What looks like a file is a file."""
    with pytest.raises(FactorsError, match="cannot be read"):
        factor_set(tmp_path / "none.toml")


def test_all_faults_of_a_file_are_listed_at_once(tmp_path: Path) -> None:
    """Nobody should have to mend a file one run at a time."""
    path = tmp_path / "ours.toml"
    path.write_text("[factors]\nboard = -1\n", encoding="utf-8")
    with pytest.raises(FactorsError) as caught:
        factor_set(path)
    assert len(caught.value.problems) == 4


def test_words_of_catalogues_are_materials_whatever_their_case() -> None:
    """Corrugated board is board, LDPE film is LDPE, and what is not known is something else."""
    words = ["Corrugated Board", "kraft paper", "LDPE film", " PP ", "EPS", "bamboo"]
    assert [material_key(word) for word in words] == [
        "board",
        "paper",
        "ldpe",
        "pp",
        "eps",
        "other",
    ]


def test_every_builtin_catalogue_speaks_of_known_materials() -> None:
    """No package that ships falls among other materials."""
    for name in packopt.builtin_catalogues():
        catalogue = packopt.builtin_catalogue(name)
        shares = material_shares(catalogue.material, catalogue.style, catalogue.plastic)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert not shares[:, MATERIALS.index("other")].any(), name


def test_a_bubble_mailer_is_paper_and_plastic() -> None:
    """80 g of kraft to 50 g of film, unless it is padded with paper or states something else."""
    words = ["", "kraft paper", "kraft paper", "PP"]
    shares = material_shares(words, ["bubble"] * 4, [True, True, False, True])
    told = [dict(zip(MATERIALS, row.tolist(), strict=True)) for row in shares]
    for mixed in told[:2]:
        assert (mixed["paper"], mixed["ldpe"]) == pytest.approx((80 / 130, 50 / 130))
    assert told[2]["paper"] == 1
    assert told[3]["pp"] == 1


def test_a_mass_follows_from_the_style_only_for_its_own_material() -> None:
    """A crate of polypropylene weighs what it weighs, not what board would."""
    words = ["", "corrugated board", "PP", "LDPE", "paper", "paper"]
    styles = ["0201", "0427", "0201", "poly", "bubble", "poly"]
    assert is_of_its_style(words, styles).tolist() == [True, True, False, True, True, False]
