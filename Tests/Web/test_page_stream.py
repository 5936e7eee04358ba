"""What the page shows as it happens, and whether it is true."""

import http.server
import re
import signal
import threading
import time

import httpx
import pytest
from conftest import TOKEN, go, wait
from playwright.sync_api import expect

# Every state that the page shows, with the level beside it.
WATCH_STATES = """
    window.shown = [];
    addEventListener("DOMContentLoaded", () => new MutationObserver(() => shown.push([
        document.querySelector("#state-text").textContent, document.querySelector("#level-text").textContent,
    ])).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true }));
"""


class Refusal(http.server.ThreadingHTTPServer):
    """What a proxy answers while the service behind it is away: 503 to everything; says when it has been asked for events."""

    def __init__(self, port: int):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(503)
                if "/api/events" in self.path:
                    self.server.asked.append(time.monotonic())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", port), Handler)
        self.asked = []
        threading.Thread(target=self.serve_forever).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def test_the_page_comes_back_by_itself_from_a_service_that_refused(lone_web, open_page):
    web = lone_web()
    page = open_page(url=web.url)
    expect(page.locator("#live-reason")).to_contain_text("no daemon is listening")
    port = int(web.url.rsplit(":")[-1])
    web.process.terminate()
    assert web.process.wait(60) == 0
    with Refusal(port) as refusal:
        web.until(lambda: len(refusal.asked) >= 4, seconds=60)
        expect(page.locator("#state-text")).to_have_text("No service")
        expect(page.locator("#level-text")).to_have_text("no audio")
    # Half of the pauses of 0.5, 1 and 2 s at least.
    assert refusal.asked[3] - refusal.asked[0] > 1.7
    lone_web(port=port)
    expect(page.locator("#live-reason")).to_contain_text("no daemon is listening")
    open_page.complaints.clear()


def test_a_service_that_says_nothing_is_not_believed(lone_web, open_page):
    web = lone_web()
    page = open_page(url=web.url)
    expect(page.locator("#state-text")).to_have_text("No daemon")
    web.process.send_signal(signal.SIGSTOP)
    expect(page.locator("#state-text")).to_have_text("No service")
    web.process.send_signal(signal.SIGCONT)
    expect(page.locator("#state-text")).to_have_text("No daemon")


@pytest.mark.parametrize("script", ["", "delete globalThis.SharedWorker;"], ids=["with a shared worker", "without one"])
def test_seven_tabs_share_one_stream_and_all_of_them_work(open_page, script):
    # A browser opens six connections to a service at once.
    first = open_page(script=script)
    later = [first.context.new_page() for _ in range(6)]
    for page in later:
        page.goto(first.url)
    newest = []
    for page in (first, *later):
        expect(page.locator("#state-text")).to_have_text("Listening")
        # What was heard before is shown in a tab that comes late, too.
        newest.append(page.locator("#live-events li:not(.empty)").first)
        expect(newest[-1]).to_be_attached()
        go(page, "model")
        expect(page.locator("#model-words table")).to_be_attached()
        go(page, "now")
    # It goes on for all when the first one is closed.
    first.close()
    shown = [row.text_content() for row in newest[1:]]
    for row, before in zip(newest[1:], shown, strict=True):
        expect(row).not_to_have_text(before)


HIDEABLE_WITHOUT_WORKER = """
    delete globalThis.SharedWorker;
    window.visibility = "visible";
    Object.defineProperty(document, "visibilityState", { get: () => visibility });
    window.show = (value) => { visibility = value; document.dispatchEvent(new Event("visibilitychange")); };
    window.streams = [];
    const Source = EventSource;
    window.EventSource = class extends Source { constructor(...place) { super(...place); streams.push(this); } };
"""
OPEN = "streams.filter(({ readyState }) => readyState !== EventSource.CLOSED).length"


def test_without_a_shared_worker_the_tab_that_is_seen_has_the_stream(open_page):
    first = open_page(script=HIDEABLE_WITHOUT_WORKER)
    wait(first, f"{OPEN} === 1")
    first.evaluate("show('hidden')")
    second = first.context.new_page()
    second.goto(first.url)
    wait(second, f"{OPEN} === 1")
    wait(first, f"{OPEN} === 0")
    # Who has none is told by the other.
    wait(first, "document.title.startsWith('“')")
    second.evaluate("show('hidden')")
    first.evaluate("show('visible')")
    wait(first, f"{OPEN} === 1")
    wait(second, f"{OPEN} === 0")
    # Closed, it leaves it to the one that is left.
    first.close()
    wait(second, f"{OPEN} === 1")
    wait(second, "document.title.startsWith('“')")


def test_a_closed_microphone_has_no_level(open_page, service):
    page = open_page(script=WATCH_STATES)
    expect(page.locator("#level-text")).to_contain_text("dBFS")
    for request, state in (("mute", "Muted"), ("unmute", "Listening")):
        assert httpx.post(f"{service.url}/api/{request}", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        expect(page.locator("#state-text")).to_have_text(state)
        expect(page.locator("#level-text")).to_have_text("no audio" if state == "Muted" else re.compile("dBFS"))
    assert {level for state, level in page.evaluate("shown") if state == "Muted"} == {"no audio"}


def test_text_that_is_selected_stays_while_the_rest_goes_on(open_page):
    page = open_page()
    expect(page.locator("#state-text")).to_have_text("Listening")
    newest = page.locator("#live-events li").first
    before = newest.inner_text()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#live-reason'))")
    selected = page.evaluate("getSelection().toString()")
    expect(newest).not_to_have_text(before, use_inner_text=True)
    assert page.evaluate("getSelection().toString()") == selected != ""

    go(page, "model")
    up = page.locator("#dashboard-cards dd").nth(1)
    expect(up).to_be_attached()
    page.evaluate("(up) => getSelection().selectAllChildren(up)", up.element_handle())
    selected = page.evaluate("getSelection().toString()")
    for _ in range(3):
        with page.expect_response("**/api/metrics"):
            pass
    assert page.evaluate("getSelection().toString()") == selected != ""
    page.evaluate("getSelection().empty()")
    # It is told in minutes.
    expect(up).not_to_have_text(selected, timeout=90_000)
