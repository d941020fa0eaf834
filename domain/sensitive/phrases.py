"""Recovery phrases (BIP-39): 12 to 24 words of one list, with a checksum in the last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from typing import NamedTuple
from unicodedata import normalize

from domain.sensitive.finding import Finding, Kind

LISTS = ("english", "french")
LENGTHS = (24, 21, 18, 15, 12)
BITS = 11
PREFIX = 4
"""Letters that tell a word of these lists from every other; a plate of steel holds no more."""
GAP = 12
"""Characters that may stand between two words: a line break, a number, a bullet."""
NEARBY = 120
"""Characters before a phrase in which it may be announced."""
MOST = 40
"""Words of one list in a row that no sentence has; so many are a phrase, whatever their checksum."""

WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
"""Letters, and accents that stand by themselves."""
LETTERS = re.compile(r"[^\W\d_]+")
ACCENTS = re.compile("[\u0300-\u036f]+")
LABEL = re.compile(r"(?:word(?<!\wword)|mot(?<!\wmot))s?\s*(?:n[°o.]?|#)?\s*\d{1,2}\b")
ANNOUNCED = re.compile(
    r"seed|recovery|mnemonic|backup|(?:secret|\d\d[\s-]word)\s+(?:phrase|words)|passphrase|wallet|"
    r"phrase\s+(?:secr[èe]te|de)|mn[ée]moni|r[ée]cup[ée]ration|sauvegarde|portefeuille",
    re.IGNORECASE,
)


class _Word(NamedTuple):
    number: int
    start: int
    end: int


def phrases(text: str) -> Iterator[Finding]:
    """Yield every recovery phrase in *text*, whatever stands between its words.

    A checksum decides.  Twelve words of the list in a row that are announced as a phrase are
    refused without one: a word written wrongly is soon found by whoever tries.
    """
    lower = text.lower()
    yield from _phrases(lower)
    # "word 7:" is a label, or itself a word of the phrase before the number of the next.
    if (unlabelled := LABEL.sub(lambda match: " " * len(match[0]), lower)) != lower:
        yield from _phrases(unlabelled)


def _phrases(text: str) -> Iterator[Finding]:
    if not _has_run(text):
        return
    words = [(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
    folded = [_folded(word) for word, _, _ in words]
    for name in LISTS:
        numbers = _numbers(name)
        known = [
            _Word(numbers[word], start, end) if word in numbers else None
            for word, (_, start, end) in zip(folded, words, strict=True)
        ]
        for run in _runs(known):
            yield from _within(run, text)


def _has_run(text: str) -> bool:
    """Whether *text* has as many words in a row that are of any list: most texts have not."""
    known = bytes(map(_every_word().__contains__, LETTERS.findall(_folded(text))))
    return b"\1" * LENGTHS[-1] in known


def _runs(words: Sequence[_Word | None]) -> Iterator[list[_Word]]:
    """Yield the words of the list that follow each other, twelve or more."""
    run = list[_Word]()
    for word in words:
        if word is None or (run and word.start - run[-1].end > GAP):
            if len(run) >= LENGTHS[-1]:
                yield run
            run = []
        if word is not None:
            run.append(word)
    if len(run) >= LENGTHS[-1]:
        yield run


def _within(run: Sequence[_Word], text: str) -> Iterator[Finding]:
    announced = ANNOUNCED.search(text, max(0, run[0].start - NEARBY), run[0].start)
    if announced is not None or len(run) >= MOST:
        yield Finding(Kind.SEED_PHRASE, run[0].start, run[-1].end)
        return
    bits = "".join(f"{word.number:0{BITS}b}" for word in run)
    at = 0
    while at <= len(run) - LENGTHS[-1]:
        length = next((each for each in LENGTHS if at + each <= len(run) and _sums(bits, at, each)), 1)
        if length > 1:
            yield Finding(Kind.SEED_PHRASE, run[at].start, run[at + length - 1].end)
        at += length


def _sums(bits: str, at: int, length: int) -> bool:
    """Whether the last bits of *length* words from *at* on are the checksum of the others."""
    whole = int(bits[at * BITS : (at + length) * BITS], 2)
    checked = length // 3
    entropy = (whole >> checked).to_bytes(checked * 4)
    return sha256(entropy).digest()[0] >> (8 - checked) == whole & ((1 << checked) - 1)


def _folded(text: str) -> str:
    """Return *text* in small letters, without accents."""
    return text.lower() if text.isascii() else ACCENTS.sub("", normalize("NFD", text.lower()))


@cache
def _every_word() -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_numbers, LISTS)))


def word_list(name: str) -> tuple[str, ...]:
    """Return the words of a list as BIP-39 has them, in order."""
    return tuple((files("domain.sensitive") / "words" / f"{name}.txt").read_text("utf-8").split())


@cache
def _numbers(name: str) -> Mapping[str, int]:
    """Return the number of each word, under its first four letters too."""
    words = [_folded(word) for word in word_list(name)]
    short = {word[:PREFIX]: number for number, word in enumerate(words)}
    return short | {word: number for number, word in enumerate(words)}
