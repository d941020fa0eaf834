"""The firm's own limits as a page for the public, made of the policies in force on a day.

A firm that must answer without undue delay publishes its own number; the limits that
laws set stand beside, so that a reader sees both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Literal, TypeAlias

from domain.kernel import Value
from domain.privacy import Code, PublicText
from domain.tongues import amount_in_words, day_in_words, milestone_in_words

if TYPE_CHECKING:
    from domain.policies import Regime, Rulebook, Term
    from domain.tongues import Language

Kind: TypeAlias = Literal["own", "legal"]
FROM_MEMORY = "M"
"""The confidence of a term whose text was not read."""
KINDS: tuple[Kind, ...] = ("own", "legal")

EVENTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "received": "the receipt of the complaint",
        "sent": "the sending of the complaint",
        "registered": "the registration of the complaint",
        "first_dissatisfaction": "the first expression of dissatisfaction",
        "sent_to_company": "the day the authority sent us the complaint",
        "acknowledged": "the acknowledgement",
        "update_sent": "each update",
        "decision_sent": "the decision",
        "decision_missed": "a decision that is late",
        "marked_complex": "the day we call the complaint complex",
        "investigation_completed": "the end of the investigation",
        "information_supplied": "the receipt of what we asked for",
        "holding_reply_sent": "a holding reply",
        "delay_notice_sent": "a notice of delay",
    },
    "fr": {
        "received": "la réception de la réclamation",
        "sent": "l’envoi de la réclamation",
        "registered": "l’enregistrement de la réclamation",
        "first_dissatisfaction": "la première expression de mécontentement",
        "sent_to_company": "la transmission de la réclamation par l’autorité",
        "acknowledged": "l’accusé de réception",
        "update_sent": "chaque point d’étape",
        "decision_sent": "la décision",
        "decision_missed": "une décision en retard",
        "marked_complex": "le jour où la réclamation est dite complexe",
        "investigation_completed": "la fin de l’examen",
        "information_supplied": "la réception des éléments demandés",
        "holding_reply_sent": "une réponse d’attente",
        "delay_notice_sent": "un avis de retard",
    },
}
WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Our time limits for complaints",
        "on": "In force on {day}.",
        "own": "What we promise",
        "legal": "What the law sets",
        "none": "Nothing at present.",
        "where": "Where",
        "everywhere": "everywhere",
        "step": "Step",
        "limit": "Limit",
        "counted": "Counted from",
        "rule": "Rule",
        "since": "In force",
        "from": "from {day}",
        "until": "from {day}, before {end}",
        "or": " or ",
        "within": "within {amount}",
        "within_each": "within {amount}, each time anew",
        "duty": "without undue delay",
        "duty_and": "within {amount}; the law says: without undue delay",
        "extended": "{limit}; {amount} in all after {by}",
        "unverified": "{rule} (not verified against the text)",
        "days": "The day from which a limit counts is not counted. A limit in days ends with its last day.",
    },
    "fr": {
        "title": "Nos délais de traitement des réclamations",
        "on": "En vigueur le {day}.",
        "own": "Ce que nous promettons",
        "legal": "Ce que la loi fixe",
        "none": "Rien à ce jour.",
        "where": "Où",
        "everywhere": "partout",
        "step": "Étape",
        "limit": "Délai",
        "counted": "À compter de",
        "rule": "Règle",
        "since": "En vigueur",
        "from": "depuis le {day}",
        "until": "depuis le {day}, jusqu’au {end} exclu",
        "or": " ou ",
        "within": "{amount}",
        "within_each": "{amount}, à chaque fois de nouveau",
        "duty": "sans retard injustifié",
        "duty_and": "{amount} ; la loi dit : sans retard injustifié",
        "extended": "{limit} ; {amount} en tout après {by}",
        "unverified": "{rule} (non vérifiée sur le texte)",
        "days": "Le jour à compter duquel un délai court n’est pas compté. "
        "Un délai en jours prend fin avec son dernier jour.",
    },
}
COLUMNS = ("where", "step", "limit", "counted", "rule", "since")


class Limit(Value):
    """One limit as the page shows it."""

    kind: Kind
    regime: Code
    version: Code
    jurisdiction: Code
    milestone: Code
    verified: bool
    effective_from: date
    effective_until: date | None
    source: PublicText
    where: PublicText
    step: PublicText
    limit: PublicText
    counted: PublicText
    rule: PublicText
    since: PublicText


class Page(Value):
    """The limits in force on a day, in the order in which they are shown."""

    language: Code
    on: date
    own: tuple[Limit, ...]
    legal: tuple[Limit, ...]


def page(rules: Rulebook, on: date, language: Language, *, only: Collection[str] = ()) -> Page:
    """Return the limits that *rules* hold in force on the date *on*, of the regimes *only* (default: all).

    A number that the firm gave to a legal duty without one is the firm's own.
    """
    shown = [each for each in _in_force(rules.regimes, on) if not only or each.regime in only]
    found = [limit for regime in shown for limit in _limits(regime, language)]
    return Page(
        language=language,
        on=on,
        own=tuple(limit for limit in found if limit.kind == "own"),
        legal=tuple(limit for limit in found if limit.kind == "legal"),
    )


def _in_force(regimes: Iterable[Regime], on: date) -> list[Regime]:
    """Return of each regime the last version that has begun and not ended, the house's own first."""
    begun = {regime.regime: regime for regime in regimes if regime.in_force(on)}
    return sorted(begun.values(), key=lambda regime: (regime.legal, regime.jurisdiction, regime.regime))


def _limits(regime: Regime, language: Language) -> Iterator[Limit]:
    for term in regime.terms:
        own = not regime.legal or (term.duty is not None and term.limit is not None)
        ends = regime.effective_until
        since = "from" if ends is None else "until"
        begins = day_in_words(regime.effective_from, language)
        rule = f"{term.article} ({regime.source})" if term.article else regime.source
        verified = regime.verified and term.confidence != FROM_MEMORY
        yield Limit(
            kind="own" if own else "legal",
            regime=regime.regime,
            version=regime.version,
            jurisdiction=regime.jurisdiction,
            milestone=term.milestone,
            verified=verified,
            effective_from=regime.effective_from,
            effective_until=ends,
            source=regime.source,
            where=_where(regime, language),
            step=milestone_in_words(term.milestone, language),
            limit=_amount(regime, term, language),
            counted=WORDS[language]["or"].join(_event(word, language) for word in term.start),
            rule=rule if verified else _say(language, "unverified", rule=rule),
            since=_say(
                language, since, day=begins, end=day_in_words(ends, language) if ends is not None else ""
            ),
        )


def _where(regime: Regime, language: Language) -> str:
    """Return where a regime binds: its jurisdiction, and the services that it names."""
    if not regime.legal:
        return _say(language, "everywhere")
    services = ", ".join(service.replace("_", " ") for service in regime.applies.service)
    return f"{regime.jurisdiction} ({services})" if services else regime.jurisdiction


def _amount(regime: Regime, term: Term, language: Language) -> str:
    if term.limit is None or term.unit is None:
        return _say(language, "duty")
    amount = amount_in_words(term.limit, term.unit, regime.weekend, language)
    sentence = "duty_and" if term.duty else "within_each" if term.recurring else "within"
    said = _say(language, sentence, amount=amount)
    longer = term.extension
    if longer is None:
        return said
    more = amount_in_words(longer.limit, longer.unit, regime.weekend, language)
    return _say(language, "extended", limit=said, amount=more, by=_event(longer.by, language))


def _event(word: str, language: Language) -> str:
    return EVENTS[language].get(word, word.replace("_", " "))


def _say(language: Language, sentence: str, **facts: str) -> str:
    return WORDS[language][sentence].format(**facts)


def markdown(shown: Page, language: Language) -> str:
    """Return the page as Markdown."""
    words = WORDS[language]
    lines = [
        f"# {words['title']}",
        "",
        _say(language, "on", day=day_in_words(shown.on, language)),
        words["days"],
    ]
    for kind in KINDS:
        lines += ["", f"## {words[kind]}", ""]
        rows = [_cells(limit) for limit in _of(shown, kind)]
        if not rows:
            lines.append(words["none"])
            continue
        table = [[words[column] for column in COLUMNS], ["---"] * len(COLUMNS), *rows]
        lines += [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in table]
    return "\n".join(lines) + "\n"


def html(shown: Page, language: Language) -> str:
    """Return the page as an HTML document without scripts, to be put on a website."""
    words = WORDS[language]
    title, on = escape(words["title"]), _say(language, "on", day=day_in_words(shown.on, language))
    body = [f"<h1>{title}</h1>", f"<p>{escape(on)} {escape(words['days'])}</p>"]
    for kind in KINDS:
        body.append(f"<h2>{escape(words[kind])}</h2>")
        rows = [_cells(limit) for limit in _of(shown, kind)]
        if not rows:
            body.append(f"<p>{escape(words['none'])}</p>")
            continue
        heads = "".join(f'<th scope="col">{escape(words[column])}</th>' for column in COLUMNS)
        body += ["<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
        body += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
        body += ["</tbody>", "</table>"]
    head = f'<meta charset="utf-8"><title>{title}</title>'
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}"><head>{head}</head><body>',
            *body,
            "</body></html>",
            "",
        ]
    )


def _of(shown: Page, kind: Kind) -> tuple[Limit, ...]:
    return shown.own if kind == "own" else shown.legal


def _cells(limit: Limit) -> list[str]:
    return [limit.where, limit.step, limit.limit, limit.counted, limit.rule, limit.since]
