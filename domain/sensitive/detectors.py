"""The detectors, one after the other."""

from __future__ import annotations

from domain.sensitive.finding import Finding
from domain.sensitive.keys import keys
from domain.sensitive.numbers import cards, ibans, taxpayers
from domain.sensitive.phrases import phrases
from domain.sensitive.said import codes, passwords

DETECTORS = (phrases, keys, passwords, codes, cards, taxpayers, ibans)
BLANKS = "\u00a0\u2007\u2009\u200a\u202f\u2060\u200b\u200c\u200d\ufeff\u00ad\u3000"
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"
BREAKS = "\r\v\f\u2028\u2029\x85"
PLAIN = str.maketrans(
    {
        **{0xFF01 + offset: 0x21 + offset for offset in range(0x5E)},
        **dict.fromkeys(map(ord, BLANKS), " "),
        **dict.fromkeys(map(ord, HYPHENS), "-"),
        **dict.fromkeys(map(ord, BREAKS), "\n"),
        ord("\u2019"): "'",
    }
)
"""What is typed or pasted in place of plain blanks, hyphens, digits: one for one, so places stay."""


def find(text: str) -> tuple[Finding, ...]:
    """Return what stands in *text* that is refused or flagged, in the order of its places.

    Where two detectors find the same place, the first of them in ``DETECTORS`` has it.
    """
    plain = text.translate(PLAIN)
    found = list[Finding]()
    for detector in DETECTORS:
        for finding in detector(plain):
            if not any(finding.start < each.end and each.start < finding.end for each in found):
                found.append(finding)
    return tuple(sorted(found, key=lambda each: each.start))
