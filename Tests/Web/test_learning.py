"""What is learned from what was marked, over HTTP: from a word that nobody said to silence, and back."""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import AUTHORIZED, TOKEN


def learn(service, **wish) -> httpx.Response:
    return httpx.post(service.url + "/api/learn", json=wish or None, headers=AUTHORIZED)


def preview(service) -> httpx.Response:
    return httpx.get(service.url + "/api/learn", headers=AUTHORIZED)


def heard_after(service, event: int) -> list[dict]:
    entries = httpx.get(service.url + "/api/history").json()["entries"]
    return [entry for entry in entries if entry["type"] == "keyword" and entry["id"] > event]


def next_word(service, word: str) -> int:
    """The id of the next event of a word."""
    known = max((event["id"] for event in heard_after(service, 0)), default=0)
    return service.until(lambda: next((event["id"] for event in heard_after(service, known) if event["keyword"] == word), None))


def mark(service, word: str, verdict: str) -> None:
    """Has a word marked, once it is heard."""
    told = httpx.post(service.url + "/api/mark", json={"event": next_word(service, word), "verdict": verdict}, headers=AUTHORIZED)
    assert told.json()["audio"]


@pytest.fixture
def marked(learning_service):
    """The service, with the word that nobody said marked and nothing learned."""

    def clear() -> None:
        httpx.post(learning_service.url + "/api/marks/forget", headers=AUTHORIZED).raise_for_status()
        learn(learning_service, undo=True)

    clear()
    mark(learning_service, "left", "wrong")
    yield learning_service
    clear()


def test_a_word_that_was_marked_wrong_is_not_heard_again_until_that_is_undone(marked):
    shown = preview(marked).json()
    (word,) = shown["words"]
    assert word == {"keyword": "left", "wrong": 1, "wrong_before": 1, "wrong_after": 0, "said": 0, "said_before": 0, "said_after": 0, "taught": False}
    assert not shown["applied"] and not shown["can_undo"]
    # To look changes nothing.
    next_word(marked, "left")
    learned = learn(marked).json()
    assert learned["words"] == [word] and learned["applied"] and learned["can_undo"] and learned["corrections"] == 1
    # One that was decided on before may be told after.
    first = next_word(marked, "computer")
    later = marked.until(lambda: len(heard := heard_after(marked, first)) >= 3 and heard)
    assert {event["keyword"] for event in later} == {"computer"}
    undone = learn(marked, undo=True).json()
    assert undone == {"type": "learning", "words": [], "corrections": 0, "applied": True, "can_undo": False}
    next_word(marked, "left")
    again = learn(marked, undo=True)
    assert again.status_code == 409 and "nothing to undo" in again.json()["detail"]


def test_only_one_learns_at_a_time_and_the_other_is_told(marked):
    def refused_of_two() -> list[httpx.Response]:
        with ThreadPoolExecutor(2) as two:
            answers = list(two.map(preview, [marked, marked]))
        assert 200 in {answer.status_code for answer in answers}
        return [answer for answer in answers if answer.status_code != 200]

    # The first may be done before the second one asks.
    (refused,) = marked.until(refused_of_two)
    assert refused.status_code == 409 and "learning already; ask again in a minute" in refused.json()["detail"]


def test_a_client_that_leaves_meanwhile_changes_nothing_of_it(marked):
    request = f"POST /api/learn HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 0\r\n\r\n"

    def shown_after_leaving() -> dict:
        with socket.create_connection(marked.address) as client:
            client.sendall(request.encode())
            marked.until(lambda: marked.has_read(client))
        shown = marked.until(lambda: (answer := preview(marked)).status_code == 200 and answer.json())
        # What was to be learned may have come after what is only to be shown, and was refused then.
        return shown["can_undo"] and shown

    assert marked.until(shown_after_leaving)["corrections"] == 1


def test_where_no_sound_is_kept_there_is_nothing_to_learn_and_that_can_be_seen(service):
    next_word(service, "stop")
    httpx.post(service.url + "/api/mark", json={"verdict": "right"}, headers=AUTHORIZED).raise_for_status()
    marks = httpx.get(service.url + "/api/marks", headers=AUTHORIZED).json()
    assert marks["marks"] and marks["keep"] is False
    assert httpx.post(service.url + "/api/marks/forget", headers=AUTHORIZED).json()["keep"] is False
    for answer in (preview(service), learn(service)):
        assert answer.json()["words"] == [] and not answer.json()["can_undo"]
    refused = learn(service, undo=True)
    assert refused.status_code == 409 and "nothing to undo" in refused.json()["detail"]


def test_whoever_has_no_token_or_asks_for_something_else_learns_nothing(service, lone_web, tmp_path):
    address = service.url + "/api/learn"
    assert httpx.get(address).status_code == httpx.post(address).status_code == 401
    assert httpx.post(address, headers={"Origin": "https://example.org", "Authorization": "Bearer x"}).status_code == 401
    for body in ('{"undo": 1}', "[]", "x", "{" * 5000):
        refused = httpx.post(address, content=body, headers=AUTHORIZED)
        assert refused.status_code == 400 and '{"undo": true}' in refused.json()["detail"], body
    assert httpx.get(lone_web().url + "/api/learn", headers=AUTHORIZED).status_code == 403
    (tmp_path / "token").write_text(TOKEN + "\n")
    alone = httpx.get(lone_web(token_file=str(tmp_path / "token")).url + "/api/learn", headers=AUTHORIZED)
    assert alone.status_code == 503 and "systemctl start attuned" in alone.json()["detail"] and alone.headers["retry-after"]
