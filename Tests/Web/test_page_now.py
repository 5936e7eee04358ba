"""Who hears me? The view Now, the tab's title and icon, and quiet for a time."""

import re

import pytest
from conftest import TOKEN, go, wait
from playwright.sync_api import expect

WAKE_WORDS = ["alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass"]
# A page that can be told that it is in the background.
HIDEABLE = """
    window.visibility = "visible";
    Object.defineProperty(document, "visibilityState", { get: () => visibility });
    window.drawn = 0;
    const fill = CanvasRenderingContext2D.prototype.fill;
    CanvasRenderingContext2D.prototype.fill = function () { drawn += 1; fill.call(this); };
    window.show = (value) => { visibility = value; document.dispatchEvent(new Event("visibilitychange")); };
"""


def give_token(page, token: str = TOKEN) -> None:
    page.fill("#token", token)
    page.click("#token-dialog button[value=use]")


def test_one_look_says_that_it_listens_and_words_flash_as_they_come(open_page):
    page = open_page()
    expect(page.locator("#state-text")).to_have_text("Listening")
    expect(page.locator("#now-title")).to_have_text("Listening")
    expect(page.locator("#level-text")).to_contain_text("dBFS")
    expect(page.locator("#wake-words li")).to_have_text(WAKE_WORDS)
    assert page.locator("#commands li").count() == 28
    wait(page, "document.querySelector('#now .words .heard')")
    newest = page.locator("#live-events li").first
    before = newest.inner_text()
    expect(newest).not_to_have_text(before, use_inner_text=True)
    word = page.evaluate("[document.querySelector('#live-last'), document.querySelector('#live-events li:not(.not) .word')].map((place) => place.textContent)")
    assert word[0] == word[1] != ""


def test_after_a_wake_word_a_window_is_open_for_commands_and_closes(open_page):
    page = open_page()
    expect(page.locator("#window")).to_be_visible()
    expect(page.locator("#window-text")).to_have_text(re.compile(r"^Listening for commands, [1-5] s$"))
    expect(page.locator("#commands")).to_have_class(re.compile("lit"))
    # The pause of the recording.
    expect(page.locator("#window")).to_be_hidden()
    expect(page.locator("#commands")).not_to_have_class(re.compile("lit"))


def test_a_microphone_that_is_gone_is_told_everywhere_and_stays_in_the_timeline(open_page, service):
    page = open_page()
    icon = "document.querySelector('link[rel=icon]').href"
    wait(page, "document.title.startsWith('Listening')")
    listening = page.evaluate(icon)
    service.tell("vanish")
    expect(page.locator("#now-title")).to_have_text("No microphone")
    expect(page.locator("#live-reason")).to_contain_text("attune devices")
    expect(page.locator("#now-since")).to_have_text(re.compile("^Since"))
    expect(page.locator("#level-text")).to_have_text("no audio")
    # A word that was on its way stands in the title for a moment.
    wait(page, "document.title.startsWith('No microphone')")
    assert page.evaluate(icon) != listening
    service.tell("return")
    expect(page.locator("#now-title")).to_have_text("Listening")
    assert page.evaluate(icon) == listening
    deaf = page.locator("#timeline .band.deaf title")
    assert "No microphone" in deaf.last.text_content()
    assert "deaf" in page.get_attribute("#timeline svg", "aria-label")
    # A page that is opened later knows it, too.
    later = page.context.new_page()
    later.goto(page.url)
    expect(later.locator("#timeline .band.deaf").first).to_be_attached()


def test_words_of_the_day_are_strokes_of_the_timeline(open_page):
    page = open_page()
    page.wait_for_selector("#timeline .stroke.wake")
    page.wait_for_selector("#timeline .stroke.command")
    label = page.get_attribute("#timeline svg", "aria-label")
    assert re.match(r"The last 24 hours: [1-9]\d* wake words, [1-9]\d* commands", label)


def test_quiet_for_a_time_and_a_reason_is_unmistakable_and_ends(open_page):
    page = open_page()
    page.click("#mute")
    page.check("input[name=mute-time][value='900']")
    page.fill("#mute-reason", "guests")
    page.click("#mute-dialog button[value=mute]")
    give_token(page, "not the token, not at all")
    expect(page.locator("#token-remark")).to_have_text("The service has another token.")
    give_token(page)
    expect(page.locator("#now-title")).to_have_text("Muted")
    expect(page.locator("#live-reason")).to_contain_text("guests")
    expect(page.locator("#now-since")).to_contain_text("Opens again at")
    expect(page.locator("#hero")).to_have_attribute("data-kind", "quiet")
    wait(page, "document.title.startsWith('Muted')")
    # In every view, and without the token again.
    go(page, "words")
    expect(page.locator("#state-text")).to_have_text("Muted")
    go(page, "now")
    page.click("#unmute")
    expect(page.locator("#now-title")).to_have_text("Listening")
    open_page.complaints.clear()  # the browser logs that the first token was refused


def test_without_a_token_nothing_is_done(lone_web, open_page):
    page = open_page()
    page.click("#mute")
    page.click("#mute-dialog button[value=mute]")
    page.click("#token-dialog button[value='']")
    expect(page.locator("#notice")).to_have_text("That needs the token, and nothing was done.")
    expect(page.locator("#now-title")).to_have_text("Listening")
    # Where nobody may control it, that is said.
    page.goto(lone_web().url)
    page.click("#mute")
    page.click("#mute-dialog button[value=mute]")
    give_token(page)
    expect(page.locator("#notice")).to_contain_text("web.token_file")
    open_page.complaints.clear()


def test_a_page_in_the_background_draws_nothing_asks_nothing_and_knows_the_state(open_page, service):
    page = open_page(script=HIDEABLE)
    wait(page, "drawn > 5")
    asked = []
    page.evaluate("show('hidden')")
    page.on("request", lambda request: asked.append(request.url))
    drawn, before = page.evaluate("drawn"), page.inner_text("#live-events")
    # A word is heard meanwhile: the title says so.
    wait(page, "document.title.startsWith('“')")
    assert page.evaluate("drawn") == drawn and not asked and page.inner_text("#live-events") == before
    service.tell("vanish")
    wait(page, "document.title.startsWith('No microphone')")
    service.tell("return")
    wait(page, "document.title.startsWith('Listening')")
    assert page.evaluate("drawn") == drawn
    page.evaluate("show('visible')")
    wait(page, f"drawn > {drawn}")
    expect(page.locator("#live-events")).not_to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize("calm", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_ask_for_that(open_page, calm):
    page = open_page(script=HIDEABLE, reduced_motion=calm)
    wait(page, "drawn > 5 && document.querySelector('#live-last.fresh')")
    moving = page.evaluate("[document.querySelector('#strip').getAnimations().length, getComputedStyle(document.querySelector('#live-last')).animationName]")
    assert moving == ([0, "none"] if calm == "reduce" else [1, "arrive"])


def test_the_page_opens_without_the_service_and_says_so(lone_web, open_page):
    web = lone_web()
    page = open_page(url=web.url, service_workers="allow")
    expect(page.locator("#state-text")).to_have_text("No daemon")
    kept = "caches.open('attuned').then((cache) => cache.keys()).then((keys) => keys.map(({ url }) => url))"
    web.until(lambda: any(url.endswith("/live/stream-worker.js") for url in page.evaluate(kept)))
    assert not any("/api/" in url for url in page.evaluate(kept))
    port = int(web.url.rsplit(":")[-1])
    web.process.terminate()
    assert web.process.wait(60) == 0
    page.reload()
    expect(page.locator("#now-title")).to_have_text("No service")
    lone_web(port=port)
    expect(page.locator("#now-title")).to_have_text("No daemon")
    open_page.complaints.clear()  # the browser logs every request that fails


def test_it_can_be_installed(open_page, service):
    page = open_page()
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["url"] == f"{service.url}/manifest.webmanifest" and not manifest["errors"]
    # Nothing speaks against it but that this browser keeps nothing.
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])
