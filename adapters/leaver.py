"""Who leaves keeps nothing: tokens revoked, and with them the sessions that they began; cases handed over.

Every step can be repeated and begun anew: what is left to do stands in the read models, so a
process that is killed in the middle costs time, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from adapters import tokens
from adapters.views.queries import NotBuilt
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
FIRST, LONGEST = 2.0, 300.0
"""Seconds of rest after a round that moved nothing, doubled after every other one, and their most."""
TRIES = 8
"""Rounds that moved nothing, and in which something failed, after which a hand-over has come to its end."""
ACTOR = "system:leavers"


@dataclass
class Moved:
    """What became of a round: cases found, handed over, and those that could not be."""

    found: int = 0
    cases: int = 0
    failed: int = 0


@dataclass
class _Rest:
    """How often in a row nothing could be handed over, and when to try again."""

    tries: int = 0
    until: float = 0.0


class Leavers:
    """Finishes what a leaving begins."""

    def __init__(self, plaint: Plaint, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._plaint, self._monotonic = plaint, monotonic
        self._rests: dict[str, _Rest] = {}

    def begin(self, login: str, actor: str) -> int:
        """End the tokens of somebody who has just left, and so their sessions; return how many tokens."""
        ended = self._end_tokens(login, actor)
        self._plaint.admission.forget()
        return ended

    def hand_over(self, login: str, handing: HandingOver, *, batches: int | None = None) -> Moved:
        """Hand over the open cases of a user as the read models show them, or the first *batches*."""
        moved, after, holder = Moved(), None, principal_id(login)
        heir, scope = self._heir(handing.to), handing.within.scope if handing.within else None
        while batches is None or batches > 0:
            rows = self._plaint.staff.cases_of(holder, BATCH, after, scope)
            if not rows:
                break
            self._hand_over(rows, holder, heir, handing, moved)
            after, batches = rows[-1].id, None if batches is None else batches - 1
        return moved

    def run(self) -> None:
        """Go on with every hand-over that is not finished, and with what came back to those who left.

        Read models that are still to be built are gone on with when they are.
        """
        try:
            for row in filter(self._awake, self._plaint.staff.handing_over()):
                self.finish(row)
            for row in filter(self._awake, self._plaint.staff.left_behind()):
                self.begin(row.login, ACTOR)
                self._note(row.login, self.hand_over(row.login, _again(row)))
        except NotBuilt as waits:
            log.info("leavers_wait", read_model=waits.projection)

    def finish(self, row: UserRow) -> int:
        """Take one round of the hand-over of a user; return how many cases it moved.

        When it found none in read models that show everything, that was the last; so it is when for
        TRIES rounds nothing could be handed over, and how many cases stayed is recorded.
        """
        handing = row.handing_over
        if handing is None:
            return 0
        if not row.active:
            self.begin(row.login, handing.by)
        ends = self._plaint.store.ends()
        seen = self._plaint.views.wait_for(ends, PATIENCE, [QUEUE.name, USERS.name, TOKENS.name])
        moved = self.hand_over(row.login, handing)
        tries = self._note(row.login, moved)
        if not seen or (moved.found and tries < TRIES):
            return moved.cases
        order = orders.FinishHandOver(failed=moved.failed)
        self._plaint.desk.command(row.id, order, ACTOR, kind=User)
        self._plaint.wake()
        log.info("handed_over", user=str(row.id), failed=moved.failed)
        return 0

    def _awake(self, row: UserRow) -> bool:
        rest = self._rests.get(row.login)
        return rest is None or self._monotonic() >= rest.until

    def _note(self, login: str, moved: Moved) -> int:
        """Rest for longer and longer where nothing could be moved; return how often that was so in a row."""
        if moved.cases or not moved.failed:
            self._rests.pop(login, None)
            return 0
        rest = self._rests.setdefault(login, _Rest())
        rest.until = self._monotonic() + min(FIRST * 2**rest.tries, LONGEST)
        rest.tries = min(rest.tries + 1, TRIES)
        return rest.tries

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
