"""The files beside the page, and the digest that binds it to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from packopt.report.beside import FIGURES, FIGURES_TABLE
from packopt.report.blocks import Block, Cell, Column, Fold, Paragraph, Section, Table, Terms
from packopt.report.greens import title

if TYPE_CHECKING:
    from packopt.report.material import Material

_CODE: Final = Markup("<code>{}</code>")


def signature(material: Material, folder: str, files: dict[str, str], sha256: str) -> Section:
    """The last section.

    Parameters
    ----------
    material
        What the page is written from.
    folder
        Name of the folder beside the page.
    files
        SHA-256 of each file in it.
    sha256
        Digest of all figures.
    """
    words = material.words
    columns = [
        Column(words("column.file"), numeric=False),
        Column(words("column.content"), numeric=False),
        Column(words("column.sha256"), numeric=False),
    ]
    rows = [
        [Cell(_CODE.format(name), name), Cell(_content(material, name)), Cell(_CODE.format(value))]
        for name, value in files.items()
    ]
    rows += [
        [Cell(_CODE.format(name), name), Cell(_content(material, name)), Cell("–")]
        for name in (FIGURES, FIGURES_TABLE)
    ]
    caption = words("files.caption", folder=f"{folder}/")
    blocks: list[Block] = [
        Terms([(words("files.digest"), _CODE.format(sha256))]),
        Paragraph(words("files.how", file=_CODE.format(f"{folder}/{FIGURES}"))),
        Fold(caption, Table("file-list", caption, columns, rows, sortable=False)),
    ]
    return Section("files", words("files.name"), words("files.heading"), blocks)


def _content(material: Material, name: str) -> Markup:
    """What a file holds, by its folder and the first part of its name."""
    folder, _, file = name.rpartition("/")
    stem = file.partition(".")[0]
    return title(material.words, stem) if folder else material.words.name("file", stem)
