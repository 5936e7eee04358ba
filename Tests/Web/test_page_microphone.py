"""Is the microphone good? And two models, and how sure a word must be."""

import re

import httpx
import pytest
from conftest import REPOSITORY, TOKEN, go, start_daemon, start_web
from playwright.sync_api import expect
from test_page_now import give_token


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
    other = str(REPOSITORY / "Config/models/commands/1.0.0")
    monkeypatch.setenv("ATTUNED_MODEL_SHADOW", other)
    daemon, socket, _ = start_daemon(tmp_path)
    (tmp_path / "token").write_text(TOKEN + "\n")
    web = start_web(tmp_path, socket, token_file=str(tmp_path / "token"))
    yield web
    for process in (web.process, daemon):
        process.terminate()
        process.wait(60)


def test_two_models_stand_beside_each_other_with_their_interval(open_page, two_models):
    page = open_page(url=two_models.url)
    go(page, "model")
    expect(page.locator("#two-models")).to_contain_text("Model commands 1.0.0 hears the same and never fires.")
    expect(page.locator("#two-models")).to_contain_text(re.compile(r"Both heard [1-9]\d* words"))
    expect(page.locator("#two-models table tbody tr").first).to_be_attached()
