"""Extensions by a notice, windows, sources of a term, and whom warnings may reach."""

from __future__ import annotations

import pytest

from domain.policies import Extension, Notifications, PolicyError, Regime, parse

TERM = """
[[terms]]
milestone = "decision"
limit = 15
unit = "business_day"
start = "received"
stop = ["decision_sent"]
"""
HEAD = """
regime = "probe"
version = "1"
effective_from = 2026-01-01
zone = "Europe/Paris"
calendar = "FR"
legal = true
"""
EXTENSION = """
[terms.extension]
by = "holding_reply_sent"
limit = 35
"""
NOTIFICATIONS = """
[notifications]
hours = [["08:00", "19:00"]]
weekend = ["sat", "sun"]

[notifications.recipients]
1 = ["assignee"]
2 = ["team", "supervisor"]
"""


def test_a_notice_extends_a_term_in_its_own_unit():
    """The extension is counted in the unit of the term where it names none."""
    regime = parse(HEAD + TERM + EXTENSION, "probe.toml")

    assert regime.terms[0].extension == Extension(by="holding_reply_sent", limit=35, unit="business_day")
    assert Regime.model_validate_json(regime.model_dump_json()) == regime


def test_warnings_reach_whom_the_policy_names():
    """By level, within hours of their own; the regime can be stored and hashed."""
    regime = parse(HEAD + NOTIFICATIONS + TERM, "probe.toml")

    assert regime.notifications.hours == (("08:00", "19:00"),)
    assert regime.notifications.weekend == ("sat", "sun")
    assert regime.notifications.recipients == {1: ("assignee",), 2: ("team", "supervisor")}
    assert Regime.model_validate_json(regime.model_dump_json()) == regime
    assert hash(regime) == hash(parse(HEAD + NOTIFICATIONS + TERM, "other.toml"))
    assert parse(HEAD + TERM, "probe.toml").notifications == Notifications()


def test_a_firm_may_count_its_own_promise_on_its_own_calendar():
    assert (
        parse((HEAD + TERM).replace('"FR"', '"house-fr"').replace("true", "false"), "").calendar == "house-fr"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD + TERM + EXTENSION.replace("35", "15"), "probe.toml, line 9: terms[1]: extension.limit 15 is not beyond limit 15; count it from the same start, so that 35 includes the first 15."),
        (HEAD + TERM + EXTENSION.replace("35", "9999"), "probe.toml, line 9: terms[1]: extension.limit 9999 is out of range; use 1 to 3660 for a business_day."),
        (HEAD + TERM + EXTENSION + 'unit = "hour"', "probe.toml, line 9: terms[1]: extension counts hours where the term counts days; use the same kind of unit."),
        (HEAD + TERM + EXTENSION.replace("holding_reply_sent", "decision_sent"), "probe.toml, line 9: terms[1]: decision_sent extends the term and also starts or ends it; let one event word do one thing."),
        (HEAD + TERM + EXTENSION + "limits = 1", "probe.toml, line 19: terms[1].extension.limits: the key is unknown; did you mean limit."),
        (HEAD + TERM + EXTENSION.replace("limit = 35", ""), "probe.toml, line 16: terms[1].extension.limit: the key is missing; add it."),
        (HEAD + TERM + EXTENSION.replace("35", '"35"'), "probe.toml, line 18: terms[1].extension.limit: '35' cannot be used; input should be a valid integer."),
        (HEAD + TERM.replace("limit = 15", 'duty = "without_undue_delay"') + EXTENSION, "probe.toml, line 9: terms[1]: extension has no limit to extend; add limit and unit, or remove the extension."),
        (HEAD + TERM + 'warn_before = ["1 business_day", "3 business_day"]', "probe.toml, line 15: terms[1].warn_before: the warnings are not in the order of time; put the longest distance first."),
        (HEAD + TERM + 'confidence = "M"', "probe.toml: verified is true and decision rests on memory; write verified = false until it is read."),
        (HEAD + TERM + 'confidence = "sure"', "probe.toml, line 15: terms[1].confidence: 'sure' is not known; use 'S', 'S2', 'M', 'given' or ''."),
        (HEAD.replace('"FR"', '"house-fr"') + TERM, "probe.toml: legal is true and house-fr is a calendar of the firm's own, with days that a law does not know; name the calendar of a country or subdivision."),
        (HEAD + NOTIFICATIONS.replace("19:00", "08:00") + TERM, 'probe.toml, line 10: notifications.hours: a window never opens; give it a length, or write ["00:00", "24:00"] for a whole day.'),
        (HEAD + NOTIFICATIONS.replace("hours", "hour") + TERM, "probe.toml, line 10: notifications.hour: the key is unknown; did you mean hours."),
        (HEAD + NOTIFICATIONS.replace('["assignee"]', "3") + TERM, "probe.toml, line 14: notifications.recipients.1: 3 cannot be used; input should be a valid tuple."),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_told_where_and_how_to_correct_it(text: str, complaint: str):
    """One sentence: the file, the line, the key, what is wrong and the remedy."""
    with pytest.raises(PolicyError) as refused:
        parse(text, "probe.toml")

    assert str(refused.value) == complaint
