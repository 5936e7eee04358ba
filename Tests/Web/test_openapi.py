"""The server is held to its own description: schemathesis asks whatever that allows, and much that it does not."""

import subprocess
import sys
from pathlib import Path

import httpx
from conftest import TOKEN

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method,ignored_auth"


def test_no_request_is_answered_otherwise_than_described(own_service, tmp_path):
    # Events have no end, and are tested by themselves. What a recording is, no schema can say.
    run = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "run", own_service.url + "/openapi.json", "--checks", CHECKS,
         "--exclude-path", "/api/events", "--max-examples", "30", "--request-timeout", "20", "--seed", "1",
         "--header", f"Authorization: Bearer {TOKEN}", "--no-color"],
        capture_output=True, text=True, timeout=300, cwd=tmp_path,  # where it keeps what it found
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-6000:]


def test_the_description_has_every_route(service):
    described = httpx.get(service.url + "/openapi.json").json()["paths"]
    for path, methods in described.items():
        wrong = httpx.request("DELETE", service.url + path)
        # What can be got can be asked for by HEAD, too.
        allowed = sorted(methods.keys() | {"head"} if "get" in methods else methods)
        assert wrong.status_code == 405 and wrong.headers["allow"].lower() == ", ".join(allowed), path
