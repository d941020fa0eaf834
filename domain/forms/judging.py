"""The rules across fields, judged: where the first answer stands that breaks one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from domain.forms import rules as r
from domain.forms.conditions import Answers, decimal, entries, is_filled
from domain.forms.kinds import Place

SATURDAY = 5


@dataclass(frozen=True)
class Given:
    """One answer, and where it stands: ``proposals/1/date``."""

    where: str
    answer: object


def broken(rule: r.Rule, answers: Answers, above: Answers, place: Place) -> str | None:
    """Return where *answers* break *rule*, or None; conditions and zones may look at those *above* too."""
    known = {**above, **answers}
    if rule.when is not None and not rule.when.holds(known):
        return None
    where = _JUDGES[type(rule)](rule, answers, _seen_from(rule, known, place))
    return where if where != "" else rule.fields[0].partition(".")[0]


def _seen_from(rule: r.Rule, known: Answers, place: Place) -> Place:
    """Return *place* with the zone in which the days of *rule* are counted."""
    named = known.get(rule.zone or "") if isinstance(rule, r.Dated) else None
    return Place(place.now, ZoneInfo(named)) if isinstance(named, str) else place


def values(answers: Answers, paths: tuple[str, ...]) -> list[Given]:
    """Return what was answered at *paths*, of lists every entry."""
    return [given for path in paths for given in _at(answers, path, "")]


def _at(answers: Answers, path: str, where: str) -> Iterator[Given]:
    name, _, rest = path.partition(".")
    answer = answers.get(name)
    if not is_filled(answer):
        return
    here = f"{where}{name}"
    if not isinstance(answer, list):
        yield Given(here, answer)
        return
    for number, entry in enumerate(entries(cast("object", answer))):
        if rest and isinstance(entry, dict):
            yield from _at(cast("Answers", entry), rest, f"{here}/{number}/")
        else:
            yield Given(f"{here}/{number}", entry)


def day_of(answer: object, zone: ZoneInfo) -> date:
    """Return the day that a date, a time or an estimate begins on, in *zone* where it is an instant."""
    text = _start(answer)
    if "T" not in text:
        return date.fromisoformat(text if len(text) == len("2026-05-22") else f"{text}-01")
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is None else at.astimezone(zone)).date()


def _start(answer: object) -> str:
    return str(cast("Mapping[str, object]", answer)["from"] if isinstance(answer, dict) else answer)


def _begins(answer: object, zone: ZoneInfo) -> datetime:
    text = _start(answer)
    if "T" in text:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)
    day = day_of(text, zone)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _today(place: Place) -> date:
    return place.now.astimezone(place.zone).date()


def _first(given: list[Given], breaks: Callable[[Given], bool]) -> str | None:
    return next((each.where for each in given if breaks(each)), None)


def _within_days(rule: r.WithinDays, answers: Answers, place: Place) -> str | None:
    first, last = (_today(place) + timedelta(days=days) for days in (rule.first, rule.last))

    def outside(each: Given) -> bool:
        return not first <= day_of(each.answer, place.zone) <= last

    return _first(values(answers, rule.fields), outside)


def _not_today(rule: r.NotToday, answers: Answers, place: Place) -> str | None:
    return _first(values(answers, rule.fields), lambda each: day_of(each.answer, place.zone) == _today(place))


def _not_in_future(rule: r.NotInFuture, answers: Answers, place: Place) -> str | None:
    return _first(values(answers, rule.fields), lambda each: _begins(each.answer, place.zone) > place.now)


def _not_past(rule: r.NotPast, answers: Answers, place: Place) -> str | None:
    def is_over(each: Given) -> bool:
        if "T" in (text := _start(each.answer)):
            return _begins(each.answer, place.zone) < place.now
        today = _today(place).isoformat()
        return text < today[: len(text)]

    return _first(values(answers, rule.fields), is_over)


def _at_most_weekend(rule: r.AtMostWeekend, answers: Answers, place: Place) -> str | None:
    given = values(answers, rule.fields)
    weekend = [each for each in given if day_of(each.answer, place.zone).weekday() >= SATURDAY]
    return weekend[rule.most].where if len(weekend) > rule.most else None


def _not_before(rule: r.NotBefore, answers: Answers, place: Place) -> str | None:
    others = values(answers, (rule.other,))
    if not others:
        return None
    bound = max(_begins(each.answer, place.zone) for each in others)
    return _first(values(answers, rule.fields), lambda each: _begins(each.answer, place.zone) < bound)


def _distinct(rule: r.Distinct, answers: Answers, place: Place) -> str | None:
    seen: set[str] = set()
    for each in values(answers, rule.fields):
        compared = _compared(each.answer, place.zone)
        if compared in seen:
            return each.where
        seen.add(compared)
    return None


def _compared(answer: object, zone: ZoneInfo) -> str:
    """Return what two answers have in common when they are the same."""
    try:
        return day_of(answer, zone).isoformat()
    except (ValueError, KeyError, OverflowError):
        return " ".join(str(answer).casefold().split())


def _sum_at_most(rule: r.SumAtMost, answers: Answers, _: Place) -> str | None:
    total = Decimal(0)
    for each in values(answers, rule.fields):
        total += decimal(each.answer) or 0
        if total > rule.most:
            return each.where
    return None


def _some_at_least(rule: r.SomeAtLeast, answers: Answers, _: Place) -> str | None:
    enough = any((decimal(each.answer) or 0) >= rule.least for each in values(answers, rule.fields))
    return None if enough or values(answers, rule.or_filled) else ""


def _one_required(rule: r.OneRequired, answers: Answers, _: Place) -> str | None:
    return None if values(answers, rule.fields) else ""


def _at_most_one(rule: r.AtMostOne, answers: Answers, _: Place) -> str | None:
    filled = [path for path in rule.fields if values(answers, (path,))]
    return values(answers, (filled[1],))[0].where if len(filled) > 1 else None


def _all_ticked(rule: r.AllTicked, answers: Answers, _: Place) -> str | None:
    return next((path for path in rule.fields if not values(answers, (path,))), None)


_JUDGES: Mapping[type, Callable[..., str | None]] = {
    r.WithinDays: _within_days,
    r.NotToday: _not_today,
    r.NotInFuture: _not_in_future,
    r.NotPast: _not_past,
    r.AtMostWeekend: _at_most_weekend,
    r.NotBefore: _not_before,
    r.Distinct: _distinct,
    r.SumAtMost: _sum_at_most,
    r.SomeAtLeast: _some_at_least,
    r.OneRequired: _one_required,
    r.AtMostOne: _at_most_one,
    r.AllTicked: _all_ticked,
}
"""Each tells where an answer first breaks its rule; empty is the fields as such, None nowhere."""
