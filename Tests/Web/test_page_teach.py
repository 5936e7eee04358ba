"""A word of one's own is taught on the page: from the browser's microphone and from recordings."""

import re
import wave

import httpx
import numpy
import pytest
import soundfile
from conftest import AUTHORIZED, REPOSITORY, TAKES, go, shipped_model
from playwright.sync_api import expect
from test_page_now import give_token

# A word of the model.
KNOWN = shipped_model() / "selftest.wav"


@pytest.fixture
def speaking(start_chromium, tmp_path):
    """Chromium whose microphone hears the first take, while the page records: after it has counted down."""
    samples, rate = soundfile.read(TAKES[0], dtype="int16")
    path = tmp_path / "take.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(numpy.concatenate([numpy.zeros(int(2.4 * rate), "int16"), samples, numpy.zeros(2 * rate, "int16")]).tobytes())
    chromium = start_chromium("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={path}")
    yield chromium
    chromium.close()


def test_a_word_is_taught_with_the_microphone_and_recordings(speaking, service, own_words):
    page = speaking.new_page(permissions=["microphone"], service_workers="block")
    page.goto(service.url)
    go(page, "words")
    expect(page.locator("#teach-word")).to_be_disabled()
    answer = page.locator("#teach-answer")
    while not page.locator("#teach-takes li").count():
        # A machine that is late hears half of it, which is told; then it is said once more.
        page.click("#teach-record")
        expect(page.locator("#teach-count")).to_be_visible()
        expect(page.locator("#teach-count")).to_be_hidden()
        if page.locator("#token-dialog").is_visible():
            give_token(page)
        expect(answer).to_have_text(re.compile(r"^(Take 1 is good|Once more: .+)\.$"))
    expect(page.locator("#teach-takes li")).to_have_text(re.compile(r"Take 1: good, -\d+ dBFS"))
    expect(page.locator("#teach-left")).to_have_text("2 more are needed; five are usual.")
    # What does not serve is told at once, and not kept.
    for file, reason in ((KNOWN, "which is listened for already"), (REPOSITORY / "README.md", "not a recording")):
        page.set_input_files("#teach-files", file)
        expect(answer).to_contain_text(reason)
    page.set_input_files("#teach-files", TAKES[1:])
    expect(page.locator("#teach-takes li")).to_have_count(5)
    for name, reason in (("", "What is the word called?"), ("Left", "the takes sound nothing like \"left\""), ("../x", "a name begins with a letter or a digit")):
        page.fill("#teach-name", name)
        page.click("#teach-word")
        expect(answer).to_contain_text(reason)
    page.fill("#teach-name", "hey pantry")
    page.click("#teach-word")
    expect(answer).to_contain_text("“hey pantry” is heard from now on. Taught with 5 takes. Expected: ", timeout=240_000)
    expect(page.locator("#own-words li")).to_contain_text("hey pantry: a wake word, listened for;")
    expect(page.locator("#teach-takes li")).to_have_count(0)
    assert own_words() == ["hey pantry"]
    kept = httpx.get(service.url + "/api/words/file?name=hey%20pantry", headers=AUTHORIZED).json()
    assert sorted(kept["takes"]) == ["1", "2", "3", "4", "5"]
    page.close()


def test_a_take_can_be_left_out_again(open_page):
    page = open_page()
    go(page, "words")
    page.set_input_files("#teach-files", TAKES[:3])
    give_token(page)
    expect(page.locator("#teach-takes li")).to_have_count(3)
    expect(page.locator("#teach-word")).to_be_enabled()
    page.locator("#teach-takes button").nth(1).click()
    expect(page.locator("#teach-takes li")).to_have_count(2)
    expect(page.locator("#teach-word")).to_be_disabled()


def test_takes_that_make_no_word_are_refused_with_the_reason(service, own_words):
    teach, judge = service.url + "/api/words/teach", service.url + "/api/words/judge"

    def told(files, query="?name=pantry", headers=AUTHORIZED) -> tuple[int, str]:
        answer = httpx.post(teach + query, files=[("files", (path.name, path.read_bytes())) for path in files], headers=headers)
        return answer.status_code, answer.json()["detail"]

    assert told(TAKES, headers={})[0] == httpx.post(judge, content=KNOWN.read_bytes()).status_code == 401
    assert told(TAKES, query="")[0] == 400
    status, reason = told(TAKES[:2])
    assert status == 422 and reason.startswith("2 takes serve, at least 3 are needed")
    status, reason = told([TAKES[0]] * 5)
    assert status == 422 and "it is the same recording as" in reason
    status, reason = told([KNOWN] * 3, "?name=echo")
    assert status == 422 and reason.startswith("it is heard as") and "which is listened for already" in reason
    assert told(TAKES, "?name=..%2F..%2Fetc")[0] == 422
    assert told([TAKES[0]] * 21)[0] == 413
    assert own_words() == []
