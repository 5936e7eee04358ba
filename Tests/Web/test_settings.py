"""What is set while the daemon runs: words and the device, over HTTP."""

import httpx
import pytest
from conftest import TOKEN

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def words(service) -> dict:
    return {word["keyword"]: word for word in httpx.get(service.url + "/api/words").json()["words"]}


def change(service, **wish) -> httpx.Response:
    return httpx.post(service.url + "/api/words", json=wish, headers=AUTHORIZED)


def test_a_word_is_set_and_reset_and_everybody_is_told(service):
    before = words(service)["up"]
    assert not before["own"] and "configured" not in before
    answer = change(service, keyword="up", threshold=0.9999, enabled=False).json()
    assert answer["kept"] and answer["word"]["threshold"] == 0.9999 and not answer["word"]["enabled"]
    assert words(service)["up"] == answer["word"]
    status = service.until(lambda: (now := httpx.get(service.url + "/health").json()["daemon"]).get("changed_words") == ["up"] and now)
    assert "up" not in status["keywords"]
    assert change(service, keyword="up", reset=True).json()["word"] == before == words(service)["up"]
    assert httpx.post(service.url + "/api/words", json={"keyword": "up", "reset": True}).status_code == 401


@pytest.mark.parametrize(
    ("wish", "status", "reason"),
    [
        ({"keyword": "upp", "threshold": 0.5}, 409, "did you mean up?"), ({"keyword": "up"}, 400, "give threshold"),
        ({"keyword": "up", "threshold": 2}, 400, "from 0 to 1"), ({"keyword": "up", "enabled": "no"}, 400, "send {"), ({}, 400, "send {"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_with_the_reason(service, wish, status, reason):
    answer = change(service, **wish)
    assert answer.status_code == status and reason in answer.json()["detail"]


def test_only_a_device_that_is_listed_can_be_chosen(service):
    listed = httpx.get(service.url + "/api/devices", headers=AUTHORIZED).json()
    assert listed["device"] == listed["configured"] == "demo" and {"name": "loud", "description": "The loud one"} in listed["devices"]
    for wish, status in (({"device": "tee:demo,'/tmp/x',raw"}, 409), ({}, 400), ({"device": 1}, 400)):
        assert httpx.post(service.url + "/api/device", json=wish, headers=AUTHORIZED).status_code == status
    assert httpx.post(service.url + "/api/device", json={"reset": True}, headers=AUTHORIZED).json()["device"] == "demo"
    for ask in (httpx.get(service.url + "/api/devices"), httpx.post(service.url + "/api/device", json={"reset": True})):
        assert ask.status_code == 401
