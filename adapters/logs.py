"""Logs: structured, to standard error, as JSON or for a person to read.

A line names a fact and carries ids.  Nothing that a person typed is ever a value.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

QUIET = ("alembic", "apscheduler", "httpx2", "httpcore2", "holidays", "uvicorn.access")


def configure(style: str = "auto", level: str = "INFO", *, for_good: bool = False) -> None:
    """Send every log line to standard error as *style*: ``json``, ``console`` or ``auto``.

    A process that says so *for_good* makes each logger once, not for each line, of which that is half.
    """
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    # A traceback that shows the values of variables would show what people typed.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if as_json else console
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = [structlog.processors.format_exc_info, renderer] if as_json else [renderer]
    # Our own lines, one for every request, do not go the long way through the standard library.
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=for_good,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
