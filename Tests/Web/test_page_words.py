"""Was that right? Words that are played, near misses with their reason, and what happened last night."""

import json
import re

from conftest import go, wait
from playwright.sync_api import expect
from test_page_now import give_token

PLAYED = """
    window.played = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () { played.push(this); return play.call(this); };
"""


def test_a_word_is_played_from_before_its_first_syllable_on(open_page):
    page = open_page(script=PLAYED)
    go(page, "words")
    button = page.locator("#words-list .play").first
    button.click()
    give_token(page)
    wait(page, "played.length === 1 && played[0].currentTime > 0.2")
    assert 1.5 < page.evaluate("played[0].duration") < 5
    # The second time nobody is asked.
    page.wait_for_selector("#words-list .play[aria-pressed=false]")
    # Not the one that plays, wherever it stands by now.
    page.locator("#words-list .play[aria-pressed=false]").first.click()
    wait(page, "played.length === 2 && played[0].paused")
    expect(page.locator("#token-dialog")).to_be_hidden()


def test_a_list_that_grows_keeps_the_focus_and_tells_ages(open_page):
    page = open_page()
    go(page, "words")
    newest = page.locator("#words-list li:not(.empty)").first
    expect(newest.locator(".play")).to_be_visible()
    page.evaluate("window.chosen = document.querySelector('#words-list .play'); chosen.focus()")
    before = newest.locator("time").get_attribute("datetime")
    expect(newest.locator("time")).not_to_have_attribute("datetime", before)
    assert page.evaluate("document.activeElement === chosen && chosen.isConnected")
    expect(newest.locator("small")).to_have_text(re.compile(r"^(just now|\d+ s ago)$"))


def test_words_that_were_held_back_stand_between_the_others_with_the_reason(open_page):
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#words-list li.not")
    page.select_option("#filter-kind", "suppressed")
    held = page.locator("#words-list li").first
    expect(held).to_contain_text("No wake word before it: it counts only within 5 s after one.")
    expect(held.locator(".word")).to_have_text("stop")
    expect(held).to_contain_text(re.compile(r"\d % sure, \d+\.\d % needed"))
    page.select_option("#filter-kind", "keyword")
    assert page.locator("#words-list li.not").count() == 0
    page.wait_for_selector("#filter-word option[value=left]", state="attached")
    page.select_option("#filter-word", "left")
    assert set(page.locator("#words-list .word").all_inner_texts()) == {"left"}
    page.select_option("#filter-kind", "near_miss")
    expect(page.locator("#words-list li.empty")).to_contain_text("Nothing of that kind")


def test_what_was_heard_can_be_saved(open_page):
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#words-list li:not(.empty):not(.not)")
    page.select_option("#filter-kind", "keyword")
    with page.expect_download() as download:
        page.click("#words-json")
    saved = json.loads(download.value.path().read_text())
    assert {entry["type"] for entry in saved} == {"keyword"} and saved[0]["timestamp"] >= saved[-1]["timestamp"]
    with page.expect_download() as download:
        page.click("#words-csv")
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("timestamp,type,keyword") and len(lines) >= len(saved)
    # A level is a number, and no formula.
    assert re.search(r'"-\d', lines[1]) and "'-" not in lines[1]


def test_i_said_it_just_now_is_answered(open_page, service):
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#words-list li:not(.empty)")
    page.click("#said")
    expect(page.locator("#said-answer")).to_contain_text(re.compile("At .* there was “"))
    service.tell("vanish")
    expect(page.locator("#state-text")).to_have_text("No microphone")
    page.click("#said")
    expect(page.locator("#said-answer")).to_contain_text("It hears nothing now: No microphone.")
    service.tell("return")
    expect(page.locator("#state-text")).to_have_text("Listening")


def test_words_over_time_lie_on_an_axis_of_hours(open_page):
    page = open_page()
    go(page, "words")
    page.wait_for_selector("#chart-time .fill")
    assert page.locator("#chart-time text").count() > 6
    assert re.match(r"Words over time: [1-9]\d* heard", page.get_attribute("#chart-time svg", "aria-label"))


def test_words_of_another_day_have_their_date(open_page):
    page = open_page()
    shown = page.evaluate("""async () => {
        const { when, ago } = await import("./base/text.js");
        const now = new Date(2026, 10, 27, 0, 10).getTime();
        return [when(now - 60_000, now), when(now - 3_600_000, now), ago(now - 120_000, now)];
    }""")
    assert ":" in shown[0] and "26" not in shown[0] and "26" in shown[1] and shown[2] == "2 min ago"
