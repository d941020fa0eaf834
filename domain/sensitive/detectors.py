"""The detectors, one after the other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from unicodedata import decimal

from domain.sensitive.finding import Finding
from domain.sensitive.keys import keys
from domain.sensitive.numbers import cards, ibans, taxpayers
from domain.sensitive.phrases import phrases
from domain.sensitive.said import codes, passwords


class Detector(NamedTuple):
    """What finds values of some kinds, and what a text has at least that holds one of them.

    Most of what is sent is a name, an address or a code of ours, too short to hold anything.
    """

    find: Callable[[str], Iterator[Finding]]
    shortest: int
    digits: bool


DETECTORS = (
    Detector(phrases, 12 * 3 + 11, digits=False),  # words of three letters, and what parts them
    Detector(keys, len("-----BEGIN PRIVATE KEY-----"), digits=False),
    Detector(passwords, len("pwd=abc"), digits=False),
    Detector(codes, len("pin 123"), digits=True),
    Detector(cards, 13, digits=True),
    Detector(taxpayers, 9, digits=True),
    Detector(ibans, 15, digits=True),
)
SHORTEST = min(detector.shortest for detector in DETECTORS)
DIGIT = re.compile("[0-9]")
BLANKS = "\u00a0\u2007\u2009\u200a\u202f\u3000"
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"
BREAKS = "\r\v\f\u2028\u2029\x85"
PLAIN = str.maketrans(
    {
        **{0xFF01 + offset: chr(0x21 + offset) for offset in range(0x5E)},
        **dict.fromkeys(map(ord, BLANKS), " "),
        **dict.fromkeys(map(ord, HYPHENS), "-"),
        **dict.fromkeys(map(ord, BREAKS), "\n"),
        ord("\u2019"): "'",
        ord("\u0130"): "I",
        ord("\u0131"): "i",
        ord("\u017f"): "s",
    }
)
"""What is typed or pasted in place of plain blanks, hyphens, digits, letters: one for one, so places stay.

The dotted capital I is the one letter that has no small one of the same length.
"""
NOT_PLAIN = re.compile(f"[{''.join(map(chr, PLAIN))}]")
OTHER_DIGIT = re.compile(r"[^\D0-9]")
"""A decimal digit of another script, Arabic or mathematical: as good as ours to whoever reads it."""
UNSEEN = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e01ef]"
)
"""Characters that nobody sees: those of format (general category Cf), joiners and variation selectors."""


def find(text: str) -> tuple[Finding, ...]:
    """Return what stands in *text* that is refused or flagged, in the order of its places.

    Where two detectors find the same place, the first of them in ``DETECTORS`` has it.  What nobody
    sees can stand inside a value, and between two: it is read as nothing, and then as a blank.
    """
    if len(text) < SHORTEST:
        return ()
    plain = NOT_PLAIN.sub(lambda letter: PLAIN[ord(letter[0])], text)
    if plain.isascii():  # nor is a digit of another script in it, nor what nobody sees
        return _apart(_each(plain))
    plain = OTHER_DIGIT.sub(lambda digit: str(decimal(digit[0])), plain)
    if UNSEEN.search(plain) is None:
        return _apart(_each(plain))
    places = [place for place, letter in enumerate(plain) if not UNSEEN.match(letter)]
    joined = (
        Finding(each.kind, places[each.start], places[each.end - 1] + 1)
        for each in _each(UNSEEN.sub("", plain))
    )
    return _apart([*joined, *_each(UNSEEN.sub(" ", plain))])


def _each(plain: str) -> list[Finding]:
    length, digits = len(plain), DIGIT.search(plain) is not None
    return [
        finding
        for detector in DETECTORS
        if length >= detector.shortest and (digits or not detector.digits)
        for finding in detector.find(plain)
    ]


def _apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return *findings* by their places, without those that overlap an earlier one."""
    found, ends = list[Finding](), list[int]()
    for finding in findings:
        # Those kept do not overlap, so that their ends are in order as their starts are.
        at = bisect_right(ends, finding.start)
        if at == len(found) or finding.end <= found[at].start:
            found.insert(at, finding)
            ends.insert(at, finding.end)
    return tuple(found)
