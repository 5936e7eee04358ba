"""Is the microphone good? And two models, and how sure a word must be."""

import re

import httpx
import pytest
from conftest import TOKEN, copy_model, go, start_daemon, start_web, wait
from playwright.sync_api import expect
from test_page_now import give_token
from test_page_words import PLAYED


def test_levels_words_and_what_it_costs_are_shown_over_time(open_page):
    page = open_page()
    go(page, "microphone")
    page.wait_for_selector("#chart-level .mark.word", state="attached")
    for name in ("level", "levels", "processor", "memory"):
        expect(page.locator(f"#chart-{name} path.line").first).to_have_attribute("d", re.compile(r"^M"))
        assert page.locator(f"#chart-{name} text").count() > 3
    expect(page.locator("#microphone-cards")).to_contain_text("dBFS")
    expect(page.locator("#advice li").first).to_be_visible()


def test_a_gap_is_a_mark_and_advice(open_page, service):
    page = open_page()
    go(page, "microphone")
    service.tell("xrun")
    expect(page.locator("#chart-level .mark.gap").first).to_be_attached()
    expect(page.locator("#advice")).to_contain_text(re.compile(r"\d+ gaps? since the daemon started"))


def test_the_self_test_says_whether_a_word_would_be_heard(open_page):
    page = open_page()
    go(page, "microphone")
    page.click("#selftest")
    give_token(page)
    expect(page.locator("#selftest-answer")).to_contain_text(re.compile(r"It works: “[a-z ]+” was heard, \d+\.\d % sure, \d+ ms"))


def test_another_threshold_is_judged_by_the_last_day_and_undone(open_page):
    page = open_page()
    go(page, "model")
    page.wait_for_selector("#tune-chart path")
    page.select_option("#tune-word", "left")
    expect(page.locator("#tune-effect")).to_contain_text(re.compile(r"Of \d+ in the last day, none would have gone"))
    expect(page.locator("#tune-effect")).to_contain_text(re.compile(r"\d+\.\d % are missed; false alarms, .* of the time in which it counts"))
    page.click("#tuning summary")
    lines = page.inner_text("#tune-lines")
    assert re.fullmatch(r"words:\n  left: \{threshold: 0\.\d+\}", lines.strip())
    before = page.input_value("#tune-score")
    page.evaluate("tune = document.querySelector('#tune-score'); tune.value = tune.max; tune.dispatchEvent(new Event('input'))")
    expect(page.locator("#tune-effect")).to_contain_text(re.compile(r"Of (\d+) in the last day, \1 would have gone"))
    expect(page.locator("#tune-now")).to_contain_text("instead of")
    page.click("#tune-undo")
    assert page.input_value("#tune-score") == before and page.inner_text("#tune-lines") == lines
    page.click("#tune-reload")
    give_token(page)
    expect(page.locator("#notice")).to_contain_text("Done:")


def choose(page, word: str, steps: float) -> None:
    """Chooses a word, and moves its threshold."""
    page.select_option("#tune-word", word)
    move = "(steps) => { const s = document.querySelector('#tune-score'); s.value = Number(s.value) + steps; s.dispatchEvent(new Event('input')); }"
    page.evaluate(move, steps)


def told(service, word: str) -> dict:
    return next(told for told in httpx.get(service.url + "/api/words").json()["words"] if told["keyword"] == word)


def test_a_threshold_is_saved_by_a_click_and_undone_by_another_and_other_tabs_know_it(open_page, service):
    page = open_page()
    go(page, "model")
    page.wait_for_selector("#tune-word option[value=left]", state="attached")
    before = told(service, "left")
    expect(page.locator("#tune-save")).to_be_disabled()
    choose(page, "left", 1)
    page.click("#tune-save")
    give_token(page)
    expect(page.locator("#notice")).to_contain_text("is listened for so from now on, also over a restart")
    expect(page.locator("#tune-how")).to_contain_text("Set by hand: the configuration says")
    after = told(service, "left")
    assert abs(after["threshold_score"] - before["threshold_score"] - 1) < 0.04 and after["configured"]["threshold"] == before["threshold"]
    later = page.context.new_page()
    later.goto(page.url)
    later.wait_for_selector("#tune-word option[value=left]", state="attached")
    later.select_option("#tune-word", "left")
    expect(later.locator("#tune-how")).to_contain_text("Set by hand")
    expect(page.locator("#tune-undo")).to_have_text("Undo")
    page.click("#tune-undo")
    expect(page.locator("#tune-how")).to_have_text("As the configuration says.")
    expect(later.locator("#tune-how")).to_have_text("As the configuration says.")
    assert told(service, "left") == before


def test_a_word_is_switched_off_and_on_again(open_page, service):
    page = open_page()
    go(page, "model")
    page.wait_for_selector("#tune-word option[value=tree]", state="attached")
    page.select_option("#tune-word", "tree")
    page.uncheck("#tune-enabled")
    page.click("#tune-save")
    give_token(page)
    expect(page.locator("#notice")).to_contain_text("Undo is one click away")
    assert not told(service, "tree")["enabled"]
    go(page, "now")
    expect(page.locator("#commands [data-word=tree]")).to_have_class("off")
    go(page, "model")
    page.click("#tune-undo")
    expect(page.locator("#tune-enabled")).to_be_checked()
    go(page, "now")
    expect(page.locator("#commands [data-word=tree]")).not_to_have_class("off")


def test_another_microphone_is_chosen_and_one_that_is_too_loud_is_told(open_page, service):
    page = open_page()
    go(page, "microphone")
    expect(page.locator("#device-now")).to_have_text("It listens to demo, as the configuration says.")
    page.click("#device-list")
    give_token(page)
    expect(page.locator("#device-choice")).to_have_value("demo")
    assert "The loud one (loud)" in page.locator("#device-choice option").all_inner_texts()
    page.select_option("#device-choice", "loud")
    page.click("#device-use")
    expect(page.locator("#device-now")).to_have_text("It listens to loud; the configuration says demo.")
    expect(page.locator("#chart-level .mark.clip").first).to_be_attached()
    expect(page.locator("#advice")).to_contain_text(re.compile(r"Too loud: in \d+ of the last 600 seconds sound was cut off. Lower the capture gain"))
    expect(page.locator("#microphone-cards")).to_contain_text("Peak0 dBFS")
    page.click("#device-reset")
    expect(page.locator("#device-now")).to_have_text("It listens to demo, as the configuration says.")
    expect(page.locator("#state-text")).to_have_text("Listening")


def test_another_model_takes_over_and_back_by_a_click(open_page, service):
    page = open_page()
    go(page, "model")
    page.click("#model-choices [data-version='2.0.0']")
    give_token(page)
    expect(page.locator("#notice")).to_contain_text("Model 2.0.0 listens now")
    page.click("#model-choices [data-version='1.0.0']")
    expect(page.locator("#notice")).to_contain_text("Model 1.0.0 listens now")
    models = httpx.get(service.url + "/api/models").json()["models"]
    assert [model["version"] for model in models if model["active"] and model["daemon"]] == ["1.0.0"]


@pytest.fixture
def two_models(tmp_path, monkeypatch):
    """A daemon with a model beside its own, and the web side with one on trial."""
    monkeypatch.setenv("ATTUNED_MODEL_SHADOW", str(copy_model(tmp_path, "3.0.0", deaf_to="left")))
    daemon, socket, _ = start_daemon(tmp_path)
    (tmp_path / "token").write_text(TOKEN + "\n")
    web = start_web(tmp_path, socket, token_file=str(tmp_path / "token"))
    yield web
    for process in (web.process, daemon):
        process.terminate()
        process.wait(60)


def test_two_models_stand_beside_each_other_with_their_interval_and_what_they_disagreed_on_is_played(two_models, open_page):
    page = open_page(url=two_models.url, script=PLAYED)
    go(page, "model")
    expect(page.locator("#two-models")).to_contain_text("Model commands 3.0.0 hears the same and never fires.")
    expect(page.locator("#two-models")).to_contain_text(re.compile(r"Both heard [1-9]\d* words"))
    expect(page.locator("#two-models table tbody tr").first).to_be_attached()
    disagreed = page.locator("#two-models li").first
    expect(disagreed).to_contain_text("“left”, only the active")
    disagreed.locator(".play").click()
    give_token(page)
    wait(page, "played.length === 1 && played[0].currentTime > 0.2")
