"""Every error as a problem document (RFC 9457), and which rule of the desk answers with which.

Each type has a stable name under ``urn:plaint:problem:``; docs/errors.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from adapters import desk
from adapters.http.mistakes import Mistake, mistakes
from domain import errors
from domain.attachments import errors as attachments
from domain.calendars import CalendarExhausted, NeverOpen
from domain.deadlines import NoLimit, OutOfReach
from domain.directory import errors as staff
from domain.errors import DomainError
from domain.issues.issue import NoSuchIssue, UnknownCase
from domain.linking import errors as linking
from domain.sensitive import Kind as Sensitive
from domain.sensitive import SensitiveValue, Spot
from domain.webhooks import BeyondYourReach, NoSuchWebhook

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:plaint:problem:"


class ProblemDocument(BaseModel):
    """What is wrong and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Mistake] | None = None
    version: int | None = None
    """The current version of the case, when yours is stale."""


@dataclass(frozen=True)
class Type:
    """A kind of problem: its status, its title, and the remedy."""

    status: int
    title: str
    remedy: str


class Kind(Enum):
    """Every kind of problem by its stable name."""

    MALFORMED_JSON = Type(
        400, "The body is not JSON", "Send one JSON document in UTF-8, not nested too deeply."
    )
    MALFORMED_HEADER = Type(400, "A header is malformed", "Write the header as the detail says.")
    BAD_REQUEST = Type(400, "The request cannot be understood", "Check the request against /openapi.json.")
    UNAUTHENTICATED = Type(
        401,
        "No valid token",
        "Send `Authorization: Bearer <token>` with a token that is neither expired nor revoked.",
    )
    FORBIDDEN = Type(403, "Not allowed for this role", "Ask for a token of a role that may do this.")
    PURPOSE_REQUIRED = Type(
        403,
        "A purpose is required",
        "Say in the header `Purpose` why you read this case; it is kept more closely than others.",
    )
    NOT_FOUND = Type(
        404, "There is no such thing here", "Check the address, and that the case belongs to your teams."
    )
    METHOD_NOT_ALLOWED = Type(
        405, "This address does not know the method", "Use a method that the Allow header names."
    )
    CONFLICT = Type(
        409, "The state of the case forbids it", "Load the case again; the detail names the rule."
    )
    IN_PROGRESS = Type(
        409,
        "The same request is being carried out",
        "Repeat it after Retry-After; it is then answered as the first was.",
    )
    STALE_VERSION = Type(
        412,
        "The case has changed",
        "Load the case again, look at what changed, and repeat with its new ETag.",
    )
    SLOW_BODY = Type(
        408, "The body came too slowly", "Send the whole body within 30 seconds, on a new connection."
    )
    TOO_LARGE = Type(413, "The body is too large", "Send at most 1 MiB.")
    UNSUPPORTED_MEDIA_TYPE = Type(
        415, "The body is of another kind", "Send `Content-Type: application/json`, not compressed."
    )
    INVALID = Type(422, "The request is invalid", "Correct what `errors` names.")
    ADDRESS_REFUSED = Type(
        422, "The address may not be called", "Give a public https address on port 443 or 8443."
    )
    KEY_REUSED = Type(
        422, "The Idempotency-Key was used for another request", "Use a new key for a new request."
    )
    RULE = Type(422, "A rule of the desk refuses the values", "Correct what the detail names.")
    SENSITIVE_VALUE = Type(
        422,
        "A secret or a number that we do not take here",
        "Nothing of it was kept. Take out what `errors` names and send the rest again.",
    )
    VERSION_REQUIRED = Type(428, "If-Match is required", "Load the case and send its ETag as `If-Match`.")
    TOO_MANY_REQUESTS = Type(429, "Too many requests", "Wait for as many seconds as Retry-After says.")
    HEADERS_TOO_LARGE = Type(
        431, "The headers are too large", "Send at most 100 header fields, of 32 KiB together."
    )
    GONE = Type(410, "What was there is destroyed", "Nothing brings it back; the history says who did it.")
    NO_ROOM = Type(
        507, "There is no room for the files", "Nothing was kept; repeat the request when there is room."
    )
    FILES_AWAY = Type(
        503,
        "The files cannot be reached now",
        "Repeat the request after Retry-After; the operator finds in the log what is away.",
    )
    INTERNAL = Type(500, "Something went wrong here", "Try again; report the X-Request-Id when it stays.")
    NOT_YET = Type(503, "The read model is not there yet", "Repeat the request after Retry-After.")
    UNAVAILABLE = Type(503, "The desk cannot work now", "Repeat the request after Retry-After; see /readyz.")
    TOO_SLOW = Type(
        503, "The question takes too long", "Narrow it with filters, or repeat it when the desk is less busy."
    )
    NOT_RECORDED = Type(
        503, "The reading cannot be recorded", "Nobody reads a case unrecorded; repeat after Retry-After."
    )
    VAULT_AWAY = Type(
        503,
        "Personal data cannot be written now",
        "Do what the detail says, then repeat the request; what concerns nobody is read as before.",
    )
    UNREADABLE = Type(
        503,
        "An event cannot be read here",
        "It may come from a newer version of Plaint, which reads it; the log of this desk names it.",
    )
    IDENTITY_AWAY = Type(
        503,
        "The identity provider gives no answer",
        "Repeat the request after Retry-After; API tokens work meanwhile.",
    )

    @property
    def uri(self) -> str:
        """The stable identifier of the kind."""
        return PREFIX + self.name.lower().replace("_", "-")


class Problem(Exception):
    """A request is answered with a problem document."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        errors: Iterable[Mistake] = (),
        headers: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> None:
        self.kind, self.version, self.headers = kind, version, dict(headers or {})
        self.detail = detail or kind.value.remedy
        self.errors = list(errors)
        super().__init__(self.detail)

    def document(self) -> ProblemDocument:
        """Return what is said of the problem."""
        return ProblemDocument(
            type=self.kind.uri,
            title=self.kind.value.title,
            status=self.kind.value.status,
            detail=self.detail,
            errors=self.errors or None,
            version=self.version,
        )

    def response(self, document: ProblemDocument | None = None) -> JSONResponse:
        """Return the document as it is sent, or *document* in its place: the same in another language."""
        body = (document or self.document()).model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, self.kind.value.status, self.headers, MEDIA_TYPE)


RULES: dict[type[DomainError], Kind] = {
    errors.NotReceived: Kind.NOT_FOUND,
    errors.NotOpened: Kind.NOT_FOUND,
    NoSuchWebhook: Kind.NOT_FOUND,
    NoSuchIssue: Kind.NOT_FOUND,
    UnknownCase: Kind.RULE,
    BeyondYourReach: Kind.RULE,
    errors.UnknownClock: Kind.NOT_FOUND,
    errors.UnknownRegime: Kind.RULE,
    errors.UnknownCalendar: Kind.RULE,
    errors.ClockUnnamed: Kind.RULE,
    errors.StartInTheFuture: Kind.RULE,
    errors.ResumedTooEarly: Kind.RULE,
    errors.PromiseDropped: Kind.RULE,
    errors.PartsMissing: Kind.RULE,
    errors.ReasonMissing: Kind.RULE,
    errors.ReasonCodeUnfit: Kind.RULE,
    errors.UnknownScope: Kind.RULE,
    errors.AfterReceipt: Kind.RULE,
    errors.DissatisfiedLater: Kind.RULE,
    errors.NotRepresented: Kind.RULE,
    errors.NothingToAssign: Kind.RULE,
    errors.AnswersDoNotMatch: Kind.RULE,
    errors.AppointmentInThePast: Kind.RULE,
    errors.AppointmentEndsTooEarly: Kind.RULE,
    errors.InTheFuture: Kind.RULE,
    errors.BeforeReceipt: Kind.RULE,
    errors.AccountUnclear: Kind.RULE,
    linking.LinkToItself: Kind.RULE,
    linking.UnmergedTooEarly: Kind.RULE,
    linking.NotAMessage: Kind.RULE,
    errors.UnknownConsultation: Kind.RULE,
    errors.NobodyConsulted: Kind.RULE,
    errors.DueBeforeAsked: Kind.RULE,
    errors.PointUnanswered: Kind.RULE,
    errors.UnknownRedress: Kind.RULE,
    errors.NothingReferred: Kind.RULE,
    errors.InstantImpossible: Kind.RULE,
    errors.UnknownEvent: Kind.RULE,
    errors.ConflictOfInterest: Kind.RULE,
    CalendarExhausted: Kind.RULE,
    NeverOpen: Kind.RULE,
    NoLimit: Kind.RULE,
    OutOfReach: Kind.RULE,
    staff.NotThere: Kind.NOT_FOUND,
    staff.UnknownTeam: Kind.RULE,
    staff.UnknownEntity: Kind.RULE,
    staff.UnknownUser: Kind.RULE,
    staff.UnknownAssignee: Kind.RULE,
    staff.MoreThanTheUser: Kind.RULE,
    staff.SuccessorIsSelf: Kind.RULE,
    staff.BeyondTheAdministrator: Kind.FORBIDDEN,
    staff.ImpersonatesAdmin: Kind.FORBIDDEN,
    attachments.NoSuchFile: Kind.NOT_FOUND,
    attachments.FileGone: Kind.GONE,
    SensitiveValue: Kind.SENSITIVE_VALUE,
    desk.Stale: Kind.STALE_VERSION,
    desk.KeyUsedOtherwise: Kind.KEY_REUSED,
}
"""Which kind of problem a broken rule is; every other rule is a conflict with the state of the case."""
PLACES: dict[type[DomainError], str] = {
    errors.ReasonMissing: "/reason",
    errors.ReasonCodeUnfit: "/reason_code",
    errors.UnknownScope: "/in_scope_regimes",
    errors.AfterReceipt: "/received_at",
    errors.DissatisfiedLater: "/first_dissatisfaction_at",
    errors.NotRepresented: "/number",
    errors.NothingToAssign: "/team",
    errors.AnswersDoNotMatch: "/answers",
    errors.AppointmentInThePast: "/starts_at",
    errors.AppointmentEndsTooEarly: "/ends_at",
    errors.InTheFuture: "/occurred_at",
    errors.BeforeReceipt: "/occurred_at",
    errors.AccountUnclear: "/account_id",
    errors.UnknownRegime: "/version",
    errors.UnknownCalendar: "/calendar_version",
    errors.ClockUnnamed: "/clock",
    errors.StartInTheFuture: "/started_at",
    errors.ResumedTooEarly: "/occurred_at",
    errors.PromiseDropped: "/version",
    errors.PartsMissing: "/parts",
    errors.UnknownConsultation: "/consultation",
    errors.NobodyConsulted: "/due_at",
    errors.DueBeforeAsked: "/due_at",
    errors.PointUnanswered: "/points",
    errors.UnknownRedress: "/redress",
    errors.NothingReferred: "/body",
    errors.InstantImpossible: "/value",
    errors.UnknownEvent: "/version",
    errors.ConflictOfInterest: "/assignee",
    staff.UnknownAssignee: "/assignee",
    linking.LinkToItself: "/other",
    linking.UnmergedTooEarly: "/occurred_at",
    linking.NotAMessage: "/versions",
    linking.NothingLeft: "/versions",
}
"""Where in the body the fault lies."""


def code_of(rule: type[DomainError]) -> str:
    """Return the name of a rule as it is sent: `InTheFuture` is `in_the_future`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in rule.__name__).lstrip("_")


def refused(error: DomainError) -> Problem:
    """Return the problem that *error* is to a client."""
    if isinstance(error, SensitiveValue):
        return _sensitive(error)
    kind = RULES.get(type(error), Kind.CONFLICT)
    if isinstance(error, desk.Stale):
        tag = {"ETag": f'"{error.version}"'}
        return Problem(kind, error.remedy, headers=tag, version=error.version)
    place = error.place if isinstance(error, staff.Unknown) else PLACES.get(type(error))
    wrong = Mistake(pointer=place, detail=error.remedy, type=code_of(type(error)))
    mistakes = [] if place is None else [wrong]
    return Problem(kind, error.remedy, errors=mistakes)


COMPROMISED = "Whoever has read it can take the funds: move them to a new wallet."
SAFE_PATHS: Mapping[Sensitive, str] = {
    Sensitive.SEED_PHRASE: "Take the recovery phrase out; nobody here ever needs it. " + COMPROMISED,
    Sensitive.PRIVATE_KEY: "Take the private key out; nobody here ever needs it. " + COMPROMISED,
    Sensitive.EXTENDED_KEY: "Take the private key out; nobody here ever needs it. " + COMPROMISED,
    Sensitive.PASSWORD: "Take the password out and change it; nobody here ever asks for one.",
    Sensitive.CODE: "Take the code out; nobody here ever asks for one.",
    Sensitive.CARD_NUMBER: "Take the card number out; its last four digits are enough.",
    Sensitive.TAX_NUMBER: "Take the tax number out; where it is needed a specialist calls you for it "
    "(form `tax_number`).",
}
"""What is said of a value that is refused, with the safe path; the value itself is never repeated."""


def secrets(spots: Iterable[Spot]) -> list[Mistake]:
    """Return what is said of the places where something is refused."""
    return [Mistake(pointer=each.field, detail=SAFE_PATHS[each.kind], type=each.kind.value) for each in spots]


def _sensitive(error: SensitiveValue) -> Problem:
    tag = {} if error.version is None else {"ETag": f'"{error.version}"'}
    return Problem(Kind.SENSITIVE_VALUE, errors=secrets(error.spots), headers=tag, version=error.version)


def invalid(error: ValidationError) -> Problem:
    """Return the problem of a body that does not fit."""
    found = error.errors(include_url=False, include_input=False)
    return Problem(Kind.INVALID, errors=mistakes({**each, "loc": ("body", *each["loc"])} for each in found))
