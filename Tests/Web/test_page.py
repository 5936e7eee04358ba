"""The page as a whole. Pictures of each tab go to .build/screenshots."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import REPOSITORY, clip
from playwright.sync_api import expect

TABS = ["live", "record", "upload", "batch", "dashboard"]
LOOKS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
PICTURES = REPOSITORY / ".build/screenshots"
# All that the WCAG 2.2 ask for at the levels A and AA, as far as a program can check it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_keywords_and_the_level_are_shown_as_they_come(open_page):
    page = open_page()
    expect(page.locator("#state-text")).to_have_text("listening")
    newest = page.locator("#live-events tr").first
    before = newest.inner_text()
    expect(newest).not_to_have_text(before, use_inner_text=True)
    word = page.evaluate("[document.querySelector('#live-last'), document.querySelector('#live-events td:nth-child(2)')].map((place) => place.textContent)")
    assert word[0] == word[1] != ""
    expect(page.locator("#level-text")).to_contain_text("dBFS")
    assert page.locator("#live-words span").count() == 34


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


def test_a_fresh_visit_begins_before_the_tabs(open_page):
    page = open_page()
    page.wait_for_load_state()
    for _ in range(2):
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("[role=tab][aria-selected=true]")).to_be_focused()
        page.click("#tab-upload")
        page.reload()
        expect(page.locator("#upload")).to_be_visible()


def test_without_javascript_a_file_is_recognised(open_page):
    page = open_page(java_script_enabled=False)
    page.set_input_files("#upload-file", clip())
    page.click("#upload-form button")
    expect(page.locator("h1")).to_have_text("alexa")


def test_without_a_daemon_the_page_says_what_to_do(lone_web, open_page):
    page = open_page(url=lone_web().url)
    expect(page.locator("#state-text")).to_have_text("no daemon")
    expect(page.locator("#live-reason")).to_contain_text("systemctl start attuned")
    assert page.inner_text("#live-reason").count("systemctl start attuned") == 1
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
