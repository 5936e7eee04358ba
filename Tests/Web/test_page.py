"""The page as a whole: its views, how they are reached and how they look. Pictures of each go to .build/screenshots."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import REPOSITORY, clip, go
from playwright.sync_api import expect
from test_page_now import give_token

VIEWS = ["now", "words", "microphone", "record", "upload", "batch", "model"]
LOOKS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
# 1280 pixels at 200 % and at 400 %.
ZOOMS = [(640, 2), (320, 4)]
PICTURES = REPOSITORY / ".build/screenshots"
# All that the WCAG 2.2 ask for at the levels A and AA, as far as a program can check it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_views_are_reached_by_keyboard_and_by_going_back(open_page):
    page = open_page()
    page.focus("nav a[href='#/now']")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_be_visible()
    expect(page.locator("#now")).to_be_hidden()
    expect(page.locator("body > nav [aria-current=page]")).to_have_text("Words")
    page.click("body > nav a[href='#/record']")
    page.click("#record .segments a[href='#/batch']")
    expect(page.locator("#batch")).to_be_visible()
    expect(page.locator("body > nav [aria-current=page]")).to_have_text("Try")
    page.go_back()
    page.go_back()
    expect(page.locator("#words")).to_be_visible()


def test_a_fresh_visit_begins_before_the_views(open_page):
    page = open_page()
    page.wait_for_load_state()
    for _ in range(2):
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        go(page, "upload")
        page.reload()
        expect(page.locator("#upload")).to_be_visible()


def test_without_javascript_a_file_is_recognised(open_page):
    page = open_page(java_script_enabled=False)
    page.set_input_files("#upload-file", clip())
    page.click("#upload-form button")
    expect(page.locator("h1")).to_have_text("alexa")


def test_without_a_daemon_the_page_says_what_to_do(lone_web, open_page):
    page = open_page(url=lone_web().url)
    expect(page.locator("#state-text")).to_have_text("No daemon")
    expect(page.locator("#live-reason")).to_contain_text("systemctl start attuned")
    assert page.inner_text("#live-reason").count("systemctl start attuned") == 1
    go(page, "model")
    expect(page.locator("#dashboard-cards")).to_contain_text("unreachable")


def fill(page, view: str, taught) -> None:
    """Looks at a view once there is something to see."""
    go(page, view)
    if view == "now":
        page.wait_for_selector("#timeline .stroke")
        page.wait_for_selector("#live-events li:not(.empty)")
    if view == "words":
        page.wait_for_selector("#words-list .not")
        page.wait_for_selector("#chart-time rect")
        # What was said of words, and words of one's own, are there for who gave the token.
        if page.locator("#marks-show").is_visible():
            page.click("#marks-show")
            give_token(page)
        for number, kind in enumerate(("right", "wrong")):
            page.locator("#words-list .verdict").nth(number).locator(f"[data-verdict={kind}]").click()
            expect(page.locator(f"#words-list .verdict [data-verdict={kind}][aria-pressed=true]").first).to_be_visible()
        page.click("#marks-all summary")
        page.set_input_files("#own-file", taught)
        expect(page.locator("#own-words li")).to_have_count(1)
    if view == "microphone":
        page.wait_for_selector("#chart-memory path")
    if view == "upload":
        page.set_input_files("#upload-file", clip())
        page.click("#upload-form button")
        page.wait_for_selector("#upload-result .last")
    if view == "batch":
        page.set_input_files("#batch-files", [clip(), REPOSITORY / "README.md"])
        expect(page.locator("#batch-rows tr")).to_have_count(2)
    if view == "model":
        page.wait_for_selector("#tune-chart path")
        page.click("#model > details > summary")
        page.wait_for_selector("#model-words table")
        page.wait_for_selector("#model-confusion rect")


def assert_accessible(page, view: str, width: int) -> None:
    found = Axe().run(page, options={"runOnly": RULES})
    assert not found.violations_count, f"{view}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{view} is wider than the screen"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_view_is_accessible_and_fits(open_page, own_words, taught, width, scheme):
    page = open_page(width, scheme, bypass_csp=True)  # the checker is a script of its own
    PICTURES.mkdir(parents=True, exist_ok=True)
    for view in VIEWS:
        fill(page, view, taught)
        assert_accessible(page, view, width)
        # The bar at the bottom is at the bottom of the picture, too.
        page.set_viewport_size({"width": width, "height": max(800, page.evaluate("document.documentElement.scrollHeight"))})
        page.screenshot(path=PICTURES / f"{view}-{width}-{scheme}.png")
        page.set_viewport_size({"width": width, "height": 800})


@pytest.mark.parametrize(("width", "zoom"), ZOOMS)
def test_every_view_is_accessible_when_it_is_enlarged(open_page, own_words, taught, width, zoom):
    page = open_page(width, bypass_csp=True, device_scale_factor=zoom)
    page.set_viewport_size({"width": width, "height": 800 // zoom})
    for view in VIEWS:
        fill(page, view, taught)
        assert_accessible(page, view, width)
