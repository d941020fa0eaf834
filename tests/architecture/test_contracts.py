"""The import contracts hold, and are shown to be able to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["domain", "projections", "scheduler", "adapters"]


def lint(root: Path) -> tuple[int, str]:
    program = "from importlinter.cli import lint_imports_command as command; command()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_contracts_hold():
    code, said = lint(ROOT)

    assert code == 0, said


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/kernel.py", "import projections", "Imports go one way"),
        ("projections/__init__.py", "import adapters", "Imports go one way"),
        ("scheduler/sweep.py", "import adapters", "Imports go one way"),
        ("domain/kernel.py", "import eventsourcing.domain", "Pure code knows no framework"),
        ("projections/__init__.py", "import sqlalchemy", "Pure code knows no framework"),
        ("scheduler/sweep.py", "import apscheduler", "Pure code knows no framework"),
        ("adapters/bootstrap.py", "import domain.testing", "The product does not lean on its test kit"),
        ("adapters/eventstore/__init__.py", "import adapters.views", "The record knows no reader"),
        ("adapters/eventstore/__init__.py", "import adapters.http", "The record knows no reader"),
        ("adapters/views/__init__.py", "import adapters.http", "Read models know no page"),
    ],
)
def test_each_contract_can_be_broken(tmp_path: Path, module: str, line: str, contract: str):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert (tmp_path / module).exists()
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")

    code, said = lint(tmp_path)

    assert code == 1
    assert f"{contract} BROKEN" in said, said
