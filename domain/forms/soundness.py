"""Whether a form makes sense as a whole: every name is known, every rule can be judged, every text said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast, get_args

from pydantic import BaseModel

from domain.complaint.form import ComplaintForm
from domain.forms import rules as r
from domain.forms.conditions import Condition
from domain.forms.model import Counted, Field, Form, Timed, Typed
from domain.sensitive.wording import asks_for_a_secret

Place = tuple[int | str, ...]
Unsound = Iterator[tuple[Place, str]]
LANGUAGE_KEYS = frozenset({"label", "help", "missing", "invalid", "message", "text", "title", "never_asked"})
FIXED_KINDS: Mapping[str, tuple[str, ...]] = {
    "account_email": ("email",),
    "subject": ("line",),
    "description": ("text",),
}
"""Names that mean the same on the form of every ticket, with the kinds they may have."""
COMPLAINT = "complaint"
DEPTH = 2
"""How deep records may stand: in the form, and within a record of it."""
MEASURED: Mapping[type, tuple[str, ...]] = {
    r.Distinct: (),
    r.Dated: get_args(Timed),
    r.SumAtMost: get_args(Counted),
    r.SomeAtLeast: get_args(Counted),
    r.AllTicked: ("tick", "checklist"),
}
"""Which kinds of field a kind of rule can judge; every other rule judges any."""


def unsound(form: Form) -> Unsound:
    """Yield what is wrong with *form*, and where."""
    yield from _levels((), form.fields, form.rules, {})
    yield from _advice(form)
    yield from _fixed(form)
    yield from _typed(form)
    yield from _untold((), form, frozenset(form.languages))
    yield from _secretive((), form)


def _levels(
    place: Place, fields: Mapping[str, Field], rules: tuple[r.Rule, ...], above: Mapping[str, Field]
) -> Unsound:
    """Judge the fields of a form or of a record, which may name those *above* too."""
    known = {**above, **fields}
    for name, field in fields.items():
        here = (*place, "fields", name)
        for key in ("show_when", "require_when"):
            yield from _condition((*here, key), getattr(field, key), known)
        if field.kind == "records" and field.personal is False:
            yield (*here, "personal"), "records are always kept sealed; leave it out"
        if field.choices and not field.options:
            yield (*here, "choices"), f"there is no list {field.choices}; give the options themselves"
        if field.kind == "records" and place.count("fields") == DEPTH:
            yield (*here, "kind"), "records stand in a form or in its records, no deeper"
        elif field.kind == "records":
            yield from _levels(here, field.fields, field.rules, known)
    for number, rule in enumerate(rules):
        here = (*place, "rules", number)
        yield from _condition((*here, "when"), rule.when, known)
        yield from _rule(here, rule, fields, known)


def _rule(place: Place, rule: r.Rule, fields: Mapping[str, Field], known: Mapping[str, Field]) -> Unsound:
    kinds = next((kinds for kind, kinds in MEASURED.items() if isinstance(rule, kind)), ())
    others = (rule.other,) if isinstance(rule, r.NotBefore) else ()
    for path in (*rule.fields, *others):
        field = at(fields, path)
        if field is None:
            yield (
                (*place, "fields"),
                f"there is no field {path}; use one of: {', '.join(sorted(paths(fields)))}",
            )
        elif kinds and field.kind not in kinds:
            yield (*place, "fields"), f"{rule.rule} cannot judge {path}; it judges {', '.join(kinds)}"
    for path in rule.or_filled if isinstance(rule, r.SomeAtLeast) else ():
        if at(fields, path) is None:
            yield (*place, "or_filled"), f"there is no field {path}"
    zone = rule.zone if isinstance(rule, r.Dated) else None
    if zone is not None and (zone not in known or known[zone].kind != "zone"):
        yield (*place, "zone"), f"there is no field {zone} of the kind zone"


def _condition(place: Place, condition: Condition | None, known: Mapping[str, Field]) -> Unsound:
    for name in sorted(set(condition.named() if condition else ())):
        if name not in known:
            yield place, f"there is no field {name} to look at; use one of: {', '.join(sorted(known))}"


def _advice(form: Form) -> Unsound:
    for number, advice in enumerate(form.advice):
        yield from _condition(("advice", number, "when"), advice.when, form.fields)
    for key, listed in (("advice", form.advice), ("notices", form.notices), ("rules", form.rules)):
        ids = [each.id for each in listed]
        for number, id in enumerate(ids):
            if id in ids[:number]:
                yield (key, number, "id"), f"{id} is there twice; give each its own"


def _typed(form: Form) -> Unsound:
    """Yield how the form of complaints differs from what a complaint holds."""
    if (form.kind == "complaint") != (form.id == COMPLAINT):
        yield ("kind",), f"the form {COMPLAINT} is the one of complaints, and the only one"
    if form.kind != "complaint":
        return
    if form.attachments.required:
        yield ("attachments", "required"), "a complaint is received with a file or without; take it away"
    known = ComplaintForm.model_fields
    for name in form.fields:
        if name not in known:
            yield ("fields", name), "a complaint has no such field; take it away"
    for name, field in known.items():
        if field.is_required() and name not in form.fields:
            yield ("fields",), f"a complaint needs {name}; ask for it"


def _fixed(form: Form) -> Unsound:
    if form.kind != "ticket":
        return
    for name, kinds in FIXED_KINDS.items():
        if name in form.fields and form.fields[name].kind not in kinds:
            yield ("fields", name, "kind"), f"{name} means the same on every form; its kind is {kinds[0]}"
    if form.confirm_again and "account_email" not in form.fields:
        yield ("confirm_again",), "a second request is known by account_email; ask for it"
    parents = [name for name, field in form.fields.items() if field.kind == "parent"]
    for name in parents[1:]:
        yield ("fields", name, "kind"), "a form has one parent at most"


def _untold(place: Place, said: BaseModel, languages: frozenset[str]) -> Unsound:
    """Yield each text of *said* that lacks one of the *languages*, or has one too many."""
    for name in type(said).model_fields:
        value, here = getattr(said, name), (*place, name)
        if name in LANGUAGE_KEYS:
            yield from _words(here, value, languages)
        elif name == "afterwards":
            for number, words in enumerate(value):
                yield from _words((*here, number), words, languages)
        elif isinstance(value, BaseModel):
            yield from _untold(here, value, languages)
        elif isinstance(value, tuple):
            for number, each in enumerate(cast("tuple[object, ...]", value)):
                if isinstance(each, BaseModel):
                    yield from _untold((*here, number), each, languages)
        elif name == "fields":
            for key, field in value.items():
                yield from _untold((*here, key), field, languages)


def _words(place: Place, words: Mapping[str, str], languages: frozenset[str]) -> Unsound:
    if not words:
        return
    for language in sorted(languages - set(words)):
        yield place, f'the text is missing in {language}; add {language} = "…"'


def at(fields: Mapping[str, Field], path: str) -> Field | None:
    """Return the field at a *path* such as ``proposals.date``, or None."""
    name, _, rest = path.partition(".")
    field = fields.get(name)
    return at(field.fields, rest) if field is not None and rest else field


def paths(fields: Mapping[str, Field]) -> Iterator[str]:
    """Yield the paths of all *fields*, those of records too."""
    for name, field in fields.items():
        yield name
        yield from (f"{name}.{path}" for path in paths(field.fields))


def _secretive(place: Place, said: object, *, label: bool = False) -> Unsound:
    """Yield each text within *said* that asks for what nobody should write down."""
    if isinstance(said, str):
        if asks_for_a_secret(said, label=label):
            yield place, "this asks for a secret, and no text may; say that it is never asked for"
    elif isinstance(said, Field):
        typed = said.kind in (*get_args(Typed), *get_args(Counted), "lines")
        yield from _secretive((*place, "label"), said.label, label=typed)
        for name in ("help", "missing", "invalid", "options", "fields", "rules"):
            yield from _secretive((*place, name), getattr(said, name))
    elif isinstance(said, BaseModel):
        for name in type(said).model_fields:
            if name != "never_asked":
                yield from _secretive((*place, name), getattr(said, name))
    elif isinstance(said, Mapping):
        for name, value in cast("Mapping[str, object]", said).items():
            yield from _secretive((*place, name), value, label=label)
    elif isinstance(said, tuple):
        for number, value in enumerate(cast("tuple[object, ...]", said)):
            yield from _secretive((*place, number), value)
