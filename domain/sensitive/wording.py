"""Texts of the firm's own that ask for a secret: refused when they are loaded, in English and French."""

from __future__ import annotations

import re

_NOUN = (
    r"pass[\s-]?(?:words?|phrases?|codes?)|pin(?:\s+codes?)?|"
    r"(?:2-?fa|two-?\s?factor|verification|authentication|authenticator|one-time|security|sms|backup|recovery)\s+codes?|"
    r"cvv|cvc|(?:private|secret|master|set-?up)\s+keys?|(?:seed|recovery|secret|mnemonic)\s+(?:phrase|words)|seed|mnemonic|"
    r"(?:(?:credit|debit|payment|bank)\s+)?card\s+(?:numbers?|details)|tax(?:payer)?\s+(?:id|identification\s+number|numbers?)|"
    r"ssn|itin|social\s+security\s+number|"
    r"mots?\s+de\s+passe|phrase\s+(?:de\s+r[ée]cup[ée]ration|secr[èe]te|de\s+passe)|"
    r"codes?\s+(?:2-?fa|de\s+v[ée]rification|de\s+s[ée]curit[ée]|[àa]\s+deux\s+facteurs|[àa]\s+usage\s+unique|de\s+secours|"
    r"pin|(?:re[çc]u\s+par\s+)?sms|secrets?)|cl[ée]s?\s+(?:priv[ée]es?|ma[îi]tresses?|de\s+configuration|secr[èe]tes?)|"
    r"(?:num[ée]ro|n°)\s+de\s+(?:la\s+|votre\s+)?carte(?!\s+d)|num[ée]ro\s+(?:fiscal|d'identification\s+fiscale)|"
    r"num[ée]ro\s+de\s+s[ée]curit[ée]\s+sociale|cryptogramme"
)
_ASK = (
    r"enter|give|type|write|send|tell|provide|share|confirm|state|submit|supply|fill|paste|copy|upload|e-?mail|need|"
    r"what\s+is|what's|"
    r"indique[rz]|donne[rz]|saisi(?:r|ssez)|entre[rz]|[ée]cri(?:re|vez)|envoye[rz]|communique[rz]|pr[ée]cise[rz]|tape[rz]|"
    r"confirme[rz]|fourni(?:r|ssez)|renseigne[rz]|colle[rz]|copie[rz]|joi(?:ndre|gnez)|transmett(?:re|ez)|partage[rz]|"
    r"rappele[rz]|quel(?:le)?s?\s+(?:est|sont)"
)
_BETWEEN = (
    r"us|me|in|down|here|also|please|your|the|an?|this|my|own|full|current|old|new|former|account|wallet|both|whole|"
    r"complete|last|latest|[\d-]+|six-digit|and|"
    r"nous|moi|ici|aussi|votre|vos|le|la|les|un|une|ce|cette|mon|ma|actuel(?:le)?|ancien(?:ne)?|nouve(?:au|lle)|"
    r"complet|compl[èe]te|dernier|derni[èe]re|et"
)
_NOT_THAT = (
    r"(?!\s+(?:reset|problem|manager|reminder|change|issue|update|page|policy|form|field|error|is\b|was\b))"
)

ASKS = re.compile(
    rf"(?<!\w)(?:{_ASK})\W{{1,3}}(?:(?:{_BETWEEN})\W{{1,3}}){{0,5}}(?:{_NOUN})\b{_NOT_THAT}", re.IGNORECASE
)
NAMES = re.compile(
    rf"\W*(?:(?:{_BETWEEN})\W+){{0,4}}(?:{_NOUN})(?:\s+\(.*\))?(?:\s+(?:here|again|ici|du\s+compte|actuel))?\W*",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"(?<!\w)(?:never|not|no|nobody|nor|without|don't|jamais|pas|ni|sans|personne|aucune?)(?!\w)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?;\n]+")


def asks_for_a_secret(text: str, *, label: bool = False) -> bool:
    """Whether *text* asks for a password, a code, a key, a card or tax number.

    A sentence that says no is the opposite.  As the *label* of something typed in, the
    name alone asks for it.
    """
    plain = text.replace("’", "'")
    if label and NAMES.fullmatch(plain):
        return True
    return any(ASKS.search(sentence) and not DENIES.search(sentence) for sentence in SENTENCE.findall(plain))
