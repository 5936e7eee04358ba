"""Names that MQTT, JSON or Home Assistant could stumble over."""

import json

import pytest
from conftest import Listener
from played_daemon import PlayedDaemon


@pytest.mark.parametrize("name", ['K"üche"', "living room", "it's", "back\\slash", "%s", "{{ 1 + 1 }}".replace("+", "*"), "日本"])
def test_an_awkward_name_works_as_it_is(place, broker, server, daemon, name):
    everything = broker.subscribe("attuned/#", "homeassistant/#")
    place(Listener, server, daemon.path, name=name)
    assert everything.wait(f"attuned/{name}/state") == "listening"
    config = json.loads(everything.wait("/config"))
    topic = next(topic for topic, *_ in everything.messages if topic.endswith("/config"))
    assert all(c.isascii() and (c.isalnum() or c in "_-") for c in topic.split("/")[2])
    assert config["dev"]["name"] == name and config["cmps"]["state"]["stat_t"] == f"attuned/{name}/state"
    daemon.hear("alexa")
    everything.wait(f"attuned/{name}/keyword")


@pytest.mark.parametrize("name", ["a/b", "a#", "a+b", "a\nb", "$SYS", "x" * 65])
def test_a_name_that_is_no_level_of_a_topic_is_refused(place, server, daemon, name):
    listener = place(Listener, server, daemon.path, name=name)
    assert listener.process.wait(10) == 78
    listener.says("--name: .*; give a name like kitchen")


def test_words_of_any_kind_do_no_harm(place, broker, server, daemon):
    everything = broker.subscribe("attuned/#", "hermes/#", "homeassistant/#")
    place(Listener, server, daemon.path, hermes="true")
    everything.wait("/state")
    words = ['a"b', "a/b", "#", "+", "a\nb", "ä", "x" * 1000]
    daemon.change(words=words)
    config = json.loads(everything.wait("/config", lambda text: '"#"' in text))
    assert config["cmps"]["keyword"]["evt_typ"] == words
    assert len([key for key in config["cmps"] if key.startswith("trigger_")]) == len(words)
    for word in words:
        event = daemon.hear(word)
        everything.wait("/event", lambda text: json.loads(text) | {"id": 0} == {"event_type": word, "confidence": 0.973, "id": 0})
        everything.wait("/keyword", lambda text: json.loads(text) == event)
        everything.wait("/detected", lambda text: json.loads(text)["modelId"] == word)


def test_several_daemons_are_told_of_by_one_process(place, broker, server, daemon, tmp_path):
    hall = place(PlayedDaemon, tmp_path / "hall.sock", words=("jarvis",))
    everything = broker.subscribe("attuned/#", "homeassistant/#")
    listener = place(Listener, server, daemon.path, name=None, listeners=f"kitchen={daemon.path} hall={hall.path}")
    for name in ("kitchen", "hall"):
        everything.wait(f"attuned/{name}/availability", lambda text: text == "online")
        everything.wait(f"attuned/{name}/state", lambda text: text == "listening")
        everything.wait(f"attuned_{name}/config")
    event = hall.hear("jarvis")
    assert json.loads(everything.wait("attuned/hall/keyword")) == event
    broker.publish("attuned/hall/muted/set", "ON")
    everything.wait("attuned/hall/muted", lambda text: text == "ON")
    hall.close()
    everything.wait("attuned/hall/state", lambda text: text == "unreachable")
    daemon.hear("alexa")
    everything.wait("attuned/kitchen/keyword")
    assert not daemon.muted and everything.payloads("attuned/kitchen/state") == ["listening"]
    assert listener.stop() == 0
    for name in ("kitchen", "hall"):
        everything.wait(f"attuned/{name}/availability", lambda text: text == "offline")


@pytest.mark.parametrize("listeners, name, says", [
    ("kitchen", None, 'has no "=" between a name and the path'),
    ("kitchen=", None, "has no path"),
    ("a/b=/run/x.sock", None, "two levels of a topic"),
    ("a=/run/x.sock a=/run/y.sock", None, 'two of the name "a"'),
    ("a=/run/x.sock", "kitchen", "mqtt.name and mqtt.listeners are both set"),
])  # fmt: skip
def test_listeners_that_cannot_be_told_apart_are_refused(place, server, daemon, listeners, name, says):
    listener = place(Listener, server, daemon.path, name=name, listeners=listeners)
    assert listener.process.wait(10) == 78
    listener.says(says)
