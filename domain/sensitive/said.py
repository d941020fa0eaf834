"""Passwords and codes, which have no shape of their own: found where they are said to be that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.sensitive.finding import Finding, Kind

_WORD = (
    r"pass[\s-]?(?:word|phrase|code)|pwd|master[\s-]key|log-?in\s+secret|"
    r"mots?\s+de\s+passe|mdp|phrase\s+secr[èe]te|cl[ée]\s+ma[îi]tre"
)
_IS = r"(?:\s*[:=]\s*|\s+(?:is|was|est|[ée]tait|reads|c'est)\s*:?\s+)"
_CODE = (
    r"2-?fa|t?otp|mfa|authenticator|two-?\s?factor|one-?time|verification|security|sms|backup|cvv2?|cvc2?|pin|"
    r"cryptogramme|(?:double\s+)?authentification|v[ée]rification|s[ée]curit[ée]|usage\s+unique|deux\s+facteurs|a2f|secours"
)
_LINK = (
    r"(?:[\s:=#'\"«(-]|codes?\b|numbers?\b|num[ée]ro\b|is\b|was\b|my\b|the\b|le\b|la\b|est\b|[ée]tait\b|n°|de\b|[àa]\b|"
    r"d'|sms\b|app\b|2-?fa\b|received\b|re[çc]u\b){1,12}+"
)

# In small letters: to compare without regard to case takes twice as long.  The letters with which
# one can begin tell at most places that none does.
PASSWORD = re.compile(rf"(?<!\w)(?=[plmc])(?:{_WORD})\b{_IS}(?P<open>[\"'«“`]?\s?)(?P<value>\S{{3,128}}+)")
CODE = re.compile(
    rf"(?<!\w)(?=[2taomvsbcpdu])(?:(?P<card>cvv2?|cvc2?|cryptogramme|pin)|(?:{_CODE}|code))\b(?P<link>{_LINK})"
    r"(?P<value>\d{3,4}[ -]?\d{3,4}|\d{3,6})(?![\w]|[-./:,]\d)"
)
CODE_BEFORE = re.compile(
    rf"(?P<value>[0-9](?<![\w.,/:-][0-9])\d{{2}}[ -]?\d{{3}}(?:\d{{2}})?)\s{{1,3}}"
    rf"(?:is|was|est|[ée]tait)\s{{1,3}}(?:my|the|our|mon|le)\s{{1,3}}(?:{_CODE}|code\s+(?:{_CODE}|[àa2]))\b"
)
CODE_DIGITS = range(6, 9)
NAMED = re.compile(rf"(?:{_CODE})\b")

HIDDEN = re.compile(r"[*xX•.…_?-]+")
"""A password that was made unreadable before it was sent."""
TOLD = re.compile(r"(?:ed|en|ing|able|é|ée|ible)$", re.IGNORECASE)
"""How words end that tell what became of a password."""
ENDS = ".,;:!?)]}»”\"'`"
ORDINARY = frozenset(
    """
    wrong correct incorrect invalid valid expired lost forgotten refused rejected blocked changed
    fine good right bad secure strong weak safe secret unknown compromised stolen hacked reset
    missing needed required accepted denied disabled different new old same here there below above
    none nothing gone locked broken known mine ours yours not never now still also only being always
    very too unchanged working perdu oublié oubliée faux fausse bon bonne incorrecte refusé rejeté
    bloqué changé expiré invalide valide sûr fort faible inconnu compromis volé piraté réinitialisé
    manquant requis accepté désactivé différent nouveau ancien même ici aucun rien toujours pas
    jamais encore trop très exact inexact the and that this what which reset-link n/a xxxx
    """.split()  # noqa: SIM905 - a list of words reads as one
)
"""What is said of a password without telling it."""


def passwords(text: str) -> Iterator[Finding]:
    """Yield every password that is given as one: "my password is …", "mot de passe : …"."""
    for match in PASSWORD.finditer(text.lower()):
        value = text[slice(*match.span("value"))].rstrip(ENDS)
        end = match.start("value") + len(value)
        if _looks_chosen(value, text, end, quoted=bool(match["open"].strip())):
            yield Finding(Kind.PASSWORD, match.start("value"), end)


def _looks_chosen(value: str, text: str, end: int, *, quoted: bool) -> bool:
    """Whether *value* is a password rather than what is said of one."""
    if HIDDEN.fullmatch(value):
        return False
    if quoted:
        return True
    if value.lower() in ORDINARY:
        return False
    plain = value.replace("'", "").replace("-", "")
    if not plain.isalpha() or not (plain.islower() or plain.istitle() or plain.isupper()):
        return True
    return not TOLD.search(value) and _last(text, end)


def _last(text: str, end: int) -> bool:
    """Whether the sentence or the line is over at *end*."""
    after = text[end : end + 3]
    if not after.strip() or after[0] in "\n;":
        return True
    return after[0] in ENDS and (len(after) == 1 or after[1].isspace())


def codes(text: str) -> Iterator[Finding]:
    """Yield every code for signing in or paying that is given as one: "code 2FA 123456"."""
    lower = text.lower()
    for match in CODE.finditer(lower):
        digits = sum(letter.isdigit() for letter in match["value"])
        long_enough = digits in CODE_DIGITS if match["card"] is None else digits <= CODE_DIGITS[0]
        if long_enough and NAMED.search(match[0]):
            yield Finding(Kind.CODE, *match.span("value"))
    for match in CODE_BEFORE.finditer(lower):
        yield Finding(Kind.CODE, *match.span("value"))
