"""Every curl of the README works as it stands there."""

import json
import os
import re
import shutil
import subprocess

import httpx
import pytest
from conftest import DEMO, REPOSITORY, TAKES, TOKEN, clip

LINES = re.findall(r"^    (curl .*?)(?:  +#.*)?$", (REPOSITORY / "README.md").read_text(), re.MULTILINE)


def test_every_route_has_its_line():
    described = json.loads((REPOSITORY / "Sources/Web/Page/openapi.json").read_text())["paths"].keys()
    shown = {re.search(r"127\.0\.0\.1:8080(/[^?\s]*)", line)[1] for line in LINES}
    assert shown == described - {"/readyz"}


@pytest.mark.parametrize("line", LINES)
def test_the_line_works(service, taught, tmp_path, line):
    service.until(lambda: '"clip"' in httpx.get(service.url + "/api/history").text)
    for name in ("clip.wav", "a.wav", "b.flac"):
        shutil.copy(clip(), tmp_path / name)
    shutil.copy(DEMO, tmp_path / "minute.ogg")
    shutil.copy(taught, tmp_path / "pantry.word")
    for number, take in enumerate(TAKES, 1):
        shutil.copy(take, tmp_path / f"{number}.flac")
    line = line.replace("http://127.0.0.1:8080", service.url).replace("curl ", "curl -sS --fail-with-body ", 1)
    run = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=os.environ | {"TOKEN": TOKEN}, capture_output=True)
    if "/api/words" in line:
        httpx.post(service.url + "/api/words", json={"keyword": "left", "reset": True}, headers={"Authorization": f"Bearer {TOKEN}"})
    # A stream without end is ended by its time limit.
    assert run.returncode == (28 if "--max-time" in line else 0) and run.stdout, run.stderr
