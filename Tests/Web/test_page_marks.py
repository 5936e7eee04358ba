"""What is said of words: right, wrong, said and not heard; kept, shown, and forgotten."""

import re

import httpx
import pytest
from conftest import AUTHORIZED, go
from playwright.sync_api import expect
from test_page_now import give_token


@pytest.fixture
def marks(service):
    """What is kept, which begins and ends with nothing."""
    forget = lambda: httpx.post(service.url + "/api/marks/forget", headers=AUTHORIZED).raise_for_status()  # noqa: E731
    forget()
    yield lambda: httpx.get(service.url + "/api/marks", headers=AUTHORIZED).json()["marks"]
    forget()


def pressed(page, verdict: str):
    return page.locator(f"#words-list .verdict [data-verdict={verdict}][aria-pressed=true]")


def test_a_word_is_marked_right_or_wrong_and_shows_it_everywhere(open_page, marks):
    page = open_page()
    go(page, "words")
    item = page.locator("#words-list li:has(.verdict)").first
    name = item.locator(".word").inner_text()
    page.evaluate("window.chosen = document.querySelector('#words-list .verdict')")
    page.evaluate("chosen.querySelector('[data-verdict=right]').click()")
    give_token(page)
    expect(pressed(page, "right")).to_have_count(1)
    expect(page.locator("#notice")).to_have_text(re.compile(f"^Kept: “{name}” of .* was right; without its sound, as learn.keep is off.$"))
    page.evaluate("chosen.querySelector('[data-verdict=wrong]').click()")
    expect(pressed(page, "wrong")).to_have_count(1)
    expect(pressed(page, "right")).to_have_count(0)
    assert [mark["kind"] for mark in marks()] == ["right", "wrong"] and marks()[0]["event"] == marks()[1]["event"]
    # What was said last counts, and a person is told what is not kept.
    expect(page.locator("#marks-count")).to_have_text("0 right, 1 wrong, 0 missed.")
    expect(page.locator("#marks-sound")).to_contain_text("Sound is not kept, and without it nothing is learned.")
    page.click("#marks-all summary")
    expect(page.locator("#marks-rows tr")).to_have_count(1)
    expect(page.locator("#marks-rows tr")).to_contain_text("wrong")
    # Loaded anew it is the same, and in the other list, too.
    page.reload()
    expect(pressed(page, "wrong")).to_have_count(1)
    go(page, "now")
    newest = page.locator("#live-events .verdict").first
    newest.locator("[data-verdict=right]").click()
    expect(page.locator("#live-events .verdict [data-verdict=right][aria-pressed=true]")).to_have_count(1)
    assert [mark["kind"] for mark in marks()] == ["right", "wrong", "right"]


def test_without_the_token_nothing_is_marked_and_nothing_is_shown(open_page, service, marks):
    event = httpx.post(service.url + "/api/mark", json={"verdict": "right"}, headers=AUTHORIZED).json()["event"]
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#words-list .verdict")
    expect(page.locator("#marks-count")).to_contain_text("learn.keep")
    assert pressed(page, "right").count() == 0
    page.locator("#words-list .verdict [data-verdict=wrong]").first.click()
    page.click("#token-dialog button[value='']")
    expect(page.locator("#notice")).to_have_text("That needs the token, and nothing was done.")
    assert [mark["event"] for mark in marks()] == [event]
    page.click("#marks-show")
    give_token(page)
    expect(page.locator("#marks-count")).to_have_text("1 right, 0 wrong, 0 missed.")
    expect(pressed(page, "right")).to_have_count(1)


def say_now(page, kind: str, answer: str) -> None:
    """Says of "stop" that it was just said, when it came as a word of that kind; who is too late for the answer says it again."""
    page.select_option("#filter-kind", kind)
    page.select_option("#said-word", "stop")
    newest = page.locator("#words-list li:has-text('stop') time").first
    told = ""
    while not re.search(answer, told):
        before = newest.get_attribute("datetime") if newest.count() else ""
        expect(newest).not_to_have_attribute("datetime", before)
        page.evaluate("document.querySelector('#said-answer').textContent = ''")
        page.click("#said")
        if page.locator("#token-dialog").is_visible():
            give_token(page)
        expect(page.locator("#said-answer")).not_to_be_empty()
        told = page.inner_text("#said-answer")


def test_a_word_that_was_said_and_not_heard_is_kept_as_missed(open_page, marks):
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#said-word option[value=stop]", state="attached")
    say_now(page, "keyword", r"“stop” was heard at .*: it is not kept as missed\.$")
    assert not marks()
    say_now(page, "suppressed", r"No wake word before it: .* Kept as missed: “stop” came to \d+\.\d %, \d+\.\d % are needed\.$")
    expect(page.locator("#marks-count")).to_have_text("0 right, 0 wrong, 1 missed.")
    assert [(mark["kind"], mark["keyword"]) for mark in marks()] == [("missed", "stop")]


def test_all_is_forgotten_once_that_is_confirmed(open_page, service, marks):
    for verdict in ("right", "wrong"):
        httpx.post(service.url + "/api/mark", json={"verdict": verdict}, headers=AUTHORIZED).raise_for_status()
    page = open_page()
    go(page, "words")
    page.click("#marks-show")
    give_token(page)
    page.click("#marks-forget")
    expect(page.locator("#confirm-remark")).to_contain_text("cannot be undone")
    page.click("#confirm-dialog button[value='']")
    assert len(marks()) == 2
    page.click("#marks-forget")
    page.keyboard.press("Escape")
    assert len(marks()) == 2
    page.click("#marks-forget")
    page.click("#confirm-yes")
    expect(page.locator("#marks-count")).to_have_text("Nothing is kept.")
    expect(page.locator("#marks-forget")).to_be_hidden()
    assert marks() == []
    expect(page.locator("#words-list .verdict [aria-pressed=true]")).to_have_count(0)
