"""The desk in a browser: the dashboard's numbers, the lists behind them, one case."""

from __future__ import annotations

import re
from collections.abc import Generator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from domain import commands
from domain.access import Role
from domain.complaint.register import Source
from domain.complaint.submission import Submission
from tests.http.pages.conftest import Desk, part, text

HOSTILE = '<script>alert("1")</script>&amp;\'"'


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """A desk with cases in every state of lateness, the first of Friday 22 May 2026; nobody changes it."""
    desk = Desk(tmp_path_factory.mktemp("busy"))
    late = UUID(desk.received(details="Late."))
    desk.later(days=3)
    kept = UUID(desk.received(category="fees", country="FR"))
    desk.act(
        kept, commands.Acknowledge(), commands.Investigate(), commands.Escalate(reason="Press.", level=2)
    )
    desk.later(days=3)
    resolved = UUID(desk.received(category="fees"))
    desk.act(resolved, commands.Acknowledge(), commands.Investigate())
    desk.act(resolved, commands.Resolve(outcome="upheld", reasons="An error of ours."))
    ended = UUID(desk.received(category="staking"))
    desk.act(ended, commands.Withdraw(reason="Solved."))
    desk.received(category="listing")
    desk.sweep()
    desk.act(late, commands.Assign(assignee="m.rossi"))
    yield desk
    desk.browser.close()
    desk.close()


def figures(html: str) -> dict[str, tuple[str, str]]:
    """Return the numbers on top of the dashboard, each with the address behind it."""
    found = re.findall(
        r'<a class="figure[^"]*" href="([^"]+)">\s*<span class="label">([^<]+)</span>\s*<span class="count">([^<]+)<',
        html,
    )
    return {label: (count, unescape(address)) for address, label, count in found}


def rows(html: str) -> list[str]:
    return re.findall(r'<a href="/complaints/(C-[^"]+)">', html)


def test_each_number_of_the_dashboard_is_the_length_of_its_list(busy: Desk):
    shown = figures(busy.page("/").text)

    assert {label: count for label, (count, _) in shown.items()} == {
        "Overdue": "1",
        "Due today": "0",
        "Due in 2 business days": "1",
        "Open": "4",
    }
    for count, address in shown.values():
        listed = busy.page(address)
        assert listed.status_code == 200
        assert len(rows(listed.text)) == int(count), address
        assert f"{count} case" in text(listed.text)


def test_the_number_due_stays_the_length_of_its_list_as_time_goes_by(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
):
    count, address = figures(busy.page("/").text)["Due in 2 business days"]
    monkeypatch.setattr(busy, "now", busy.now + timedelta(minutes=10))

    assert len(rows(busy.page(address).text)) == int(count)


def test_each_number_of_the_tables_is_the_length_of_its_list(busy: Desk):
    html = busy.page("/").text
    linked = re.findall(r'<td class="num[^"]*"><a href="([^"]+)">(\d+)</a>', html)

    assert len(linked) >= 5
    for address, count in linked:
        assert len(rows(busy.page(unescape(address)).text)) == int(count), address


def test_the_chart_says_what_its_table_says(busy: Desk):
    html = busy.page("/").text
    met, missed = re.findall(r"Promises that fell due, [^:]+: (\d+) met, (\d+) missed", html)[0]
    table = part(html, "table", 'class="figures-table"')
    numbers = [int(n) for n in re.findall(r'<td class="num[^"]*">(\d+)</td>', table)]

    assert (int(met), int(missed)) == (sum(numbers[0::3]), sum(numbers[1::3]))
    assert "May 2026 Acknowledgement House 1 1 0" in text(table)
    assert 'role="img" aria-labelledby="chart-says"' in html


def test_an_empty_desk_says_so(desk: Desk):
    assert "No promise has fallen due yet." in text(desk.page("/").text)
    assert "No case answers to this filter. Show every case – or make the first complaint ." in text(
        desk.page("/queue").text
    )


def test_the_queue_shows_what_falls_due_next_first(busy: Desk):
    html = busy.page("/queue").text
    due = re.findall(r'<span class="due[^"]*"><time [^>]*>([^<]+)</time></span>', html)

    assert due == ["1 day overdue", "in 4 days", "in 6 days"]
    assert 'datetime="2026-05-28T00:00:00+02:00" title="Thu 2026-05-28 00:00:00 CEST"' in html


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("status=received", 2),
        ("status=withdrawn", 1),
        ("category=fees", 2),
        ("category=fees&status=resolved", 1),
        ("team=complaints", 5),
        ("team=payments", 0),
        ("assignee=m.rossi", 1),
        ("escalated=true", 1),
        ("escalated=false", 4),
        ("overdue=true", 1),
        ("open=false", 1),
        ("regime=mica", 1),
        ("regime=house", 5),
        ("severity=high", 0),
        ("received_from=2026-05-25", 4),
        ("received_to=2026-05-22", 1),
        ("received_from=2026-05-23&received_to=2026-05-25", 1),
        ("sort=-received_at", 5),
    ],
)
def test_a_filter_shows_its_cases_and_their_number(busy: Desk, query: str, count: int):
    html = busy.page(f"/queue?{query}").text

    assert len(rows(html)) == count
    assert f"{count} case{'' if count == 1 else 's'}, " in text(html)


def test_a_filter_stays_as_it_was_set(busy: Desk):
    html = busy.page("/queue?category=fees&overdue=false&assignee=m.rossi&received_from=2026-05-01").text

    assert '<option value="fees" selected>Fees</option>' in html
    assert '<option value="false" selected>No</option>' in html
    assert 'name="assignee" type="text" value="m.rossi"' in html
    assert 'name="received_from" type="date" value="2026-05-01"' in html


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("colour=red", "The queue has no filter named colour."),
        ("overdue=maybe", "overdue is one of true, false."),
        ("sort=luck", "sort is one of due, -due, -received_at, received_at."),
        ("received_from=yesterday", "Received from is a date such as 2026-05-22."),
        ("received_to=9999-12-31", "Received to is a date such as 2026-05-22."),
        ("due_before=2026-05-22T10:00", "Due before is an instant such as 2026-05-22T14:30:00Z."),
        ("cursor=AAAA", "That page belongs to another filter; begin with the first one."),
    ],
)
def test_a_filter_that_is_not_understood_is_told(busy: Desk, query: str, told: str):
    answer = busy.page(f"/queue?{query}")

    assert answer.status_code == 400
    assert told in text(part(answer.text, "div", 'role="alert"'))


def test_the_pages_of_a_list_hold_each_case_once(desk: Desk):
    sent = {desk.send().json()["reference"] for _ in range(53)}
    first = desk.page("/queue?category=withdrawal").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = desk.page(unescape(following[1])).text

    assert (len(rows(first)), len(rows(second))) == (50, 3)
    assert set(rows(first)) | set(rows(second)) == sent
    assert "End of the list" in text(second)
    assert "53 cases" in text(second)


def test_a_page_of_another_filter_is_not_mistaken_for_this_one(desk: Desk):
    for _ in range(51):
        desk.send()
    following = re.search(r'rel="next" href="([^"]+)"', desk.page("/queue").text)
    assert following

    assert desk.page(unescape(following[1]) + "&category=fees").status_code == 400


def test_a_case_is_found_by_id_and_by_reference(busy: Desk):
    (reference,) = rows(busy.page("/queue?escalated=true").text)
    by_reference = busy.page(f"/complaints/{reference}")
    id = re.search(r"<code>([0-9a-f-]{36})</code>", by_reference.text)
    assert id

    assert part(busy.page(f"/complaints/{id[1]}").text, "h1", "") == part(by_reference.text, "h1", "")
    assert busy.page(f"/complaints/{reference.lower()}").status_code == 200


def test_a_case_shows_its_state_its_clocks_and_why(busy: Desk):
    (reference,) = rows(busy.page("/queue?escalated=true").text)
    html = busy.page(f"/complaints/{reference}").text
    clocks = text(part(html, "section", 'aria-labelledby="clocks"'))

    assert "Investigating Escalated · level 2" in text(html)
    assert (
        "Acknowledgement (House) Met Started 25 May 2026 Stopped 25 May 2026 Due by the end of 27 May 2026"
        in clocks
    )
    assert "Decision (MiCA) Running" in clocks
    assert "Counted: Tue 26 May 2026, Wed 27 May 2026." in clocks
    assert html.count('<svg class="bar"') == 3


def test_a_case_tells_its_story_with_the_clocks_answers(busy: Desk):
    (reference,) = rows(busy.page("/queue?overdue=true").text)
    story = text(part(busy.page(f"/complaints/{reference}").text, "ol", 'class="timeline"'))

    assert story == (
        "28 May 2026, 18:00 · handler Assigned to m.rossi Team complaints. "
        "28 May 2026, 00:00 · Scheduler Acknowledgement (House) missed It was due by 27 May 2026. "
        "Recorded 28 May 2026, 18:00 "
        "22 May 2026, 18:00 · Complainant Complaint received by web About Withdrawal. "
        "Acknowledgement (House) promised by 27 May 2026 Decision (House) promised by 3 Jun 2026"
    )


def test_every_fact_has_words(desk: Desk):
    id = UUID(desk.received())
    done: list[commands.Command] = [
        commands.Assign(assignee="m.rossi"),
        commands.Triage(
            category="fees", severity="critical", admissible=True, complex=True, reason="Large sum."
        ),
        commands.Acknowledge(),
        commands.Investigate(),
        commands.RecordStep(kind="department_consulted", summary="Asked.", department="payments"),
        commands.SendUpdate(text="Still at it."),
        commands.SendUpdate(text="It takes longer.", kind="delay_notice"),
        commands.Escalate(reason="Press."),
        commands.DeEscalate(),
        commands.Resolve(outcome="partly_upheld", reasons="Half of it."),
        commands.Close(),
        commands.Reopen(reason="New evidence."),
        commands.Note(text="Called."),
        commands.Withdraw(reason="Enough."),
    ]
    for command in done:
        desk.later(hours=1)
        desk.act(id, command, actor="simulation")
    html = desk.page(f"/complaints/{id}").text
    titles = re.findall(r"<h3>([^<]+)</h3>", part(html, "ol", 'class="timeline"'))

    assert [unescape(title) for title in titles] == [
        "Withdrawn",
        "Note (internal)",
        "Reopened",
        "Closed",
        "Decision sent: Partly upheld",
        "Back to the usual level",
        "Escalated to level 1",
        "Notice of delay sent",
        "Update sent",
        "Department consulted – payments",
        "Investigation started",
        "Acknowledgement sent",
        "Marked complex",
        "Assessed",
        "Assigned to m.rossi",
        "Complaint received by web",
    ]
    assert html.count(">simulated</span>") == len(titles) - 1
    assert "Decision Partly upheld sent 23 May 2026, 04:00 Half of it." in text(html)


def test_what_a_person_typed_is_text_and_nothing_else(desk: Desk):
    facts: dict[str, Any] = {"details": HOSTILE, "full_name": HOSTILE, "desired_outcome": HOSTILE}
    id = UUID(desk.received(people_involved=[HOSTILE], related_tickets=[HOSTILE], **facts))
    desk.act(id, commands.Acknowledge(), commands.Investigate())
    desk.act(id, commands.RecordStep(kind="other", summary=HOSTILE), commands.Note(text=HOSTILE))
    desk.act(id, commands.Assign(assignee=HOSTILE), commands.Resolve(outcome="rejected", reasons=HOSTILE))
    html = desk.page(f"/complaints/{id}").text
    queue = desk.page("/queue").text

    assert "<script" not in html + queue
    assert html.count("&lt;script&gt;alert(") == 11
    assert text(html).count(HOSTILE) == 11
    assert "<script" not in desk.page("/queue?assignee=%3Cscript%3E&category=%22%3E%3Cscript%3E").text


def test_the_next_step_is_a_call_that_works(desk: Desk):
    sent = desk.received()
    call = text(part(desk.page(f"/complaints/{sent}").text, "pre", ""))
    match = re.search(r"curl -X POST http://127.0.0.1:8000(\S+) .* 'If-Match: \"(\d+)\"' .* -d '(.*)'", call)
    assert match
    id, command = match[1].split("/")[-2:]
    supervisor = desk.token(Role.SUPERVISOR)

    assert (id, command) == (sent, "acknowledge")
    assert desk.ask(id, command, supervisor, {}, version=int(match[2])).status_code == 200


def test_a_case_waits_for_what_its_reader_has_just_written(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.moves = False
    monkeypatch.setattr("adapters.http.pages.desk.PATIENCE", 0.01)
    answer = desk.send().json()
    path = f"/complaints/{answer['reference']}?after={answer['position']}"

    assert desk.browser.get(path).status_code == 503
    desk.settle()
    assert desk.browser.get(path).status_code == 200
    assert desk.browser.get(path + "0").status_code == 503
    assert desk.browser.get(path.replace("00:", "x")).status_code == 404


def test_an_imported_case_shows_its_register_and_what_of_it_is_simulated(desk: Desk):
    source = Source(
        system="cfpb", id="123", attributes={"product": "<b>", "simulated": "dates"}, personal={"state": "CA"}
    )
    submission = Submission(category="Mortgage", source=source)
    id = desk.plaint.desk.receive(submission, "import:cfpb", pins=()).id
    html = desk.page(f"/complaints/{id}").text

    assert "Simulated for the demo: dates." in text(html)
    assert "Register cfpb Number there 123 Product <b> Simulated dates State CA" in text(html)
    assert "Imported from CFPB Complaint received by web About Mortgage." in text(html)
    assert "No clock runs on this case: it came from a register, without a regime." in text(html)
    assert "<b>" not in html


def test_promises_that_recur_make_room_for_the_one_that_runs(desk: Desk):
    id = UUID(desk.received())
    desk.act(id, commands.Triage(category="fees", severity="low", admissible=True, complex=True))
    for _ in range(3):
        desk.later(days=1)
        desk.act(id, commands.SendUpdate(text="Still at it."))
    clocks = part(desk.page(f"/complaints/{id}").text, "section", 'aria-labelledby="clocks"')
    near, earlier = clocks.split("more-clocks")

    assert re.findall(r"<h3>(Progress update[ \d]*)", near) == ["Progress update 4 ", "Progress update "]
    assert re.findall(r"<h3>(Progress update[ \d]*)", earlier) == ["Progress update 2 ", "Progress update 3 "]
    assert "2 earlier of the promises that recur" in earlier


def test_a_promise_kept_too_late_says_so_and_one_awaited_too(busy: Desk, desk: Desk):
    (late,) = rows(busy.page("/queue?overdue=true").text)
    id = UUID(desk.received())
    desk.later(days=30)
    desk.sweep()
    desk.act(id, commands.Acknowledge(), commands.Resolve(outcome="goodwill", reasons="Sorry."))

    assert "Acknowledgement (House) Missed, still awaited" in text(busy.page(f"/complaints/{late}").text)
    html = desk.page(f"/complaints/{id}").text
    assert "Acknowledgement (House) Missed, came late" in text(html)
    assert "Progress update 3 (House) Fell away" in text(html)
    assert "Progress update 2 (House) Missed Started" in text(html)
