"""A request as it is sent: which form, to whom to answer, and what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue, StringConstraints

from domain.complaint.codes import Channel
from domain.complaint.form import Email, Label, Language
from domain.forms.check import Submission
from domain.kernel import Value
from domain.privacy import Code, Public

OF_THEIR_OWN = ("account_email", "subject", "description")
"""Fields that mean the same on every form, and that a ticket keeps under their own name."""
MANY = 20


Seen: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,139}$")]
"""The version of a form as somebody saw it: ``2``, or ``2~de.1`` in a translation."""


class TicketForm(Value):
    """A request in the customer's words; ``fields`` is judged by the form that it names."""

    form: Code
    language: Language
    contact_email: Email
    fields: dict[Code, JsonValue] = Field(default_factory=dict)
    confirmed: Annotated[tuple[Code, ...], Field(max_length=MANY)] = ()
    form_version: Seen | None = None
    channel: Channel = "web"
    legal_entity: Label | None = None


def sorted_out(submission: Submission) -> Mapping[str, object]:
    """Return what was answered as a ticket keeps it: under its own name, sealed, or in clear.

    The reference of a parent is looked up by whoever knows the cases.
    """
    fields = submission.form.fields
    rest = {
        name: answer
        for name, answer in submission.answers.items()
        if name not in OF_THEIR_OWN and fields[name].kind != "parent"
    }
    personal = {name: answer for name, answer in rest.items() if fields[name].concerns_a_person}
    chosen = {name: answer for name, answer in rest.items() if name not in personal}
    own = {name: submission.answers.get(name) for name in OF_THEIR_OWN}
    return own | {"fields": personal or None, "chosen": chosen or None}


def parent_of(submission: Submission) -> tuple[str, str] | None:
    """Return the field that names the parent, and the reference it gives; None where none is given."""
    named = ((name, field.kind) for name, field in submission.form.fields.items())
    name = next((name for name, kind in named if kind == "parent"), None)
    given = submission.answers.get(name) if name else None
    return (name, str(given)) if name and given else None
