"""Pages and pictures: complete, safe, the same every time, and sensible on paper."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from draw.drawn import NASTY, every_parcel, many, nasty
from handmade import made
from handmade_shapes import scene
from packopt import draw
from packopt.draw.isometric import STYLE
from packopt.draw.plan import read_plan
from packopt.draw.sheet import ON_A_PAGE, ROWS_ON_A_PAGE, Sheet, make_sheet
from packopt.draw.words import Words

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "link", "input", "br", "img"}
MAKERS = [draw.view_fragment, draw.sheet_html, draw.sheet_svg]


class Page(HTMLParser):
    """What a page holds: elements, texts, and whether tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        (self.scripts if inside in ("script", "style") else self.texts).append(data)


def sheet_of(name: str, order_id: str, language: str = "en") -> Sheet:
    """The sheet of a handmade order."""
    drawn = scene(name)
    plan = read_plan(drawn.result, order_id, orders=drawn.orders, catalogue=drawn.catalogue)
    return make_sheet(plan, Words(language))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_input_gives_the_same_text(
    make: Callable[..., str], language: draw.Language
) -> None:
    """Nothing depends on the time, on chance or on what was drawn before."""
    drawn = scene("sizes")
    one, other = (
        make(drawn.result, "bowls", None, language, orders=drawn.orders) for _ in range(2)
    )
    assert one == other
    assert ("第 1 步，共 5 步" in one) is (language == "zh")
    assert ("Step 1 of 5" in one) is (language == "en")


@pytest.mark.parametrize(("name", "order_id"), every_parcel())
def test_all_that_can_be_drawn_makes_sound_pages(name: str, order_id: str) -> None:
    """Tags are balanced, pictures are XML, and every unit and parcel is told."""
    drawn = scene(name)
    given = {"orders": drawn.orders, "catalogue": drawn.catalogue}
    plan = read_plan(drawn.result, order_id, **given)
    fragment = Page(draw.view_fragment(drawn.result, order_id, **given))
    sheet = Page(draw.sheet_html(drawn.result, order_id, **given))
    ET.fromstring(draw.sheet_svg(drawn.result, order_id, **given))
    sections = [attributes for tag, attributes in fragment.elements if tag == "section"]
    assert len(sections) == len(plan.parcels)
    for page in (fragment, sheet):
        assert set(plan.skus) <= {text.strip() for text in page.texts}


@pytest.mark.parametrize("make", MAKERS)
def test_names_are_text_and_nothing_else(make: Callable[..., str]) -> None:
    """SKUs, orders, packages and materials that look like code are shown, never run."""
    text = make(nasty().result, NASTY, orders=nasty().orders, catalogue=nasty().catalogue)
    assert "<script>alert" not in text
    if make is draw.sheet_svg:
        every = ET.fromstring(text)
        texts = "".join(every.itertext())
        assert {element.tag for element in every.iter()} == {
            f"{SVG}{tag}"
            for tag in ("svg", "title", "style", "rect", "g", "path", "text", "circle")
        }
    else:
        page = Page(text)
        texts = "".join(page.texts)
        assert not [
            name for _, attributes in page.elements for name in attributes if name[:2] == "on"
        ]
    assert "alert(1)</script>&" in texts


def test_the_data_of_the_page_cannot_end_its_script() -> None:
    """In the page's data all signs that mean something in HTML are escaped, and JSON reads them."""
    page = draw.view_fragment(nasty().result, NASTY)
    (data,) = re.findall(r'<script type="application/json" class="po-data">(.*?)</script>', page)
    assert not set(data) & set("<>&\u2028")
    figure = json.loads(data)["figure"]
    assert "&lt;script&gt;alert(1)" in figure["data"][2]["hovertext"][0]


def test_a_page_asks_for_nothing() -> None:
    """Outside of Plotly's own script there is no address to fetch, no import and no font."""
    drawn = scene("split")
    for make in MAKERS:
        text = make(drawn.result, "boxed").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.|url\(|@import|src=", text)
    page = draw.view_html(drawn.result, "boxed")
    elements = [(tag, attributes) for tag, attributes in Page(page).elements]
    assert not [attributes for _, attributes in elements if attributes.get("src")]
    assert [attributes["href"] for tag, attributes in elements if tag == "link"] == ["data:,"]


def test_a_page_is_a_fragment_with_plotly() -> None:
    """The page for a file and the part for a service show the same."""
    page = draw.view_html(made().result, "bricks", orders=made().orders)
    fragment = draw.view_fragment(made().result, "bricks", orders=made().orders)
    assert fragment in page
    assert "Plotly" in page.replace(fragment, "")
    assert len(fragment) < 60_000


def test_every_step_has_a_box_to_tick() -> None:
    """Each card has one check box, and so has all that is left to do."""
    sheet = sheet_of("rules", "cream")
    (page,) = sheet.pages
    (row,) = (
        row for row in scene("rules").result.parcels.to_pylist() if row["order_id"] == "cream"
    )
    assert [card.title for card in page.cards] == ["Step 1 of 1"]
    assert [check.replace("\N{NO-BREAK SPACE}", " ") for check in page.checks] == [
        "Coolant on top: 500 g",
        f"Fill the empty space: {row['fill_g']:.0f} g of filler",
        "Close: tape",
        f"Weigh: {row['gross_g']:.0f} g",
        "Label",
    ]
    drawn = scene("rules")
    text = draw.sheet_html(drawn.result, "cream", catalogue=drawn.catalogue)
    boxes = [1 for tag, attributes in Page(text).elements if attributes.get("type") == "checkbox"]
    picture = draw.sheet_svg(drawn.result, "cream", catalogue=drawn.catalogue)
    assert len(boxes) == picture.count('class="tick"') == 6


def test_an_own_container_is_neither_filled_nor_closed() -> None:
    """What ships as it is gets weighed and labelled."""
    sheet = sheet_of("split", "boxed")
    assert [page.parcel.number for page in sheet.pages] == [1, 2]
    assert [text.split(":")[0] for text in sheet.pages[1].checks] == ["Weigh", "Label"]
    assert dict(sheet.pages[1].facts)["Package"] == "Own container"


def test_a_card_says_what_to_do() -> None:
    """SKU, size, place, distances, and what to mind, in this order."""
    (page,) = sheet_of("sizes", "cups").pages
    (line,) = page.cards[1].lines
    texts = [text.replace("\N{NO-BREAK SPACE}", " ") for text in line.texts]
    assert (line.name, texts) == (
        "cup",
        ["lay 90 × 90 × 15 mm", "on step 1", "from left 0, back 0, floor 100 mm"],
    )
    assert line.marks == ("keep upright", "nests into the one before")


def test_what_was_given_is_told_at_the_head() -> None:
    """Of a part-filled package the sheet says how much lies in it, and counts the rest only."""
    (page,) = sheet_of("placed", "filled").pages
    assert page.given == "What lies in the package already: 1 unit"
    assert [card.title for card in page.cards] == ["Step 1 of 1"]


def test_units_in_no_parcel_are_told() -> None:
    """Units that fit no package are named, so that nobody looks for them in the drawings."""
    assert sheet_of("partial", "some").not_packed.endswith("fit no package: 2 × pole.")
    for make in MAKERS:
        assert "2 × pole" in make(scene("partial").result, "some")


@pytest.mark.parametrize("units", [1, 4, 5, 12, 13, 100, 250])
def test_pages_hold_a_sensible_number_of_steps(units: int) -> None:
    """Steps are told once each, pages are neither crowded nor endless, and say which they are."""
    sheet = make_sheet(read_plan(many(units), "many"), Words("en"))
    pages = sheet.pages
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert {page.of for page in pages} == {len(pages)}
    assert all(len(page.cards) <= ON_A_PAGE for page in pages)
    assert all(len(page.rows) <= ROWS_ON_A_PAGE for page in pages)
    assert all(bool(page.cards) != bool(page.rows) for page in pages)
    assert sum(bool(page.checks) for page in pages) == 1
    assert [bool(page.overview) for page in pages] == [True] + [False] * (len(pages) - 1)
    rows = [unit.step for page in pages for unit in page.rows]
    assert rows == ([str(step) for step in range(1, units + 1)] if units > 12 else [])
    assert pages[0].is_large == (units <= 4)
    picture = ET.fromstring(draw.sheet_svg(many(units), "many"))
    assert picture.attrib["height"] == f"{297 * len(pages)}mm"


def test_nothing_in_the_picture_stands_outside_its_page() -> None:
    """However long the names, cards, texts and rows of the picture are within their A4 page."""
    results = [(many(100, skus), "many") for skus in (1, 13, 24, 48, 100)]
    for result, order_id in (*results, (nasty().result, NASTY)):
        root = ET.fromstring(draw.sheet_svg(result, order_id))
        pages = [group for group in root if group.tag == f"{SVG}g"]
        assert pages
        for page in pages:
            for element in page:
                if "y" not in element.attrib:
                    continue
                height = float(element.attrib.get("height", 0))
                assert 0 < float(element.attrib["y"]) + height < 297
                assert 0 < float(element.attrib["x"]) + float(element.attrib.get("width", 0)) < 210


def test_cards_that_share_a_drawing_name_their_steps() -> None:
    """Of several units alike a card says how many, which steps, and how large; of the rest that."""
    sheet = make_sheet(read_plan(many(13, skus=5), "many"), Words("en"))
    first = sheet.pages[0].cards[0]
    assert first.title == "Steps 1–7 of 13"
    assert [line.name for line in first.lines] == ["2 × s0", "2 × s1", "1 × s2"]
    assert (
        first.lines[0].texts[0].replace("\N{NO-BREAK SPACE}", " ") == "steps 1, 6: 20 × 20 × 20 mm"
    )
    assert first.more == 2
    assert "and 2 more: see all steps" in draw.sheet_html(many(13, skus=5), "many")


def test_styles_are_in_every_file_that_draws() -> None:
    """A picture that is taken out of the page still has its lines."""
    for make in MAKERS:
        assert STYLE.strip().splitlines()[0] in make(made().result, "card")
