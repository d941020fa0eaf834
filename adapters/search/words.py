"""Text as it is searched: words without case, accents, elision and the commonest endings.

The same is done to what is kept and to what is asked, for both databases, so that both find
the same.  The endings are those of English and French; nobody says which language a question is
in, so both are taken off every word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import combining, normalize

LONGEST = 64
"""Letters of a word that count: beyond that it is no word."""
GAP = "_"
"""Stands between two texts, so that no phrase begins in one and ends in the other; part of no word."""
ROOM = 500_000
"""Bytes of words kept of one case: its index entry on PostgreSQL may take a million."""

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′", "'"))
_ELIDED = re.compile(r"\b(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=[^\W_])")
_POSSESSIVE = re.compile(r"(?<=[^\W_])'s\b")
_WORD = re.compile(r"[^\W_]+")
_MANY = (("eaux", "eau", 2), ("aux", "al", 3), ("ies", "y", 3), ("sses", "ss", 2), ("ux", "u", 3))
"""Endings of the plural: what stands in their place, and how much of the word must be left."""
_ENDINGS = (
    *(("ification", "ify", 2), ("ifying", "ify", 2), ("ified", "ify", 2), ("ifier", "ify", 2)),
    *(("ifiee", "ify", 2), ("ifie", "ify", 2), ("ement", "", 4), ("ation", "", 4), ("ment", "", 4)),
    *(("ated", "", 5), ("ating", "", 5), ("ate", "", 5)),
    *(("ing", "", 3), ("wal", "w", 4), ("val", "v", 4), ("sal", "s", 4), ("ed", "", 3)),
    *(("ee", "", 3), ("er", "", 3), ("ez", "", 3), ("ly", "", 4), ("e", "", 3)),
)
_DOUBLED = ("ed", "ing", "ation")
"""Endings before which a consonant may have been doubled: transferred, cancellation."""
_CONSONANTS = "bdfgklmnprt"


def plain(text: str) -> str:
    """Return *text* in small letters without accents, ligatures and elision."""
    text = text.translate(_APOSTROPHES)
    if not text.isascii():
        decomposed = normalize("NFKD", text.casefold()).casefold()
        text = "".join(each for each in decomposed if not combining(each)).translate(_LETTERS)
    text = text.lower()
    return _POSSESSIVE.sub("", _ELIDED.sub("", text)) if "'" in text else text


def words(text: str) -> list[str]:
    """Return the words of *text*, plain, their endings still on."""
    return [each[:LONGEST] for each in _WORD.findall(plain(text))]


def folded(text: str) -> str:
    """Return the words of *text* as they are kept: without endings, a space between two."""
    return " ".join(map(stem, words(text)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a plain *word* without its ending; what has a digit, or three letters, is left alone."""
    if len(word) <= 3 or not word.isalpha():
        return word
    word = _one(word)
    for _ in range(2):  # transferred, transfer, transf
        shorter = _shorter(word)
        if shorter == word:
            break
        word = shorter
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def stems_of_prefix(prefix: str) -> Iterator[str]:
    """Yield the stems of words that begin with *prefix*, where its last letters may be part of an ending."""
    for cut in range(1, min(len(prefix) - 3, 10)):
        kept, off = prefix[:-cut], prefix[-cut:]
        if any(ending.startswith(off) for ending, new, _ in _ENDINGS if not new):
            yield kept
    if (whole := stem(prefix)) != prefix:
        yield whole


def joined(texts: Iterable[str]) -> str:
    """Return folded *texts* as one, no phrase across two of them."""
    return f" {GAP} ".join(filter(None, texts))


def fitting(texts: dict[str, str]) -> dict[str, str]:
    """Return *texts* as far as there is room for them in the index, each from its beginning."""
    left, kept = ROOM, dict[str, str]()
    for name, text in texts.items():
        encoded = text.encode()
        whole = len(encoded) <= left
        kept[name] = text if whole else encoded[:left].decode(errors="ignore").rpartition(" ")[0]
        left -= min(left, len(encoded))
    return kept


def _one(word: str) -> str:
    for ending, new, least in _MANY:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word.removesuffix(ending) + new
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _shorter(word: str) -> str:
    for ending, new, least in _ENDINGS:
        if not word.endswith(ending) or len(word) - len(ending) < least or word.endswith("eed"):
            continue
        word = word.removesuffix(ending) + new
        twice = len(word) > 4 and word[-1] == word[-2]
        if ending in _DOUBLED and twice and word[-1] in _CONSONANTS and (word[-1] != "l" or len(word) > 5):
            return word[:-1]
        return word
    return word
