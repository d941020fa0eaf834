"""A file is short enough to be read at one sitting."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMITS = {"domain": 300, "projections": 300, "scheduler": 300, "adapters": 400, "tests": 600}


@pytest.mark.parametrize(("package", "limit"), LIMITS.items())
def test_no_module_is_too_long(package: str, limit: int):
    modules = list((ROOT / package).rglob("*.py"))
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}

    assert lengths
    assert {path: length for path, length in lengths.items() if length > limit} == {}
