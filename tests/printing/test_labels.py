"""Labels and sheets: a barcode reader finds in them what was put in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pypdfium2
import pytest
import zxingcpp
from typer.testing import CliRunner

import packopt
from packopt import Gs1Error, Recommendations, ResultError, SsccSeries
from packopt.cli import app
from packopt.printing.elements import FNC1, encoded, logistic_weight, readable
from packopt.printing.page import Pdf
from packopt.printing.parcels import PrintedParcel, printed_parcels

CUP, PLATE = "06291041500213", "08904000210037"
SERIES = SsccSeries("0614141", 234567890, 1)


def result_of(*lines: dict[str, Any], weights: bool = True) -> Recommendations:
    """Answers to order lines, in cartons that bear a code."""
    line = {"sku": "cup", "qty": 1, "length_mm": 100, "width_mm": 80, "height_mm": 60}
    known = {"weight_g": 250} if weights else {}
    rows = [line | known | one for one in lines]
    catalogue = packopt.Catalogue.from_table(
        pa.Table.from_pylist(
            [
                {
                    "package_id": "S",
                    "kind": "carton",
                    "length_mm": 300,
                    "width_mm": 200,
                    "height_mm": 120,
                    "package_code": "4G",
                },
                {
                    "package_id": "L",
                    "kind": "carton",
                    "length_mm": 600,
                    "width_mm": 400,
                    "height_mm": 400,
                    "package_code": "CT",
                },
            ]
        )
    )
    return packopt.recommend(packopt.Orders.from_table(pa.Table.from_pylist(rows)), catalogue)


def pages(path: Path) -> list[list[str]]:
    """What a reader finds on each page, as (AI)value, from top to bottom; all of it GS1-128."""
    found = []
    document = pypdfium2.PdfDocument(path)
    for page in document:
        codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        assert all(code.symbology_identifier == "]C1" for code in codes)
        codes.sort(key=lambda code: code.position.top_left.y)
        found.append([code.text for code in codes])
    document.close()
    return found


def words(path: Path, page: int) -> str:
    """The text of a page."""
    document = pypdfium2.PdfDocument(path)
    text = document[page].get_textpage().get_text_bounded()
    document.close()
    return text


def test_labels_decode_again(tmp_path: Path) -> None:
    """SSCC, gross weight, and GTIN and count where all units are of one article."""
    result = result_of(
        {"order_id": "A", "gtin": CUP, "qty": 3},
        {"order_id": "B", "gtin": CUP},
        {"order_id": "B", "sku": "plate", "gtin": PLATE},
        {"order_id": "C", "gtin": CUP, "qty": 12},
    )
    codes = packopt.write_labels(result, tmp_path / "labels.pdf", SERIES)
    weights = [logistic_weight(one)[0] for one in printed_parcels(result, None)]
    (first, second, third) = [f"({ai}){value}" for ai, value in weights]
    assert pages(tmp_path / "labels.pdf") == [
        [f"(02){CUP}(37)3", first, "(00)106141412345678908"],
        [second, "(00)106141412345678915"],
        [f"(02){CUP}(37)12", third, "(00)106141412345678922"],
    ]
    assert codes["sscc"].to_pylist() == SERIES.codes(3)
    text = words(tmp_path / "labels.pdf", 0)
    assert "Order A" in text
    assert "4G, Box, fibreboard" in text


def test_without_weights_and_gtins_a_label_bears_the_sscc_alone(tmp_path: Path) -> None:
    """What is not known is not encoded."""
    packopt.write_labels(result_of({"order_id": "A"}, weights=False), tmp_path / "l.pdf", SERIES)
    assert pages(tmp_path / "l.pdf") == [["(00)106141412345678908"]]


def test_weights_are_rounded_up_and_lose_decimals_as_they_grow() -> None:
    """Six digits hold grams up to 999.999 kg, and 10 grams beyond."""

    def told(gross_g: float) -> list[tuple[str, str]]:
        sides = (1, 1, 1)
        return logistic_weight(
            PrintedParcel("A", 1, 1, None, "S", None, "carton", sides, sides, gross_g, ())
        )

    assert told(977.1) == [("3303", "000978")]
    assert told(999_999) == [("3303", "999999")]
    assert told(999_999.5) == [("3302", "100000")]
    assert told(1e9) == [("3300", "999999")] or told(1e9) == []


def test_fnc1_ends_values_of_variable_length_unless_they_are_last() -> None:
    """And the line for people has the identifiers in brackets, which are not encoded."""
    elements = [("02", CUP), ("37", "12"), ("3303", "000978")]
    assert encoded(elements) == f"{FNC1}02{CUP}3712{FNC1}3303000978"
    assert encoded(elements[:2]) == f"{FNC1}02{CUP}3712"
    assert readable(elements[:2]) == f"(02) {CUP} (37) 12"


def test_sheets_tell_every_unit_in_packing_order(tmp_path: Path) -> None:
    """With GTIN, corner and extents, and the SSCC that the label bears."""
    result = result_of({"order_id": "A", "gtin": CUP, "qty": 2}, {"order_id": "Ü-訂單", "qty": 45})
    path = tmp_path / "sheets.pdf"
    packopt.write_sheets(result, path, SERIES)
    assert pages(path) == [["(00)106141412345678908"], ["(00)106141412345678915"], []]
    text = words(path, 0)
    for row in result.placements.slice(0, 2).to_pylist():
        assert "{x_mm}, {y_mm}, {z_mm}".format(**row) in text
        assert "{dx_mm} × {dy_mm} × {dz_mm}".format(**row) in text
    assert CUP in text
    assert "page 2" in words(path, 2)
    steps = [line for line in words(path, 2).splitlines() if "cup" in line]
    assert steps[-1].startswith("45")


def test_sheets_without_a_prefix_have_no_barcode(tmp_path: Path) -> None:
    """They can be printed by whoever has no company prefix."""
    packopt.write_sheets(result_of({"order_id": "A"}), tmp_path / "sheets.pdf")
    assert pages(tmp_path / "sheets.pdf") == [[]]


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    """No date, no random id."""
    result = result_of({"order_id": "A", "gtin": CUP}, {"order_id": "B", "qty": 4})
    made: list[list[bytes]] = []
    for name in ("one", "two"):
        labels, sheets = tmp_path / f"{name}-labels.pdf", tmp_path / f"{name}-sheets.pdf"
        packopt.write_labels(result, labels, SERIES)
        packopt.write_sheets(result, sheets, SERIES)
        made.append([labels.read_bytes(), sheets.read_bytes()])
    assert made[0] == made[1]


def test_nothing_is_left_of_labels_that_cannot_be_printed(tmp_path: Path) -> None:
    """Too few serials, no plans, or no parcels: an error, and no file."""
    result = result_of({"order_id": "A"}, {"order_id": "B"})
    few = SsccSeries("401234567890", 9_999)
    with pytest.raises(Gs1Error, match="found 2 parcels, expected at most 1"):
        packopt.write_labels(result, tmp_path / "l.pdf", few)
    from dataclasses import replace

    without = replace(result, placements=result.placements.slice(0, 1))
    with pytest.raises(ResultError, match="no plan of order 'B', parcel 1"):
        packopt.write_labels(without, tmp_path / "l.pdf", SERIES)
    nothing = replace(result, parcels=result.parcels.slice(0, 0))
    with pytest.raises(ResultError, match="no parcels"):
        packopt.write_sheets(nothing, tmp_path / "l.pdf")
    assert list(tmp_path.iterdir()) == []


def test_the_commands_print_and_say_which_serial_is_next(tmp_path: Path) -> None:
    """The codes go to a CSV beside the labels."""
    result_of({"order_id": "A"}, {"order_id": "B"}).write(tmp_path / "answers")
    answers, labels = str(tmp_path / "answers"), tmp_path / "labels.pdf"
    run = CliRunner().invoke(
        app, ["labels", answers, "--prefix", "0614141", "--first-serial", "7", "--out", str(labels)]
    )
    assert run.exit_code == 0, run.output
    assert "2 labels; the next free serial is 9" in run.output
    told = pyarrow.csv.read_csv(
        io.BytesIO(labels.with_suffix(".csv").read_bytes()),
        convert_options=pyarrow.csv.ConvertOptions(column_types={"sscc": pa.string()}),
    )
    assert [f"(00){code}" for code in told["sscc"].to_pylist()] == [
        page[-1] for page in pages(labels)
    ]
    sheets = tmp_path / "sheets.pdf"
    run = CliRunner().invoke(app, ["sheets", answers, "--out", str(sheets)])
    assert run.exit_code == 0, run.output
    assert len(pages(sheets)) == 2
    run = CliRunner().invoke(app, ["sheets", answers, "--out", str(tmp_path / "sheets.svg")])
    assert run.exit_code == 2


def test_a_pdf_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither half a file, nor a hidden one: where it cannot go, and where drawing it fails."""
    (tmp_path / "taken.pdf").mkdir()
    with pytest.raises(OSError, match=r"taken\.pdf"), Pdf(tmp_path / "taken.pdf", 100, 100, "t"):
        pass
    with pytest.raises(KeyboardInterrupt), Pdf(tmp_path / "stopped.pdf", 100, 100, "t"):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["taken.pdf"]
