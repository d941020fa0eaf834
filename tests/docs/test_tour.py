"""The README's tour works as written, on a demo that was started as the README says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

README = Path(__file__).parents[2] / "README.md"
PATIENCE = 120
"""Seconds for which the demo may load, or lines of the tour run, on a slow machine."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run the demo on a free port; yield its address and the supervisor's token that it printed."""
    folder = tmp_path_factory.mktemp("tour")
    said = folder / "said"
    environment = os.environ | {"PLAINT_DATA": str(folder / "data"), "PLAINT_LOG_FORMAT": "json"}
    with said.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", "from adapters.cli import main; main()", "demo", "--port", "0"],
            stderr=stderr,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=README.parent,
        )
    try:
        yield _started(process, said)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) in {0, -signal.SIGTERM}


def _started(process: subprocess.Popen[bytes], said: Path) -> tuple[str, str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = said.read_text("utf-8")
        address = re.search(r"serves at (http://\S+)", text)
        token = re.search(r"token of this demo: (\S+)", text)
        if address and token and _alive(address[1]):
            return address[1], token[1]
        assert process.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(said.read_text("utf-8"))


def _alive(address: str) -> bool:
    try:
        with urlopen(f"{address}/readyz") as response:
            return response.status == 200
    except OSError:
        return False


def tour() -> str:
    """Return the shell lines of the tour, which are all after its heading."""
    chapter = README.read_text("utf-8").partition("## Five minutes")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", chapter, flags=re.DOTALL))


def test_the_tour_in_the_readme_works(demo: tuple[str, str], tmp_path: Path) -> None:
    """A complaint is sent, its clocks answer, it is acknowledged, and the desk shows it."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl: the tour is a shell session with curl")
    address, token = demo
    lines = tour().replace("http://127.0.0.1:8000", address).replace("TOKEN=…", f"TOKEN={token}")

    run = subprocess.run(
        ["bash", "-euc", lines], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    answers = [json.loads(line) for line in _documents(run.stdout)]
    received, clocks, acknowledged, case, history, dashboard, overdue = answers

    assert received["reference"].startswith("C-")
    assert [(each["regime"], each["milestone"], each["status"]) for each in clocks["items"]] == [
        ("house", "acknowledgement", "running"),
        ("house", "decision", "running"),
        ("mica", "decision", "running"),
    ]
    assert acknowledged["id"] == received["id"]
    assert (case["status"], case["version"]) == ("acknowledged", acknowledged["version"])
    assert [each["topic"] for each in history["items"]][-2:] == ["complaint.acknowledged", "clock.met"]
    assert dashboard["open"] > dashboard["overdue"] > 0
    assert len(overdue["items"]) == 3


def test_the_lines_of_python_in_the_readme_work(demo: tuple[str, str]) -> None:
    address, token = demo
    chapter = README.read_text("utf-8").partition("## Five minutes")[2].partition("\n## ")[0]
    (lines,) = re.findall(r"```python\n(.*?)```", chapter, flags=re.DOTALL)
    program = lines.replace("http://127.0.0.1:8000", address).replace('token="…"', f'token="{token}"')

    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
        cwd=README.parent,
    )

    assert run.stdout == "acknowledged\n"


def _documents(text: str) -> Iterator[str]:
    """Yield each JSON document in *text*; they stand one after another."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        _, end = decoder.raw_decode(text, at)
        yield text[at:end]
        at = end + len(text[end:]) - len(text[end:].lstrip())
