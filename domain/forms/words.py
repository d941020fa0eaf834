"""The same text in several languages, and which of them is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from domain.privacy import Code, PublicText

Words: TypeAlias = Mapping[Code, PublicText]
"""The same text in several languages, by BCP 47 language."""
DEFAULT_LANGUAGE = "en"


def said(words: Words, language: str) -> str:
    """Return *words* in *language*, else in English, else nothing."""
    return words.get(language) or words.get(DEFAULT_LANGUAGE, "")
