"""Logs: structured, to standard error, as JSON or for a person to read.

A line names a fact and carries ids.  Nothing that a person typed is ever a value.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

QUIET = ("alembic", "apscheduler", "httpx2", "httpcore2", "holidays", "uvicorn.access")


def configure(style: str = "auto", level: str = "INFO") -> None:
    """Send every log line to standard error as *style*: ``json``, ``console`` or ``auto``."""
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    last = [structlog.processors.format_exc_info, renderer] if as_json else [renderer]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
