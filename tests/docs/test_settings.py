"""The README's table of settings is what can be set."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.settings import Settings

README = Path(__file__).parents[2] / "README.md"


def table() -> dict[str, str]:
    """Return every setting of the table with its default."""
    chapter = README.read_text("utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(PLAINT_[A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", chapter, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a setting stands there twice"
    return dict(rows)


def test_every_setting_stands_in_the_table_with_its_default():
    """A default that is a value is written as code; one that is none, or made of others, in words."""
    told = table()

    assert told.keys() == {f"PLAINT_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = told[f"PLAINT_{name.upper()}"]
        if field.default in (None, ""):
            assert not re.fullmatch(r"`[^`]*`", default), name
        else:
            assert default == f"`{field.default}`", name
