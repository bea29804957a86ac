"""The newcomer's notebook runs from its first cell to its last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from documentation.pages import DOCS

NOTEBOOK = DOCS / "recipes" / "newcomer.ipynb"


def read() -> Any:
    """The notebook as it is in the repository."""
    return nbformat.read(NOTEBOOK, as_version=4)


def test_the_notebook_is_kept_without_outputs() -> None:
    """What it prints is not in the repository, since it would not be today's."""
    cells = [cell for cell in read().cells if cell.cell_type == "code"]
    assert len(cells) > 5
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.filterwarnings("default")
def test_the_notebook_goes_from_a_csv_to_the_report(tmp_path: Path) -> None:
    """All cells run in a fresh folder, and the report is there with its data."""
    notebook = read()
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    page = tmp_path / "notebook" / "report.html"
    assert "<html" in page.read_text(encoding="utf-8")[:200].lower()
    assert (tmp_path / "notebook" / "report_data" / "figures.json").exists()
    explained = notebook.cells[10].outputs[0].text
    assert "Plan, in packing order" in explained
