"""The page in a real browser: what people click, on a desk and on a tablet, in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from packopt_service.static_files import static_files
from service.browsing import (
    DESK,
    EXPECT_MS,
    NASTY,
    TABLET,
    UPRIGHT,
    WAIT_MS,
    look,
    needs_chromium,
)
from service.guarded import Guarded
from service.jobbing import has_ended, wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = needs_chromium
expect = sync_api.expect
expect.set_options(timeout=EXPECT_MS)

ROWS = f"""order_id,sku,qty,length_mm,width_mm,height_mm,weight_g,fragile,mailer_ok
2026/17,mug,3,120,90,100,350,true,false
2026/17,"{NASTY}",1,210,148,25,420,false,false
"{NASTY}",mug,1,120,90,100,350,true,false
LATE,mug,1,120,,100,350,true,false
"""
UNITS = "document.querySelector('.po-solid').data.find(t => t.name === 'units').x.length / 8"


def ask_sample(page: Any) -> Any:
    """Ask about the sample, and return the rows of the answers."""
    page.get_by_role("button", name="Use the sample").click()
    expect(page.locator("#paste")).to_have_value(re.compile("A-1001"))
    page.get_by_role("button", name="Find packages").click()
    rows = page.locator("#answers > .table tbody tr")
    expect(rows).to_have_count(11)
    return rows


def test_orders_are_answered_and_one_is_seen_in_3d(visit: Callable[..., Any]) -> None:
    """From a click on the sample to a parcel that fills step by step, and what rules out others."""
    page = visit("/")
    rows = ask_sample(page)
    assert "A-1012" in page.locator(".rejects tbody").inner_text()
    assert "width_mm" in page.locator(".rejects tbody").inner_text()
    heading = page.locator("#answers thead th", has_text="Units")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    units = [int(cell.inner_text()) for cell in rows.locator("td:nth-child(5)").all()]
    assert units == sorted(units, reverse=True)
    rows.filter(has_text="A-1004").click()
    dialog = page.get_by_role("dialog", name="Order A-1004")
    frame = page.frame_locator("iframe.plan")
    frame.locator(".po-solid .main-svg").first.wait_for()
    inside = page.frames[1]
    assert inside.evaluate(UNITS) == 3
    frame.locator("input[type=range]").fill("1")
    expect(frame.locator(".po-now")).to_contain_text("Step 1 of 3")
    assert inside.evaluate(UNITS) == 1
    why = dialog.get_by_role("region", name="Why nothing smaller fits")
    expect(why).to_contain_text("Too short a side")
    expect(why).to_contain_text("board game (296 × 296 × 72 mm) needs 296 mm along some side")
    expect(why).to_contain_text(re.compile(r"430\s×\s300\s×\s40"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_language_changes_in_place(visit: Callable[..., Any]) -> None:
    """Answers stay, every word of them changes, and the address remembers it."""
    page = visit("/?lang=en")
    ask_sample(page)
    page.locator("#answers .open").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("#answers h2")).to_have_text("结果")
    expect(page.locator("#answers .verdict").first).to_contain_text("已证明最小")
    assert page.url.endswith("?lang=zh")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.locator("#answers .open").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("为何更小的装不下")
    expect(page.frame_locator("iframe.plan").locator(".po-now")).to_contain_text("步")
    page.reload()
    expect(page.locator("h1").first).to_have_text("每个订单的最小包装，并附证明")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_file_is_uploaded_and_names_run_no_script(visit: Callable[..., Any]) -> None:
    """Orders come from a file; whatever their ids and SKUs say is shown as text."""
    page = visit("/")
    file = {"name": "orders.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    page.locator("#file").set_input_files(file)
    expect(page.locator("#chosen")).to_contain_text("orders.csv")
    page.get_by_role("button", name="Find packages").click()
    rows = page.locator("#answers > .table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=NASTY)).to_have_count(1)
    expect(page.locator(".rejects tbody tr")).to_have_count(1)
    rows.filter(has_text="2026/17").get_by_role("button").press("Enter")
    frame = page.frame_locator("iframe.plan")
    expect(frame.locator(".po-legend")).to_contain_text(NASTY)
    with page.expect_download() as download:
        page.get_by_role("link", name="Evidence (JSON)").click()
    assert download.value.path().read_bytes().startswith(b'{"answer"')
    page.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["order_id", "2026/17", NASTY]


def test_the_sheet_and_the_view_open_alone(visit: Callable[..., Any]) -> None:
    """Both come in windows of their own, under policies that let nothing but themselves run."""
    page = visit("/")
    ask_sample(page).filter(has_text="A-1004").get_by_role("button").click()
    for name, seen in (("Packing sheet to print", "svg"), ("Open 3D alone", ".po-solid .main-svg")):
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=name).click()
        opened.value.locator(seen).first.wait_for()
        opened.value.close()


def test_what_is_wrong_is_said(visit: Callable[..., Any]) -> None:
    """No orders, and a file that is no good: the page says what to do."""
    page = visit("/")
    page.get_by_role("button", name="Find packages").click()
    expect(page.get_by_role("alert")).to_contain_text("There are no orders yet")
    page.locator("#paste").fill("order_id,sku\n1,2\n")
    page.get_by_role("button", name="Find packages").click()
    expect(page.get_by_role("alert")).to_contain_text("qty")


def test_orders_are_answered_by_keyboard_alone(visit: Callable[..., Any]) -> None:
    """Tab and Enter lead from the sample to the order and back to where one was."""
    page = visit("/")
    page.locator("#sample").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ask-now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#answers")).to_be_focused()
    while not page.evaluate("document.activeElement.matches('.open')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] h2")).to_have_text("Order A-1001")
    page.keyboard.press("Escape")
    expect(page.locator("#answers .open").first).to_be_focused()


def test_a_large_file_is_a_job_with_live_progress(visit: Callable[..., Any]) -> None:
    """A job is followed to its end, and its results are saved."""
    page = visit("/")
    if not page.evaluate("fetch('/v1/pages/settings').then(a => a.json()).then(a => a.jobs)"):
        pytest.skip("this service has no jobs yet")
    lines = static_files()["sample.csv"].content
    file = {"name": "orders.csv", "mimeType": "text/csv", "buffer": lines}
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Run as a job").click()
    job = page.locator(".job").first
    expect(job.locator(".state")).to_have_text("Done", timeout=WAIT_MS)
    expect(job).to_contain_text("12 of 12 orders")
    with page.expect_download() as download:
        job.get_by_role("button", name="Results (CSV)").click()
    assert "A-1001" in download.value.path().read_text()
    job.get_by_label("One order of it").fill("A-1001")
    with page.expect_download() as download:
        job.get_by_role("button", name="Evidence (JSON)").click()
    assert '"order_id":"A-1001"' in download.value.path().read_text()
    with page.context.expect_page() as opened:
        job.get_by_role("button", name="Open 3D alone").click()
    opened.value.locator(".po-solid .main-svg").first.wait_for()


def test_a_job_by_another_objective_needs_no_right_to_manage(
    visit: Callable[..., Any], page_service: Guarded, page_key: str
) -> None:
    """Any key that may run jobs will do, and policies of one's own stay as they are."""
    headers = {"Authorization": f"Bearer {page_key}"}
    with httpx.Client(base_url=page_service.url, headers=headers, timeout=60) as http:
        http.post("/v1/policies/least-volume", json={"objective": "volume", "max_parcels": 1})
        before = http.get("/v1/policies").json()
        page = visit("/?lang=en", key=page_service.key("recommend", "jobs"))
        page.locator("#sample").click()
        expect(page.locator("#paste")).to_have_value(re.compile("A-1001"))
        page.locator("#objective").select_option("volume")
        page.get_by_role("button", name="Run as a job").click()
        job = page.locator(".job").first
        expect(job.locator(".state")).to_have_text("Done", timeout=WAIT_MS)
        expect(job).to_contain_text("Outer volume")
        assert http.get("/v1/policies").json() == before


def test_one_order_of_a_job_is_asked_for_in_its_card(
    visit: Callable[..., Any], page_service: Guarded, page_key: str
) -> None:
    """What goes wrong is told beside the buttons, no tab opens for it, and what is typed stays."""
    lines = static_files()["sample.csv"].content
    headers = {"Authorization": f"Bearer {page_key}", "Content-Type": "text/csv"}
    with httpx.Client(base_url=page_service.url, headers=headers, timeout=60) as http:
        sent = http.post("/v1/jobs", content=lines).json()["job_id"]
        wait_until(http, sent, has_ended)
    page = visit("/#jobs")
    job = page.locator(f"#job-{sent}")
    field, asked = job.get_by_label("One order of it"), page.context.pages
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/evidence?*", hold)
    field.fill("nobody")
    field.press("Enter")
    expect(job.get_by_role("button", name="Working…")).to_be_disabled()
    expect(job.get_by_role("button", name="Open 3D alone")).to_be_disabled()
    expect(job.locator("[aria-live]")).to_contain_text("is read for this order")
    page.get_by_role("link", name="中文").click()
    expect(job.get_by_role("button", name="处理中…")).to_be_disabled()
    page.get_by_role("link", name="English").click()
    held[0].continue_()
    expect(job.locator("[aria-live] .problem")).to_contain_text("no order nobody")
    expect(job.get_by_role("button", name="Evidence (JSON)")).to_be_enabled()
    expect(page.locator("#jobs-problem")).to_be_empty()
    field.fill("none")
    job.get_by_role("button", name="Open 3D alone").click()
    expect(job.locator("[aria-live] .problem")).to_contain_text("no order none")
    expect(job.get_by_role("button", name="Open 3D alone")).to_be_focused()
    assert page.context.pages == asked
    field.fill("n" * 1000)
    page.evaluate("location.hash = '#orders'")
    page.evaluate("location.hash = '#jobs'")
    page.get_by_role("link", name="中文").click()
    expect(job.get_by_role("button", name="证据（JSON）")).to_be_enabled()
    expect(job.locator("input")).to_have_value("n" * 1000)


def test_savings_are_reported(visit: Callable[..., Any]) -> None:
    """An order history becomes a report against a rule of thumb."""
    page = visit("/#savings")
    if not page.evaluate("fetch('/v1/pages/settings').then(a => a.json()).then(a => a.savings)"):
        pytest.skip("this service has no savings yet")
    lines = static_files()["sample.csv"].content
    file = {"name": "orders.csv", "mimeType": "text/csv", "buffer": lines}
    page.locator("#savings-file").set_input_files(file)
    page.locator("#savings-baseline").select_option("volume-80")
    page.get_by_role("button", name="Make the report").click()
    job = page.locator(".job").first
    expect(job.locator(".state")).to_have_text("Done", timeout=WAIT_MS)
    with page.context.expect_page() as opened:
        job.get_by_role("link", name="Open the report").click()
    expect(opened.value.locator("h1")).to_contain_text("volume-80 rule of thumb")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, TABLET, UPRIGHT])
def test_everything_can_be_read_and_touched(
    visit: Callable[..., Any], asked: None, size: tuple[int, int], lang: str
) -> None:
    """Nothing sticks out, texts have the contrast of WCAG AA, and targets are 48 pixels high."""
    page = visit(f"/?lang={lang}", size)
    page.locator("#sample").click()
    expect(page.locator("#paste")).to_have_value(re.compile("A-1001"))
    page.locator("#ask-now").click()
    page.locator("#answers .open").first.wait_for()
    look(page, size)
    page.locator("#answers .open").first.click()
    page.locator("dialog .why").first.wait_for()
    look(page, size)
    page.goto(f"/bench?lang={lang}")
    page.locator("html[data-ready]").wait_for(state="attached")
    page.keyboard.type("TWO\n")
    page.locator(".package").wait_for()
    look(page, size)
    page.keyboard.press("F2")
    look(page, size)
