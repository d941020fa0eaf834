"""What may be asked of a webhook."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from domain.access import Scope, Sensitivity, TeamName
from domain.kernel import Context, Value
from domain.privacy import Code, PersonalLine
from domain.webhooks import AtOnce, Reason, Terms, Topics, Url, Webhook

if TYPE_CHECKING:
    from domain.policies import Rulebook


class NewWebhook(Value):
    """A receiver: where to, what of, and how many messages at once."""

    url: Url
    topics: Topics
    teams: tuple[TeamName, ...] | None = None
    legal_entities: tuple[Code, ...] | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    imports: bool = False
    concurrency: AtOnce = 1
    description: PersonalLine | None = None

    @property
    def terms(self) -> Terms:
        """What the receiver is told of."""
        return Terms.model_validate(self.model_dump(include=set(Terms.model_fields)))


class ChangeWebhook(Value):
    """Changes a webhook: what is absent stays, null for teams or legal entities stands for every one."""

    url: Url | None = None
    description: PersonalLine | None = None
    topics: Topics | None = None
    teams: tuple[TeamName, ...] | None = None
    legal_entities: tuple[Code, ...] | None = None
    sensitivity: Sensitivity | None = None
    imports: bool | None = None
    concurrency: AtOnce | None = None

    def changed(self, now: Terms) -> Terms:
        """Return *now* with what was said."""
        clears = {"teams", "legal_entities"}
        said = {
            name: value
            for name in self.model_fields_set & set(Terms.model_fields)
            if (value := getattr(self, name)) is not None or name in clears
        }
        return now.model_copy(update=said)


class ChangeWithin(ChangeWebhook):
    """A change by somebody who may have messages sent about *grant*."""

    grant: Scope

    @property
    def recalls(self) -> bool:
        """An address that is the same is no news."""
        return self.url is not None or self.description is not None

    def carry_out(self, webhook: Webhook, by: Context, rules: Rulebook, /) -> None:
        """Ask the webhook."""
        del rules
        terms = self.changed(webhook.in_force())
        webhook.change(by, self.grant, url=self.url, description=self.description, terms=terms)


class Disable(Value):
    """Stop sending, for a *reason*."""

    reason: Reason = "by_hand"

    def carry_out(self, webhook: Webhook, by: Context, rules: Rulebook, /) -> None:
        """Ask the webhook."""
        del rules
        webhook.disable(self.reason, by)


class Enable(Value):
    """Send again."""

    def carry_out(self, webhook: Webhook, by: Context, rules: Rulebook, /) -> None:
        """Ask the webhook."""
        del rules
        webhook.enable(by)


class RotateSecret(Value):
    """Sign with a new secret; the one before is signed with beside it for *overlap_hours*."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class RotateTo(RotateSecret):
    """A rotation to the secret that was made for it."""

    secret: PersonalLine

    def carry_out(self, webhook: Webhook, by: Context, rules: Rulebook, /) -> None:
        """Ask the webhook."""
        del rules
        webhook.rotate_secret(self.secret, by, overlap=timedelta(hours=self.overlap_hours))


class Remove(Value):
    """Forget the webhook."""

    def carry_out(self, webhook: Webhook, by: Context, rules: Rulebook, /) -> None:
        """Ask the webhook."""
        del rules
        webhook.remove(by)
