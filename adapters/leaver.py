"""Who leaves keeps nothing: tokens revoked, sessions dropped, open cases handed over.

Every step can be repeated and begun anew: what is left to do stands in the read models, so a
process that is killed in the middle costs time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from adapters import tokens
from domain.access import Right
from domain.directory import User, orders, principal_id
from domain.directory.orders import HandCaseOver
from projections.directory import USERS, HandingOver, UserRow
from projections.queue import QUEUE, QueueRow
from projections.tokens import TOKENS

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

log = structlog.get_logger()

BATCH = 100
"""Cases that one commit hands over."""
SECONDS = 2.0
"""Between two looks at what is left to hand over; a look with nothing to do is two index reads."""
PATIENCE = 2.0
"""Seconds for which a look waits until the read models show all that was recorded."""
ACTOR = "system:leavers"


@dataclass
class Moved:
    """What became of a round: cases found, handed over, and those that could not be."""

    found: int = 0
    cases: int = 0
    failed: int = 0


class Leavers:
    """Finishes what a leaving begins; *drop_sessions* are told whose sessions are to end."""

    def __init__(self, plaint: Plaint) -> None:
        self._plaint = plaint
        self.drop_sessions: list[Callable[[str], object]] = []

    def begin(self, login: str, actor: str) -> int:
        """End the tokens and sessions of somebody who has just left; return how many tokens."""
        ended = self._end_tokens(login, actor)
        for drop in self.drop_sessions:
            drop(principal_id(login))
        self._plaint.admission.forget()
        return ended

    def hand_over(self, login: str, handing: HandingOver, *, batches: int | None = None) -> Moved:
        """Hand over the open cases of a user as the read models show them, or the first *batches*."""
        moved, after, holder = Moved(), None, principal_id(login)
        heir = self._heir(handing.to)
        while batches is None or batches > 0:
            rows = self._plaint.staff.cases_of(holder, BATCH, after)
            if not rows:
                break
            self._hand_over(rows, holder, heir, handing, moved)
            after, batches = rows[-1].id, None if batches is None else batches - 1
        return moved

    def run(self) -> None:
        """Go on with every hand-over that is not finished, and with what came back to those who left."""
        for row in self._plaint.staff.handing_over():
            self.finish(row)
        for row in self._plaint.staff.left_behind():
            self.begin(row.login, ACTOR)
            self.hand_over(row.login, _again(row))

    def finish(self, row: UserRow) -> int:
        """Take one round of the hand-over of a user; return how many cases it moved.

        When it found none in read models that show everything, that was the last.
        """
        handing = row.handing_over
        if handing is None:
            return 0
        if not row.active:
            self.begin(row.login, handing.by)
        ends = self._plaint.store.ends()
        seen = self._plaint.views.wait_for(ends, PATIENCE, [QUEUE.name, USERS.name, TOKENS.name])
        moved = self.hand_over(row.login, handing)
        if moved.found or not seen:
            return moved.cases
        self._plaint.desk.command(row.id, orders.FinishHandOver(), ACTOR, kind=User)
        self._plaint.wake()
        log.info("handed_over", user=str(row.id))
        return 0

    def _end_tokens(self, login: str, actor: str) -> int:
        found = self._plaint.staff.tokens_of(login)
        for row in found:
            tokens.revoke(self._plaint, row.id, by=actor)
        return len(found)

    def _heir(self, login: str | None) -> UserRow | None:
        row = self._plaint.staff.user(login) if login else None
        return row if row and row.active and row.principal.may(Right.WORK_CASES) else None

    def _hand_over(
        self, rows: list[QueueRow], holder: str, heir: UserRow | None, handing: HandingOver, moved: Moved
    ) -> None:
        given = {row.id: _order(row, holder, heir, handing) for row in rows}
        outcome = self._plaint.desk.command_all(given, handing.by)
        self._plaint.wake()
        for id, error in outcome.failed.items():
            log.warning("case_not_handed_over", case_id=str(id), error=type(error).__name__)
        moved.found += len(rows)
        moved.failed += len(outcome.failed)
        moved.cases += sum(count for topic, count in outcome.recorded.items() if topic.endswith(".assigned"))


def _order(row: QueueRow, holder: str, heir: UserRow | None, handing: HandingOver) -> HandCaseOver:
    """Return the order for one case: it goes to the heir where it exists for them."""
    to = heir.principal.id if heir and heir.principal.scope.admits(row) else None
    return HandCaseOver(holder=holder, team=row.team, to=to, reason_code=handing.reason_code)


def _again(row: UserRow) -> HandingOver:
    """Return how cases that came back to somebody who left are handed over."""
    since = row.left_at or row.added_at
    return HandingOver(to=row.successor, reason_code="left", by=ACTOR, since=since)
