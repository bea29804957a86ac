"""The pages in a real browser: they ask for nothing, say no error, and do what they promise."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from draw.drawn import NASTY, many, nasty
from handmade import made
from handmade_shapes import scene
from packopt import draw

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SOFTWARE_3D = "--enable-unsafe-swiftshader"
UNITS = "document.querySelector('.po-solid').data.find(t => t.name === 'units').x.length / 8"
CAMERA = "document.querySelector('.po-solid').layout.scene.camera.eye"
DRAWN = "document.querySelector('.po-solid .main-svg') !== null"


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[str, Any]]:
    """One browser with 3D in software, and one without any."""
    with sync_api.sync_playwright() as playwright:
        made_of = {
            "solid": [*FLAGS, SOFTWARE_3D],
            "flat": [*FLAGS, "--disable-3d-apis"],
        }
        started = {
            name: playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            for name, flags in made_of.items()
        }
        yield started
        for browser in started.values():
            browser.close()


@pytest.fixture
def show(browsers: dict[str, Any], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """`show(text)` opens it as a file; in the end no request, error or dialog may have happened."""
    faults: list[str] = []
    pages = []

    def shown(text: str, browser: str = "solid", suffix: str = ".html", **options: Any) -> Any:
        path = tmp_path / f"page{len(pages)}{suffix}"
        path.write_text(text, encoding="utf-8")
        page = browsers[browser].new_page(**options)
        pages.append(page)
        page.set_default_timeout(60_000)

        def ask(request: Any) -> None:
            if request.url != path.as_uri() and not request.url.startswith(("data:", "blob:")):
                faults.append(request.url)

        page.on("request", ask)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.goto(path.as_uri())
        return page

    yield shown
    for page in pages:
        page.close()
    assert faults == []


def view(name: str, order_id: str, language: draw.Language = "en") -> str:
    """The page of a handmade order."""
    drawn = scene(name)
    given = {"orders": drawn.orders, "catalogue": drawn.catalogue}
    return draw.view_html(drawn.result, order_id, None, language, **given)


def units_shown(page: Any) -> int:
    """How many units the 3D figure has, by the corners of its mesh."""
    count: int = page.evaluate(UNITS)
    return count


def wait_for_units(page: Any, units: int) -> None:
    """Wait until the 3D figure has so many units."""
    page.wait_for_function(f"{UNITS} === {units}")


def picture(page: Any) -> bytes:
    """What the canvas shows, once it has come to rest."""
    page.wait_for_timeout(400)
    taken: bytes = page.locator(".po-scene").first.screenshot()
    return taken


def test_the_slider_moves_by_keyboard_and_changes_the_drawing(show: Callable[..., Any]) -> None:
    """Arrow, Home and End keys go from step to step; picture, text and list follow."""
    page = show(view("sizes", "bowls"), viewport={"width": 1280, "height": 900})
    page.wait_for_function(DRAWN)
    assert units_shown(page) == 5
    whole = picture(page)
    page.keyboard.press("Tab")
    page.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    assert page.locator(".po-now").inner_text() == "The empty package"
    wait_for_units(page, 0)
    empty = picture(page)
    seen = [whole, empty]
    for step in range(1, 6):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            f"document.querySelector('.po-solid').data[2].x.length === {8 * step}"
        )
        assert page.locator(".po-now").inner_text().startswith(f"Step {step} of 5: ")
        assert page.locator("[aria-current=step]").get_attribute("data-step") == str(step)
        seen.append(picture(page))
    assert len(set(seen[:-1])) == 6
    page.keyboard.press("ArrowRight")
    assert page.locator("input[type=range]").input_value() == "5"
    page.keyboard.press("Home")
    page.locator("body").click(position={"x": 3, "y": 3})
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert page.locator("input[type=range]").input_value() == "1"


def test_buttons_and_list_do_what_the_keys_do(show: Callable[..., Any]) -> None:
    """Buttons, the list of steps and playing lead to the same steps."""
    page = show(view("sizes", "bowls"))
    page.wait_for_function(DRAWN)
    slider = page.locator("input[type=range]")
    page.get_by_label("Previous step").click()
    assert slider.input_value() == "4"
    page.get_by_label("Next step").click()
    assert slider.input_value() == "5"
    assert page.get_by_label("Next step").is_disabled()
    page.locator(".po-steps li").nth(1).locator("button").click()
    assert slider.input_value() == "2"
    page.evaluate("document.querySelector('.po-play').click()")
    assert page.locator(".po-play").inner_text() == "Pause"
    page.wait_for_function("document.querySelector('.po-play').textContent === 'Play'")
    assert slider.input_value() == "5"
    page.evaluate("for (const _ of [1, 2]) document.querySelector('.po-play').click()")
    assert (page.locator(".po-play").inner_text(), slider.input_value()) == ("Play", "0")


def test_the_parcel_turns_under_the_hand_and_back(show: Callable[..., Any]) -> None:
    """A drag over half the height is a quarter turn; steps leave it; a button undoes it."""
    page = show(view("split", "pair"), viewport={"width": 1200, "height": 900})
    page.wait_for_function(DRAWN)
    before = picture(page)
    box = page.locator(".po-solid").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    start = page.evaluate(CAMERA)
    page.mouse.move(x - box["height"] / 4, y)
    page.mouse.down()
    page.mouse.move(x + box["height"] / 4, y, steps=6)
    page.mouse.up()
    page.wait_for_function(f"Math.abs({CAMERA}.x + 1.6) < 0.02")
    assert picture(page) != before
    eye = page.evaluate(CAMERA)
    assert (eye["y"], eye["z"]) == pytest.approx((-start["x"], start["z"]), abs=0.02)
    page.get_by_label("Previous step").click()
    wait_for_units(page, 1)
    assert page.evaluate(CAMERA) == eye
    page.get_by_label("Next step").click()
    page.get_by_role("button", name="Turn right").click()
    page.get_by_role("button", name="Turn right").click()
    page.wait_for_function(f"Math.abs({CAMERA}.x - 1.2) < 0.02")
    ratio = "document.querySelector('.po-solid').layout.scene.aspectratio.x"
    size = page.evaluate(ratio)
    page.get_by_role("button", name="Closer").click()
    page.wait_for_function(f"Math.abs({ratio} - {1.25 * size}) < 1e-6")
    page.get_by_role("button", name="Reset view").click()
    page.wait_for_function(f"Math.abs({ratio} - {size}) < 1e-6")
    assert page.evaluate(CAMERA) == pytest.approx(start)


def test_hovering_a_unit_tells_its_sizes(show: Callable[..., Any]) -> None:
    """Under the pointer stands the unit that is there: first the left one, then the right one."""
    page = show(view("split", "pair"), viewport={"width": 1200, "height": 900})
    page.wait_for_function(DRAWN)
    box = page.locator(".po-solid").bounding_box()
    told = []
    for share in (0.30, 0.34, 0.38, 0.42, 0.55, 0.59, 0.63, 0.67):
        x = box["x"] + box["width"] * share
        y = box["y"] + box["height"] * (0.17 + 0.6 * share)
        page.mouse.move(x - 2, y)
        page.wait_for_timeout(200)
        page.mouse.move(x, y)
        page.wait_for_timeout(500)
        if page.locator(".hovertext").count():
            told.append(page.locator(".hovertext").text_content())
    names = [text.replace("\N{NO-BREAK SPACE}", " ").partition("Step")[0] for text in told]
    assert names == sorted(names)
    assert set(names) == {"left", "right"}
    assert all("100\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}80" in text for text in told)


def test_names_that_look_like_code_stay_names(show: Callable[..., Any]) -> None:
    """Scripts in SKUs, orders and packages are shown as text, in the view and on the sheet."""
    drawn = nasty()
    for make in (draw.view_html, draw.sheet_html):
        page = show(make(drawn.result, NASTY, orders=drawn.orders, catalogue=drawn.catalogue))
        page.wait_for_timeout(300)
        assert "<script>alert(1)</script>" in page.title()
        assert page.locator("text=<script>alert(1)</script>").count() > 0
    picture = draw.sheet_svg(drawn.result, NASTY, orders=drawn.orders, catalogue=drawn.catalogue)
    show(picture, suffix=".svg").wait_for_timeout(300)


def test_a_browser_without_3d_shows_the_drawing(show: Callable[..., Any]) -> None:
    """Without WebGL the isometric drawing takes its place, with the same slider."""
    page = show(view("sizes", "bowls"), browser="flat")
    page.wait_for_function("!document.querySelector('.po-no-webgl').hidden")
    assert page.locator(".po-flat svg").is_visible()
    assert not page.locator(".po-solid").is_visible()
    assert not page.locator(".po-kind").is_visible()
    page.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    shown = page.evaluate(
        "[...document.querySelectorAll('.po-flat [data-step]')]"
        ".filter(g => g.style.display !== 'none').map(g => g.dataset.step)"
    )
    assert sorted(shown) == ["1", "2"]
    assert page.locator(".po-flat .latest").get_attribute("data-step") == "2"


def test_a_part_of_a_page_without_plotly_shows_the_drawing(show: Callable[..., Any]) -> None:
    """Where a page has no Plotly, a fragment still works; two of them do not disturb each other."""
    page = show(
        "<!doctype html><meta charset=utf-8><title>two</title><link rel=icon href=data:,>"
        + draw.view_fragment(scene("sizes").result, "cups")
        + draw.view_fragment(scene("sizes").result, "bowls")
    )
    assert page.locator(".po-flat svg").count() == 2
    second = page.locator("input[type=range]").nth(1)
    second.focus()
    page.keyboard.press("Home")
    assert second.input_value() == "0"
    assert page.locator("input[type=range]").nth(0).input_value() == "3"


def test_drawing_and_3d_can_be_exchanged(show: Callable[..., Any]) -> None:
    """A button shows the isometric drawing instead, for slow tablets, and 3D again."""
    page = show(view("placed", "filled"))
    page.wait_for_function(DRAWN)
    page.get_by_role("button", name="Drawing").click()
    assert page.locator(".po-flat svg").is_visible()
    page.get_by_role("button", name="3D").click()
    page.wait_for_function(DRAWN)
    assert not page.locator(".po-flat svg").is_visible()
    page.get_by_label("Previous step").click()
    assert page.locator(".po-now").inner_text() == "What lies in the package already: 1 unit"
    wait_for_units(page, 1)


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1440, 900)], ids=str)
def test_the_page_fits_phones_tablets_and_desks(
    show: Callable[..., Any], size: tuple[int, int]
) -> None:
    """Nothing is wider than the window, controls are large enough for fingers, Chinese is set."""
    page = show(
        view("split", "slabs", "zh"),
        viewport={"width": size[0], "height": size[1]},
        has_touch=True,
    )
    page.wait_for_function(DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for button in page.locator(".po-controls button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.locator(".po-previous").first.tap()
    assert page.locator(".po-now").first.inner_text().startswith("第 3 步，共 4 步：")


def test_only_parcels_near_the_window_are_drawn_in_3d(show: Callable[..., Any]) -> None:
    """Browsers keep few 3D contexts, so those of parcels far below wait until they are near."""
    page = show(view("split", "slabs"), viewport={"width": 900, "height": 500})
    page.wait_for_function(DRAWN)
    drawn = "[...document.querySelectorAll('.po-solid')].map(s => s.childElementCount > 0)"
    assert page.evaluate(drawn) == [True, False]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(f"JSON.stringify({drawn}) === '[false,true]'")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_sheet_prints_its_pages(show: Callable[..., Any], paper: str) -> None:
    """On paper each page of the sheet is one page, for few steps and many, small and large."""
    drawn, care = scene("split"), scene("sizes")
    for text in (
        draw.sheet_html(drawn.result, "boxed", orders=drawn.orders, catalogue=drawn.catalogue),
        draw.sheet_html(care.result, "bowls", orders=care.orders, catalogue=care.catalogue),
        draw.sheet_html(care.result, "cups", orders=care.orders, catalogue=care.catalogue),
        draw.sheet_html(many(4), "many"),
        draw.sheet_html(many(12), "many"),
        draw.sheet_html(many(216), "many"),
        draw.sheet_html(many(100, skus=48), "many"),
    ):
        printed = show(text).pdf(format=paper, print_background=True)
        assert printed.count(b"/Type /Page\n") == text.count('<section class="page')


def test_a_picture_prints_its_pages(show: Callable[..., Any]) -> None:
    """The SVG of two parcels is two sheets of A4."""
    text = draw.sheet_svg(scene("split").result, "boxed")
    printed = show(text, suffix=".svg").pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2


def test_a_box_can_be_ticked(show: Callable[..., Any]) -> None:
    """On a tablet the check boxes of the sheet are ticked by a tap on box or text."""
    page = show(draw.sheet_html(made().result, "bricks"), has_touch=True)
    page.get_by_role("checkbox", name="Step 2 of 3").tap()
    assert page.locator("input:checked").count() == 1
