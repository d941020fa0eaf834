"""Follows every log for every reaction: in the order of each log, one process at each, nothing twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from eventsourcing.persistence import Notification

from adapters.desk import Desk
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import position
from adapters.reactions.carrying import WAITS, Carrier
from adapters.reactions.cursors import Cursors, Overtaken, Place
from adapters.reactions.troubles import Trouble, Troubles
from domain.reactions import NotNow, Reaction

log = structlog.get_logger()

BATCH = 500
"""Events looked at together."""
IDLE = 1_000
"""Events of which none was heard that a cursor may be behind: it need not be saved for each."""
SECONDS = 5.0
"""Between two times that such a cursor is saved, and after which one that moves slowly is."""
LOOK_AGAIN = 1.0
"""Seconds between two looks where nothing has come: something may be due, or another process gone."""


class Follower:
    """Answers events with what *reactions* decide; *wake* says that something was recorded."""

    def __init__(
        self,
        store: CaseStore,
        desk: Desk,
        reactions: Sequence[Reaction],
        cursors: Cursors,
        *,
        now: Callable[[], datetime],
        wake: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
        batch: int = BATCH,
    ) -> None:
        self.store, self.cursors, self.now = store, cursors, now
        self.reactions = {each.NAME: each for each in reactions}
        self.troubles = Troubles(cursors.database, now)
        self.carrier = Carrier(store, desk, keep=self._keep, wake=wake)
        self.done: Counter[str] = Counter()
        """Events that this process has answered, by reaction; refused ones count apart."""
        self.refused: Counter[str] = Counter()
        self.waiting: dict[str, str] = {}
        """Reactions that wait for something that is away, each with its name."""
        self._topics = {each.NAME: frozenset(e.TOPIC for e in each.TOPICS) for each in reactions}
        self._monotonic, self._batch = monotonic, batch
        self._looked: dict[tuple[str, int], int] = {}
        """How far this process has looked where it heard nothing: further than the cursors say."""
        self._saved_at: dict[int, float] = {}
        self._at: int | None = None
        self._claims: dict[int, float] = {}
        """When this process last said of a log that it is at it."""
        self._seen: Mapping[int, int] = {}
        self._rests_until = float("-inf")

    def follow(self, *, stopping: Callable[[], bool] = lambda: False) -> int:
        """Answer everything recorded by now that nobody else is at; return how many events were answered."""
        ends = self.store.ends()
        if ends == self._seen and self._monotonic() < self._rests_until:
            return 0
        before = self.done.total()
        self.waiting = {}
        # Where an older log was restored, numbers that were looked at come again with other events.
        self._looked = {key: to for key, to in self._looked.items() if to <= ends.get(key[1], 0)}
        due, free = self.troubles.due(), [each for each in self.cursors.places() if each.free]
        behind = {each.log for each in free if self._reached(each) < ends.get(each.log, 0)}
        for at in sorted(behind | {each.log for each in due}):
            if stopping():
                break
            try:
                stored = self._held(at, [each for each in free if each.log == at])
                self._try_again(
                    [each for each in due if each.log == at and each.reaction in stored], stopping
                )
                self._follow(at, ends.get(at, 0), stored, stopping)
            except Overtaken:
                log.info("reactions_overtaken", log=at)
        self._seen, self._rests_until = ends, self._monotonic() + LOOK_AGAIN
        return self.done.total() - before

    def let_go(self) -> None:
        """Save how far was looked, and let other processes go on."""
        for each in self.cursors.places():
            reached = self._reached(each)
            if each.mine and reached > each.number:
                try:
                    self.cursors.move(each.log, {each.reaction: (each.number, reached)})
                except Overtaken:
                    continue
        self.cursors.give_back()

    def _reached(self, place: Place) -> int:
        return max(place.number, self._looked.get((place.reaction, place.log), 0))

    def _held(self, at: int, free: Sequence[Place]) -> dict[str, int]:
        """Return how far each reaction has come in a log that this process is at: it says so now and then."""
        self._at = at
        if free and all(each.mine for each in free) and not self._fades(at):
            return {each.reaction: each.number for each in free}
        return self._claim(at)

    def _follow(self, at: int, end: int, stored: dict[str, int], stopping: Callable[[], bool]) -> None:
        held, saved = self.troubles.held(at), dict(stored)
        reached = {name: max(number, self._looked.get((name, at), 0)) for name, number in stored.items()}
        while not stopping():
            behind = [number for name, number in reached.items() if number < end and name not in self.waiting]
            if not behind:
                break
            after = min(behind)
            stop = min(end, after + self._batch)
            heard = self._stretch(at, after, stop, reached, held=held, stopping=stopping)
            saved |= self._save(at, saved, reached, heard=heard)

    def _stretch(
        self,
        at: int,
        after: int,
        stop: int,
        reached: dict[str, int],
        *,
        held: set[tuple[str, UUID]],
        stopping: Callable[[], bool],
    ) -> bool:
        """Answer the events of a log beyond *after* up to *stop*; say whether any was heard.

        *reached* says afterwards how far each reaction has come: one that waits stays where it was.
        What takes long is left in the middle, to be saved: whoever is interrupted again and again
        would otherwise begin again and again where this began, and never come further.
        """
        behind = [name for name, number in reached.items() if number < stop and name not in self.waiting]
        topics, heard = sorted({topic for name in behind for topic in self._topics[name]}), False
        until = self._monotonic() + SECONDS
        for stored in self.store.notifications(at, after, stop - after, stop=stop, topics=topics):
            if stopping() or (heard and self._monotonic() >= until):
                stop = stored.id - 1
                break
            if not self.carrier.heeds(stored):
                continue
            for name in behind:
                if stored.topic in self._topics[name] and reached[name] < stored.id:
                    heard = True
                    if name not in self.waiting and not self._answer(name, at, stored, held):
                        reached[name] = max(reached[name], stored.id - 1)
        for name in behind:
            if name not in self.waiting:
                reached[name] = max(reached[name], stop)
        return heard

    def _answer(self, name: str, at: int, stored: Notification, held: set[tuple[str, UUID]]) -> bool:
        """Have *name* answer one event; say False where it has to wait."""
        case = UUID(str(stored.originator_id))
        trouble = _trouble(name, at, stored, case, self.now())
        if (name, case) in held:
            self.troubles.hold(trouble)
            return True
        kept = self._attempt(trouble, stored)
        if kept is not None and kept.state != "refused":
            held.add((name, case))
        return name not in self.waiting

    def _attempt(self, trouble: Trouble, stored: Notification) -> Trouble | None:
        """Answer one event; return what is to be remembered of it, None where it is answered wholly."""
        name = trouble.reaction
        try:
            refusal = self.carrier.carry_out(self.reactions[name], stored)
        except WAITS as error:
            self.waiting[name] = type(error).__name__
            log.warning("reaction_waits", reaction=name, error=type(error).__name__)
            return None
        except Overtaken:
            raise
        except UnreadableEvent as error:
            log.error("reaction_parked", why=error.why, **_told(trouble))  # noqa: TRY400 - the words say all
            return self.troubles.park(trouble, type(error).__name__)
        except NotNow as error:
            log.info("reaction_is_early", why=str(error), **_told(trouble))
            return self.troubles.early(trouble, str(error))
        except Exception as error:
            kept = self.troubles.failed(trouble, type(error).__name__)
            log.exception("reaction_failed", state=kept.state, attempts=kept.attempts, **_told(trouble))
            return kept
        self.done[name] += 1
        if refusal is None:
            return None
        self.refused[name] += 1
        why = type(refusal).__name__
        log.warning("reaction_refused", why=why, **_told(trouble))
        return self.troubles.refused(trouble, why)

    def _try_again(self, due: Sequence[Trouble], stopping: Callable[[], bool]) -> None:
        """Try events once more that could not be answered; what waited behind one comes at the next look."""
        for trouble in due:
            if stopping() or trouble.reaction in self.waiting:
                continue
            found = self.store.notifications(trouble.log, trouble.number - 1, 1, stop=trouble.number)
            if self._attempt(trouble, found[0]) is None and trouble.reaction not in self.waiting:
                self.troubles.settle(trouble)
            self._rests_until = float("-inf")

    def _claim(self, at: int) -> dict[str, int]:
        self._claims[at] = self._monotonic()
        return self.cursors.claim(at)

    def _fades(self, at: int) -> bool:
        """Whether what this process said of a log is so old that it should be said again."""
        age = self._monotonic() - self._claims.get(at, float("-inf"))
        return age > self.cursors.lasts.total_seconds() / 3

    def _keep(self) -> None:
        """Say again what this process is at, while it is long at one event."""
        if self._at is not None and self._fades(self._at):
            self._claim(self._at)

    def _save(
        self, at: int, stored: Mapping[str, int], reached: Mapping[str, int], *, heard: bool
    ) -> dict[str, int]:
        """Save how far the reactions have come, unless nothing was heard of late; return what is saved."""
        moves = {name: (stored[name], to) for name, to in reached.items() if to > stored[name]}
        since = self._monotonic() - self._saved_at.get(at, float("-inf"))
        far = any(to - after >= IDLE for after, to in moves.values())
        if not moves or not (heard or far or since >= SECONDS):
            self._looked |= {(name, at): to for name, to in reached.items()}
            return {}
        self._keep()
        self.cursors.move(at, moves)
        self._saved_at[at] = self._monotonic()
        return {name: to for name, (_, to) in moves.items()}


def _trouble(name: str, at: int, stored: Notification, case: UUID, now: datetime) -> Trouble:
    return Trouble(
        reaction=name,
        log=at,
        number=stored.id,
        case_id=case,
        topic=stored.topic,
        state="retrying",
        attempts=0,
        next_attempt_at=None,
        why=None,
        since=now,
    )


def _told(trouble: Trouble) -> dict[str, str]:
    return {
        "reaction": trouble.reaction,
        "position": position(trouble.log, trouble.number),
        "topic": trouble.topic,
        "case_id": str(trouble.case_id),
    }
