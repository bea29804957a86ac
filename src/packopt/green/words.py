"""Titles and explanations of tables and metrics, in English and Chinese, from a data file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from packopt.green.data import data


@dataclass(frozen=True, slots=True)
class TableWords:
    """What a table is called and says.

    Attributes
    ----------
    title, title_zh
        In English and in Chinese.
    sentence, sentence_zh
        One sentence.
    rows
        Rows of the demands that it answers; empty where only a law asks for it.
    """

    title: str
    title_zh: str
    sentence: str
    sentence_zh: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MetricWords:
    """What a metric is called and exactly means.

    Attributes
    ----------
    title, title_zh
        In English and in Chinese.
    definition
        What is counted, and by what it is divided.
    unit
        Of the value.
    table
        Where it comes from.
    row
        Row of the demands that asks for it; None where a law does.
    needs
        A key of the manifest that must be the same in two periods for them to be compared.
    """

    title: str
    title_zh: str
    definition: str
    unit: str
    table: str
    row: int | None
    needs: str


def _tables() -> dict[str, TableWords]:
    return {
        name: TableWords(
            row["title"], row["zh"], row["says"], row["says_zh"], tuple(row.get("rows", ()))
        )
        for name, row in data("words")["tables"].items()
    }


def _metrics() -> dict[str, MetricWords]:
    return {
        name: MetricWords(
            row["title"],
            row["zh"],
            row["is"],
            row["unit"],
            row["table"],
            row.get("row"),
            row.get("needs", ""),
        )
        for name, row in data("words")["metrics"].items()
    }


DEMANDS: Final = {
    int(number): (one["en"], one["zh"]) for number, one in data("words")["demands"].items()
}
"""Each demand by the number of its row, in English and in Chinese."""
TABLES: Final = _tables()
"""Every table, in the order in which a report shows them."""
METRICS: Final = _metrics()
"""Every metric, in the order of the scorecard."""
