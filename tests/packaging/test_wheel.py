"""The wheel holds everything Plaint runs on, and owns its four import names."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["domain", "projections", "scheduler", "adapters"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_every_file_of_the_packages(wheel: Path):
    tree = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == tree


def test_it_holds_the_licence_and_the_command(wheel: Path):
    with zipfile.ZipFile(wheel) as file:
        names = {name.partition(".dist-info/")[2]: name for name in file.namelist()}

        assert file.read(names["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
        assert b"plaint = adapters.cli:main" in file.read(names["entry_points.txt"])


def test_installed_alone_it_owns_its_packages(wheel: Path, tmp_path: Path):
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*install, "--target", str(tmp_path), str(wheel)], check=True, capture_output=True)
    program = (
        "import importlib.metadata as m, importlib.util as u\n"
        "owners = m.packages_distributions()\n"
        f"assert {{p: owners[p] for p in {PACKAGES}}} == {{p: ['plaint'] for p in {PACKAGES}}}, owners\n"
        f"assert all(u.find_spec(p).origin for p in {PACKAGES})"
    )
    isolated = [sys.executable, "-P", "-S", "-c", program]
    done = subprocess.run(
        isolated, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
