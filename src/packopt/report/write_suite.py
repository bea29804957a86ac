"""Writing the report of a proposed set: the answer, both sets, and what else was thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.errors import ReportError
from packopt.report.answer import answer, caution, compared, headline, left_out, period_of
from packopt.report.beside import write_figures, write_tables
from packopt.report.breakdown import breakdown
from packopt.report.empty_space import empty_space
from packopt.report.figures import digest
from packopt.report.material import Material
from packopt.report.method import limits, method
from packopt.report.packages import packages
from packopt.report.places import places
from packopt.report.quality import quality
from packopt.report.render import Page, render
from packopt.report.signature import signature
from packopt.report.suite_set import both_sets, chosen, how_good
from packopt.report.suite_variants import changes, curve, steadiness, suite_method
from packopt.report.words import Words
from packopt.report.write import appear
from packopt.report_places import data_folder, page_at

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.suite import Suite


def write_suite_report(suite: Suite, path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a proposed set: one page that loads nothing, and its data beside it.

    Parameters
    ----------
    suite
        The proposed set, with its savings against today's.
    path
        The page, a name that ends in ``.html``.
    language
        One of `packopt.report.LANGUAGES`.

    Returns
    -------
    The folder with the data.

    Raises
    ------
    ReportError
        If there is no set to compare with, or no texts in the language, or the name does not end
        in ``.html``.
    """
    page = page_at(path)
    if suite.savings is None:
        problem = "found a suite without today's set, expected one to compare with; name it"
        raise ReportError("suite", problem)
    material = Material(suite.savings, Words(language), suite=suite)
    folder = data_folder(page)
    suite.savings.write(folder)
    files = write_tables(material, folder)
    made = [
        answer(material),
        how_good(material),
        curve(material),
        both_sets(material),
        chosen(material),
        packages(material),
        changes(material),
        steadiness(material),
        breakdown(material),
        empty_space(material),
        places(material),
        suite_method(material),
        method(material),
        quality(material),
        limits(material),
    ]
    sections = [section for section in made if section is not None]
    head = (
        headline(material), period_of(material), compared(material), caution(material),
        left_out(material),
    )  # fmt: skip
    figures = material.figures.rows()
    about = {**material.about, "suite": suite.about}
    sha256 = digest(about, figures)
    write_figures(folder, about, figures, files)
    sections.append(signature(material, folder.name, files, sha256))
    version = str(material.about["packopt_version"])
    appear(page, render(Page(material.words, *head, "", sections, sha256, version)))
    return folder
