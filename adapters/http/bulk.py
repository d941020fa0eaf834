"""One command for many complaints, each carried out and answered by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from adapters import desk
from adapters.desk import Answer
from adapters.http import schemas
from adapters.http.asking import Asking
from adapters.http.auth import App, Somebody, unauthenticated
from adapters.http.cases import written
from adapters.http.conditional import Body
from adapters.http.kinds import COMPLAINTS
from adapters.http.late import Late
from adapters.http.openapi import WRITES, problems, takes
from adapters.http.problems import Kind, Mistake, Problem, ProblemDocument, invalid, refused
from domain.commands import COMMANDS, Command
from domain.errors import DomainError
from domain.kernel import Value
from domain.privacy import Code
from domain.sensitive import SensitiveValue

MOST = 100
"""Cases of one request: it answers within seconds, and a repeat looks up as many receipts."""
BY_NAME = {command.NAME: command for command in COMMANDS}
EXAMPLE: dict[str, Any] = {
    "command": "assign",
    "items": [
        {"id": "C-0123456789A", "version": 4, "body": {"assignee": "handler-7"}},
        {"id": "C-9876543210Z", "body": {"team": "complaints"}},
    ],
}

router = APIRouter(route_class=Late, tags=["commands"])


class BulkItem(Value):
    """What is asked of one complaint: ``body`` is that of the command alone."""

    id: Code
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = None
    body: dict[str, Any] = {}


class Bulk(Value):
    """One command for up to 100 complaints; without ``version`` any version will do."""

    NAMES: ClassVar[tuple[str, ...]] = tuple(BY_NAME)

    command: Annotated[str, Field(json_schema_extra={"enum": list(NAMES)})]
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MOST)]


class BulkResult(BaseModel):
    """What became of one item: what the command alone would have answered."""

    model_config = ConfigDict(json_schema_extra={"required": ["id", "status"]})

    id: str
    status: int
    reference: str | None = None
    version: int | None = None
    position: str | None = None
    problem: ProblemDocument | None = None


class BulkAnswer(BaseModel):
    """A result for each item, in the order of the items."""

    results: list[BulkResult]


@router.post(
    "/v1/complaints/bulk",
    response_model=BulkAnswer,
    responses={200: {"description": "Each item has its own result; look at every status."}}
    | problems(*(status for status in WRITES if status not in {404, 412, 428})),
    openapi_extra=takes(Bulk, EXAMPLE),
)
def command_complaints(
    plaint: App, who: Somebody, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Ask the same of many complaints, each judged and recorded by itself: one that fails stops no other.

    Under an `Idempotency-Key` the whole may be repeated: what was recorded is answered again,
    and what was refused or never reached is tried.
    """
    if who is None:
        raise unauthenticated()
    with sent.alone(who.sender) as request:
        asked = sent.parsed(Bulk)
        command = _command(asked)
        asking = Asking(plaint, who, COMPLAINTS, command)
        before = list(_answered_before(asking, asked, request))
        try:
            results = [
                _carried_out(asking, item, number, _of_item(request, item), first)
                for number, (item, first) in enumerate(zip(asked.items, before, strict=True))
            ]
        finally:
            plaint.wake()
    return written(BulkAnswer(results=results))


def _command(asked: Bulk) -> type[Command]:
    command = BY_NAME.get(asked.command)
    if command is None:
        detail = f"Give one of the commands: {', '.join(BY_NAME)}."
        mistake = Mistake(pointer="/command", detail=detail, type="unknown")
        raise Problem(Kind.INVALID, detail, errors=[mistake])
    seen: set[str] = set()
    for number, item in enumerate(asked.items):
        if item.id.lower() in seen:
            detail = "Name each case once; what a second command may do depends on the first."
            mistake = Mistake(pointer=f"/items/{number}/id", detail=detail, type="named_twice")
            raise Problem(Kind.INVALID, detail, errors=[mistake])
        seen.add(item.id.lower())
    return command


def _of_item(request: desk.Request | None, item: BulkItem) -> desk.Request | None:
    """Return the part of *request* that is about one case; no client can send a key with a NUL in it."""
    return None if request is None else replace(request, key=f"{request.key}\0{item.id.lower()}")


def _answered_before(
    asking: Asking, asked: Bulk, request: desk.Request | None
) -> Iterator[Answer | SensitiveValue | None]:
    """Yield the first answer of each item; a key that was used for another body refuses the whole."""
    for item in asked.items:
        try:
            yield asking.first_answer(_of_item(request, item), item.id, partial(_parsed, asking, item))
        except SensitiveValue as refusal:
            yield refusal


def _carried_out(
    asking: Asking,
    item: BulkItem,
    number: int,
    request: desk.Request | None,
    first: Answer | SensitiveValue | None,
) -> BulkResult:
    if isinstance(first, SensitiveValue):
        return _refused(item, number, refused(first))
    try:
        answer = first or asking.answer(
            item.id,
            lambda: None if item.version is None else frozenset({item.version}),
            lambda: _parsed(asking, item),
            request,
        )
    except Problem as problem:
        return _refused(item, number, problem)
    except DomainError as error:
        return _refused(item, number, refused(error))
    return BulkResult(
        id=str(answer.id),
        status=answer.status,
        reference=answer.reference,
        version=answer.version,
        position=answer.position,
    )


def _parsed(asking: Asking, item: BulkItem) -> Any:
    """Return the body of *item* as its command; it has been JSON once, so it is read as JSON again."""
    try:
        as_json = TypeAdapter(dict[str, Any]).dump_json(item.body)
        return asking.command.model_validate_json(as_json, strict=True)
    except ValidationError as error:
        raise invalid(error) from None


def _refused(item: BulkItem, number: int, problem: Problem) -> BulkResult:
    """Return what was wrong with *item*; its pointers lead through the whole body."""
    problem.errors = [
        each.model_copy(update={"pointer": f"/items/{number}/body{each.pointer or ''}"})
        for each in problem.errors
    ]
    return BulkResult(id=item.id, status=problem.kind.value.status, problem=problem.document())
