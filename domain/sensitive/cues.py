"""What is said beside a value decides where its shape alone does not.

A transaction id and a private key are both 64 hexadecimal digits, and an order can be numbered as
a taxpayer is.  The nearest words decide: the last that stand before the value, else the first after it.
"""

from __future__ import annotations

import re

BEFORE, AFTER = 80, 40
"""Characters that are looked at on each side of a value."""

_OPENING = (
    r"priv(?:ate|e|ée|es|ées)?(?!\s*(?:life|vie))|secrets?|secr[eè]te?s?|"
    r"(?:private|secret|signing|spending|wallet|master|my)[\s_-]*keys?|keys?|cl[ée]s?|clefs?|seed|xprv|sk"
)
_HARMLESS = (
    r"(?:public|order|api[\s_-]*request|idempotency|foreign|primary)[\s_-]*keys?|cl[ée]s?\s+publiques?|pub[\s_-]*keys?|"
    r"transactions?|trans?fers?|transferts?|tx(?:[\s_-]*(?:id|hash|n))?s?|hash(?:es)?|block(?:s|hash)?|blocs?|"
    r"sha-?256|checksum|empreintes?|merkle|contract|address(?:es)?|adresses?|explorer|etherscan"
)
_NUMBERED = (
    r"orders?|invoices?|tickets?|references?|refs?|tracking|parcels?|case|phone|tel|mobile|fax|call(?:ed)?|"
    r"commandes?|factures?|demandes?|r[ée]f[ée]rences?|r[ée]f|suivi|colis|dossiers?|t[ée]l(?:[ée]phone)?|portable|"
    r"transactions?|tx(?:id)?|timestamps?|horodatage|uuid|serial|s[ée]rie|trades?|withdrawals?|deposits?|"
    r"retraits?|d[ée]p[ôo]ts?|virements?|account|compte|siret|siren|isin|model|mod[èe]le"
)
_TAXED = (
    r"ssn|itin|ein|tin|nif|spi|social[\s-]+security|tax(?:payer|es)?|employer\s+id\w*|"
    r"fiscale?s?|fisc|imp[ôo]ts?|s[ée]curit[ée]\s+sociale|contribuable"
)

_KEYS = re.compile(rf"(?<!\w)(?:(?P<no>{_HARMLESS})|(?P<yes>{_OPENING}))(?![^\W_])")
_TAXES = re.compile(rf"(?<!\w)(?:(?P<no>{_NUMBERED})|(?P<yes>{_TAXED}))(?![^\W_])")


def key_said(text: str, start: int, end: int) -> bool:
    """Whether the words nearest to the value say that it is a key that opens something."""
    return _said(_KEYS, text, start, end) is True


def tax_said(text: str, start: int, end: int) -> bool | None:
    """Whether the nearest words say that it is a taxpayer's number, or something else; None when neither."""
    return _said(_TAXES, text, start, end)


def _said(cues: re.Pattern[str], text: str, start: int, end: int) -> bool | None:
    # In small letters, as the cues are, each with the character that stands before it.
    head = max(0, start - BEFORE)
    before = list(cues.finditer(text[max(0, head - 1) : start].lower(), min(head, 1)))
    if before:
        return before[-1]["yes"] is not None
    after = cues.search(text[end - 1 : end + AFTER].lower(), 1)
    return None if after is None else after["yes"] is not None
