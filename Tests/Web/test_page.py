"""The page in a real Chromium, its microphone fed from a recording. Pictures of each tab go to .build/screenshots."""

import json
import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import DEMO, REPOSITORY, clip
from playwright.sync_api import expect, sync_playwright

TABS = ["live", "record", "upload", "batch", "dashboard"]
LOOKS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
PICTURES = REPOSITORY / ".build/screenshots"
# All that the WCAG 2.2 ask for at the levels A and AA, as far as a program can check it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if not program:
            pytest.skip("left out: the page, which needs Chromium")
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
                  "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={clip()}%noloop"],
        )  # fmt: skip
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, service):
    """Opens the page; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(width=1280, scheme="light", url=service.url, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, permissions=["microphone"], **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(url)
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def test_keywords_and_the_level_are_shown_as_they_come(open_page):
    page = open_page()
    expect(page.locator("#state-text")).to_have_text("listening")
    rows = page.locator("#live-events tr:not(.empty)")
    count = rows.count()
    expect(rows).not_to_have_count(count, timeout=15_000)
    assert page.locator("#live-last").inner_text() == rows.first.locator("td").nth(1).inner_text()
    expect(page.locator("#level-text")).to_contain_text("dBFS")
    assert page.locator("#live-words span").count() == 34


def test_the_microphone_of_the_browser_is_recorded_and_recognised(open_page):
    page = open_page()
    page.click("#tab-record")
    page.click("#record-button")
    expect(page.locator("#record-button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#record-time")).to_have_text(re.compile(r"^[2-9]\.\d s"), timeout=15_000)
    page.click("#record-button")
    expect(page.locator("#record-result .last")).to_have_text("alexa", timeout=10_000)
    bars = [bar.bounding_box()["width"] for bar in page.locator("#record-result .bar").all()]
    assert len(bars) == 5 and bars[0] > 5 * bars[1]
    assert page.locator("#record-audio").is_visible()


def test_a_file_is_uploaded_with_a_preview_and_a_wrong_one_is_explained(open_page):
    page = open_page()
    page.click("#tab-upload")
    page.set_input_files("#upload-file", clip())
    expect(page.locator("#upload-wave")).to_be_visible()
    page.click("#upload-form button")
    expect(page.locator("#upload-result .last")).to_have_text("alexa")
    page.set_input_files("#upload-file", REPOSITORY / "README.md")
    page.click("#upload-form button")
    expect(page.locator("#upload-result [role=alert]")).to_contain_text("not a recording")
    open_page.complaints.clear()  # the browser logs every answer that is an error


def test_many_files_have_a_row_each_and_can_be_saved(open_page):
    page = open_page()
    page.click("#tab-batch")
    page.set_input_files("#batch-files", [clip(), REPOSITORY / "README.md", DEMO])
    expect(page.locator("#batch-rows tr")).to_have_count(3)
    expect(page.locator("#batch-count")).to_have_text("3 of 3")
    with page.expect_download() as download:
        page.click("#batch-csv")
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("file,keyword,confidence") and lines[1].startswith('"selftest.wav","alexa"')
    with page.expect_download() as download:
        page.click("#batch-json")
    assert [result["file"] for result in json.loads(download.value.path().read_text())] == ["selftest.wav", "README.md", DEMO.name]


def test_tabs_are_reached_by_the_keyboard(open_page):
    page = open_page()
    page.focus("#tab-live")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#record")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("#dashboard")).to_be_visible()
    expect(page.locator("#tab-dashboard")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#live")).to_be_visible()


def test_without_javascript_a_file_is_recognised(open_page):
    page = open_page(java_script_enabled=False)
    page.set_input_files("#upload-file", clip())
    page.click("#upload-form button")
    expect(page.locator("h1")).to_have_text("alexa")


def test_without_a_daemon_the_page_says_what_to_do(open_page, lone_web):
    page = open_page(url=lone_web().url)
    expect(page.locator("#state-text")).to_have_text("no daemon")
    expect(page.locator("#live-reason")).to_contain_text("systemctl start attuned")
    page.click("#tab-dashboard")
    expect(page.locator("#dashboard-cards")).to_contain_text("unreachable")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_tab_is_accessible_and_fits(open_page, width, scheme):
    page = open_page(width, scheme, bypass_csp=True)  # the checker is a script of its own
    page.wait_for_selector("#live-events tr:not(.empty)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for tab in TABS:
        page.click(f"#tab-{tab}")
        if tab == "upload":
            page.set_input_files("#upload-file", clip())
            page.click("#upload-form button")
            page.wait_for_selector("#upload-result .last")
        if tab == "batch":
            page.set_input_files("#batch-files", [clip(), REPOSITORY / "README.md"])
            expect(page.locator("#batch-rows tr")).to_have_count(2)
        if tab == "dashboard":
            page.wait_for_selector("#model-words table")
            page.wait_for_selector("#model-confusion rect")
            page.wait_for_selector("#chart-time rect")
            page.wait_for_selector("#chart-usage text")
        found = Axe().run(page, options={"runOnly": RULES})
        assert not found.violations_count, f"{tab}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{tab} is wider than the screen"
        page.screenshot(path=PICTURES / f"{tab}-{width}-{scheme}.png", full_page=True)
