"""What is asked and answered about forms over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic import Field as Described

from adapters.http.problems import Mistake
from domain.forms import DEFAULT_LANGUAGE
from domain.kernel import Value
from domain.privacy import Code

REGION = r"^[A-Z]{2}$"


class Spoken(BaseModel):
    """The language of an answer."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = Described(
        None, max_length=100, description="A language tag; default: the best of Accept-Language, else `en`."
    )


class Asked(Spoken):
    """Which version of a form is read, by somebody from where."""

    version: str | None = Described(
        None,
        max_length=140,
        description="A version that was in force, or was seen, such as `2~de.1`; default: the one that is.",
    )
    region: str | None = Described(
        None, pattern=REGION, description="The country of the reader, for notices; default: those of all."
    )


class Attempt(Value):
    """A form as it stands before it is sent."""

    language: Code = DEFAULT_LANGUAGE
    fields: dict[Code, JsonValue] = Described(default_factory=dict)
    confirmed: tuple[Code, ...] = ()


class FormEntry(BaseModel):
    """A form as the list shows it."""

    id: str
    version: str
    kind: str
    title: str
    languages: list[str]
    sign_in: bool
    url: str


class FormList(BaseModel):
    """The forms that there are."""

    items: list[FormEntry]
    next: None = None


class Step(BaseModel):
    """One step of a form: the fields that are asked together."""

    id: str
    title: str
    text: str
    fields: list[str]


class Advised(BaseModel):
    """What is said before sending, and whether it has to be confirmed or stops the form.

    ``when`` is the condition under which it is said; docs/forms.md tells how it reads.
    """

    id: str
    text: str
    confirm: bool = False
    stops: bool = False
    form: str | None = None
    when: dict[str, Any] | None = None


class Noticed(BaseModel):
    """A service notice that holds today."""

    id: str
    text: str


class Limits(BaseModel):
    """How many files may come with one submission: of anybody, and of who is signed in."""

    most: int
    most_signed_in: int
    required: bool


class FormDocument(FormEntry):
    """A form in one language: what may be sent (``schema``), and how it is asked.

    ``seen`` is the version as a submission in that language pins it.
    """

    language: str
    seen: str
    never_asked: str
    privacy_notice: dict[str, str]
    advice: list[Advised]
    notices: list[Noticed]
    attachments: Limits
    afterwards: list[str]
    steps: list[Step]
    labels: dict[str, dict[str, Any]]
    schema_: dict[str, Any] = Described(alias="schema")


class Checked(BaseModel):
    """What is wrong with a form, and what its sender should know before it is sent."""

    mistakes: list[Mistake]
    advice: list[Advised]
    notices: list[Noticed]
