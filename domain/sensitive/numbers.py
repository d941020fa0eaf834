"""Numbers that pay or tell who pays tax: cards, bank accounts, taxpayers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.sensitive.cues import tax_said
from domain.sensitive.finding import Finding, Kind

GROUP = re.compile(r"\d+")
CARD_LENGTHS = range(13, 20)
PHONE = 15
"""Digits that a telephone number has at most (E.164)."""
CLUSTER = re.compile(r"[0-9](?=[0-9 \t.\n-]{12})\d*+(?:[ \t]{0,2}[-.\n]?[ \t]{0,2}\d++)*+")
"""Digits that stand together, each time all of them: none is looked at twice."""
ISSUERS: tuple[tuple[int, int, range], ...] = (
    (4, 4, range(13, 20, 3)),
    (51, 55, range(16, 17)),
    (2221, 2720, range(16, 17)),
    (34, 34, range(15, 16)),
    (37, 37, range(15, 16)),
    (6011, 6011, range(16, 20)),
    (644, 659, range(16, 20)),
    (300, 305, range(14, 20)),
    (36, 36, range(14, 20)),
    (38, 39, range(14, 20)),
    (3528, 3589, range(16, 20)),
    (62, 62, range(16, 20)),
    (81, 81, range(16, 20)),
    (2200, 2204, range(16, 20)),
    (5018, 5018, range(16, 20)),
    (5020, 5020, range(16, 20)),
    (5038, 5038, range(16, 20)),
    (6304, 6304, range(16, 20)),
    (6759, 6763, range(16, 20)),
)
"""From which first digits to which, and of what lengths, the schemes issue cards (ISO/IEC 7812)."""
PREFIXES: Mapping[str, Sequence[tuple[str, range]]] = {
    digit: [
        (str(prefix), lengths)
        for first, last, lengths in ISSUERS
        for prefix in range(first, last + 1)
        if str(prefix).startswith(digit)
    ]
    for digit in "0123456789"
}
USUAL = frozenset(
    {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 5), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3)}
)
"""How cards are printed, by the digits of each group."""
MOST_GROUPS = max(map(len, USUAL))

IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?<![^\W_][A-Za-z]{2}\d{2})(?:[ -]?[A-Za-z0-9]){11,30}(?![^\W_])")
IBAN_LENGTHS = {
    length: frozenset(countries.split())
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV NI", 29: "BR EG PS QA UA",
        30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
}  # fmt: skip
"""The countries of the IBAN register, by the length of theirs (ISO 13616)."""

# What stands before is looked at after the first character, by which a place is
# found quickly: an ASCII digit, since those of other scripts were made such.
SSN = re.compile(r"([0-9](?<![\w-]\d)\d{2})([- ]?)(\d{2})\2(\d{4})(?![\w]|-\d)")
EIN = re.compile(r"([0-9](?<![\w-]\d)\d)-(\d{7})(?![\w]|-\d)")
EIN_RANGES = ((1, 6), (10, 16), (20, 27), (30, 48), (50, 68), (71, 77), (80, 88), (90, 95), (98, 99))
EIN_PREFIXES = frozenset(f"{n:02}" for first, last in EIN_RANGES for n in range(first, last + 1))
"""Of the campuses and the Internet that the IRS has assigned numbers from."""
SPI = re.compile(r"[0-3](?<![\w-][0-3])\d(?:[ .]?\d){11}(?![\w]|-\d)")
SPI_MODULUS = 511


class _Group(NamedTuple):
    """Digits without anything between them."""

    digits: str
    start: int
    end: int


def cards(text: str) -> Iterator[Finding]:
    """Yield every card number in *text*: issued by a scheme, and right by its check digit (Luhn)."""
    for cluster in _clusters(text):
        if not _phone(text, cluster):
            yield from _cards_in(text, cluster)


def _clusters(text: str) -> Iterator[list[_Group]]:
    """Yield the groups of digits that stand together."""
    for cluster in CLUSTER.finditer(text):
        if cluster.end() - cluster.start() < CARD_LENGTHS[0]:
            continue
        yield [_Group(each[0], *each.span()) for each in GROUP.finditer(text, *cluster.span())]


def _phone(text: str, cluster: Sequence[_Group]) -> bool:
    abroad = text[max(0, cluster[0].start - 1) : cluster[0].start] == "+" or cluster[0].digits.startswith(
        "00"
    )
    return abroad and sum(len(group.digits) for group in cluster) <= PHONE + 2


def _cards_in(text: str, cluster: Sequence[_Group]) -> Iterator[Finding]:
    """Yield the cards in *cluster*: all of it, or those of its groups that are as cards are written."""
    at = 0
    while at < len(cluster):
        found = next((n for n in _counts(cluster, at) if _is_card_at(text, cluster[at : at + n])), 0)
        if found:
            yield Finding(Kind.CARD_NUMBER, cluster[at].start, cluster[at + found - 1].end)
        at += found or _singles(cluster, at) or 1


def _counts(cluster: Sequence[_Group], at: int) -> Iterator[int]:
    """Yield how many groups from *at* on may be one number: all, one, as printed, or digit by digit."""
    if at == 0 and len(cluster) <= CARD_LENGTHS[-1]:
        yield len(cluster)
    yield 1
    shape = tuple(len(group.digits) for group in cluster[at : at + MOST_GROUPS])
    for count in range(3, len(shape) + 1):
        if shape[:count] in USUAL:
            yield count
    yield _singles(cluster, at)


def _singles(cluster: Sequence[_Group], at: int) -> int:
    """Return how many groups of one digit follow each other from *at* on."""
    end = at
    while end < len(cluster) and len(cluster[end].digits) == 1:
        end += 1
    return end - at


def _is_card_at(text: str, groups: Sequence[_Group]) -> bool:
    """Whether *groups* are a card; one that letters touch is part of an address or a hash."""
    if sum(len(group.digits) for group in groups) not in CARD_LENGTHS:
        return False
    start, end = groups[0].start, groups[-1].end
    touched = text[max(0, start - 1) : start].isalpha() or text[end : end + 1].isalpha()
    return not touched and is_card("".join(group.digits for group in groups))


def is_card(digits: str) -> bool:
    """Whether *digits* can be a card: first digits and length of a scheme, the last by Luhn."""
    return _issued(digits) and luhn(digits)


def _issued(digits: str) -> bool:
    return any(len(digits) in lengths and digits.startswith(first) for first, lengths in PREFIXES[digits[0]])


DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit twice, the digits of that added up."""


def luhn(digits: str) -> bool:
    """Whether the last of *digits* is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = digits[-2::-2].translate(DOUBLED)
    return (sum(map(int, digits[::-2])) + sum(map(int, doubled))) % 10 == 0


def ibans(text: str) -> Iterator[Finding]:
    """Yield every IBAN in *text*; words that follow it are no part of it."""
    for match in IBAN.finditer(text):
        length = next((each for each, of in IBAN_LENGTHS.items() if match[0][:2].upper() in of), 0)
        end = _end_of(match, length)
        if end is not None and is_iban(text[match.start() : end]):
            yield Finding(Kind.IBAN, match.start(), end)


def _end_of(match: re.Match[str], length: int) -> int | None:
    """Return where the first *length* letters and digits of *match* end, at the end of a word."""
    places = [place for place, letter in enumerate(match[0]) if letter.isalnum()]
    if not 0 < length <= len(places):
        return None
    end = places[length - 1] + 1
    return match.start() + end if not match[0][end : end + 1].isalnum() else None


def is_iban(text: str) -> bool:
    """Whether *text* is an account by its two check digits (ISO 13616: 97 leaves 1)."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def taxpayers(text: str) -> Iterator[Finding]:
    """Yield every taxpayer's number in *text*: of the United States by shape, of France by checksum.

    A shape beside words that say that it is something else, an order or a telephone, is that;
    one without its hyphens counts only beside words that say that it is one.
    """
    for match in SSN.finditer(text):
        said = tax_said(text, *match.span())
        if is_us_person(match[1], match[3], match[4]) and (said or (said is None and match[2] == "-")):
            yield Finding(Kind.TAX_NUMBER, *match.span())
    for match in EIN.finditer(text):
        if match[1] in EIN_PREFIXES and tax_said(text, *match.span()) is not False:
            yield Finding(Kind.TAX_NUMBER, *match.span())
    for match in SPI.finditer(text):
        if is_spi(match[0]) and tax_said(text, *match.span()) is not False:
            yield Finding(Kind.TAX_NUMBER, *match.span())


def is_us_person(area: str, group: str, serial: str) -> bool:
    """Whether the parts are of an SSN (SSA, since 2011) or an ITIN (IRS: 9xx and certain groups)."""
    if serial == "0000" or area in {"000", "666"}:
        return False
    if area[0] == "9":
        number = int(group)
        return 50 <= number <= 65 or 70 <= number <= 88 or 90 <= number <= 92 or 94 <= number <= 99
    return group != "00"


def is_spi(text: str) -> bool:
    """Whether *text* is a French tax number: the last three of 13 digits are the others modulo 511."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return len(digits) == 13 and int(digits[:10]) % SPI_MODULUS == int(digits[10:])
