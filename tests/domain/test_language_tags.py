"""Language tags: taken when they are well-formed (RFC 5646, 2.1), refused with what to write otherwise."""

from __future__ import annotations

import pytest

from domain.language_tags import REMEDY, language_tag

EXAMPLES = """
de fr ja zh-Hant sr-Cyrl zh-cmn-Hans-CN cmn-Hans-CN zh-yue-HK sr-Latn-RS sl-rozaj sl-rozaj-biske sl-nedis
de-CH-1901 sl-IT-nedis hy-Latn-IT-arevela de-DE en-US es-419 de-CH-x-phonebk az-Arab-x-AZE-derbend
x-whatever qaa-Qaaa-QM-x-southern de-Qaaa sr-Latn-QM sr-Qaaa-RS en-US-u-islamcal zh-CN-a-myext-x-private
en-a-myext-b-another art-lojban zh-min-nan no-bok EN-us
"""
"""The examples of appendix A, tags of before that follow its rules, and one in other letters."""


@pytest.mark.parametrize("tag", EXAMPLES.split())
def test_what_the_grammar_takes_is_taken_as_it_was_written(tag: str):
    assert language_tag(tag) == tag


@pytest.mark.parametrize(
    "text",
    [
        *("", "e", "xx-1", "fr-", "-fr", "fr_CH", "fr--CH", "de-419-DE", "a-DE", "en-u", "en-x", "x", "123"),
        *("français", "en-abcdefghi", "en\n", "en-US ", "en-" + "abcde-" * 6 + "abcde"),
    ],
)
def test_what_is_no_tag_is_refused_with_what_to_write(text: str):
    """``de-419-DE`` and ``a-DE`` are the RFC's own examples of tags that are not well-formed."""
    with pytest.raises(ValueError, match="pt-BR") as refused:
        language_tag(text)
    assert str(refused.value) == REMEDY
