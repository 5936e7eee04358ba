"""Two servers behind nginx, as docs/wyoming.md has it: streams go to both, and the end of one costs only its own."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import REPOSITORY, clip, free_port, hear, names, samples, until

NGINX = REPOSITORY / ".build/nginx/usr/sbin/nginx"
STREAM = REPOSITORY / ".build/nginx/usr/lib/nginx/modules/ngx_stream_module.so"
MANUAL = REPOSITORY / "docs/wyoming.md"


def recipe(*ports: int) -> str:
    """The lines of the manual, for these servers."""
    text = re.search(r"^    stream \{\n.*?^    \}$", MANUAL.read_text(), re.MULTILINE | re.DOTALL)[0]
    assert text.count("server 192.0.2.") == 2
    for place, port in enumerate(ports[:-1]):
        text = text.replace(f"server 192.0.2.{place + 1}:10400", f"server 127.0.0.1:{port}")
    return text.replace("listen 10400", f"listen 127.0.0.1:{ports[-1]}")


def test_streams_are_shared_by_two_servers_behind_a_balancer(start, tmp_path):
    if not STREAM.exists():
        pytest.skip("left out: servers behind a balancer, which needs nginx")
    servers, port = [start("--debug"), start("--debug")], free_port()
    (tmp_path / "nginx.conf").write_text(
        f"load_module {STREAM};\ndaemon off;\npid {tmp_path}/nginx.pid;\nevents {{}}\n"
        + recipe(*(server.port for server in servers), port)
    )
    with (tmp_path / "nginx.log").open("w") as log:
        nginx = subprocess.Popen([NGINX, "-c", tmp_path / "nginx.conf", "-e", "stderr"], stdout=log, stderr=log)
    uri, audio = f"tcp://127.0.0.1:{port}", samples(clip())
    try:
        until(lambda: (tmp_path / "nginx.pid").exists() and (tmp_path / "nginx.pid").read_text(), what="nginx")
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: names(hear(uri, audio)), range(40)))
        assert found == [["alexa"]] * 40
        for server in servers:
            server.says("told of alexa", count=10)
        assert servers[0].stop() == 0
        assert [names(hear(uri, audio)) for _ in range(4)] == [["alexa"]] * 4
    finally:
        nginx.terminate()
        nginx.wait(20)
