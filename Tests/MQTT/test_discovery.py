"""What Home Assistant is told, by its own schemas."""

import json

import homeassistant_schemas
import jinja2
import pytest
from conftest import REPOSITORY, Listener, until

# Its wheel and that of its schema library, got by `make test-mqtt`.
WHEELS = REPOSITORY / ".venv-mqtt/homeassistant"


@pytest.fixture(scope="session")
def schemas():
    if not WHEELS.is_dir():
        pytest.skip("left out: the schemas of Home Assistant, which could not be had")
    return homeassistant_schemas.load(WHEELS)


@pytest.fixture
def announced(place, broker, daemon, server):
    """What is announced, as Home Assistant gets it."""
    home_assistant = broker.subscribe("homeassistant/device/+/config", "attuned/#")
    place(Listener, server, daemon.path)
    return home_assistant, lambda wanted: json.loads(home_assistant.wait("/config", lambda text: wanted(json.loads(text))))


def triggers(config: dict) -> set:
    return {one["stype"] for one in config["cmps"].values() if one["p"] == "device_automation"}


def test_home_assistants_own_schemas_take_all_of_it(schemas, announced):
    config = schemas.long(announced[1](lambda config: True))
    device = schemas.device(config)
    platforms = [component["platform"] for component in config["components"].values()]
    assert sorted(set(platforms)) == sorted(schemas.platforms)
    shared = {"device": config["device"], "origin": config["origin"], "availability": config["availability"]}
    for component in config["components"].values():
        rest = {key: value for key, value in component.items() if key != "platform"}
        # Of a trigger there are no entities, so nothing is available or not.
        given = rest | ({"device": config["device"]} if component["platform"] == "device_automation" else shared)
        checked = schemas.platforms[component["platform"]](given)
        assert rest.keys() <= checked.keys() | {"unique_id"}, "Home Assistant knows nothing of a key"
    assert device["origin"]["name"] == "attune-mqtt"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda config: config.pop("o"),
        lambda config: config["cmps"]["keyword"].pop("evt_typ"),
        lambda config: config["cmps"]["keyword"].pop("uniq_id"),
        lambda config: config["cmps"]["deaf"].update(dev_cla="deafness"),
        lambda config: config["cmps"]["state"].update(stat_t="a/#/b"),
        lambda config: config["cmps"]["mute"].pop("cmd_t"),
        lambda config: config["cmps"]["trigger_alexa"].pop("stype"),
    ],
)
def test_the_schemas_refuse_what_is_wrong(schemas, announced, spoil):
    config = announced[1](lambda config: True)
    spoil(config)
    with pytest.raises((schemas.Invalid, KeyError)):
        config = schemas.long(config)
        schemas.device(config)
        for component in config["components"].values():
            rest = {key: value for key, value in component.items() if key != "platform"}
            schemas.platforms[component["platform"]](rest | {"device": config["device"]})


def test_the_topics_that_are_announced_are_used_and_payloads_fit(announced, daemon):
    home_assistant, config = announced[0], announced[1](lambda config: True)
    components = config["cmps"]
    daemon.hear("left")
    event = json.loads(home_assistant.wait(components["keyword"]["stat_t"]))
    assert event["event_type"] in components["keyword"]["evt_typ"]
    assert home_assistant.wait(components["state"]["stat_t"]) in components["state"]["ops"]
    assert float(home_assistant.wait(components["level"]["stat_t"])) == -40
    assert home_assistant.wait(components["deaf"]["stat_t"]) == "OFF" and home_assistant.wait(components["mute"]["stat_t"]) == "OFF"
    render = lambda template, text: jinja2.Environment().from_string(template).render(value_json=json.loads(text))  # noqa: E731
    trigger = components["trigger_left"]
    assert trigger["t"] == components["keyword"]["stat_t"] and render(trigger["val_tpl"], json.dumps(event)) == trigger["pl"]
    attributes = render(components["deaf"]["json_attr_tpl"], home_assistant.wait(components["deaf"]["json_attr_t"]))
    assert json.loads(attributes) == {"reason": 'audio "flows"'}
    assert home_assistant.wait(config["avty"][0]["t"]) == "online"


def test_words_that_change_are_announced(announced, daemon):
    _, config = announced
    assert triggers(config(lambda config: True)) == {"alexa", "left"}
    daemon.change(words=["alexa", "jarvis"])
    assert triggers(config(lambda config: "jarvis" in triggers(config))) == {"alexa", "jarvis"}


def test_all_is_told_again_when_home_assistant_has_started(announced, broker):
    home_assistant, config = announced
    config(lambda config: True)
    home_assistant.wait("/level")
    counts = lambda: [len(home_assistant.payloads(end)) for end in ("/config", "/state", "/availability", "/muted")]  # noqa: E731
    before = counts()
    broker.publish("homeassistant/status", "offline")
    broker.publish("homeassistant/status", "online")
    until(lambda: all(now == then + 1 for now, then in zip(counts(), before)), what=lambda: f"{before} {counts()}")


def test_nothing_is_announced_where_that_is_not_wanted(place, broker, server, daemon, tmp_path):
    everything = broker.subscribe("#")
    configuration = tmp_path / "attuned.yaml"
    configuration.write_text('mqtt: {discovery_prefix: "", base_topic: home/ears}\n')
    place(Listener, server, daemon.path, configuration=configuration)
    everything.wait("home/ears/kitchen/state")
    daemon.hear("alexa")
    everything.wait("home/ears/kitchen/keyword")
    topics = {topic.removeprefix("home/ears/kitchen/") for topic, *_ in everything.messages}
    assert topics == {"availability", "state", "status", "problem", "muted", "level", "keyword"}
