"""Policies, calendars and tokens are recorded once, and the rules are what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from domain.access import Role, Sensitivity
from domain.calendars import Calendar
from domain.configuration import CalendarResolved, PolicyLoaded, PolicyTextChanged, Rules, Token
from domain.kernel import facts_of
from domain.policies import parse
from domain.testing import HOUSE, MICA, Given, a_calendar, an_id, by

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADMIN = by(NOON, "system:migrate")


def load(text: str) -> Callable[[Rules], None]:
    return lambda rules: rules.load_policy(parse(text, "house.toml"), text, ADMIN)


def test_a_policy_is_recorded_with_its_text():
    """An auditor needs no file of old."""
    assert Given(Rules()).when(load(HOUSE)) == [
        (
            "PolicyLoaded",
            {
                "regime": "house",
                "version": "2026-01",
                "effective_from": date(2026, 1, 1),
                "effective_until": None,
                "text": HOUSE,
                "sha256": sha256(HOUSE.encode()).hexdigest(),
            },
        )
    ]


def test_the_same_policy_again_is_no_news():
    assert Given(Rules(), load(HOUSE)).when(load(HOUSE)) == []


def test_another_text_under_the_same_version_is_refused():
    given = Given(Rules(), load(HOUSE))

    with pytest.raises(PolicyTextChanged):
        given.when(load(HOUSE + "# a remark\n"))


def test_another_version_is_recorded_beside_the_first():
    later = HOUSE.replace("2026-01", "2026-07").replace("2026-07-01", "2026-07-02")
    given = Given(Rules(), load(HOUSE))

    assert [name for name, _ in given.when(load(later))] == ["PolicyLoaded"]
    assert [each.reference for each in given.aggregate.rulebook().regimes] == [
        "house@2026-01",
        "house@2026-07",
    ]


def test_a_calendar_is_recorded_once():
    calendar = a_calendar()
    given = Given(Rules())

    assert given.when(lambda rules: rules.resolve_calendar(calendar, ADMIN)) == [
        ("CalendarResolved", calendar.model_dump())
    ]
    assert given.when(lambda rules: rules.resolve_calendar(calendar, ADMIN)) == []


def test_the_calendar_resolved_last_is_current():
    newer = Calendar.resolved("FR", "by hand", date(2025, 1, 1), date(2029, 12, 31), ())
    given = Given(
        Rules(),
        lambda rules: rules.resolve_calendar(a_calendar(), ADMIN),
        lambda rules: rules.resolve_calendar(newer, ADMIN),
    )
    book = given.aggregate.rulebook()

    assert (book.calendar("FR"), book.calendar("FR", a_calendar().version)) == (newer, a_calendar())


def test_replay_gives_the_rules_that_were_recorded():
    rules = Rules()
    for text in (HOUSE, MICA):
        rules.load_policy(parse(text, "policy.toml"), text, ADMIN)
    rules.resolve_calendar(a_calendar(), ADMIN)
    events = rules.collect_events()

    replayed = Rules.replay(None, events)

    assert [type(event) for event in events] == [PolicyLoaded, PolicyLoaded, CalendarResolved]
    assert replayed is not None
    assert vars(replayed) == vars(rules)
    assert replayed.rulebook().regimes == (parse(HOUSE, ""), parse(MICA, ""))


def create(token: Token) -> None:
    token.create("night shift", Role.HANDLER, ("complaints",), "ab" * 32, ADMIN, expires_at=NOON)


def test_a_token_is_recorded_by_its_hash():
    assert Given(Token(an_id())).when(create) == [
        (
            "TokenCreated",
            {
                "name": "night shift",
                "role": Role.HANDLER,
                "teams": ("complaints",),
                "sha256": "ab" * 32,
                "expires_at": NOON,
                "user": None,
                "legal_entities": (),
                "clearance": Sensitivity.NORMAL,
            },
        )
    ]


def test_a_token_is_revoked_once():
    given = Given(Token(an_id()), create)

    assert given.when(lambda token: token.revoke(ADMIN)) == [("TokenRevoked", {})]
    assert given.when(lambda token: token.revoke(ADMIN)) == []


def test_replay_gives_the_token_that_was_recorded():
    token = Token(an_id())
    create(token)
    token.revoke(ADMIN)
    events = token.collect_events()
    replayed = Token.replay(None, events)

    assert replayed is not None
    assert vars(replayed) == vars(token)
    assert facts_of(events[1]) == {}
