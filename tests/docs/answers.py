"""An answer for each schema of answers, from the life of one desk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.http.tickets import A_TICKET
from domain.access import Role
from tests.http.filing import a_png
from tests.http.world import World, a_ticket

CURSOR = "AAWPAnBRgAABnlBI-AAArp4LrgAHAAAAYfqhrKNuVs6fXs8kGnNC3w=="


def answers(world: World) -> Iterator[tuple[str, Any]]:
    """Yield the name of each schema with an answer; cursors, which are sealed anew each time, are one."""
    for name, answer in _answers(world):
        following = answer.get("next")
        if following is not None:
            answer["next"] = re.sub(r"cursor=[^&]+", f"cursor={CURSOR}", following)
        if "upload" in answer:
            answer["upload"]["token"] = "plaint_upload_for-one-hour"
        yield name, answer


def _answers(world: World) -> Iterator[tuple[str, Any]]:
    handler = world.token(Role.HANDLER, "complaints", "support")
    id, ticket = world.received(country="FR"), a_ticket(world)
    world.received()
    world.later(days=1)
    yield "Written", world.ask(id, "acknowledge", handler, {}, version=4).json()
    many = {"command": "assign", "items": [{"id": id, "body": {"assignee": "handler-7"}}, {"id": "C-1"}]}
    yield "BulkAnswer", world.client.post("/v1/complaints/bulk", json=many, headers=handler).json()
    world.settle()
    for name, path in (
        ("CasePage", "/v1/complaints?limit=1"),
        ("CaseDocument", f"/v1/complaints/{id}"),
        ("TicketDocument", f"/v1/tickets/{ticket}"),
        ("History", f"/v1/complaints/{id}/history"),
        ("ClockList", f"/v1/complaints/{id}/clocks"),
        ("Dashboard", "/v1/dashboards/sla"),
        ("FormList", "/v1/forms"),
        ("FormDocument", "/v1/forms/general_request"),
        ("Alive", "/livez"),
        ("Ready", "/readyz"),
    ):
        answer = world.get(path, handler).json()
        yield name, answer
    clock = world.get(f"/v1/complaints/{id}/clocks", handler).json()["items"][0]["id"]
    yield "Explanation", world.get(f"/v1/complaints/{id}/clocks/{clock}/explain", handler).json()
    yield from _of_files(world, handler)
    yield from _of_forms(world)
    yield from _of_auditors(world, id)
    yield from _of_staff(world, id)
    yield from _of_webhooks(world)
    yield from _of_issues(world)


def _of_files(world: World, handler: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the answers about files of a case, and to whoever sent it without signing in."""
    begun = world.send().json()
    upload, path = begun["upload"], f"/v1/complaints/{begun['id']}/attachments"
    yield "Begun", begun | {"upload": dict(upload)}
    parts = [("file", ("receipt.png", a_png(), "image/png")), ("file", ("empty.pdf", b"", "application/pdf"))]
    sent = world.client.post(path, files=parts, headers={"Upload-Token": upload["token"]}).json()
    yield "Attached", sent
    world.settle()
    world.plaint.attachments.workers[0].round()
    world.settle()
    yield "FileList", world.get(path, handler).json()
    yield "FileDocument", world.get(f"{path}/{sent['files'][0]['id']}", handler).json()


def _of_forms(world: World) -> Iterator[tuple[str, Any]]:
    """Yield what is said of a form before it is sent, and after."""
    unfinished = {"language": "en", "fields": {"account_email": "someone@example.org"}}
    yield "Checked", world.client.post("/v1/forms/general_request/check", json=unfinished).json()
    yield "TicketSent", world.client.post("/v1/tickets", json=A_TICKET).json()


def _of_staff(world: World, id: str) -> Iterator[tuple[str, Any]]:
    """Yield the answers about staff, tokens and links."""
    admin = world.token(Role.ADMIN)

    def post(path: str, body: Any, **headers: str) -> Any:
        answer = world.client.post(path, json=body, headers=admin | headers)
        world.settle()
        return answer.json()

    ben = {"login": "ben", "name": "Ben Example", "email": "ben@example.org", "role": "handler"}
    yield "Entry", post("/v1/users", ben | {"teams": ["complaints"]})
    made = post("/v1/tokens", {"name": "export", "role": "auditor"})
    yield "Created", made | {"token": "plaint_shown-this-once"}
    yield "Revoked", post(f"/v1/tokens/{made['id']}/revoke", None)
    for name, path in (
        ("UserPage", "/v1/users"),
        ("UserDocument", "/v1/users/ben"),
        ("TeamPage", "/v1/teams"),
        ("TeamDocument", "/v1/teams/complaints"),
        ("EntityPage", "/v1/legal-entities"),
        ("EntityDocument", "/v1/legal-entities/main"),
        ("TokenPage", "/v1/tokens"),
        ("Me", "/v1/me"),
    ):
        yield name, world.get(path, admin).json()
    yield "Leaving", post("/v1/users/ben/leave", {}, **{"If-Match": "*"})
    handler = world.token(Role.HANDLER)
    link = world.client.post(f"/v1/complaints/{id}/links", json={}, headers=handler).json()
    yield "IssuedLink", link | {"url": "https://plaint.example.org/my/plaint_link_of-this-case-alone"}


def _of_auditors(world: World, id: str) -> Iterator[tuple[str, Any]]:
    """Yield what tells of the log, of who read, and what a search finds."""
    auditor = world.token(Role.AUDITOR) | {"Purpose": "Sample of May"}
    handler = world.token(Role.HANDLER)
    world.get(f"/v1/complaints/{id}", auditor)
    world.plaint.search.engine.catch_up()
    yield "LogPage", world.get("/v1/log", auditor, limit=1).json()
    yield "ReadsPage", world.get("/v1/reads", auditor, limit=1).json()
    yield "FoundPage", world.get("/v1/search", handler, q="withdrawal", limit=1).json()


def _of_webhooks(world: World) -> Iterator[tuple[str, Any]]:
    """Yield the answers about webhooks, nothing of which leaves the machine."""
    admin = world.token(Role.ADMIN)
    wanted = {"url": "https://127.0.0.1:8443/plaint", "topics": ["complaint.received"]}
    made = world.client.post("/v1/webhooks", json=wanted, headers=admin).json()
    yield "WebhookWritten", made | {"secret": "whsec_shown-this-once"}
    path = f"/v1/webhooks/{made['id']}"
    yield "DeliveryDocument", world.client.post(f"{path}/test", headers=admin).json()
    shown = world.get(path, admin).json() | {"url": "https://example.org/plaint"}
    yield "WebhookDocument", shown
    yield "WebhookPage", {"items": [shown], "next": None}
    yield "DeliveryPage", world.get(f"{path}/deliveries", admin).json()
    yield "Replayed", world.client.post(f"{path}/replay?from=2026-05-22T00:00:00Z", headers=admin).json()


def _of_issues(world: World) -> Iterator[tuple[str, Any]]:
    """Yield the answers about issues."""
    supervisor = world.token(Role.SUPERVISOR)
    issue = {"title": "Withdrawals stand still", "kind": "mass_event", "cause": "A queue was full."}
    written = world.client.post("/v1/issues", json=issue, headers=supervisor).json()
    yield "IssueWritten", written
    world.settle()
    yield "CountedIssue", world.get(f"/v1/issues/{written['id']}", supervisor).json()
    yield "IssuePage", world.get("/v1/issues", supervisor).json()
