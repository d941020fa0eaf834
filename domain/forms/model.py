"""A form as data: what is asked, in which steps, by which rules, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import ConfigDict, PrivateAttr, StringConstraints, model_validator
from pydantic import Field as Limited

from domain.complaint.codes import Severity
from domain.forms.conditions import Condition
from domain.forms.rules import Rule
from domain.forms.words import Words
from domain.kernel import Value
from domain.privacy import Code, Public

Typed: TypeAlias = Literal["line", "email", "text", "phone", "parent", "file"]
"""Kinds that are typed in freely, one answer each."""
Timed: TypeAlias = Literal["when", "date", "datetime"]
Counted: TypeAlias = Literal["number", "amount", "integer", "rating"]
Chosen: TypeAlias = Literal["choice", "choices", "checklist"]
Kind: TypeAlias = Literal[Typed, Timed, Counted, Chosen, "lines", "tick", "zone", "country", "records"]
"""What a field is answered with; docs/forms.md says of each what its JSON is."""
OPTIONAL_LISTS = frozenset({"lines", "choices", "records"})
"""Kinds whose number of entries a field may bound."""
PERSONAL = frozenset({"line", "email", "text", "phone", "file", "lines", "records", "country"})
"""Kinds whose answers concern a person, unless the field says otherwise."""
MOST_ENTRIES = 20
"""Entries of one list, where its field sets no other bound."""
SEEN_IN = "~"
"""What stands between the version of a form and the translation it was seen in; neither has it."""
FORM_ID = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
NAME = r"^[a-z][a-z0-9_]{0,59}$"

FormId: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=FORM_ID, max_length=60)]
Name: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=NAME)]
"""The name of a field, as it stands in the JSON that is sent."""
Version: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Count: TypeAlias = Annotated[int, Limited(ge=0, le=1_000)]


class Option(Value):
    """One answer that can be chosen, or one item of a checklist."""

    code: Code
    label: Words


class Field(Value):
    """One question.  *missing* and *invalid* say what to do when it is not answered well.

    What is chosen from has its own *options*, or names a shipped list in *choices*.
    ``min`` and ``max`` bound the value of numbers and the number of entries of lists;
    ``length`` bounds the characters of what is typed.
    """

    kind: Kind
    label: Words
    help: Words = {}
    required: bool = False
    show_when: Condition | None = None
    require_when: Condition | None = None
    missing: Words = {}
    invalid: Words = {}
    choices: Code | None = None
    options: tuple[Option, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None
    decimals: Annotated[int, Limited(ge=0, le=18)] | None = None
    length: Annotated[int, Limited(ge=1, le=50_000)] | None = None
    pattern: Code | None = None
    personal: bool | None = None
    fields: Mapping[Name, Field] = {}
    rules: tuple[Rule, ...] = ()

    @property
    def concerns_a_person(self) -> bool:
        """Whether the answer is kept sealed under the person's key."""
        return self.kind in PERSONAL if self.personal is None else self.personal

    @model_validator(mode="after")
    def _has_a_choice(self) -> Field:
        if (self.kind in get_args(Chosen)) != bool(self.options or self.choices):
            raise ValueError("a choice or checklist, and nothing else, has options")
        return self

    @model_validator(mode="after")
    def _asks_for_records(self) -> Field:
        if (self.kind == "records") != bool(self.fields):
            raise ValueError("records, and nothing else, have fields of their own")
        if self.rules and self.kind != "records":
            raise ValueError("only records have rules of their own; write this one under [[rules]]")
        return self

    @model_validator(mode="after")
    def _is_bounded(self) -> Field:
        bounded = self.kind in OPTIONAL_LISTS or self.kind in get_args(Counted)
        if not bounded and (self.min, self.max) != (None, None):
            raise ValueError("min and max belong to numbers and lists; use length for text")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max cannot be less than min; exchange them")
        if self.decimals is not None and self.kind not in ("number", "amount"):
            raise ValueError("only a number or an amount has decimals")
        return self

    @model_validator(mode="after")
    def _has_a_shape(self) -> Field:
        if self.length is not None and self.kind not in ("line", "text", "lines"):
            raise ValueError("only line, text and lines have a length")
        if self.pattern is not None and self.kind != "line":
            raise ValueError("only a line has a pattern")
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from None
        return self


class Step(Value):
    """A part of the form that is filled in together."""

    id: Code
    title: Words
    text: Words = {}
    fields: tuple[Name, ...] = ()


class Privacy(Value):
    """The privacy notice that is shown; a submission records its version."""

    version: Version
    text: Words


class Advice(Value):
    """What is said before sending, always or *when* it fits what was answered.

    With ``confirm`` the form is sent only once the sender confirms to have read it; with
    ``stops`` it cannot be sent at all, and ``form`` names the one to use instead.
    """

    id: Code
    text: Words
    when: Condition | None = None
    confirm: bool = False
    stops: bool = False
    form: FormId | None = None


class Notice(Value):
    """A service notice: shown from one day to another (both inclusive), in some countries or in all."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Code
    text: Words
    from_: date | None = Limited(default=None, alias="from")
    until: date | None = None
    regions: tuple[Annotated[str, Public(), StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = ()

    def shows(self, today: date, region: str | None) -> bool:
        """Whether it is shown *today* to somebody of *region*, who may not have said where they are."""
        begun = self.from_ is None or self.from_ <= today
        over = self.until is not None and self.until < today
        return begun and not over and (region is None or not self.regions or region in self.regions)


class Again(Value):
    """A second request for the same account within *hours* is sent only once it is confirmed."""

    hours: Annotated[int, Limited(ge=1, le=24 * 31)]
    text: Words


class Attachments(Value):
    """How many files may come with a submission, and whether one must."""

    most: Annotated[int, Limited(ge=1, le=5)] = 5
    most_signed_in: Annotated[int, Limited(ge=1, le=10)] = 10
    required: bool = False
    none: bool = False

    @model_validator(mode="after")
    def _is_possible(self) -> Attachments:
        if self.required and self.none:
            raise ValueError("attachments cannot be both required and none")
        return self

    def limit(self, *, signed_in: bool) -> int:
        """Return how many files one submission may have."""
        return 0 if self.none else self.most_signed_in if signed_in else self.most


def language_seen(version: str | None) -> str | None:
    """Return the language that a *version* such as ``2~de.1`` was seen in; None where it names none."""
    return (version or "").partition(SEEN_IN)[2].partition(".")[0] or None


class Form(Value):
    """A form: its fields by name, the steps in which they are met, and what it does with them."""

    id: FormId
    version: Version
    kind: Literal["complaint", "ticket"] = "ticket"
    team: Code
    category: Code | None = None
    severity: Severity | None = None
    languages: tuple[Code, ...] = Limited(min_length=1)
    sign_in: bool = False
    title: Words
    never_asked: Words
    privacy: Privacy
    advice: tuple[Advice, ...] = ()
    notices: tuple[Notice, ...] = ()
    confirm_again: Again | None = None
    attachments: Attachments = Attachments()
    afterwards: tuple[Words, ...] = ()
    steps: tuple[Step, ...]
    fields: Mapping[Name, Field]
    rules: tuple[Rule, ...] = ()
    _translations: dict[str, str] = PrivateAttr(default_factory=dict[str, str])
    """The version of each translation, by its language; the form's own languages have none."""

    @model_validator(mode="after")
    def _asks_every_field_once(self) -> Form:
        asked = [name for step in self.steps for name in step.fields]
        if sorted(asked) != sorted(self.fields):
            raise ValueError("each field stands in exactly one step")
        return self

    @model_validator(mode="after")
    def _knows_what_it_is_about(self) -> Form:
        if self.kind == "ticket" and self.category is None:
            raise ValueError("a ticket's form names its category")
        return self

    def speaking(self, language: str, version: str) -> Form:
        """Return the form as one that speaks *language* too, by that version of a translation."""
        found = self.model_copy(update={"languages": (*self.languages, language)})
        found._translations = {**self._translations, language: version}  # noqa: SLF001 - its own copy
        return found

    def seen_in(self, language: str) -> str:
        """Return the version that is seen in *language*: ``2``, or of a translation ``2~de.1``."""
        version = self._translations.get(language)
        return self.version if version is None else f"{self.version}{SEEN_IN}{language}.{version}"

    def step(self, id: str) -> Step:
        """Return the step of that name."""
        return next(step for step in self.steps if step.id == id)

    def every_field(self) -> Iterator[tuple[str, Field]]:
        """Yield every field by its path, those of records too."""
        yield from _within("", self.fields)


def _within(path: str, fields: Mapping[str, Field]) -> Iterator[tuple[str, Field]]:
    for name, field in fields.items():
        yield path + name, field
        yield from _within(f"{path}{name}.", field.fields)
