"""Every text that is stored says whether it concerns a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ValidationError

from domain.catalogue import EVENTS
from domain.complaint.events import Received
from domain.configuration import PolicyLoaded
from domain.kernel import Event, Value
from domain.privacy import (
    ERASED,
    MAX_TEXT,
    Code,
    Kept,
    Personal,
    PersonalLine,
    PersonalText,
    Public,
    PublicText,
    Sealed,
    Withheld,
    kept_fields,
    shown,
)

MARKS = (Personal, Public)
WORDLESS: tuple[Any, ...] = (Enum, int, date, UUID, AwareDatetime)


def undeclared(kind: type[BaseModel]) -> Iterator[str]:
    """Yield each text within *kind*, at any depth, that is marked neither personal nor public."""
    for name in kind.model_fields:
        hint = get_type_hints(kind, include_extras=True)[name]
        yield from (f"{kind.__name__}.{name}{where}" for where in bare(hint))


def bare(hint: Any, *, declared: bool = False) -> Iterator[str]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        marked = any(isinstance(extra, MARKS) or extra in MARKS for extra in extras)
        yield from bare(inner, declared=declared or marked)
    elif hint is str or hint is bytes or hint is Any or hint is object:
        if not declared:
            yield ""
    elif origin is dict:
        for place, part in zip(("keys", "values"), get_args(hint), strict=True):
            yield from (f"[{place}]{where}" for where in bare(part))
    elif origin in (Union, UnionType, tuple, list, set, frozenset):
        parts = [part for part in get_args(hint) if part not in (NoneType, ...)]
        yield from (where for part in parts for where in bare(part, declared=declared))
    elif origin is Literal:
        return
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from (f" > {where}" for where in undeclared(hint))
    elif not (isinstance(hint, type) and issubclass(hint, WORDLESS)):
        yield f": {hint} is not known here"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_every_stored_text_is_declared(event: type[Event]):
    assert list(undeclared(event)) == []


class Inner(Value):
    word: str


class Planted(Event):
    TOPIC: ClassVar[str] = "probe.planted"

    plain: str
    maybe: str | None = None
    many: tuple[str, ...] = ()
    table: dict[str, Code]
    inner: tuple[Inner, ...] = ()
    anything: Any
    other: complex = 0j
    fine: PersonalText
    fine_too: dict[Code, PublicText]
    also: Annotated[str, Public()] | None = None
    choice: Literal["a", "b"] = "a"


def test_undeclared_text_is_seen_at_any_depth():
    assert list(undeclared(Planted)) == [
        "Planted.plain",
        "Planted.maybe",
        "Planted.many",
        "Planted.table[keys]",
        "Planted.inner > Inner.word",
        "Planted.anything",
        "Planted.other: <class 'complex'> is not known here",
    ]


def test_what_identifies_a_complainant_is_personal():
    """And so is every free text; codes are not."""
    hints = get_type_hints(Received, include_extras=True)
    personal = {name for name in Received.model_fields if any(True for _ in marked_personal(hints[name]))}

    assert personal == {
        "account_email",
        "account_id",
        "full_name",
        "country",
        "details",
        "related_tickets",
        "people_involved",
        "desired_outcome",
        "complainant",
        "dealings",
        "evidence_note",
        "source",
    }


class Texts(Value):
    text: PersonalText = "x"
    line: PersonalLine = "x"
    code: Code = "x"
    public: PublicText = "x"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_what_is_personal_can_be_sealed(event: type[Event]):
    """Every mark of a person in an event stands within a field that is kept sealed."""
    assert unkept(event) == []


class Unkept(Event):
    TOPIC: ClassVar[str] = "probe.unkept"

    plain: PersonalText
    maybe: PersonalText | None = None
    inner: Texts | None = None
    fine: Kept[PersonalText] | None = None
    table: Kept[dict[Code, PersonalText]] = {}


def test_what_could_not_be_sealed_is_seen_at_any_depth():
    assert unkept(Unkept) == ["plain", "maybe", "inner"]
    assert list(kept_fields(Unkept)) == [("fine",), ("table",)]


def unkept(event: type[Event]) -> list[str]:
    """Return the fields of *event* that hold more that is personal than is kept sealed."""
    hints, kept = get_type_hints(event, include_extras=True), kept_fields(event)
    return [
        name
        for name in event.model_fields
        if any(True for _ in marked_personal(hints[name])) and not any(path[0] == name for path in kept)
    ]


@pytest.mark.parametrize("value", [{"sealed": "AQID"}, {"erased": True}])
def test_what_comes_from_outside_knows_no_sealed_value(value: object):
    for name in ("text", "line"):
        with pytest.raises(ValidationError):
            Texts.model_validate({name: value})


def test_a_table_in_clear_and_a_sealed_one_are_told_apart():
    """An empty table is not erased, and a sealed one is no table with a text that is called sealed."""

    class Register(Value):
        table: Kept[dict[Code, PersonalText]] = {}

    assert Register.model_validate({"table": {}}).table == {}
    assert Register.model_validate({"table": {"state": "NY"}}).table == {"state": "NY"}
    assert Register.model_validate_json('{"table":{"sealed":"AQID"}}').table == Sealed(sealed="AQID")
    assert Register.model_validate_json('{"table":{"erased":true}}').table == ERASED


def test_what_cannot_be_shown_is_withheld():
    assert [shown(each) for each in ("x", None, Sealed(sealed="AQID"), ERASED)] == [
        "x",
        None,
        Withheld(withheld="sealed"),
        Withheld(withheld="erased"),
    ]


def marked_personal(hint: Any) -> Iterator[bool]:
    extras: tuple[object, ...] = getattr(hint, "__metadata__", ())
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from marked_personal(inner)
    yield from (True for extra in extras if isinstance(extra, Personal))
    for part in get_args(hint):
        yield from marked_personal(part)


def test_the_text_of_a_policy_concerns_nobody():
    assert not list(marked_personal(get_type_hints(PolicyLoaded, include_extras=True)["text"]))


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("text", "  two\nlines ", "two\nlines"),
        ("text", "x" * MAX_TEXT, "x" * MAX_TEXT),
        ("line", " Zoë O’Neill ", "Zoë O’Neill"),
        ("code", " kept as it is ", " kept as it is "),
        ("public", "", ""),
    ],
)
def test_text_is_kept(field: str, given: str, kept: str):
    assert getattr(Texts.model_validate({field: given}), field) == kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", " \n "),
        ("text", "x" * (MAX_TEXT + 1)),
        ("line", "two\nlines"),
        ("line", "x" * 321),
        ("line", "\x00"),
        ("code", ""),
        ("code", "x\x7f"),
        ("code", "x\n"),
        ("code", "x" * 201),
        ("public", "x" * (MAX_TEXT + 1)),
        ("text", "\ud800"),
    ],
)
def test_text_that_does_not_fit_is_refused(field: str, given: str):
    with pytest.raises(ValidationError):
        Texts.model_validate({field: given})
