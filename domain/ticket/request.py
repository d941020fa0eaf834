"""What a customer asks for, checked before anything is recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.complaint.codes import Channel, Severity
from domain.complaint.register import Source
from domain.forms.kept import Answer, PublicAnswer
from domain.kernel import Instant, Value
from domain.privacy import Code, PersonalLine, PersonalText
from domain.ticket.events import Degree

DEFAULT_TEAM = "support"


class Request(Value):
    """The facts of a ticket's receipt; an imported one may lack what its register never had."""

    form: Code
    form_version: Code = "1"
    privacy_notice: Code = "1"
    channel: Channel = "web"
    language: Code = "en"
    team: Code = DEFAULT_TEAM
    assignee: Code | None = None
    legal_entity: Code = "main"
    category: Code
    subcategory: Code | None = None
    severity: Severity | None = None
    impact: Degree | None = None
    urgency: Degree | None = None
    contact_email: PersonalLine | None = None
    account_email: PersonalLine | None = None
    subject: PersonalLine | None = None
    description: PersonalText | None = None
    fields: dict[Code, Answer] | None = None
    chosen: dict[Code, PublicAnswer] | None = None
    parent: UUID | None = None
    source: Source | None = None
    origin: UUID | None = None
    first_received_at: Instant | None = None
    files_required: bool = False
    """Whether the form cannot do without a file, which comes after what was sent."""

    def facts(self) -> dict[str, Any]:
        """Return the fields as the event records them; when a file is asked for, the ticket says."""
        facts = dict(self) | {"source": None if self.source is None else dict(self.source)}
        del facts["files_required"]
        return facts
