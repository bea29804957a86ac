"""Figures by name, and the digest over them."""

from __future__ import annotations

import hashlib
import json

import pytest

from packopt.report.figures import Figures, canonical, digest, key_of


def test_a_figure_says_what_it_is() -> None:
    """The element carries measure, key, exact value and scale, and shows the text."""
    element = Figures().number("total.saved", "packaging_g", 12.345, "12.3", 1e3)
    assert element == (
        '<span class="num" data-measure="total.saved" data-key="packaging_g" '
        'data-value="12.345" data-per="1000.0">12.3</span>'
    )


def test_names_from_the_input_cannot_leave_their_attribute() -> None:
    """Quotes and tags in a key are escaped."""
    element = Figures().number("sku.saved", '"><script>', 1, "1")
    assert "<script" not in element
    assert "&#34;&gt;&lt;script&gt;" in element


def test_a_name_has_one_number() -> None:
    """The same number may be shown again; another one under its name is refused."""
    figures = Figures()
    figures.number("a", "b", 1.5, "1.5")
    figures.number("a", "b", 1.5, "2")
    with pytest.raises(ValueError, match=r"found 2\.5, but 1\.5 before"):
        figures.number("a", "b", 2.5, "2.5")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    """A report never shows a figure that is not finite."""
    with pytest.raises(ValueError, match="expected a finite number"):
        Figures().number("a", "b", value, "?")


def test_keys_of_several_words_do_not_run_together() -> None:
    """Packages may be called whatever their owner likes."""
    assert key_of("a|b", "c") != key_of("a", "b|c")
    assert key_of('a","b') != key_of("a", "b")


def test_the_digest_is_of_the_content_not_of_the_order() -> None:
    """Anybody can recompute it: sorted keys, no spaces, UTF-8, SHA-256."""
    one, other = Figures(), Figures()
    for figures, order in ((one, (0, 1)), (other, (1, 0))):
        for at in order:
            figures.number("measure", f"箱{at}", at / 3, "")
    about = {"b": 1, "a": [1.5, "é"]}
    text = json.dumps(
        {"about": about, "figures": one.rows()},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert one.rows() == other.rows()
    assert digest(about, one.rows()) == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert digest(about, one.rows()[:1]) != digest(about, one.rows())


def test_canonical_text_is_one_for_equal_content() -> None:
    """The order of keys leaves no trace."""
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1}) == '{"a":2,"b":1}'
