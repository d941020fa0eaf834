"""Deadlines worked out by hand, met by the regimes that ship."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import domain.policies
from domain.calendars import Calendar, Holiday, business_days
from domain.clock_view import ClockView
from domain.deadlines import deadline
from domain.policies import Regime, parse
from domain.trial import TrialCase, run

FOLDER = Path(domain.policies.__file__).parent
DATA = json.loads((Path(__file__).parents[1] / "data" / "deadlines.json").read_text("utf-8"))
ROWS = {f"{row['case']} {row['rule']} {row['start'][:10]}": row for row in DATA["rows"]}


def shipped(name: str) -> Regime:
    return parse((FOLDER / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def calendar(code: str, listed: str) -> Calendar:
    """Return the holidays that are listed by hand, under the code that a policy names."""
    days = (Holiday(date=date.fromisoformat(day), name=name) for day, name in DATA["calendars"][listed])
    return Calendar.resolved(code, "by hand", date(2026, 1, 1), date(2027, 12, 31), days)


@pytest.mark.parametrize(
    ("row", "regime", "milestone"),
    [
        ("C01 ack 2 Mon-Fri 2026-05-22", "house", "acknowledgement"),
        ("C01 resolve 7 Mon-Fri 2026-05-22", "house", "decision"),
        ("C03 DISP1.5 summary resolution 3 BD, GB-ENG 2026-07-31", "uk-disp", "summary_resolution"),
        ("C03 DISP1.5 summary resolution 3 BD, GB-SCT 2026-07-31", "uk-disp", "summary_resolution"),
        ("C03 DISP1.5 summary resolution 3 BD, GB-NIR 2026-07-31", "uk-disp", "summary_resolution"),
        ("C05 DISP 1.6.2 final response 8 weeks, no roll 2026-02-09", "uk-disp", "decision"),
        ("C07 CPC ack 5 2026-10-22", "ie-cpc", "acknowledgement"),
        ("C07 CPC update 1 (20) 2026-10-22", "ie-cpc", "progress_update"),
        ("C07 CPC 40 2026-10-22", "ie-cpc", "decision"),
        ("C07 CPC 40 2026-10-22", "ie-cpc", "delay_notice"),
        ("C07 PSD2 reg 124: 15 2026-10-22", "ie-psr", "decision"),
        ("C07 PSD2 reg 124: 15 2026-10-22", "ie-psr", "holding_reply"),
        ("C07 PSD2 reg 124: 15 2026-10-22", "psd2", "decision"),
        ("C07 next update if an update was actually sent Tue 2026-11-10 2026-11-10", "ie-cpc", "progress_update"),
        ("C07 outcome letter: 5 WD after investigation completed Thu 2026-12-17 2026-12-17", "ie-cpc", "outcome_letter"),
        ("C09 IDR response 30 calendar days, no roll 2026-11-27", "au-asic", "decision"),
        ("C09 21 (hardship/default notice) 2026-11-27", "au-asic-hardship", "decision"),
        ("C09 45 (super) 2026-11-27", "au-asic-super", "decision"),
        ("C09 5 BD quick-close window 2026-11-27", "au-asic", "summary_resolution"),
        ("C11 15 calendar days 2026-06-20", "us-cfpb", "holding_reply"),
        ('C11 60 calendar days (if "in progress") 2026-06-20', "us-cfpb", "decision"),
        ("C17 MiCA 2 months outer bound, unaffected 2026-09-07", "mica", "decision"),
        ("C21 FOS referral 6 months after final response sent 2026-08-31", "uk-disp", "referral_window"),
    ],
)  # fmt: skip
def test_a_shipped_term_falls_due_as_worked_out_by_hand(row: str, regime: str, milestone: str):
    """To the instant, in the zone of the row where that differs."""
    worked = ROWS[row]
    rule = shipped(regime).model_copy(update={"zone": worked["zone"]})
    days = business_days(calendar(rule.calendar, worked["calendar"]), rule.closed_weekdays)
    due = deadline(rule.term(milestone), rule, days, datetime.fromisoformat(worked["start"]))

    assert due.due_date == date.fromisoformat(worked["due_date"])
    if "due_before" in worked:
        assert due.due_before == datetime.fromisoformat(worked["due_before"])


def tried(regime: str, listed: str, as_of: str, *events: tuple[str, str]) -> dict[str, list[ClockView]]:
    """Return the clocks of a case under a shipped regime, by milestone."""
    rule = shipped(regime)
    told: list[dict[str, Any]] = [{"type": word, "at": at} for word, at in events]
    case = TrialCase.model_validate({"events": told, "as_of": as_of})
    clocks: dict[str, list[ClockView]] = {}
    for view in run(case, rule, calendar(rule.calendar, listed), now=datetime(2027, 1, 1, tzinfo=UTC)):
        clocks.setdefault(view.milestone, []).append(view)
    return clocks


def test_a_holding_reply_in_time_moves_the_final_reply_to_35_from_receipt():
    """Never 15 and 35; the holding reply itself was due within the first 15."""
    clocks = tried(
        "ie-psr",
        "IE",
        "2026-12-01T12:00:00+00:00",
        ("received", "2026-10-22T11:00:00+01:00"),
        ("holding_reply_sent", "2026-11-12T12:00:00+00:00"),
    )

    assert [str(view.due_date) for view in clocks["decision"]] == ["2026-12-11"]
    assert clocks["decision"][0].due_before == datetime(2026, 12, 12, tzinfo=UTC)
    assert (clocks["decision"][0].status, clocks["holding_reply"][0].status) == ("running", "met")


def test_a_final_reply_in_time_needs_no_holding_reply():
    clocks = tried(
        "ie-psr",
        "IE",
        "2026-12-01T12:00:00+00:00",
        ("received", "2026-10-22T11:00:00+01:00"),
        ("decision_sent", "2026-11-12T12:00:00+00:00"),
    )

    assert {name: [view.status for view in views] for name, views in clocks.items()} == {
        "decision": ["met"],
        "holding_reply": ["met"],
    }


def test_irish_updates_follow_each_other_and_the_letter_the_investigation():
    """Each update starts the next twenty days, the end of the investigation the last five."""
    clocks = tried(
        "ie-cpc",
        "IE",
        "2026-12-18T12:00:00+00:00",
        ("received", "2026-10-22T11:00:00+01:00"),
        ("acknowledged", "2026-10-23T11:00:00+01:00"),
        ("update_sent", "2026-11-10T12:00:00+00:00"),
        ("investigation_completed", "2026-12-17T12:00:00+00:00"),
    )

    updates = [str(view.due_date) for view in clocks["progress_update"]]
    assert updates[:2] == ["2026-11-20", "2026-12-08"]
    assert [str(view.due_date) for view in clocks["outcome_letter"]] == ["2026-12-24"]
    assert clocks["acknowledgement"][0].status == "met"


def test_what_a_regulator_sends_starts_when_the_company_gets_it():
    """Receipt by the regulator starts nothing."""
    received = ("received", "2026-06-18T12:00:00-04:00")
    sent = ("sent_to_company", "2026-06-20T12:00:00-04:00")

    assert tried("us-cfpb", "none", "2026-06-21T12:00:00-04:00", received) == {}
    assert {
        name: str(views[0].due_date)
        for name, views in tried("us-cfpb", "none", "2026-06-21T12:00:00-04:00", received, sent).items()
    } == {"holding_reply": "2026-07-05", "decision": "2026-08-19"}


def test_french_limits_begin_with_the_sending_where_it_is_known():
    """Ten jours ouvrables: Saturdays count."""
    clocks = tried(
        "fr-acpr",
        "FR",
        "2026-06-21T12:00:00+02:00",
        ("sent", "2026-06-01T12:00:00+02:00"),
        ("received", "2026-06-03T12:00:00+02:00"),
    )

    assert {name: str(views[0].due_date) for name, views in clocks.items()} == {
        "acknowledgement": "2026-06-12",
        "decision": "2026-08-01",
    }
