"""The browser's microphone on the page, fed from a recording."""

import re

import pytest
from conftest import go, wait
from playwright.sync_api import expect

# Keeps what the page opens.
WATCH_MICROPHONE = """
    window.tracks = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        tracks.push(...stream.getTracks());
        window.wanted = wanted.audio;
        return stream;
    };
"""
COUNT_DRAWING = """
    window.drawn = 0;
    const fill = CanvasRenderingContext2D.prototype.fillRect;
    CanvasRenderingContext2D.prototype.fillRect = function (...place) { drawn += 1; fill.apply(this, place); };
"""
TRACKS = "tracks.map((track) => track.readyState)"


def look(page) -> None:
    """Looks at the view, and begins without counting down."""
    go(page, "record")
    page.uncheck("#record-countdown")


def record(page, seconds: int) -> None:
    """Waits for so many seconds of a recording that has begun."""
    expect(page.locator("#record-button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#record-time")).to_have_text(re.compile(rf"^([{seconds}-9]|10)\.\d s"))


def test_the_microphone_of_the_browser_is_recorded_and_recognised(open_page):
    page = open_page()
    look(page)
    page.click("#record-button")
    # Twice as long as the recording behind the microphone: one of its words is there as a whole.
    record(page, 6)
    page.click("#record-button")
    expect(page.locator("#record-result .last")).to_have_text("alexa")
    bars = [bar.bounding_box()["width"] for bar in page.locator("#record-result .bar").all()]
    assert len(bars) == 5 and bars[0] > 5 * bars[1]
    assert page.locator("#record-audio").is_visible()


def test_the_microphone_is_taken_as_it_is_unless_the_browser_shall_work_on_it(open_page):
    page = open_page(script=WATCH_MICROPHONE)
    look(page)
    for raw in (True, False):
        page.set_checked("#record-raw", raw)
        page.click("#record-button")
        record(page, 1)
        expect(page.locator("#record-left")).to_have_text(re.compile(r"^\d s left$"))
        wanted = page.evaluate("wanted")
        assert [wanted[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl")] == [not raw] * 3
        page.click("#record-button")
        expect(page.locator("#record-result p").first).to_be_visible()
    with page.expect_download() as download:
        page.click("#record-save")
    assert download.value.path().read_bytes()[:4] == b"RIFF"
    open_page.complaints.clear()  # a second of it may be silent, which is an error that the browser logs


def test_a_double_click_opens_one_microphone_and_a_click_closes_it(open_page):
    page = open_page(script=WATCH_MICROPHONE)
    look(page)
    page.dblclick("#record-button")
    record(page, 1)
    assert page.evaluate(TRACKS) == ["live"]
    page.click("#record-button")
    expect(page.locator("#record-result p").first).to_be_visible()
    assert page.evaluate(TRACKS) == ["ended"]


def test_a_recording_draws_each_sample_once_and_ends_by_itself(open_page):
    page = open_page(script=COUNT_DRAWING)
    look(page)
    page.evaluate("drawn = 0")
    page.click("#record-button")
    expect(page.locator("#record-result .last")).to_have_text("alexa")
    expect(page.locator("#record-button")).to_have_attribute("aria-pressed", "false")
    assert page.inner_text("#record-time") == "10.0 s"
    # A column at a time while it records, and the whole at its end.
    assert page.evaluate("drawn") <= 2 * page.evaluate("document.querySelector('#record-wave').width")


def test_a_microphone_that_is_taken_away_ends_the_recording(open_page):
    page = open_page(script=WATCH_MICROPHONE)
    look(page)
    page.click("#record-button")
    record(page, 1)
    page.evaluate("tracks[0].stop(); tracks[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#record-result p").first).to_be_visible()
    expect(page.locator("#record-button")).to_have_attribute("aria-pressed", "false")


def test_a_countdown_comes_before_the_recording_and_can_be_stopped(open_page):
    page = open_page(script=WATCH_MICROPHONE)
    go(page, "record")
    page.click("#record-button")
    expect(page.locator("#record-count")).to_have_text(re.compile("[321]"))
    expect(page.locator("#record-button")).to_have_text("Stop")
    page.click("#record-button")
    expect(page.locator("#record-count")).to_be_hidden()
    expect(page.locator("#record-button")).to_have_text("Record")
    wait(page, "tracks.length === 1 && tracks[0].readyState === 'ended'")
    page.evaluate("""() => {
        window.counted = [];
        new MutationObserver(() => counted.push(document.querySelector("#record-count").textContent)).observe(document.querySelector("#record-count"), { childList: true });
    }""")
    page.click("#record-button")
    record(page, 1)
    assert page.evaluate("counted") == ["3", "2", "1"]
    expect(page.locator("#record-count")).to_be_hidden()
    page.click("#record-button")
    expect(page.locator("#record-result p").first).to_be_visible()
    open_page.complaints.clear()  # a second of it may be silent, which is an error that the browser logs


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("AudioWorklet.prototype.addModule = async () => { throw new DOMException('Unable to load', 'AbortError'); };", "cannot record"),
        ("window.AudioWorkletNode = class { constructor() { throw new TypeError('x is undefined'); } };", "cannot record"),
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };", "was not allowed"),
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); };", "other programs"),
    ],
    ids=["no worklet", "no node", "not allowed", "in use"],
)  # fmt: skip
def test_what_keeps_it_from_recording_is_told_and_leaves_nothing_open(open_page, script, told):
    page = open_page(script=WATCH_MICROPHONE + script)
    look(page)
    page.click("#record-button")
    expect(page.locator("#record-result [role=alert]")).to_contain_text(told)
    assert "live" not in page.evaluate(TRACKS)
    expect(page.locator("#record-button")).to_have_attribute("aria-pressed", "false")
