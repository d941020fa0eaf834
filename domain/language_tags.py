"""Language tags as RFC 5646 (BCP 47) writes them: whether one is well-formed, whatever it means."""

from __future__ import annotations

import re

_LANGUAGE = "([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
_SCRIPT, _REGION = "(-[A-Za-z]{4})?", "(-([A-Za-z]{2}|[0-9]{3}))?"
_VARIANTS = "(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
_EXTENSIONS = "(-[A-WY-Za-wy-z0-9](-[A-Za-z0-9]{2,8})+)*"
_PRIVATE = "[Xx](-[A-Za-z0-9]{1,8})+"

WELL_FORMED = f"^({_LANGUAGE}{_SCRIPT}{_REGION}{_VARIANTS}{_EXTENSIONS}(-{_PRIVATE})?|{_PRIVATE})$"
"""The grammar of section 2.1 as a pattern that JSON Schema knows.

It lacks the seventeen tags of before 2001 that follow no rule, such as ``en-GB-oed``, now ``en-GB-oxendict``.
"""
LONGEST = 35
"""Characters that whoever takes tags has to have room for (4.4.1); no tag in use is longer."""
REMEDY = "Give the language as a BCP 47 tag, such as en, pt-BR or zh-Hant."


def language_tag(text: str) -> str:
    """Return *text* when it is a well-formed language tag, else raise ValueError with the remedy."""
    if len(text) > LONGEST or not re.fullmatch(WELL_FORMED, text):
        raise ValueError(REMEDY)
    return text
