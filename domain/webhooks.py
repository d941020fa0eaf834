"""Webhooks: to whom the desk tells what happens, what they are told of, and under which secret."""

from __future__ import annotations

import operator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.access import CLEARANCES, LEVELS, Principal, Scope, Sensitivity, TeamName
from domain.errors import DomainError
from domain.kernel import Aggregate, Context, Event, Instant, Value
from domain.privacy import Code, Credential, Kept, PersonalLine, Public

TopicFilter: TypeAlias = Annotated[
    str,
    Public(),
    StringConstraints(pattern=r"^(\*|[a-z][a-z_]{0,48}\.(\*|[a-z][a-z_]{0,48}))$"),
]
"""One topic, all of a family (``complaint.*``), or all there are (``*``)."""
Topics: TypeAlias = Annotated[tuple[TopicFilter, ...], Field(min_length=1, max_length=100)]
AtOnce: TypeAlias = Annotated[int, Field(ge=1, le=4)]
"""How many messages may be on their way to one receiver at a time."""
Reason: TypeAlias = Literal["failing", "by_hand", "gone"]
"""Why nothing is sent: nothing but failures for days, somebody's decision, or the receiver's answer 410."""
Url: TypeAlias = Annotated[PersonalLine, StringConstraints(max_length=320)]
Opening: TypeAlias = Annotated[Kept[PersonalLine], Credential()]
"""A signing secret, or an address, which may hold one: whoever has it can do what only we may."""

OVERLAP = timedelta(hours=24)
"""How long the secret before is still signed with, unless somebody says otherwise."""


class NoSuchWebhook(DomainError):
    """There is no such webhook."""


class NothingIsSent(DomainError):
    """The webhook is disabled and nothing is sent to it; enable it first."""


class NoLongerTold(DomainError):
    """The case is not among those that the webhook hears of any more; nothing about it is sent."""


class BeyondYourReach(DomainError):
    """You cannot have messages sent about cases of that legal entity or sensitivity; name fewer."""


class Terms(Value):
    """What a receiver is told of, and how many messages at once; None stands for every one."""

    topics: Topics
    teams: tuple[TeamName, ...] | None = None
    legal_entities: tuple[Code, ...] | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    """Cases up to this level."""
    imports: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """Whether also what an import records is told, which another system has known for long."""
    concurrency: AtOnce = 1

    @property
    def scope(self) -> Scope:
        """The cases that the receiver hears of."""
        return Scope(
            teams=None if self.teams is None else frozenset(self.teams),
            legal_entities=None if self.legal_entities is None else frozenset(self.legal_entities),
            levels=frozenset(LEVELS[: LEVELS.index(self.sensitivity) + 1]),
        )

    def want(self, topic: str) -> bool:
        """Whether the receiver hears of *topic*."""
        family = topic.partition(".")[0]
        return not {"*", f"{family}.*", topic}.isdisjoint(self.topics)


class Secret(Value):
    """A signing secret, and until when it is signed with beside a newer one."""

    value: Kept[PersonalLine]
    until: Instant | None = None


class WebhookAdded(Event):
    """Somebody is told of what happens from here on; the address may hold a secret, so it is sealed."""

    TOPIC: ClassVar[str] = "webhook.added"

    url: Opening
    secret: Opening
    description: Kept[PersonalLine] | None = None
    terms: Terms


class WebhookChanged(Event):
    """The webhook goes elsewhere, or tells of other things; what is absent is as it was."""

    TOPIC: ClassVar[str] = "webhook.changed"

    url: Opening | None = None
    description: Kept[PersonalLine] | None = None
    terms: Terms | None = None


class WebhookDisabled(Event):
    """Nothing is sent any more, until somebody enables the webhook."""

    TOPIC: ClassVar[str] = "webhook.disabled"

    reason: Reason


class WebhookEnabled(Event):
    """Messages are sent again."""

    TOPIC: ClassVar[str] = "webhook.enabled"


class WebhookSecretRotated(Event):
    """Messages are signed with a new secret, and with the ones before until *old_until*."""

    TOPIC: ClassVar[str] = "webhook.secret_rotated"

    secret: Opening
    old_until: Instant


class WebhookRemoved(Event):
    """The webhook is no more, nor what was still to be sent to it."""

    TOPIC: ClassVar[str] = "webhook.removed"


WEBHOOK_EVENTS: tuple[type[Event], ...] = (
    WebhookAdded,
    WebhookChanged,
    WebhookDisabled,
    WebhookEnabled,
    WebhookSecretRotated,
    WebhookRemoved,
)


class Webhook(Aggregate):
    """One receiver: where, what, and under which secrets."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.terms: Terms | None = None
        self.url: Kept[PersonalLine] = ""
        self.description: Kept[PersonalLine] | None = None
        self.secrets: tuple[Secret, ...] = ()
        self.added_at: datetime | None = None
        self.enabled_at: datetime | None = None
        self.disabled: Reason | None = None
        self.disabled_at: datetime | None = None
        self.removed = False

    @property
    def there(self) -> bool:
        """Whether it was added and not removed."""
        return self.terms is not None and not self.removed

    def in_force(self) -> Terms:
        """Return the terms; refuse what is no webhook."""
        if self.terms is None or self.removed:
            raise NoSuchWebhook
        return self.terms

    def signing(self, at: datetime) -> tuple[Secret, ...]:
        """Return the secrets to sign with *at* that instant, the newest first."""
        return tuple(each for each in self.secrets if each.until is None or each.until > at)

    def add(
        self,
        url: str,
        terms: Terms,
        secret: str,
        by: Context,
        grant: Scope,
        *,
        description: str | None = None,
    ) -> None:
        """Record a new webhook, within what its creator may have sent."""
        within = granted(terms, grant)
        self.record(WebhookAdded, by, url=url, secret=secret, description=description, terms=within)

    def change(
        self,
        by: Context,
        grant: Scope,
        *,
        url: str | None = None,
        description: str | None = None,
        terms: Terms | None = None,
    ) -> None:
        """Record what is other than before; nothing other is no news.

        Who cannot have such messages sent turns them to no other address either.
        """
        now = self.in_force()
        there = None if url == self.url else url
        said = None if description == self.description else description
        other = None if terms is None or terms == now else granted(terms, grant)
        if (there or other) and not covered(now, grant):
            raise BeyondYourReach
        if there or said or other:
            self.record(WebhookChanged, by, url=there, description=said, terms=other)

    def disable(self, reason: Reason, by: Context) -> None:
        """Stop sending; a webhook that is disabled already is no news."""
        self.in_force()
        if self.disabled is None:
            self.record(WebhookDisabled, by, reason=reason)

    def enable(self, by: Context) -> None:
        """Send again; a webhook that sends already is no news."""
        self.in_force()
        if self.disabled is not None:
            self.record(WebhookEnabled, by)

    def rotate_secret(self, secret: str, by: Context, *, overlap: timedelta = OVERLAP) -> None:
        """Sign with *secret* from now on, and with the ones before for as long as *overlap*."""
        self.in_force()
        self.record(WebhookSecretRotated, by, secret=secret, old_until=by.recorded_at + overlap)

    def remove(self, by: Context) -> None:
        """Forget the webhook."""
        self.in_force()
        self.record(WebhookRemoved, by)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case WebhookAdded():
                self.url, self.description, self.terms = event.url, event.description, event.terms
                self.secrets = (Secret(value=event.secret),)
                self.added_at = self.enabled_at = event.recorded_at
            case WebhookChanged():
                self.url = event.url or self.url
                self.description = event.description or self.description
                self.terms = event.terms or self.terms
            case WebhookDisabled():
                self.disabled, self.disabled_at = event.reason, event.recorded_at
            case WebhookEnabled():
                self.disabled, self.disabled_at, self.enabled_at = None, None, event.recorded_at
            case WebhookSecretRotated():
                older = (_ending(each, event.old_until) for each in self.secrets)
                self.secrets = (Secret(value=event.secret), *older)
            case WebhookRemoved():
                self.removed = True
            case _:
                pass


def grant(who: Principal) -> Scope:
    """Return the cases about which *who* may have messages sent.

    Who configures reads no case, and messages hold no content of one: they may be about cases
    of every team, of their legal entities, and up to the sensitivity that they are cleared for.
    """
    by_role = CLEARANCES.get(who.role, Sensitivity.NORMAL)
    most = max(map(LEVELS.index, (who.clearance, by_role)))
    return Scope(
        teams=None,
        legal_entities=frozenset(who.legal_entities) or None,
        levels=frozenset(LEVELS[: most + 1]),
    )


def covered(terms: Terms, grant: Scope) -> bool:
    """Whether all that *terms* have told is within *grant*."""
    its = terms.legal_entities
    within = grant.legal_entities is None or (its is not None and grant.legal_entities.issuperset(its))
    return within and terms.sensitivity in grant.levels


def granted(terms: Terms, grant: Scope) -> Terms:
    """Return *terms* within *grant*: where they name no legal entity, those of the grant."""
    if terms.legal_entities is None and grant.legal_entities is not None:
        terms = terms.model_copy(update={"legal_entities": tuple(sorted(grant.legal_entities))})
    if not covered(terms, grant):
        raise BeyondYourReach
    return terms


def _ending(secret: Secret, until: datetime) -> Secret:
    earliest = until if secret.until is None else min(secret.until, until)
    return secret.model_copy(update={"until": earliest})
