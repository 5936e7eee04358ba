"""What is learned from what was marked, on the page: shown before it counts, learned, and undone."""

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import AUTHORIZED, TOKEN, go
from playwright.sync_api import expect
from test_learning import mark, marked  # noqa: F401
from test_page import RULES
from test_page_now import give_token


def press(page, selector: str) -> None:
    """As whoever has no mouse."""
    page.focus(selector)
    page.keyboard.press("Enter")


def give_token_by_keyboard(page) -> None:
    expect(page.locator("#token")).to_be_focused()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")


def test_what_learning_would_change_is_shown_learned_and_undone_by_keyboard(open_page, marked):  # noqa: F811
    mark(marked, "computer", "right")
    page = open_page(url=marked.url)
    held = []
    page.route("**/api/learn", lambda route: held.append(route))
    go(page, "words")
    press(page, "#learn-show")
    give_token_by_keyboard(page)
    expect(page.locator("#marks-sound")).to_have_text("The sound of 2 is kept, too.")
    # While it takes its time, that can be seen, and the page goes on.
    expect(page.locator("#learn-wait progress")).to_be_visible()
    expect(page.locator("#learn-answer")).to_contain_text("may take a minute")
    expect(page.locator("#learn-time")).to_have_text(re.compile(r"^[1-9]\d* s$"))
    page.select_option("#filter-kind", "suppressed")
    expect(page.locator("#words-count")).to_contain_text("0 of")
    press(page, "#learn-show")
    assert len(held) == 1
    held[0].continue_()
    page.unroute("**/api/learn")
    expect(page.locator("#learn-answer")).to_have_text("This would change “left”. Nothing has changed yet.")
    expect(page.locator("#learn-wait")).to_be_hidden()
    assert page.locator("#learn-table td").all_text_contents() == [
        "left", "now 1 → then 0 of 1 wrong ones taken for it", "no said ones marked", "What was wrong is not taken for it again.",
        "computer", "no wrong ones marked", "now 1 → then 1 of 1 said ones heard", "All is as it was marked: there is nothing to learn.",
    ]  # fmt: skip
    expect(page.locator("#learn-undo")).to_be_hidden()
    # From the button on, past the table.
    for place in ("#learn-table", "#learn-apply"):
        page.keyboard.press("Tab")
        expect(page.locator(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#learn-answer")).to_have_text("Learned, and it counts from now on. 1 sound is known to be no word.")
    expect(page.locator("#learn-table td").nth(1)).to_contain_text("before 1 → now 0 of 1")
    expect(page.locator("#learn-apply")).to_be_hidden()
    expect(page.locator("#learn-undo")).to_be_focused()
    press(page, "#learn-show")
    expect(page.locator("#learn-answer")).to_have_text("Nothing would change.")
    press(page, "#learn-undo")
    expect(page.locator("#learn-answer")).to_have_text("Undone, and it hears as before.")
    expect(page.locator("#learn-table")).to_be_hidden()
    expect(page.locator("#learn-show")).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_what_is_shown_is_accessible_and_only_learned_from_as_it_was_shown(open_page, marked, width, scheme):  # noqa: F811
    page = open_page(width, scheme, url=marked.url, bypass_csp=True)
    go(page, "words")
    page.click("#learn-show")
    give_token(page)
    expect(page.locator("#learn-apply")).to_be_visible()
    found = Axe().run(page, options={"runOnly": RULES})
    assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#words-list .verdict [data-verdict=right]").first.click()
    expect(page.locator("#learn-answer")).to_have_text("Other words are marked now. Show again what would change.")
    expect(page.locator("#learn-apply")).to_be_hidden()


def test_what_cannot_be_learned_says_why_and_what_to_do(open_page, service, lone_web, tmp_path):
    httpx.post(service.url + "/api/marks/forget", headers=AUTHORIZED).raise_for_status()
    page = open_page()
    go(page, "words")
    page.click("#learn-show")
    page.click("#token-dialog button[value='']")
    expect(page.locator("#learn-answer")).to_have_text("That needs the token, and nothing was done.")
    page.click("#learn-show")
    give_token(page)
    expect(page.locator("#learn-answer")).to_contain_text("sound is not kept. Set learn: {keep: true} in the configuration")
    # Before somebody marks in vain.
    expect(page.locator("#marks-sound")).to_contain_text("Sound is not kept, and without it nothing is learned. Set learn: {keep: true}")
    expect(page.locator("#learn-table")).to_be_hidden()
    (tmp_path / "token").write_text(TOKEN + "\n")
    page = open_page(url=lone_web(token_file=str(tmp_path / "token")).url)
    go(page, "words")
    page.click("#learn-show")
    give_token(page)
    expect(page.locator("#learn-answer")).to_contain_text("systemctl start attuned")
    open_page.complaints.clear()  # the browser logs every answer that is an error


def test_where_sound_is_kept_and_nothing_is_marked_the_panel_says_what_to_do(open_page, marked):  # noqa: F811
    httpx.post(marked.url + "/api/marks/forget", headers=AUTHORIZED).raise_for_status()
    page = open_page(url=marked.url)
    go(page, "words")
    page.click("#learn-show")
    give_token(page)
    expect(page.locator("#learn-answer")).to_have_text("Nothing is marked with its sound yet. Mark above what was wrong; then there is something to learn.")
    expect(page.locator("#marks-sound")).to_have_text("The sound of what is marked will be kept, too.")
