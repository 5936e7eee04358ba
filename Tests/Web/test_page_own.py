"""Words of one's own on the page: listed, taken along, brought, forgotten."""

import json
from urllib.parse import quote

import httpx
from conftest import AUTHORIZED, go
from playwright.sync_api import expect
from test_page_now import give_token

def test_a_word_is_brought_from_a_file_shown_saved_and_forgotten(open_page, own_words, taught):
    page = open_page()
    go(page, "words")
    expect(page.locator("#own-none")).to_be_visible()
    page.set_input_files("#own-file", taught)
    give_token(page)
    expect(page.locator("#notice")).to_have_text("“hey pantry” is heard from now on.")
    word = page.locator("#own-words li")
    expect(word).to_contain_text("hey pantry: a wake word, listened for;")
    expect(word).to_contain_text("Taught with 5 takes. Expected: ")
    expect(word).to_contain_text(" % of what is said like the takes is missed; false alarms, ")
    expect(page.locator("#own-none")).to_be_hidden()
    with page.expect_download() as download:
        word.locator("button", has_text="Save").click()
    assert download.value.suggested_filename == "hey pantry.word"
    assert json.loads(download.value.path().read_text()) == json.loads(taught.read_text())
    page.uncheck("#own-takes")
    with page.expect_download() as download:
        word.locator("button", has_text="Save").click()
    assert "takes" not in json.loads(download.value.path().read_text())
    # It is a word as the others are.
    expect(page.locator("#said-word option[value='hey pantry']")).to_be_attached()
    word.locator("button", has_text="Forget").click()
    page.click("#confirm-dialog button[value='']")
    assert own_words() == ["hey pantry"]
    word.locator("button", has_text="Forget").click()
    expect(page.locator("#confirm-title")).to_have_text("Forget “hey pantry”?")
    page.click("#confirm-yes")
    expect(page.locator("#own-none")).to_be_visible()
    assert own_words() == []


def test_a_file_that_holds_no_word_is_explained(open_page, own_words, taught):
    page = open_page()
    go(page, "words")
    damaged = taught.read_text().replace('"hey pantry"', '"hey party"', 1)
    files = {"note.word": b"hello", "damaged.word": damaged.encode(), "empty.word": b""}
    for name, content in files.items():
        page.set_input_files("#own-file", {"name": name, "mimeType": "application/json", "buffer": content})
        if name == "note.word":
            give_token(page)
        told = {"note.word": "it is no file of a word", "empty.word": "empty.word is empty. Choose a file that ends in .word."}.get(name, "it is damaged")
        expect(page.locator("#notice.wrong")).to_contain_text(told)
    large = {"name": "film.word", "mimeType": "video/mp4", "buffer": bytes(9 << 20)}
    page.set_input_files("#own-file", large)
    expect(page.locator("#notice.wrong")).to_have_text("film.word is larger than a word can be. Choose a file that ends in .word.")
    assert own_words() == []
    open_page.complaints.clear()  # the browser logs every answer that is an error


def test_words_are_changed_with_the_token_only_and_within_bounds(service, own_words, taught):
    install, remove, file = (f"{service.url}/api/words/{name}" for name in ("install", "remove", "file"))
    for answer in (httpx.post(install, content=taught.read_bytes()), httpx.post(remove, json={"name": "x"}), httpx.get(file + "?name=x")):
        assert answer.status_code == 401
    assert httpx.post(install, content=bytes(9 << 20), headers=AUTHORIZED).status_code == 413
    assert httpx.post(install, content=b"[" * 100_000, headers=AUTHORIZED).status_code == 422
    for wish, status in (({"name": "left"}, 409), ({"name": "x"}, 409), ({}, 400), ({"name": "../" * 400}, 400)):
        assert httpx.post(remove, json=wish, headers=AUTHORIZED).status_code == status, wish
    for query, status in (("", 400), ("?name=", 409), ("?name=left", 409), (f"?name={quote('../../etc/passwd')}", 409)):
        assert httpx.get(file + query, headers=AUTHORIZED).status_code == status, query
    assert httpx.post(install, files={"file": taught.open("rb")}, headers=AUTHORIZED).json() == {"name": "hey pantry"}
    assert own_words() == ["hey pantry"]
    assert httpx.get(file + "?name=Hey%20Pantry", headers=AUTHORIZED).json() == json.loads(taught.read_text())
