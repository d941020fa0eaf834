"""What somebody looks for: words, "phrases", -word, prefix*, as each database is asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from adapters.search.people import email_in
from adapters.search.words import stem, stems_of_prefix, words
from domain.ids import normal_reference
from projections.search import PUBLIC

MOST_TERMS = 32
LEAST_PREFIX = 2
LONGEST_TEXT = 500
"""Characters of a question."""
_QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"'))
_PART = re.compile(r'(?P<no>-?)"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)')
_AROUND_REFERENCE = " \t\r\n#.,;:()[]\"'"
_COMMON = frozenset(
    words(
        "a an and are as at be but by for from had has have he her his i in is it its me my no not of on or "
        "our she so that the their them they this to was we were what when which who will with you your "
        "au aux avec ce ces cet cette dans de des du elle en est et il ils je la le les leur lui ma mais me "
        "mes mon ne nos notre nous ont ou par pas plus pour que qui sa sans se ses son suis sur ta tu un une "
        "vos votre vous"
    )
)
"""Words that say too little to be asked for, unless nothing else is."""


class Unsearchable(ValueError):
    """A text that nothing can be found by; the message says what to give instead."""


@dataclass(frozen=True)
class Term:
    """Words that follow each other, plain; the last may be the beginning of one.  None of them are common."""

    words: tuple[str, ...]
    prefix: bool = False
    negated: bool = False
    email: str | None = None

    @property
    def stems(self) -> tuple[str, ...]:
        """The words as they are kept."""
        whole = self.words[:-1] if self.prefix else self.words
        return tuple(map(stem, whole))

    @property
    def endings(self) -> tuple[str, ...]:
        """The stems that a word which begins with the last of a prefix may be kept as."""
        return tuple(sorted(set(stems_of_prefix(self.words[-1])))) if self.prefix else ()

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """What stands in a folded text, a space before and behind it, wherever the text has it."""
        before = "".join(f" {each}" for each in self.stems)
        if not self.prefix:
            return (f"{before} ",)
        return f"{before} {self.words[-1]}", *(f"{before} {each} " for each in self.endings)

    def within(self, text: str) -> bool:
        """Whether the folded *text* has it."""
        padded = f" {text} "
        return any(each in padded for each in self.patterns)


@dataclass(frozen=True)
class Question:
    """What is wanted, what is not, and what the text may be as a whole."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()
    emails: tuple[str, ...] = ()
    reference: str | None = None
    whole: str | None = None
    """The text, where it may be an address, a number or a name."""


def parsed(text: str) -> Question:
    """Return what *text* asks for; raise Unsearchable where it says nothing."""
    terms = list(_terms(text.translate(_QUOTES)))
    if len(terms) > MOST_TERMS:
        raise Unsearchable(f"Give at most {MOST_TERMS} words.")
    reference = _reference(text)
    wanted = [term for term in terms if not term.negated]
    if not wanted and reference is None:
        raise Unsearchable("Give a word to look for" + (" besides those to leave out." if terms else "."))
    plain = not any(term.negated or term.prefix for term in terms)
    # An address that is asked for alone may also stand in a text; beside other words it tells the person.
    alone = plain and len(wanted) == 1
    emails = () if alone else tuple(term.email for term in wanted if term.email)
    telling = [term for term in wanted if not _common(term) and (alone or not term.email)]
    return Question(
        wanted=tuple(telling or ([] if emails else wanted)),
        unwanted=tuple(term for term in terms if term.negated),
        emails=emails,
        reference=reference,
        whole=text.translate(_QUOTES).replace('"', " ").strip() if plain else None,
    )


def _common(term: Term) -> bool:
    return len(term.words) == 1 and not term.prefix and term.words[0] in _COMMON


def _terms(text: str) -> Iterator[Term]:
    for part in _PART.finditer(text):
        word = part["word"]
        if word is None:
            found = tuple(words(part["phrase"]))
            if found:
                yield Term(found, negated=bool(part["no"]))
            continue
        negated, word = word.startswith("-"), word.lstrip("-")
        address = None if negated else email_in(word)
        found = tuple(words(word))
        if not found:
            continue
        prefix = word.endswith("*")
        if prefix and len(found[-1]) < LEAST_PREFIX:
            raise Unsearchable(f"Give at least {LEAST_PREFIX} letters before the asterisk.")
        yield Term(found, prefix=prefix, negated=negated, email=address)


def _reference(text: str) -> str | None:
    """Return the public number that *text* is, with or without spaces and hyphens."""
    compact = re.sub(r"[\s\-]+", "", text.strip(_AROUND_REFERENCE))
    return normal_reference(f"{compact[:1]}-{compact[1:]}") if len(compact) == 12 else None


def for_sqlite(question: Question, *, personal: bool) -> str:
    """Return the words of *question* as FTS5 is asked for them."""
    within = "" if personal else f"{{{' '.join(PUBLIC)}}} : "
    wanted = " AND ".join(_fts(each, within) for each in question.wanted)
    return f"({wanted}) NOT ({unwanted_on_sqlite(question, within)})" if question.unwanted else wanted


def unwanted_on_sqlite(question: Question, within: str = "") -> str:
    """Return the words that must not be there as FTS5 is asked for them."""
    return " OR ".join(_fts(each, within) for each in question.unwanted)


def _fts(term: Term, within: str) -> str:
    if not term.prefix:
        return f'{within}"{" ".join(term.stems)}"'
    before = " ".join(term.stems)
    either = [f'{within}"{_after(before, term.words[-1])}" *']
    either += [f'{within}"{_after(before, each)}"' for each in term.endings]
    return f"({' OR '.join(either)})"


def _after(before: str, word: str) -> str:
    return f"{before} {word}" if before else word


def for_postgresql(question: Question) -> str:
    """Return the words of *question* as a tsquery."""
    wanted = " & ".join(map(_tsquery, question.wanted))
    return f"{wanted} & !({unwanted_on_postgresql(question)})" if question.unwanted else wanted


def unwanted_on_postgresql(question: Question) -> str:
    """Return the words that must not be there as a tsquery."""
    return " | ".join(map(_tsquery, question.unwanted))


def _tsquery(term: Term) -> str:
    if not term.prefix:
        return _phrase(f"'{each}'" for each in term.stems)
    before = [f"'{each}'" for each in term.stems]
    last = [f"'{term.words[-1]}':*", *(f"'{each}'" for each in term.endings)]
    return f"({' | '.join(_phrase([*before, each]) for each in last)})"


def _phrase(parts: Iterable[str]) -> str:
    return f"({' <-> '.join(parts)})"
