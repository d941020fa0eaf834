"""Which language somebody is answered in."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from domain.forms import DEFAULT_LANGUAGE


def negotiate(request: Request, languages: Sequence[str], lang: str | None = None) -> str:
    """Return the language to answer in: ``lang``, else the best of Accept-Language, else English."""
    asked = lang or request.query_params.get("lang")
    if asked is not None:
        return known(asked, languages) or DEFAULT_LANGUAGE
    return wished(request.headers.get("accept-language", ""), languages)


def wished(header: str, languages: Sequence[str]) -> str:
    """Return the best of the Accept-Language *header* that is among *languages*, else English."""
    weighed = (_weighed(part) for part in header.split(","))
    for weight, tag in sorted(weighed, key=lambda each: -each[0]):
        if weight > 0 and (found := known(tag, languages)):
            return found
    return DEFAULT_LANGUAGE


def known(tag: str, languages: Sequence[str]) -> str | None:
    """Return which of *languages* a language tag such as ``fr-CH`` is of."""
    primary = tag.strip().lower().partition("-")[0]
    return primary if primary in languages else None


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    try:
        return float(weight.strip().removeprefix("q=") or 1), tag
    except ValueError:
        return 0, tag
