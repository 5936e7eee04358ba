"""What watches the service asks for numbers that there are."""

import json
import re
import subprocess

import httpx
import pytest
import yaml
from conftest import REPOSITORY, clip

MONITORING = REPOSITORY / "Config/monitoring"


@pytest.fixture(scope="module")
def names(service):
    httpx.post(service.url + "/api/predict", content=clip().read_bytes())
    service.until(lambda: "attuned_keywords_total{" in httpx.get(service.url + "/metrics").text, seconds=30)
    return set(re.findall(r"^(attuned_\w+)", httpx.get(service.url + "/metrics").text, re.MULTILINE))


def used(expressions) -> set[str]:
    return {name for expression in expressions for name in re.findall(r"attuned_\w+", expression)}


def test_alerts_ask_for_what_is_measured(names):
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    assert {"AttunedDeaf", "AttunedGaps", "AttunedRestartLoop"} <= {rule["alert"] for rule in rules}
    assert used(rule["expr"] for rule in rules) <= names


def test_the_dashboard_shows_what_is_measured(names):
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 10 and used(expressions) <= names


def test_the_rules_are_right_for_prometheus():
    try:
        run = subprocess.run(["promtool", "check", "rules", MONITORING / "alerts.yaml"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("left out: the check by promtool, of the package prometheus")
    assert run.returncode == 0, run.stdout + run.stderr
