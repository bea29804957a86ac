"""The packing bench in a real browser: what packers scan, press and touch."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.browsing import EXPECT_MS, NASTY, TABLET, UPRIGHT, look, needs_chromium
from service.guarded import Guarded
from service.jobbing import has_ended, wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = needs_chromium
expect = sync_api.expect
expect.set_options(timeout=EXPECT_MS)


@pytest.mark.parametrize("size", [TABLET, UPRIGHT])
def test_the_bench_is_worked_by_keyboard_alone(
    visit: Callable[..., Any], asked: None, size: tuple[int, int]
) -> None:
    """An id and Enter bring the parcel; Enter packs it, arrows show its steps; no mouse."""
    page = visit("/bench", size, has_touch=True)
    scan = page.locator("#scan")
    expect(scan).to_be_focused()
    page.keyboard.type("TWO\n")
    expect(page.locator(".package")).to_have_text(re.compile(r"^\w+$"))
    expect(page.locator(".nth")).to_have_text("Parcel 1 of 2")
    frame = page.frame_locator("#picture iframe")
    frame.locator(".po-solid .main-svg").first.wait_for()
    expect(frame.locator(".po-now")).to_contain_text("Step 6 of 6")
    page.keyboard.press("ArrowLeft")
    expect(frame.locator(".po-now")).to_contain_text("Step 5 of 6")
    expect(scan).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".nth")).to_have_text("Parcel 2 of 2")
    expect(page.locator("#told")).to_contain_text("parcel 1: packed in")
    expect(scan).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Order TWO is done")
    expect(page.locator("#rates")).to_contain_text("packed")
    expect(page.locator("#parcel")).to_be_hidden()


def test_another_package_needs_a_reason(visit: Callable[..., Any], asked: None) -> None:
    """Without a package or a reason nothing is recorded; with both it counts as overridden."""
    page = visit("/bench?lang=en", TABLET)
    page.keyboard.type("ONE\n")
    expect(page.locator(".package")).to_be_visible()
    page.keyboard.press("F2")
    expect(page.locator("#override-package")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#override-fault")).to_contain_text("Name the package")
    page.keyboard.type("C9")
    page.keyboard.press("Enter")
    expect(page.locator("#override-fault")).to_contain_text("Choose why")
    expect(page.locator("#reasons input").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("C9 instead of")
    expect(page.locator("#scan")).to_be_focused()
    expect(page.locator("#rates")).to_contain_text("1 in another package")


def test_unknown_orders_are_told_at_once(visit: Callable[..., Any], asked: None) -> None:
    """A wrong id and an order without a package are said in words; the field takes the next."""
    page = visit("/bench")
    page.keyboard.type(f"NO {NASTY}\n")
    expect(page.locator("#told")).to_contain_text(f"Order NO {NASTY} is not known")
    page.keyboard.type("NONE\n")
    expect(page.locator("#told")).to_contain_text("Order NONE has no package")
    page.keyboard.type("ONE\n")
    expect(page.locator(".package")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#told")).to_contain_text("Ready for the next order")


def test_the_field_has_the_focus_whatever_is_touched(
    visit: Callable[..., Any], asked: None
) -> None:
    """A scanner types into what has the focus: after a touch beside it, it is the field again."""
    page = visit("/bench", TABLET, has_touch=True)
    page.keyboard.type("ONE\n")
    expect(page.locator(".package")).to_be_visible()
    page.locator(".package").tap()
    expect(page.locator("#scan")).to_be_focused()
    page.frame_locator("#picture iframe").locator(".po-now").tap()
    expect(page.locator("#scan")).to_be_focused()
    page.keyboard.type("TWO\n")
    expect(page.locator(".order-id")).to_have_text("Order TWO")


def test_a_key_without_the_bench_is_told_so(chromium: Any, page_service: Guarded) -> None:
    """Who may recommend and not pack is told by the bench, in words."""
    key = page_service.key("recommend")
    page = chromium.new_page(http_credentials={"username": "", "password": key})
    page.goto(f"{page_service.url}/bench?lang=en")
    expect(page.locator("#told")).to_contain_text("Your key may not do this.")
    page.close()


COVERED = """() => ['.order-id', '.package', '.big.primary'].filter(name => {
  const one = document.querySelector(name), box = one.getBoundingClientRect();
  const seen = document.elementFromPoint(box.left + 4, box.top + box.height / 2);
  return !one.contains(seen);
})"""


class Held:
    """The next request for a URL gets no answer yet, as on a slow network."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.routes: list[Any] = []
        page.route(url, self.hold, times=1)

    def hold(self, route: Any) -> None:
        """Keep a request waiting."""
        self.routes.append(route)

    def wait(self) -> None:
        """Wait until it was made."""
        for _ in range(600):
            if self.routes:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing asked for {self.url}")

    def let_go(self) -> None:
        """Let it be answered, and wait until the page has had time for the answer."""
        with self.page.expect_response(self.url):
            self.routes.pop(0).continue_()
        self.page.wait_for_timeout(300)

    def refuse(self) -> None:
        """Answer it with an error of the service."""
        problem = {"status": 422, "detail": "the package is not known"}
        self.routes.pop(0).fulfill(status=422, json=problem)


def test_an_answer_that_comes_late_touches_no_other_order(
    visit: Callable[..., Any], asked: None
) -> None:
    """The order scanned last stays on the screen, and Escape leaves it empty."""
    page = visit("/bench?lang=en")
    order = page.locator(".order-id")
    late = Held(page, "**/v1/evidence?order=TWO")
    page.keyboard.type("TWO\n")
    late.wait()
    expect(page.locator("#told")).to_contain_text("Opening order TWO")
    page.keyboard.type("ONE\n")
    expect(order).to_have_text("Order ONE")
    late.let_go()
    expect(order).to_have_text("Order ONE")
    late = Held(page, "**/v1/evidence?order=TWO")
    page.keyboard.type("TWO\n")
    late.wait()
    page.keyboard.press("Escape")
    late.let_go()
    expect(page.locator("#parcel")).to_be_hidden()
    expect(page.locator("#told")).to_contain_text("Ready for the next order")
    late = Held(page, "**/v1/evidence?order=MISSING")
    page.keyboard.type("MISSING\n")
    late.wait()
    page.keyboard.type("ONE\n")
    expect(order).to_have_text("Order ONE")
    late.let_go()
    expect(page.locator("#told")).to_be_empty()


def test_a_save_that_comes_late_leaves_the_next_order_on_the_screen(
    visit: Callable[..., Any], asked: None
) -> None:
    """Both orders are recorded, however slow the first save is, and each once."""
    page = visit("/bench?lang=en")
    late = Held(page, "**/v1/packings?order=TWO")
    page.keyboard.type("TWO\n")
    expect(page.locator(".nth")).to_have_text("Parcel 1 of 2")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    late.wait()
    page.keyboard.type("ONE\n")
    expect(page.locator(".order-id")).to_have_text("Order ONE")
    late.let_go()
    expect(page.locator(".order-id")).to_have_text("Order ONE")
    expect(page.locator("#unsaved")).to_be_empty()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Order ONE is done")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_save_that_fails_late_is_told_with_its_order(
    visit: Callable[..., Any], asked: None, lang: str, tmp_path: Path
) -> None:
    """It stays told beside the next order until it is saved again, or left."""
    page = visit(f"/bench?lang={lang}", TABLET)
    unsaved = page.locator("#unsaved")
    for again in (True, False):
        late = Held(page, "**/v1/packings?order=TWO")
        page.keyboard.type("TWO\n")
        expect(page.locator(".nth")).to_be_visible()
        page.keyboard.press("Enter")
        late.wait()
        page.keyboard.type("ONE\n")
        expect(page.locator(".order-id")).to_contain_text("ONE")
        late.refuse()
        expect(unsaved).to_contain_text("TWO")
        expect(unsaved).to_contain_text("the package is not known")
        expect(page.locator(".order-id")).to_contain_text("ONE")
        look(page, TABLET)
        assert page.evaluate(COVERED) == []
        page.screenshot(path=tmp_path / f"unsaved-{lang}.png")
        with page.expect_response("**/v1/packings/rates") if again else nullcontext():
            unsaved.get_by_role("button").nth(0 if again else 1).press("Enter")
        expect(unsaved).to_be_empty()
        expect(page.locator(".order-id")).to_contain_text("ONE")
        expect(page.locator("#scan")).to_be_focused()


def test_a_save_that_fails_at_once_is_made_again_by_enter(
    visit: Callable[..., Any], asked: None
) -> None:
    """The parcel stays, its fault is told, and Enter saves it under the same key."""
    page = visit("/bench?lang=en")
    keys: list[str] = []
    page.on("request", lambda one: keys.append(one.headers.get("idempotency-key", "")))
    late = Held(page, "**/v1/packings?order=ONE")
    page.keyboard.type("ONE\n")
    expect(page.locator(".order-id")).to_have_text("Order ONE")
    page.keyboard.press("Enter")
    late.wait()
    late.refuse()
    expect(page.locator("#unsaved")).to_contain_text("Order ONE, parcel 1 is not saved")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Order ONE is done")
    expect(page.locator("#unsaved")).to_be_empty()
    used = [key for key in keys if key]
    assert len(used) == 2
    assert len(set(used)) == 1


@pytest.fixture(scope="module")
def night(page_service: Guarded) -> str:
    """A job of the warehouse system, whose key is another one than the bench's."""
    headers = {"Authorization": f"Bearer {page_service.key('jobs')}", "Content-Type": "text/csv"}
    rows = "order_id,sku,qty,length_mm,width_mm,height_mm\nJOB-1,mug,2,120,90,100\n"
    rows += "JOB-2,bell,12,210,195,195\nJOB-3,mug,1,5000,90,100\n"
    with httpx.Client(base_url=page_service.url, headers=headers, timeout=60) as http:
        sent = http.post("/v1/jobs", content=rows).json()["job_id"]
        assert wait_until(http, sent, has_ended)["state"] == "succeeded"
    return str(sent)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_orders_of_a_job_are_packed(
    visit: Callable[..., Any],
    page_service: Guarded,
    asked: None,
    night: str,
    lang: str,
    tmp_path: Path,
) -> None:
    """The job is chosen by keyboard and kept in the address; its orders are opened and recorded."""
    key = page_service.key("recommend", "bench")
    page = visit(f"/bench?lang={lang}", TABLET, key=key)
    told, choice, scan = page.locator("#told"), page.locator("#job"), page.locator("#scan")
    page.keyboard.type("JOB-1\n")
    expect(told).to_contain_text("job above" if lang == "en" else "在上方选择任务")
    page.keyboard.press("Shift+Tab")
    expect(choice).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_value(night)
    assert f"job={night}" in page.url
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    expect(choice).to_have_value(night)
    choice.focus()
    page.keyboard.type("JOB-2\n")  # a scanner types into what has the focus
    expect(choice).to_have_value(night)
    expect(page.locator(".order-id")).to_contain_text("JOB-2")
    expect(scan).to_be_focused()
    frame = page.frame_locator("#picture iframe")
    frame.locator(".po-solid .main-svg").first.wait_for()
    look(page, TABLET)
    page.screenshot(path=tmp_path / f"bench-{lang}.png")
    while not page.locator("#parcel").is_hidden():
        nth = page.locator(".nth").inner_text()
        with page.expect_response("**/v1/packings?*") as answer:
            page.keyboard.press("Enter")
        assert answer.value.json()["job_id"] == night
        expect(page.locator("#parcel:not([hidden]) .nth").filter(has_text=nth)).to_have_count(0)
    expect(told).to_contain_text("JOB-2")
    page.keyboard.type("JOB-3\n")
    expect(told.locator(".fault")).to_contain_text("JOB-3")
    page.keyboard.type("ONE\n")
    hint = "no order of the job chosen" if lang == "en" else "所选任务中没有该订单"
    expect(told).to_contain_text(hint)
    choice.select_option("")
    assert "job=" not in page.url
    page.keyboard.type("ONE\n")
    expect(page.locator(".order-id")).to_contain_text("ONE")
