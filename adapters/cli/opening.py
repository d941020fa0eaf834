"""How a verb opens the store that the settings name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapters.cli.output import clear_errors

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint


@contextmanager
def opened(*, rebuilding: bool = False) -> Generator[Plaint]:
    """Open the store, creating an empty one; close it at the end."""
    with clear_errors():
        from adapters import logs
        from adapters.bootstrap import Plaint
        from adapters.settings import Settings

        settings = Settings()
        logs.configure(settings.log_format, level="WARNING")
        plaint = Plaint.open(settings, rebuilding=rebuilding)
        try:
            yield plaint
        finally:
            plaint.close()
