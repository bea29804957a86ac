"""Writing a report: the page, and beside it the data that every number of it comes from."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from packopt.report.answer import answer, caution, compared, headline, left_out, period_of
from packopt.report.bench import bench
from packopt.report.beside import write_figures, write_judged, write_tables
from packopt.report.breakdown import breakdown
from packopt.report.compliance import compliance as rules
from packopt.report.empty_space import empty_space
from packopt.report.figures import digest
from packopt.report.greens import greens
from packopt.report.material import Material
from packopt.report.method import limits, method
from packopt.report.months import months
from packopt.report.packages import packages
from packopt.report.places import places
from packopt.report.quality import quality
from packopt.report.render import Page, render
from packopt.report.signature import signature
from packopt.report.words import Words
from packopt.report_places import data_folder, page_at
from packopt.rules import Judgement
from packopt.savings import FilesSavings

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.green import Green
    from packopt.report.blocks import Section
    from packopt.savings import Overrides, Savings


def write_report(
    savings: Savings | FilesSavings,
    path: str | Path,
    *,
    compliance: Judgement | None = None,
    compliance_before: Judgement | None = None,
    green: Green | None = None,
    overrides: Overrides | None = None,
    language: str = "en",
    notice: str = "",
) -> Path:
    """Write the report of a replay: one page that loads nothing, and its data beside it.

    ``report.html`` gets ``report_data/`` beside it, see `packopt.report.beside`. The same input
    gives the same bytes: no clock is read. The page appears when all is written.

    Parameters
    ----------
    savings
        The replay, of one input or of many files; the notes of the page say what these leave out.
    path
        The page, a name that ends in ``.html``.
    compliance
        What rules say of the plan's parcels, as `packopt.rules.judge` returns it; of many files
        what they say themselves, if None.
    compliance_before
        The same of the baseline's parcels.
    green
        Tables of green packaging management, as `packopt.green.tables` returns them.
    overrides
        What the packing bench did, as `packopt.savings.overrides` returns it.
    language
        One of `packopt.report.LANGUAGES`.
    notice
        What every reader must know before the figures; "" for nothing.

    Returns
    -------
    The folder with the data.

    Raises
    ------
    ReportError
        If there are no texts in the language, or the name does not end in ``.html``.
    """
    page = page_at(path)
    if isinstance(savings, FilesSavings) and compliance is None and savings.rules.num_rows:
        compliance, compliance_before = (
            Judgement.of_counts(savings.rules.filter(pc.equal(savings.rules["side"], side)))
            for side in ("plan", "baseline")
        )
    tables = compliance, compliance_before, green, overrides
    material = Material(savings, Words(language), *tables)
    savings.write(data_folder(page))
    write_judged(data_folder(page), compliance, compliance_before)
    return write_page(material, page, notice)


def write_page(material: Material, page: Path, notice: str) -> Path:
    """Write the page and its data, but for the tables of the replay and of rules: they are there.

    Parameters
    ----------
    material
        What the page is written from.
    page
        Where it goes.
    notice
        What every reader must know before the figures; "" for nothing.

    Returns
    -------
    The folder with the data.
    """
    folder = data_folder(page)
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(write_tables, material, folder)
        sections = _sections(material)
    files = writing.result()
    title, period, sentence = headline(material), period_of(material), compared(material)
    head = title, period, sentence, caution(material), left_out(material)
    figures = material.figures.rows()
    sha256 = digest(material.about, figures)
    write_figures(folder, material.about, figures, files)
    sections.append(signature(material, folder.name, files, sha256))
    version = str(material.about["packopt_version"])
    appear(page, render(Page(material.words, *head, notice, sections, sha256, version)))
    return folder


def _sections(material: Material) -> list[Section]:
    """The sections in their order, but for the signature."""
    made = [
        answer(material),
        breakdown(material),
        empty_space(material),
        packages(material),
        bench(material),
        places(material),
        months(material),
        rules(material),
        greens(material),
        method(material),
        quality(material),
        limits(material),
    ]
    return [section for section in made if section is not None]


def appear(page: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = page.with_name(f".{page.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(page)
    finally:
        draft.unlink(missing_ok=True)
