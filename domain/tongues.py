"""The words that dates, amounts and promises are told in: English and French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from domain.policies import Regime

Language: TypeAlias = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")


class Tongue(NamedTuple):
    """The words of one language; ``{…}`` in a sentence is filled in."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    units: Mapping[str, tuple[str, str]]
    milestones: Mapping[str, str]
    reasons: Mapping[str, str]
    sentences: Mapping[str, str]
    results: Mapping[str, str]
    changes: Mapping[str, str]
    first_of_month: str


ENGLISH = Tongue(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    units={
        "business_day": ("business day", "business days"),
        "working_day": ("business day (Monday to Saturday)", "business days (Monday to Saturday)"),
        "calendar_day": ("calendar day", "calendar days"),
        "week": ("week", "weeks"),
        "month": ("month", "months"),
        "year": ("year", "years"),
        "hour": ("hour", "hours"),
        "business_hour": ("business hour", "business hours"),
    },
    milestones={},
    reasons={},
    sentences={
        "promised": "{milestone}, {kind} of {regime}: {amount}",
        "legal": "legal limit",
        "house": "house promise",
        "from_day": "counted from the day after {day}, in {zone},",
        "from_instant": "counted from {instant}, in {zone},",
        "calendar": "on the calendar {calendar}.",
        "counted": "Counted: {list}.",
        "skipped": "Skipped: {list}.",
        "many": "{number} from {first} to {last}",
        "paused": "It stood still {list}.",
        "from_to": "from {start} to {end}",
        "since": "since {start}",
        "rolled": "The last day would have been {day}; it moved to the next open day.",
        "due": "In time before {instant}, that is by {day}.",
        "would_be": "If it ran again now, it would be in time before {instant}.",
    },
    results={
        "running": "It is running.",
        "paused": "It stands still.",
        "met": "It was met.",
        "missed": "It was missed.",
        "excused": "It was missed, and the miss was excused.",
        "late_evidence": "It was met; the proof came after the miss had been recorded.",
        "cancelled": "It was cancelled.",
    },
    changes={
        "started": "{at}: the clock started.",
        "met": "{at}: the promise was kept.",
        "missed": "{at}: the promise fell due unmet.",
        "stopped_late": "{at}: the promised act came, too late.",
        "miss_corrected": "{at}: late evidence shows that the act was in time ({by}).",
        "paused": "{at}: the clock was stopped ({by}).",
        "resumed": "{at}: the clock ran again ({by}).",
        "retargeted": "{at}: {by} changed the promise, cause {cause}.",
        "extended": "{at}: the notice {cause} extended the promise ({by}).",
        "warned": "{at}: a warning fell due, {cause} before the end.",
        "excusal_proposed": "{at}: {by} proposed to excuse the miss, cause {cause}.",
        "miss_excused": "{at}: {by} agreed to excuse the miss, cause {cause}.",
        "cancelled": "{at}: the promise fell away, cause {cause} ({by}).",
        "moved": "In time before {new}, formerly before {old}.",
        "due": "In time before {new}.",
    },
    first_of_month="1",
)
FRENCH = Tongue(
    weekdays=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    units={
        "business_day": ("jour ouvré", "jours ouvrés"),
        "working_day": ("jour ouvrable", "jours ouvrables"),
        "calendar_day": ("jour calendaire", "jours calendaires"),
        "week": ("semaine", "semaines"),
        "month": ("mois", "mois"),
        "year": ("an", "ans"),
        "hour": ("heure", "heures"),
        "business_hour": ("heure ouvrée", "heures ouvrées"),
    },
    milestones={
        "acknowledgement": "Accusé de réception",
        "completeness": "Contrôle du dossier",
        "progress_update": "Point d’étape",
        "decision": "Décision",
        "holding_reply": "Réponse d’attente",
        "delay_notice": "Avis de retard",
        "summary_resolution": "Règlement rapide",
        "outcome_letter": "Lettre de résultat",
        "referral_window": "Délai de saisine",
        "redress": "Réparation",
    },
    reasons={"weekend": "fin de semaine", "paused": "suspension"},
    sentences={
        "promised": "{milestone}, {kind} {regime} : {amount}",
        "legal": "délai légal",
        "house": "engagement de la maison",
        "from_day": "à compter du lendemain du {day}, dans le fuseau {zone},",
        "from_instant": "à compter du {instant}, dans le fuseau {zone},",
        "calendar": "selon le calendrier {calendar}.",
        "counted": "Comptés : {list}.",
        "skipped": "Non comptés : {list}.",
        "many": "{number}, du {first} au {last}",
        "paused": "Suspendu {list}.",
        "from_to": "du {start} au {end}",
        "since": "depuis le {start}",
        "rolled": "Le dernier jour aurait été le {day} ; il est reporté au jour ouvert suivant.",
        "due": "Dans les temps avant le {instant}, soit au plus tard le {day}.",
        "would_be": "S’il reprenait maintenant, il serait tenu avant le {instant}.",
    },
    results={
        "running": "Le délai court.",
        "paused": "Le délai est suspendu.",
        "met": "Il a été tenu.",
        "missed": "Il a été manqué.",
        "excused": "Il a été manqué, et le manquement excusé.",
        "late_evidence": "Il a été tenu ; la preuve est venue après le constat du manquement.",
        "cancelled": "Il a été annulé.",
    },
    changes={
        "started": "{at} : le délai commence.",
        "met": "{at} : l’engagement est tenu.",
        "missed": "{at} : l’échéance passe sans que l’engagement soit tenu.",
        "stopped_late": "{at} : l’acte promis est fait, trop tard.",
        "miss_corrected": "{at} : une preuve tardive montre que l’acte était dans les temps ({by}).",
        "paused": "{at} : le délai est suspendu ({by}).",
        "resumed": "{at} : le délai reprend ({by}).",
        "retargeted": "{at} : {by} change l’échéance, motif {cause}.",
        "extended": "{at} : l’avis {cause} prolonge le délai ({by}).",
        "warned": "{at} : une alerte tombe, {cause} avant l’échéance.",
        "excusal_proposed": "{at} : {by} propose d’excuser le manquement, motif {cause}.",
        "miss_excused": "{at} : {by} accepte d’excuser le manquement, motif {cause}.",
        "cancelled": "{at} : l’engagement tombe, motif {cause} ({by}).",
        "moved": "Dans les temps avant le {new}, auparavant avant le {old}.",
        "due": "Dans les temps avant le {new}.",
    },
    first_of_month="1er",
)
TONGUES: Mapping[Language, Tongue] = {"en": ENGLISH, "fr": FRENCH}


@lru_cache(maxsize=8192)
def day_in_words(day: date, language: Language) -> str:
    """Return a date like ``Fri 22 May 2026`` or ``ven. 22 mai 2026``."""
    words = TONGUES[language]
    number = words.first_of_month if day.day == 1 else day.day
    return f"{words.weekdays[day.weekday()]} {number} {words.months[day.month - 1]} {day.year}"


def instant_in_words(moment: datetime, regime: Regime, language: Language) -> str:
    """Return an instant as calendars and clocks of the regime's zone show it, with the offset."""
    return _local_in_words(moment, regime.tz, language)


@lru_cache(maxsize=4096)
def _local_in_words(moment: datetime, zone: tzinfo, language: Language) -> str:
    local = moment.astimezone(zone)
    seconds = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
    return f"{day_in_words(local.date(), language)} {seconds} ({local:%z})"


def amount_in_words(limit: int, unit: str, weekend: Sequence[str], language: Language) -> str:
    """Return a term like ``2 business days``; a week of six business days has words of its own."""
    name = "working_day" if unit == "business_day" and set(weekend) == {"sun"} else unit
    one, more = TONGUES[language].units.get(name, (name, name))
    return f"{limit} {one if limit == 1 else more}"


def milestone_in_words(milestone: str, language: Language) -> str:
    """Return the name of a milestone; one that a firm added is its own name."""
    return TONGUES[language].milestones.get(milestone, milestone.replace("_", " ").capitalize())
