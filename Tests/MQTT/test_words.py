"""Words, states and orders, from the daemon to a subscriber and back."""

import json
import signal
import time
from pathlib import Path

from conftest import Daemon, Listener, until
from played_daemon import PlayedDaemon


def test_words_of_the_real_daemon_arrive(place, broker, server):
    everything = broker.subscribe("attuned/#", "homeassistant/#")
    daemon = place(Daemon)
    listener = place(Listener, server, daemon.socket)
    line = json.loads(everything.wait("kitchen/keyword", seconds=60))
    assert line["type"] == "keyword" and line["id"] > 0 and line["keyword"] and 0 < line["confidence"] <= 1
    event = json.loads(everything.wait("kitchen/event", lambda text: json.loads(text)["id"] == line["id"]))
    assert event == {"event_type": line["keyword"], "confidence": event["confidence"], "id": line["id"]}
    assert everything.wait("kitchen/state", lambda text: text == "listening") and everything.wait("kitchen/level")
    broker.publish("attuned/kitchen/muted/set", "ON")
    everything.wait("kitchen/muted", lambda text: text == "ON")
    everything.wait("kitchen/state", lambda text: text == "muted")
    broker.publish("attuned/kitchen/muted/set", "OFF")
    until(lambda: everything.payloads("kitchen/muted")[-1] == "OFF")
    daemon.tell("vanish")
    everything.wait("kitchen/state", lambda text: text == "no_device")
    everything.wait("kitchen/problem", lambda text: text == "ON")
    daemon.tell("return")
    until(lambda: everything.payloads("kitchen/problem")[-1] == "OFF")
    assert listener.stop() == 0
    until(lambda: everything.payloads("kitchen/availability")[-1] == "offline")


def test_events_are_not_retained_and_states_are(broker, daemon, listener):
    live = broker.subscribe("attuned/#")
    live.wait("/state")
    daemon.hear("alexa")
    live.wait("/keyword")
    live.wait("/event")
    later = broker.subscribe("attuned/#", "homeassistant/#")
    later.wait("/config")
    topics = {topic.removeprefix("attuned/kitchen/") for topic, _, retained, _ in later.messages if retained}
    assert topics == {"availability", "state", "status", "problem", "muted", "homeassistant/device/attuned_kitchen/config"}


def test_the_line_is_the_sockets_own(broker, daemon, listener):
    live = broker.subscribe("attuned/#")
    live.wait("/state")
    event = daemon.hear("left")
    assert live.wait("/keyword") == json.dumps(event)


def test_no_pool_of_threads_is_there_which_would_be_looked_after_every_second(broker, daemon, listener):
    live = broker.subscribe("attuned/#")
    live.wait("/state")
    daemon.hear("alexa")
    live.wait("/keyword")
    threads = [name.read_text().strip() for name in Path(f"/proc/{listener.process.pid}/task").glob("*/comm")]
    assert "mqtt" in threads and not [name for name in threads if "qos" in name]


def test_a_killed_listener_is_offline_by_its_last_will(broker, daemon, listener):
    live = broker.subscribe("attuned/#")
    live.wait("/availability", lambda text: text == "online")
    listener.process.send_signal(signal.SIGKILL)
    live.wait("/availability", lambda text: text == "offline", seconds=5)


def test_a_daemon_that_leaves_is_a_problem_and_what_was_missed_comes_later(broker, daemon, listener, place):
    live = broker.subscribe("attuned/#")
    daemon.hear("alexa")
    live.wait("/keyword")
    daemon.path.unlink()
    daemon.close()
    live.wait("/state", lambda text: text == "unreachable")
    live.wait("/problem", lambda text: text == "ON")
    again = PlayedDaemon(daemon.path)
    again.events = list(daemon.events)
    again.hear("left", age_seconds=60)
    live.wait("/keyword", lambda text: json.loads(text)["keyword"] == "left")
    again.hear("alexa")
    live.wait("/event", lambda text: json.loads(text)["id"] == 3)
    assert [json.loads(text)["id"] for text in live.payloads("/event")] == [1, 3], "Home Assistant got what was old"
    again.close()


def test_orders_that_are_none_are_not_obeyed(broker, daemon, listener, place, server):
    live = broker.subscribe("attuned/#")
    live.wait("/muted")
    for payload in ("on", "", "ON ", "x" * 5000):
        broker.publish("attuned/kitchen/muted/set", payload)
    listener.says("takes ON and OFF", count=4)
    broker.publish("attuned/kitchen/muted/set", "ON", "-r")
    live.wait("/muted", lambda text: text == "ON")
    broker.publish("attuned/kitchen/muted/set", "OFF")
    until(lambda: live.payloads("/muted")[-1] == "OFF")
    # Whoever comes later finds the retained one.
    assert listener.stop() == 0
    asked = daemon.asked.count("mute")
    again = place(Listener, server, daemon.path)
    again.says("a retained message is not obeyed")
    assert daemon.asked.count("mute") == asked


def test_hermes_tells_words_until_it_is_switched_off(broker, daemon, place, server):
    live = broker.subscribe("hermes/#", "attuned/#")
    place(Listener, server, daemon.path, hermes="true")
    live.wait("/state")
    daemon.hear("alexa")
    detected = json.loads(live.wait("hermes/hotword/alexa/detected"))
    assert detected["siteId"] == "kitchen" and detected["modelId"] == "alexa" and detected["modelType"] == "universal"
    broker.publish("hermes/hotword/toggleOff", '{"siteId":"kitchen","reason":"dialogue"}')
    broker.publish("hermes/hotword/toggleOn", '{"siteId":"bath","reason":"dialogue"}')
    # Nothing tells when it is off: one word after the other, until one is not told.
    told = lambda: len(live.payloads("/detected"))  # noqa: E731

    def is_silent():
        before, event = told(), daemon.hear("alexa")
        live.wait("/keyword", lambda text: json.loads(text)["id"] == event["id"])
        time.sleep(0.3)
        return told() == before

    until(is_silent)
    broker.publish("hermes/hotword/toggleOn", '{"siteId":"kitchen"}')
    until(lambda: not is_silent())
    assert not daemon.muted
