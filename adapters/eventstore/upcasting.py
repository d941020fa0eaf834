"""Events of older shapes, lifted to today's before they are validated.

The first shape of a topic is schema version 1 and is stored without saying so; a later
one begins with ``{"schema_version":2,``.  The number stands in the stored bytes, so
whatever covers them covers it.  A topic never changes, and what is stored is never
written again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from domain.catalogue import Upcaster

MARKED = b'{"schema_version":'
MARK = re.compile(rb'\{"schema_version":([1-9][0-9]{0,8}),')


class ShapeUnknown(ValueError):
    """What was stored cannot be brought into today's shape; the message says why."""


class Upcasters:
    """The steps from each schema version of a topic to the next, by topic and version."""

    def __init__(self, steps: Mapping[tuple[str, int], Upcaster]) -> None:
        self._steps = steps
        self._latest: dict[str, int] = {}
        for topic, version in sorted(steps):
            if version != self._latest.get(topic, 1):
                raise ValueError(f"{topic}: the step from schema version {version} follows on no other")
            self._latest[topic] = version + 1

    def marked(self, topic: str, state: bytes) -> bytes:
        """Return *state*, of today's shape, as it is stored."""
        latest = self._latest.get(topic, 1)
        return state if latest == 1 else b'{"schema_version":%d,' % latest + state[1:]

    def lifted(self, topic: str, state: bytes) -> bytes:
        """Return what was stored in today's shape, without its mark.

        Raises ShapeUnknown for a shape that is not known yet, and when a step cannot be taken.
        """
        latest = self._latest.get(topic, 1)
        if latest == 1 and not state.startswith(MARKED):
            return state
        mark = MARK.match(state)
        stored = int(mark[1]) if mark else 1
        if stored > latest:
            raise ShapeUnknown(
                f"its schema version is {stored} and this version of Plaint knows {latest}; "
                "it comes from a newer version of Plaint"
            )
        bare = b"{" + state[mark.end() :] if mark else state
        return bare if stored == latest else self._raised(topic, stored, latest, bare)

    def _raised(self, topic: str, stored: int, latest: int, state: bytes) -> bytes:
        try:
            facts: dict[str, Any] = json.loads(state)
            for version in range(stored, latest):
                facts = self._steps[topic, version](facts)
        except Exception:  # noqa: BLE001 - a step meets whatever was stored
            raise ShapeUnknown(f"it does not fit its topic (schema version {stored})") from None
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
