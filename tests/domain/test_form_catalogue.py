"""The catalogue of forms: each is complete in both languages, takes a good answer, and refuses each mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from adapters.forms import shared, shipped_forms
from domain.complaint.codes import CATEGORIES
from domain.forms import Field, Form, Submission, check, said
from domain.sensitive import spots

EXAMPLES = Path(__file__).parents[1] / "data" / "forms"
NOW = datetime.fromisoformat("2026-05-22T16:00:00+00:00")
"""A Friday, six in the evening in Paris."""
PARIS = ZoneInfo("Europe/Paris")
FORMS = {id: form for id, form in shipped_forms().items() if form.kind == "ticket"}
CATALOGUE = [
    "general_request",
    "unusual_activity",
    "lost_device",
    "two_factor_unavailable",
    "password_reset",
    "account_disabled",
    "invalid_sign_in",
    "lost_email",
    "not_receiving_email",
    "settings_lock",
    "reopen_account",
    "close_account",
    "account_features",
    "change_of_name",
    "change_of_address",
    "change_of_phone",
    "tax_number",
    "retirement_account",
    "business_verification",
    "business_proposal",
    "event_proposal",
    "job_application",
    "video_verification",
    "phone_callback",
    "deposit_below_minimum",
    "instant_purchase",
    "bank_purchase",
    "document_upload",
    "security_documents",
    "follow_up_questions",
    "feedback",
]
Place = tuple[str | int, ...]
WRONG: Mapping[str, tuple[object, str]] = {
    "line": ("a\nb", "line"),
    "text": ("a\x00b", "text"),
    "email": ("nobody", "email"),
    "phone": ("12", "phone"),
    "lines": ("one", "list"),
    "choice": ("nothing of that", "choice"),
    "choices": (["nothing of that"], "choice"),
    "checklist": (["orders"], "checklist"),
    "date": ("22/05/2026", "date"),
    "datetime": ("2026-05-22", "datetime"),
    "when": ("tomorrow", "when"),
    "zone": ("Mars/North", "zone"),
    "country": ("XX", "country"),
    "number": ("many", "number"),
    "amount": ("-5 or so", "amount"),
    "rating": (6, "rating"),
    "parent": ("T-1", "parent"),
    "file": ("letter.exe", "file"),
    "records": ("one", "list"),
}
"""An answer that no field of the kind takes, and the type of the mistake."""


def example(form: str) -> dict[str, Any]:
    """Return the fields of the good example of *form*."""
    return json.loads((EXAMPLES / f"{form}.json").read_text("utf-8"))["fields"]


def judged(
    form: str,
    fields: dict[str, Any],
    *,
    language: str = "en",
    signed_in: bool = True,
    confirmed: tuple[str, ...] = (),
) -> list[tuple[str, str, str]]:
    """Return the mistakes of *fields*; none when they are in order."""
    found = check(
        FORMS[form],
        fields,
        now=NOW,
        zone=PARIS,
        language=language,
        signed_in=signed_in,
        texts=shared().mistakes,
        confirmed=confirmed,
    )
    if isinstance(found, Submission):
        return []
    return [(each.pointer, each.type, each.message) for each in found]


def changed(fields: dict[str, Any], place: Place, answer: object) -> dict[str, Any]:
    """Return *fields* with another *answer* at *place*; None takes it away."""
    whole = deepcopy(fields)
    within: Any = whole
    for part in place[:-1]:
        within = within[part]
    if answer is None:
        del within[place[-1]]
    else:
        within[place[-1]] = answer
    return whole


def answered(fields: Mapping[str, Field], answers: Mapping[str, Any]) -> Iterator[tuple[Place, Field]]:
    """Yield every field that is answered, the first record of each list of records with its own."""
    for name, field in fields.items():
        if name in answers:
            yield (name,), field
            if field.kind == "records":
                within = answered(field.fields, answers[name][0])
                yield from (((name, 0, *place), inner) for place, inner in within)


ANSWERED = [
    (id, place, field) for id, form in FORMS.items() for place, field in answered(form.fields, example(id))
]
REQUIRED = [each for each in ANSWERED if each[2].required]


def named(value: object) -> str | None:
    if isinstance(value, tuple):
        return ".".join(map(str, cast("Place", value)))
    return value if isinstance(value, str) else None


def test_the_catalogue_is_whole():
    assert sorted(FORMS) == sorted(CATALOGUE)
    assert sorted(path.stem for path in EXAMPLES.glob("*.json")) == sorted(CATALOGUE)


@pytest.mark.parametrize("id", CATALOGUE)
def test_a_good_answer_is_taken_and_every_field_of_the_form_has_one(id: str):
    form, fields = FORMS[id], example(id)

    assert judged(id, fields) == []
    unanswered = {name for name in form.fields if name not in fields}
    assert unanswered <= {"parent", "other_asset"}
    assert spots(fields) == ()


@pytest.mark.parametrize("id", CATALOGUE)
def test_every_text_is_there_in_both_languages_and_differs_from_no_text(id: str):
    form = FORMS[id]
    texts = [each for each in words_of(form.model_dump(exclude={"never_asked", "privacy"})) if each]

    assert form.languages == ("en", "fr")
    assert form.category in CATEGORIES
    assert texts
    assert all(set(each) == {"en", "fr"} and all(text.strip() for text in each.values()) for each in texts)


@pytest.mark.parametrize("id", CATALOGUE)
def test_french_has_its_typography(id: str):
    """Curved apostrophes, and a blank before the signs of two parts."""
    french = [each["fr"] for each in words_of(FORMS[id].model_dump()) if each]

    assert [text for text in french if "'" in text or '"' in text] == []
    assert [
        text for text in french if any(f"{letter}{sign}" in text for letter in "aeéns" for sign in "?!;")
    ] == []


def words_of(said: Any) -> Iterator[dict[str, str]]:
    """Yield every text within *said*, in its languages."""
    if isinstance(said, dict):
        within = cast("dict[str, Any]", said)
        if isinstance(within.get("en"), str):
            yield within
        else:
            for value in within.values():
                yield from words_of(value)
    elif isinstance(said, list | tuple):
        for value in cast("Sequence[Any]", said):
            yield from words_of(value)


@pytest.mark.parametrize(("id", "place", "field"), REQUIRED, ids=named)
def test_what_is_required_is_asked_for(id: str, place: Place, field: Field):
    pointer = "/fields/" + "/".join(map(str, place))

    mistakes = judged(id, changed(example(id), place, None), language="fr")

    told = said(field.missing, "fr") or "Cette réponse est obligatoire."
    assert (pointer, "missing", told) in mistakes
    others = {(where, type) for where, type, _ in mistakes if where != pointer}
    assert others <= FOLLOWS.get((id, place), set())


FOLLOWS: Mapping[tuple[str, Place], set[tuple[str, str]]] = {
    ("unusual_activity", ("funds_affected",)): {("/fields/funds", "not_asked")},
    ("not_receiving_email", ("message",)): {("/fields/which", "not_asked")},
}
"""What is wrong as well once an answer is gone: another was asked for because of it."""


@pytest.mark.parametrize(("id", "place", "field"), ANSWERED, ids=named)
def test_what_no_field_of_the_kind_takes_is_refused(id: str, place: Place, field: Field):
    answer, type = WRONG[field.kind]
    if field.pattern is not None:
        answer, type = "??", "pattern"
    pointer = "/fields/" + "/".join(map(str, place))

    mistakes = judged(id, changed(example(id), place, answer))

    assert (pointer, type) in [each[:2] for each in mistakes]
    others = {(where, type) for where, type, _ in mistakes if not where.startswith(pointer)}
    assert others <= FOLLOWS.get((id, place), set())


def owners(*shares: str) -> list[dict[str, Any]]:
    """Return a person for each of *shares*."""
    return [
        {"full_name": f"Person {number}", "country": "FR", "share": share, "holding": "shares"}
        for number, share in enumerate(shares)
    ]


Broken = tuple[str, str, dict[str, Any], list[tuple[str, str]]]
"""A form, the rule or condition that is broken, the answers that break it (None: none), and the mistakes."""
AT = [{"at": f"2026-05-{day}T10:00"} for day in (25, 26, 27)]
MINIMA = {
    "ETH": "0.05",
    "BTC": "0.0005",
    "SOL": "0.1",
    "XRP": "20",
    "ADA": "5",
    "DOT": "1",
    "LTC": "0.05",
    "USDT": "10",
    "USDC": "10",
}
UNCONFIRMED = [("/confirmed", "unconfirmed")]
STOPPED = [("/fields", "stopped")]
COMPANY: dict[str, Any] = {"name": "Holding SA", "share": "30"}
BROKEN: list[Broken] = [
    ("unusual_activity", "funds", {"funds": None}, [("/fields/funds", "missing")]),
    ("unusual_activity", "funds", {"funds_affected": "no"}, [("/fields/funds", "not_asked")]),
    ("lost_device", "past", {"lost_on": "2026-05-23"}, [("/fields/lost_on", "not_in_future")]),
    *(
        ("lost_device", "other_form", {"happened": happened}, STOPPED)
        for happened in ("broken", "replaced", "reset")
    ),
    ("two_factor_unavailable", "old_device", {"old_device": "yes"}, UNCONFIRMED),
    ("two_factor_unavailable", "kept", {"kept": "yes"}, UNCONFIRMED),
    (
        "lost_email",
        "another_address",
        {"new_email": "Someone@example.org"},
        [("/fields/new_email", "distinct")],
    ),
    ("not_receiving_email", "which", {"which": None}, [("/fields/which", "missing")]),
    ("not_receiving_email", "which", {"message": "reset"}, [("/fields/which", "not_asked")]),
    ("settings_lock", "waiting_time", {"master_key": "no"}, UNCONFIRMED),
    ("settings_lock", "waiting_time", {"master_key": "never"}, UNCONFIRMED),
    ("reopen_account", "open_new", {"used": "no"}, UNCONFIRMED),
    (
        "close_account",
        "steps_done",
        {"steps_done": ["orders", "staking", "funds", "history", "keys"]},
        [("/fields/steps_done", "checklist")],
    ),
    ("change_of_name", "bank_first", {"bank_changed": "no"}, UNCONFIRMED),
    ("change_of_name", "another_name", {"new_name": "someone SOMEWHERE"}, [("/fields/new_name", "distinct")]),
    (
        "business_verification",
        "whole",
        {"owners": owners("40.1")},
        [("/fields/company_owners/0/share", "sum_at_most")],
    ),
    (
        "business_verification",
        "whole",
        {"owners": owners("50", "50.0001"), "company_owners": None},
        [("/fields/owners/1/share", "sum_at_most")],
    ),
    (
        "business_verification",
        "somebody",
        {"owners": owners("24.9999"), "company_owners": None, "significant_person": None},
        [("/fields/owners", "some_at_least")],
    ),
    (
        "business_verification",
        "company_owners.indirect_owners",
        {"company_owners": [COMPANY]},
        [("/fields/company_owners/0/indirect_owners", "missing")],
    ),
    ("event_proposal", "to_come", {"date": "2026-05-21"}, [("/fields/date", "within_days")]),
    ("event_proposal", "to_come", {"date": "2029-06-01"}, [("/fields/date", "within_days")]),
    ("video_verification", "proposals", {"proposals": AT[:2]}, [("/fields/proposals", "too_few")]),
    ("video_verification", "proposals", {"proposals": [*AT, *AT]}, [("/fields/proposals", "too_many")]),
    (
        "video_verification",
        "soon",
        {"proposals": [*AT[:2], {"at": "2026-05-30T10:00"}]},
        [("/fields/proposals/2/at", "within_days")],
    ),
    (
        "video_verification",
        "to_come",
        {"proposals": [{"at": "2026-05-22T17:59"}, *AT[:2]]},
        [("/fields/proposals/0/at", "not_past")],
    ),
    (
        "video_verification",
        "weekend",
        {"proposals": [{"at": "2026-05-23T10:00"}, AT[0], {"at": "2026-05-24T10:00"}]},
        [("/fields/proposals/2/at", "at_most_weekend")],
    ),
    (
        "video_verification",
        "three_days",
        {"proposals": [AT[0], AT[1], {"at": "2026-05-25T16:00"}]},
        [("/fields/proposals/2/at", "distinct")],
    ),
    ("phone_callback", "not_today", {"date": "2026-05-22"}, [("/fields/date", "not_today")]),
    ("phone_callback", "soon", {"date": "2026-05-21"}, [("/fields/date", "within_days")]),
    ("phone_callback", "soon", {"date": "2026-06-22"}, [("/fields/date", "within_days")]),
    *(
        ("deposit_below_minimum", f"minimum_{asset.lower()}", {"asset": asset, "amount": amount}, UNCONFIRMED)
        for asset, least in MINIMA.items()
        for amount in (str(float(least) * 0.99),)
    ),
    ("deposit_below_minimum", "other_asset", {"asset": "other"}, [("/fields/other_asset", "missing")]),
    ("deposit_below_minimum", "other_asset", {"other_asset": "PEPE"}, [("/fields/other_asset", "not_asked")]),
    ("instant_purchase", "bank", {"payment_method": "bank_account"}, STOPPED),
    ("instant_purchase", "past", {"purchased_on": "2026-05-23"}, [("/fields/purchased_on", "not_in_future")]),
    ("bank_purchase", "past", {"purchased_on": "2026-05-23"}, [("/fields/purchased_on", "not_in_future")]),
    (
        "document_upload",
        "somewhere",
        {"account_email": None},
        [("/fields/parent", "one_required")],
    ),
]
IDS = [f"{form}-{rule}-{number}" for number, (form, rule, _, _) in enumerate(BROKEN)]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("form", "rule", "changes", "mistakes"), BROKEN, ids=IDS)
def test_every_rule_is_enforced_and_told_in_the_language_of_the_sender(
    form: str, rule: str, changes: dict[str, Any], mistakes: list[tuple[str, str]], language: str
):
    fields = {name: answer for name, answer in (example(form) | changes).items() if answer is not None}

    found = judged(form, fields, language=language)

    assert [(where, type) for where, type, _ in found] == mistakes
    texts = {each.id: said(each.message, language) for each in FORMS[form].rules}
    texts |= {each.id: said(each.text, language) for each in FORMS[form].advice}
    if rule in texts:
        assert [told for _, _, told in found] == [texts[rule]]


def test_every_rule_condition_and_stop_of_every_form_is_broken_here():
    """A rule that joins a form is missing here until there is a case that breaks it."""
    held = {(form, rule) for form, rule, _, _ in BROKEN}

    assert {(id, name) for id, form in FORMS.items() for name in rules_of(form)} <= held


def rules_of(form: Form) -> Iterator[str]:
    yield from (rule.id for rule in form.rules)
    yield from (advice.id for advice in form.advice if advice.confirm or advice.stops)
    for path, field in form.every_field():
        bounded = field.kind in ("records", "lines") and field.min is not None and field.min > 1
        if field.show_when or field.require_when or field.kind == "checklist" or bounded:
            yield path


@pytest.mark.parametrize(
    ("form", "changes", "confirmed"),
    [
        ("two_factor_unavailable", {"old_device": "yes", "kept": "yes"}, ("old_device", "kept")),
        ("settings_lock", {"master_key": "no"}, ("waiting_time",)),
        ("reopen_account", {"used": "no"}, ("open_new",)),
        ("change_of_name", {"bank_changed": "no"}, ("bank_first",)),
        ("deposit_below_minimum", {"amount": "0.0499"}, ("minimum_eth",)),
    ],
)
def test_what_is_only_advised_against_is_sent_once_it_is_confirmed(
    form: str, changes: dict[str, Any], confirmed: tuple[str, ...]
):
    assert judged(form, example(form) | changes, confirmed=confirmed) == []


@pytest.mark.parametrize(("asset", "least"), MINIMA.items())
def test_the_minimum_itself_is_no_less_than_the_minimum(asset: str, least: str):
    assert (
        judged("deposit_below_minimum", example("deposit_below_minimum") | {"asset": asset, "amount": least})
        == []
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"owners": owners("25"), "company_owners": None, "significant_person": None},
        {"owners": None, "company_owners": None},
        {"owners": owners("10"), "significant_person": None},
        {"owners": owners("100"), "company_owners": None},
        {"company_owners": [COMPANY | {"share": "24.9"}]},
    ],
)
def test_a_company_is_owned_by_a_person_of_25_per_cent_or_controlled_by_one(changes: dict[str, Any]):
    """An owner, a person behind an owning company, or the person with significant control."""
    fields = example("business_verification") | changes

    assert judged("business_verification", {k: v for k, v in fields.items() if v is not None}) == []


def test_one_date_on_a_weekend_and_today_are_allowed_for_a_video():
    proposals = [{"at": "2026-05-22T20:00"}, {"at": "2026-05-23T10:00"}, {"at": "2026-05-29T10:00"}]

    assert judged("video_verification", example("video_verification") | {"proposals": proposals}) == []


def places(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Where the mistakes are, and of what type."""
    return [(where, type) for where, type, _ in found]


TOKYO = {"time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("moments", "wrong"),
    [
        (("25T07:00+09:00", "25T20:00+09:00", "27T10:00+09:00"), [("/fields/proposals/1/at", "distinct")]),
        (("25T07:00+09:00", "26T06:00+09:00", "27T10:00+09:00"), []),
        (("23T20:00Z", "24T20:00Z", "27T10:00"), []),
        (("23T00:59", "25T07:00", "26T10:00"), [("/fields/proposals/0/at", "not_past")]),
        (
            ("22T10:00", "25T07:00", "26T10:00"),
            [("/fields/proposals/0/at", "within_days"), ("/fields/proposals/0/at", "not_past")],
        ),
    ],
)
def test_the_days_of_a_video_are_those_of_the_applicant(moments: tuple[str, ...], wrong: list[Any]):
    """Not of the firm: seven in the morning in Tokyo is the evening before in Paris."""
    proposals = {"proposals": [{"at": f"2026-05-{moment}"} for moment in moments]}

    assert places(judged("video_verification", example("video_verification") | TOKYO | proposals)) == wrong


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00", "9999-12-31T23:59"]
)
def test_a_year_that_nobody_can_count_from_is_no_date(moment: str):
    proposals = {"proposals": [{"at": moment}, *AT[:2]]}
    wrong = [("/fields/proposals/0/at", "datetime")]

    assert places(judged("video_verification", example("video_verification") | TOKYO | proposals)) == wrong


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "9999-12", "0001-01-01T00:00:00Z", "9999-12-31T23:00:00-12:00"]
)
def test_an_estimate_of_such_a_year_is_none(moment: str):
    assert places(judged("settings_lock", example("settings_lock") | {"since": moment})) == [
        ("/fields/since", "when")
    ]


@pytest.mark.parametrize("id", CATALOGUE)
def test_a_form_to_sign_in_for_says_so(id: str):
    mistakes = judged(id, example(id), signed_in=False)

    told = [("/form", "sign_in", "Sign in to send this form.")]
    assert mistakes == (told if id in {"account_features", "change_of_name", "change_of_address"} else [])


def test_a_tax_number_has_no_place_to_be_typed_or_sent():
    form = FORMS["tax_number"]

    assert set(form.fields) == {"account_email", "full_name", "phone", "reach_at"}
    assert form.attachments.none


def test_forms_named_by_others_are_there():
    named = {advice.form for form in FORMS.values() for advice in form.advice if advice.form}

    assert named == {"complaint", "two_factor_unavailable", "lost_device", "document_upload", "bank_purchase"}
    assert named <= {*FORMS, "complaint"}
