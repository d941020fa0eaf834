"""The files of the repository are the same on every machine, and name none."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HOSTS = ("pypi", "pythonhosted", "npmjs", "yarnpkg")
REGISTRIES = re.compile(
    rf"({'|'.join(HOSTS)})\.(org|com|io)|(deb|security)\.debian\.|index-url\s*=|(?<!--no-emit-)index-url\s",
    re.IGNORECASE,
)
HOMES = ("root", r"home/\w+", r"Users/\w+")
MACHINE = re.compile(rf"(?<![\w./-])(/({'|'.join(HOMES)})/|{re.escape(str(ROOT))}\b)")
LOCKS = ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def files() -> list[Path]:
    listing = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("git: the files do not lie in a repository")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    for path in files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        lines = enumerate(content.decode().splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{n}: {line[:120]}" for n, line in lines if pattern.search(line)]
    return found


def pinned(lock: str) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def test_no_file_names_a_registry():
    assert lines_with(REGISTRIES) == []


def test_no_file_names_a_path_of_some_machine():
    assert lines_with(MACHINE) == []


def test_what_would_be_named_is_seen():
    assert REGISTRIES.search("https://" + "pypi" + ".org/simple")
    assert MACHINE.search('open("' + "/home" + '/me/plaint")')
    assert MACHINE.search(f"cd {ROOT}")
    assert not MACHINE.search("/v1/home")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_addresses(lock: str):
    text = (ROOT / lock).read_text()

    assert pinned(lock)
    assert not re.search(r"://|^--|file:| @ |#", text, re.MULTILINE)
    for pin in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in pin


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements-build.txt", PROJECT["dependency-groups"]["build"]),
        ("requirements-dev.txt", PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_a_lock_pins_what_is_declared(lock: str, declared: list[str]):
    pins = pinned(lock)

    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_development_runs_on_the_versions_that_are_shipped():
    assert pinned("requirements.txt").items() <= pinned("requirements-dev.txt").items()
