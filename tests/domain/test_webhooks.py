"""A webhook tells what its creator may have told, to whom it is set to, and stops when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Principal, Role, Scope, Sensitivity
from domain.testing import RULES, Given, an_id, by
from domain.webhook_commands import ChangeWebhook, ChangeWithin, Disable, Enable, Remove, RotateTo
from domain.webhooks import BeyondYourReach, NoSuchWebhook, Terms, Webhook, grant, granted

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADMIN = by(NOON, "token:admin")
ALL = grant(Principal(id="admin", role=Role.ADMIN))
TERMS = Terms(topics=("complaint.*",))
URL = "https://example.org/plaint"

Step = Callable[[Webhook], object]


def added(webhook: Webhook) -> None:
    webhook.add(URL, TERMS, "whsec_one", ADMIN, ALL, description="The register.")


def asked(order: ChangeWithin | Disable | Enable | RotateTo | Remove, at: datetime = NOON) -> Step:
    return lambda webhook: order.carry_out(webhook, by(at), RULES)


def changed(**facts: object) -> Step:
    return asked(ChangeWithin.model_validate({"grant": ALL} | facts))


ORDERS = {
    "change": changed(url=URL),
    "disable": asked(Disable()),
    "enable": asked(Enable()),
    "rotate": asked(RotateTo(secret="whsec_two")),
    "remove": asked(Remove()),
}


def test_a_webhook_is_recorded_with_its_terms():
    assert Given(Webhook(an_id())).when(added) == [
        (
            "WebhookAdded",
            {
                "url": URL,
                "secret": "whsec_one",
                "description": "The register.",
                "terms": TERMS.model_dump(),
            },
        )
    ]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("history", [(), (added, asked(Remove()))], ids=["never", "removed"])
def test_what_is_not_there_is_asked_in_vain(order: Step, history: tuple[Step, ...]):
    with pytest.raises(NoSuchWebhook):
        Given(Webhook(an_id()), *history).when(order)


def test_a_change_records_what_is_other_alone():
    given = Given(Webhook(an_id()), added)

    assert given.when(changed(url="https://example.org/other")) == [
        ("WebhookChanged", {"url": "https://example.org/other", "description": None, "terms": None})
    ]
    assert given.when(changed(teams=["payments"], concurrency=4)) == [
        (
            "WebhookChanged",
            {
                "url": None,
                "description": None,
                "terms": TERMS.model_copy(update={"teams": ("payments",), "concurrency": 4}).model_dump(),
            },
        )
    ]
    assert given.when(changed(url="https://example.org/other", teams=["payments"])) == []
    assert given.when(changed()) == []


def test_null_opens_teams_and_entities_again_and_leaves_the_rest():
    narrow = TERMS.model_copy(update={"teams": ("payments",), "legal_entities": ("main",)})

    assert ChangeWebhook(teams=None, legal_entities=None, concurrency=None).changed(narrow) == TERMS
    assert ChangeWebhook().changed(narrow) == narrow


def test_a_webhook_is_disabled_once_and_enabled_once():
    given = Given(Webhook(an_id()), added)

    assert given.when(asked(Enable())) == []
    assert given.when(asked(Disable(reason="failing"))) == [("WebhookDisabled", {"reason": "failing"})]
    assert given.when(asked(Disable())) == []
    assert given.aggregate.disabled == "failing"
    assert given.when(asked(Enable())) == [("WebhookEnabled", {})]
    assert given.aggregate.disabled is None


def test_a_secret_before_is_signed_with_until_its_overlap_ends():
    """And a rotation without one, after a leak, ends every other at once."""
    given = Given(Webhook(an_id()), added)
    later = NOON + timedelta(hours=1)

    assert given.when(asked(RotateTo(secret="whsec_two"))) == [
        ("WebhookSecretRotated", {"secret": "whsec_two", "old_until": NOON + timedelta(hours=24)})
    ]
    webhook = given.aggregate
    assert [each.value for each in webhook.signing(NOON)] == ["whsec_two", "whsec_one"]
    assert [each.value for each in webhook.signing(NOON + timedelta(hours=24))] == ["whsec_two"]

    given.when(asked(RotateTo(secret="whsec_three", overlap_hours=0), later))
    assert [each.value for each in webhook.signing(later)] == ["whsec_three"]


def test_a_removed_webhook_is_there_no_more():
    given = Given(Webhook(an_id()), added)

    assert given.when(asked(Remove())) == [("WebhookRemoved", {})]
    assert not given.aggregate.there


@pytest.mark.parametrize(
    ("topics", "heard"),
    [
        (("*",), {"complaint.received", "complaint.closed", "clock.missed"}),
        (("complaint.*",), {"complaint.received", "complaint.closed"}),
        (("clock.missed", "complaint.closed"), {"complaint.closed", "clock.missed"}),
        (("ticket.*",), set[str]()),
    ],
)
def test_topics_are_heard_by_name_by_family_or_all(topics: tuple[str, ...], heard: set[str]):
    terms = Terms(topics=topics)

    assert {
        each for each in ("complaint.received", "complaint.closed", "clock.missed") if terms.want(each)
    } == heard


def test_who_configures_may_have_messages_sent_of_every_team_and_of_their_entities():
    bound = Principal(id="admin", role=Role.ADMIN, legal_entities=("main", "branch"))

    assert Scope(teams=None) == ALL
    assert grant(bound) == Scope(teams=None, legal_entities=frozenset({"main", "branch"}))
    assert grant(bound.model_copy(update={"clearance": Sensitivity.RESTRICTED})).levels == {
        Sensitivity.NORMAL,
        Sensitivity.RESTRICTED,
    }


def test_the_cases_heard_of_are_those_of_the_terms():
    """Up to the level that is named, and no other."""
    closer = TERMS.model_copy(update={"sensitivity": Sensitivity.RESTRICTED, "teams": ("payments",)})

    assert TERMS.scope.covers("complaints", "main", Sensitivity.NORMAL)
    assert not TERMS.scope.covers("complaints", "main", Sensitivity.RESTRICTED)
    assert closer.scope.covers("payments", "main", Sensitivity.RESTRICTED)
    assert not closer.scope.covers("payments", "main", Sensitivity.CONFIDENTIAL)
    assert not closer.scope.covers("complaints", "main", Sensitivity.NORMAL)


def test_terms_stay_within_what_was_granted():
    bound = grant(Principal(id="admin", role=Role.ADMIN, legal_entities=("main", "branch")))

    assert granted(TERMS, ALL) == TERMS
    assert granted(TERMS, bound).legal_entities == ("branch", "main")
    for beyond in ({"legal_entities": ("other",)}, {"sensitivity": Sensitivity.RESTRICTED}):
        with pytest.raises(BeyondYourReach):
            granted(TERMS.model_copy(update=beyond), bound)


def test_replay_gives_the_webhook_that_was_recorded():
    webhook = Webhook(an_id())
    for step in (
        added,
        changed(concurrency=2),
        asked(RotateTo(secret="whsec_two")),
        asked(Disable()),
        asked(Remove()),
    ):
        step(webhook)
    replayed = Webhook.replay(None, webhook.collect_events())

    assert replayed is not None
    assert vars(replayed) == vars(webhook)


@pytest.mark.parametrize(
    "terms",
    [TERMS.model_copy(update={"sensitivity": Sensitivity.RESTRICTED}), TERMS],
    ids=["above the clearance", "of every entity"],
)
@pytest.mark.parametrize(
    "change", [{"url": "https://example.org/mine"}, {"concurrency": 2}, {"sensitivity": "normal"}]
)
def test_who_may_not_have_such_messages_turns_them_nowhere(terms: Terms, change: dict[str, object]):
    """Neither to another address nor by other terms; what is the same is no news to anybody."""
    everything = Scope(teams=None, levels=frozenset(Sensitivity))
    bound = Scope(teams=None, legal_entities=frozenset({"main"}))

    def begun(webhook: Webhook) -> None:
        webhook.add(URL, terms, "whsec_one", ADMIN, everything)

    given = Given(Webhook(an_id()), begun)
    assert given.when(changed(grant=bound, url=URL)) == []
    if change == {"sensitivity": "normal"} and terms == TERMS:
        return
    with pytest.raises(BeyondYourReach):
        given.when(changed(grant=bound, **change))


def test_what_is_imported_is_told_where_it_is_asked_for():
    given = Given(Webhook(an_id()), added)

    assert TERMS.imports is False
    assert "imports" not in TERMS.model_dump()
    [(_, facts)] = given.when(changed(imports=True))
    assert facts["terms"] == TERMS.model_dump() | {"imports": True}
