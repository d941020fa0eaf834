"""A clock in words: what was promised, how it was counted, what changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from domain.tongues import TONGUES, amount_in_words, day_in_words, instant_in_words, milestone_in_words

if TYPE_CHECKING:
    from domain.clocks import Clock
    from domain.deadlines import Working
    from domain.policies import Regime, Term
    from domain.tongues import Language

MOST = 60
"""What a sentence lists one by one; beyond that it gives the first, the last and the number."""

T = TypeVar("T")


def explanation(clock: Clock, regime: Regime, term: Term, working: Working, language: Language) -> str:
    """Return why *clock* falls due when it does, as sentences."""
    told = _Telling(clock, regime, term, working, language)
    return " ".join((*told.promised(), *told.worked_out(), *told.ended()))


class _Telling(NamedTuple):
    clock: Clock
    regime: Regime
    term: Term
    working: Working
    language: Language

    def promised(self) -> Iterator[str]:
        """Yield what was promised, and from when it counts."""
        kind = "legal" if self.regime.legal else "house"
        term = self.term
        yield self._say(
            "promised",
            milestone=milestone_in_words(term.milestone, self.language),
            kind=self._say(kind),
            regime=self.regime.reference,
            amount=amount_in_words(term.limit or 0, term.unit or "", self.regime.weekend, self.language),
        )
        if term.unit in {"hour", "business_hour"}:
            start = self._instant(self.working.effective_start)
            yield self._say("from_instant", instant=start, zone=self.regime.zone)
        else:
            yield self._say("from_day", day=self._day(self.working.day_zero), zone=self.regime.zone)
        yield self._say("calendar", calendar=f"{self.clock.calendar}@{self.clock.calendar_version}")

    def worked_out(self) -> Iterator[str]:
        """Yield what counted, what did not, and why."""
        reasons = TONGUES[self.language].reasons
        way = self.working
        if way.counted:
            yield self._say("counted", list=self._list(way.counted, self._day))
        if way.segments:
            yield self._say("counted", list=self._list(way.segments, self._stretch))
        if way.skipped:
            named = {skip.date: reasons.get(skip.reason, skip.reason) for skip in way.skipped}
            yield self._say(
                "skipped",
                list=self._list(tuple(named), lambda day: f"{self._day(day)} ({named[day]})"),
            )
        if way.paused:
            ends = [(start, end) for start, end in way.paused]
            yield self._say("paused", list=self._list(ends, self._pause))
        if way.rolled_from is not None:
            yield self._say("rolled", day=self._day(way.rolled_from))

    def ended(self) -> Iterator[str]:
        """Yield until when the act is in time, and where the clock stands."""
        clock = self.clock
        yield self._say("due", instant=self._instant(clock.due_before), day=self._day(clock.due_date))
        if clock.status == "paused" and self.working.due_before != clock.due_before:
            yield self._say("would_be", instant=self._instant(self.working.due_before))
        results = TONGUES[self.language].results
        if clock.status == "missed" and clock.excused:
            yield results["excused"]
        elif clock.status == "met" and clock.late_evidence:
            yield results["late_evidence"]
        else:
            yield results[clock.status]

    def _say(self, sentence: str, **facts: object) -> str:
        return TONGUES[self.language].sentences[sentence].format(**facts)

    def _day(self, day: date) -> str:
        return day_in_words(day, self.language)

    def _instant(self, moment: datetime) -> str:
        return instant_in_words(moment, self.regime, self.language)

    def _stretch(self, stretch: tuple[datetime, datetime]) -> str:
        start, end = stretch
        return f"{self._instant(start)} – {self._instant(end)}"

    def _pause(self, pause: tuple[datetime, datetime]) -> str:
        start, end = pause
        if any(each.to is None and each.from_ == start for each in self.clock.pauses):
            return self._say("since", start=self._instant(start))
        return self._say("from_to", start=self._instant(start), end=self._instant(end))

    def _list(self, items: Sequence[T], say: Callable[[T], str]) -> str:
        if len(items) <= MOST:
            return ", ".join(map(say, items))
        return self._say("many", number=len(items), first=say(items[0]), last=say(items[-1]))
