"""When the simulated desk works, and when complaints reach it."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from domain.calendars import ONE_DAY, BusinessDays, business_days
from domain.hours import local_date, wall_time
from domain.policies import Rulebook

OPENS, CLOSES = timedelta(hours=9), timedelta(hours=18)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WEEKS = 12
"""How far back the receipts of the demo reach."""
GROWTH = 1.5
"""How much denser the last day's receipts are than the first's: 1.5 times as dense again."""
ON_A_DAY_OFF = 0.2
BY_HOUR = (1, 1, 0, 0, 0, 1, 2, 4, 8, 12, 13, 12, 9, 10, 12, 12, 11, 9, 7, 6, 6, 5, 4, 2)
"""How many complaints come in each hour of a day, in proportion."""


class Office:
    """The business days and hours of the desk, in the house regime's zone."""

    def __init__(self, rules: Rulebook) -> None:
        house = rules.regime("house")
        self.zone = house.zone
        self.days: BusinessDays = business_days(rules.calendar(house.calendar), house.closed_weekdays)

    def on(self, after: datetime, n: int, chance: Random) -> datetime:
        """Return an instant of work on the *n*-th business day after that of *after*.

        Zero is the same day, as long as the desk is open then; else the next business day.
        """
        day = local_date(after, self.zone)
        if n == 0 and self.days.is_open(day):
            begins = max(after + 5 * MINUTE, self._at(day, OPENS))
            ends = self._at(day, CLOSES)
            if begins < ends:
                return _between(begins, ends, chance)
        day = self.days.add(day, max(n, 1))
        return _between(self._at(day, OPENS), self._at(day, CLOSES), chance)

    def between(self, after: datetime, before: datetime, chance: Random) -> datetime:
        """Return an instant of work between two others, or halfway where there is none."""
        span = self.days.count(local_date(after, self.zone), local_date(before, self.zone))
        found = self.on(after, chance.randint(0, span), chance)
        return found if after < found < before else after + (before - after) // SECOND // 2 * SECOND

    def _at(self, day: date, since_midnight: timedelta) -> datetime:
        return wall_time(day, since_midnight, self.zone)


class Arrivals:
    """Instants of receipt in the weeks before *now*: denser lately, on business days, by day."""

    def __init__(self, office: Office, now: datetime) -> None:
        self.now, self.zone = now, office.zone
        today = local_date(now, office.zone)
        span = WEEKS * 7
        self.days = [today - ONE_DAY * back for back in range(span, -1, -1)]
        weights = (
            (1 + GROWTH * n / span) * (1 if office.days.is_open(day) else ON_A_DAY_OFF)
            for n, day in enumerate(self.days)
        )
        self._days = list(accumulate(weights))
        self._hours = list(accumulate(BY_HOUR))

    def draw(self, chance: Random) -> datetime:
        """Return one instant of receipt; one beyond *now* is drawn again."""
        while True:
            day = self.days[_pick(self._days, chance)]
            seconds = _pick(self._hours, chance) * 3600 + chance.randrange(3600)
            found = wall_time(day, SECOND * seconds, self.zone)
            if found < self.now - MINUTE:
                return found


def _between(begins: datetime, ends: datetime, chance: Random) -> datetime:
    return begins + SECOND * chance.randrange(max(1, (ends - begins) // SECOND))


def _pick(cumulated: list[float] | list[int], chance: Random) -> int:
    return min(bisect_right(cumulated, chance.random() * cumulated[-1]), len(cumulated) - 1)
