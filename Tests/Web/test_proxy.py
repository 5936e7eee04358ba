"""The recipe of the manual for nginx, in a real nginx: the page under a path, live events, and clients told apart."""

import os
import re
import shutil
import socket
import subprocess
import time

import httpx
import pytest
from conftest import REPOSITORY, clip, go, start_daemon, start_web
from playwright.sync_api import expect

NAME = "attuned.example.org"
NGINX = shutil.which("nginx") or REPOSITORY / ".build/nginx/usr/sbin/nginx"


def recipe() -> str:
    manual = (REPOSITORY / "Config/man/attune-web.8").read_text()
    return re.search(r"^For nginx.*?^\.Bd -literal\n(.*?)^\.Ed", manual, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """The address of nginx before a web side and a daemon, and the web side."""
    if not os.access(NGINX, os.X_OK):
        pytest.skip("left out: the page behind a proxy, which needs nginx")
    folder = tmp_path_factory.mktemp("proxy")
    daemon, events, _ = start_daemon(folder)
    web = start_web(folder, events, requests_per_minute="120", allowed_hosts=NAME, trusted_proxies="127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n"
        f"server {{ listen 127.0.0.1:{port}; server_name {NAME};\n{recipe().replace('127.0.0.1:8080', '%s:%d' % web.address)}}}\n}}\n"
    )
    with (folder / "nginx.log").open("w") as log:
        nginx = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", "stderr"], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/attuned"
    headers = {"Host": NAME}

    def answers() -> bool:
        assert nginx.poll() is None, (folder / "nginx.log").read_text()
        try:
            return httpx.get(address + "/readyz", headers=headers).status_code == 200
        except httpx.TransportError:
            return False

    web.until(answers, seconds=20)
    yield address, web
    for process in (nginx, web.process, daemon):
        process.terminate()
        process.wait(15)


def from_client(number: int, **headers: str) -> httpx.Client:
    """A client of its own address before the proxy."""
    return httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.2.{number}"), headers={"Host": NAME} | headers)


def is_limited(client: httpx.Client, address: str) -> bool:
    """Whether all that it asks is counted as one client's, though it claims to be many."""
    headers = ({"X-Forwarded-For": f"198.51.100.{number % 250}"} for number in range(1000))
    return any(client.get(address + "/livez", headers=header).status_code == 429 for header in headers)


def test_the_page_works_under_a_path(proxied, start_chromium):
    address, _ = proxied
    chromium = start_chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
    page, failed = chromium.new_page(), []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(address.replace("127.0.0.1", NAME))
    expect(page.locator("#state-text")).to_have_text("Listening")
    go(page, "upload")
    page.set_input_files("#upload-file", clip())
    page.click("#upload-form button")
    expect(page.locator("#upload-result .last")).to_have_text("alexa")
    go(page, "model")
    page.wait_for_selector("#model-words table", state="attached")
    assert page.url.startswith(address.replace("127.0.0.1", NAME) + "/") and not failed
    chromium.close()


def test_the_form_and_its_answer_stay_under_the_path(proxied):
    address, _ = proxied
    with from_client(1) as client:
        page = client.post(address + "/transcribe", files={"file": clip().open("rb")})
        assert "<strong>alexa</strong>" in page.text
        for link in re.findall(r'href="([^"]+)"', page.text):
            assert client.get(httpx.URL(address + "/transcribe").join(link)).status_code == 200, link


def test_live_events_are_not_kept_back(proxied):
    address, _ = proxied
    with from_client(2) as client, client.stream("GET", address + "/api/events", timeout=60) as stream:
        kinds, began = [], time.monotonic()
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.append(line)
            if len(kinds) == 4:
                break
    # Some hundred bytes each: nginx would wait for eight times as many, which come in more than a minute.
    assert stream.status_code == 200 and time.monotonic() - began < 60


def test_clients_behind_the_proxy_have_limits_of_their_own(proxied):
    address, _ = proxied
    with from_client(3) as many, from_client(4) as other:
        # Whatever a client writes there itself, it stays the same client.
        assert is_limited(many, address) and other.get(address + "/livez").status_code == 200


def test_a_large_upload_comes_through(proxied):
    address, _ = proxied
    with from_client(5) as client:
        answer = client.post(address + "/api/predict", content=bytes(9_000_000), timeout=30)
        assert answer.status_code == 415 and client.post(address + "/api/predict", content=bytes(11_000_000)).status_code == 413


def test_another_client_cannot_say_for_whom_it_asks(proxied):
    _, web = proxied
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.2.6")) as client:
        assert is_limited(client, web.url)
