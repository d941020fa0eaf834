"""A client of the API: typed, and careful in the ways in which the API lets it be.

    with Client("https://desk.example", token="plaint_…") as desk:
        received = desk.send_complaint(account_email="someone@example.org", …)
        case = desk.complaint(received.id)
        desk.command(received.id, "acknowledge", version=case["version"])

It reads its own writes: each read waits for the last position that a write has answered.
What can be repeated is repeated: reads, and writes under an Idempotency-Key of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, cast
from uuid import uuid4

import httpx2
from pydantic import BaseModel

Kind: TypeAlias = Literal["complaints", "tickets"]
Document: TypeAlias = dict[str, Any]

ATTEMPTS = 5
AGAIN = frozenset({429, 503})
IN_PROGRESS = "urn:plaint:problem:in-progress"
LONGEST_WAIT = 60.0
"""Seconds: a desk that asks for more is not waited for."""
SECONDS = 30.0


class PlaintProblem(Exception):
    """The desk refused a request; ``document`` is its problem document (RFC 9457)."""

    def __init__(self, status: int, document: Document) -> None:
        self.status, self.document = status, document
        super().__init__(f"{status} {document.get('title', '')}: {document.get('detail', '')}")

    @property
    def type(self) -> str:
        """The stable identifier of the problem; see docs/errors.md."""
        return str(self.document.get("type", "about:blank"))

    @property
    def errors(self) -> list[Document]:
        """What is wrong, field by field."""
        return self.document.get("errors", [])


class Written(BaseModel):
    """What a write answers: the case, its version, and how far the log has come with it."""

    id: str
    reference: str
    version: int
    position: str


class Client:
    """A desk at *address*; without a token only forms can be read and complaints be sent."""

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        http: httpx2.Client | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.token, self._wait = token, wait
        self._http = http or httpx2.Client(base_url=address.rstrip("/"), timeout=SECONDS)
        self._reached: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let every connection go."""
        self._http.close()

    def send_complaint(self, *, key: str | None = None, **form: Any) -> Written:
        """Send a complaint: the fields of the form by name."""
        return self._write("/v1/complaints", form, key=key)

    def send_ticket(
        self,
        form: str,
        fields: Mapping[str, Any],
        *,
        contact_email: str,
        language: str = "en",
        key: str | None = None,
    ) -> Written:
        """Send a request through *form*, with its *fields* by name."""
        body = {"form": form, "language": language, "contact_email": contact_email, "fields": dict(fields)}
        return self._write("/v1/tickets", body, key=key)

    def command(
        self,
        id: str,
        name: str,
        body: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        kind: Kind = "complaints",
        key: str | None = None,
    ) -> Written:
        """Ask *name* of a case at *version*, or at any version when none is given."""
        match = "*" if version is None else f'"{version}"'
        return self._write(f"/v1/{kind}/{id}/{name}", body or {}, key=key, match=match)

    def command_all(
        self, name: str, items: list[Mapping[str, Any]], *, key: str | None = None
    ) -> list[Document]:
        """Ask *name* of up to 100 complaints, ``{id, version?, body?}`` each; return a result for each."""
        body = {"command": name, "items": items}
        results = self._post("/v1/complaints/bulk", body, key=key).json()["results"]
        for result in results:
            self._reach(result.get("position"))
        return results

    def complaint(self, id: str, **query: str) -> Document:
        """Read a complaint by id or reference; ``as_of`` and ``known_at`` read it as it was."""
        return self._read(f"/v1/complaints/{id}", query)

    def ticket(self, id: str, **query: str) -> Document:
        """Read a ticket by id or reference."""
        return self._read(f"/v1/tickets/{id}", query)

    def cases(self, kind: Kind = "complaints", **filters: Any) -> Iterator[Document]:
        """Yield every case that the filters let through, page by page."""
        yield from self._pages(f"/v1/{kind}", filters)

    def search(self, question: str, **filters: Any) -> Iterator[Document]:
        """Yield every case that *question* finds, the best first: a reference, a person, or words."""
        yield from self._pages("/v1/search", filters | {"q": question})

    def queue(self, team: str, **filters: Any) -> Iterator[Document]:
        """Yield the open cases of a team, those first that fall due first."""
        yield from self._pages(f"/v1/queues/{team}", filters)

    def history(self, id: str, kind: Kind = "complaints") -> list[Document]:
        """Read everything that happened to a case."""
        return self._read(f"/v1/{kind}/{id}/history")["items"]

    def clocks(self, id: str, kind: Kind = "complaints", **query: str) -> list[Document]:
        """Read the clocks of a case."""
        return self._read(f"/v1/{kind}/{id}/clocks", query)["items"]

    def explain(self, id: str, clock: str, kind: Kind = "complaints", **query: str) -> Document:
        """Read why a clock falls due when it does; ``lang`` is `en` or `fr`."""
        return self._read(f"/v1/{kind}/{id}/clocks/{clock}/explain", query)

    def dashboard(self) -> Document:
        """Read what the desk owes, of the cases that you may see."""
        return self._read("/v1/dashboards/sla")

    def forms(self, lang: str | None = None) -> list[Document]:
        """List the forms."""
        return self._asked("GET", "/v1/forms", params={"lang": lang} if lang else None).json()["items"]

    def form(self, id: str, lang: str | None = None) -> Document:
        """Read a form: its JSON Schema, and its labels in one language."""
        return self._asked("GET", f"/v1/forms/{id}", params={"lang": lang} if lang else None).json()

    def _write(
        self, path: str, body: Mapping[str, Any], *, key: str | None, match: str | None = None
    ) -> Written:
        written = Written.model_validate(self._post(path, body, key=key, match=match).json())
        self._reach(written.position)
        return written

    def _post(
        self, path: str, body: Mapping[str, Any], *, key: str | None, match: str | None = None
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": match} if match else {})
        return self._asked("POST", path, json=body, headers=headers)

    def _read(self, path: str, query: Mapping[str, Any] | None = None) -> Document:
        after = ",".join(f"{log}:{number}" for log, number in sorted(self._reached.items()))
        return self._asked("GET", path, params=dict(query or {}) | ({"after": after} if after else {})).json()

    def _pages(self, path: str, filters: Mapping[str, Any]) -> Iterator[Document]:
        page = self._read(path, filters)
        while True:
            yield from page["items"]
            if page["next"] is None:
                return
            page = self._asked("GET", page["next"]).json()

    def _reach(self, position: str | None) -> None:
        """Remember the furthest place in each log that a write has answered."""
        for place in (position or "").split(","):
            log, _, number = place.partition(":")
            if number:
                self._reached[log] = max(self._reached.get(log, 0), int(number))

    def _asked(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request until it is answered for good; every request here may be repeated."""
        given = more.pop("headers", {})
        headers = given | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._http.request(method, path, headers=headers, **more)
            except httpx2.TransportError:
                if attempt == ATTEMPTS:
                    raise
                self._wait(_backoff(attempt))
                continue
            if answer.status_code < 400:
                return answer
            problem = PlaintProblem(answer.status_code, _document(answer))
            wait = _wait_of(answer, attempt)
            passing = answer.status_code in AGAIN or problem.type == IN_PROGRESS
            if not passing or attempt == ATTEMPTS or wait > LONGEST_WAIT:
                raise problem
            self._wait(wait)
        raise AssertionError


def _backoff(attempt: int) -> float:
    """Return the seconds to wait after so many attempts: a quarter, then twice as long each time."""
    return 0.25 * 2 ** (attempt - 1)


def _wait_of(answer: httpx2.Response, attempt: int) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else _backoff(attempt)


def _document(answer: httpx2.Response) -> Document:
    """Return the problem document of *answer*; what stands between us and the desk may answer otherwise."""
    try:
        document = answer.json()
    except ValueError:
        document = None
    return cast("Document", document) if isinstance(document, dict) else {"title": answer.reason_phrase}
