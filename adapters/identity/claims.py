"""What a token says: whether it is meant for us and now, and who its bearer is here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest, digest
from math import isfinite
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from adapters.identity.configuration import Oidc
from adapters.identity.errors import NoRole, TokenRefused
from domain.access import LEVELS, Principal
from domain.directory import Grant, Login

Claims = Mapping[str, Any]

LEEWAY = 30
"""Seconds by which the provider's clock and ours may differ."""
MOST_SUBJECT = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""
MOST_VALUES = 200
LOGIN: TypeAdapter[str] = TypeAdapter(Login)
TEAM = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ENTITY = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
ONLY_OF_SIGN_IN = ("nonce", "at_hash", "c_hash", "s_hash")
"""Claims that only a proof of sign-in has (OpenID Connect Core 1.0, sections 2 and 3.3.2.11)."""


def refuse_unless_current(claims: Claims, issuer: str, audience: str, now: datetime) -> None:
    """Raise TokenRefused unless *issuer* made the token for *audience*, and it holds *now*."""
    if claims.get("iss") != issuer:
        raise TokenRefused("another issuer made it")
    if audience not in _audiences(claims):
        raise TokenRefused("it is meant for another audience")
    instant = now.timestamp()
    expires = _instant(claims, "exp")
    if expires is None or instant >= expires + LEEWAY:
        raise TokenRefused("it has expired")
    for name in ("nbf", "iat"):
        starts = _instant(claims, name)
        if starts is not None and instant < starts - LEEWAY:
            raise TokenRefused("it is not valid yet")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or not subject.strip():
        raise TokenRefused("it names no subject")


def refuse_proof_of_sign_in(claims: Claims) -> None:
    """Raise TokenRefused for an ID token: it tells a client who signed in, and opens no API."""
    if any(name in claims for name in ONLY_OF_SIGN_IN) or claims.get("typ") == "ID":
        raise TokenRefused("it is a proof of sign-in, no access token")


def refuse_unless_asked_for(claims: Claims, client: str, nonce: str) -> None:
    """Raise TokenRefused unless the ID token answers our own question (Core 1.0, section 3.1.3.7)."""
    given = claims.get("nonce")
    if not isinstance(given, str) or not compare_digest(given.encode(), nonce.encode()):
        raise TokenRefused("it answers another sign-in")
    if claims.get("azp", client) != client or (len(_audiences(claims)) > 1 and "azp" not in claims):
        raise TokenRefused("it was made for another client")


def login_of(claims: Claims, claim: str) -> str:
    """Return the login in the directory that *claim* holds; raise NoRole where it holds none."""
    try:
        return LOGIN.validate_python(claims.get(claim))
    except ValidationError:
        raise NoRole(
            f"Your account names no login in the claim {claim}; ask for one that `plaint user add` knows."
        ) from None


def principal_of(claims: Claims, oidc: Oidc, key: bytes) -> Principal:
    """Return who the bearer is here, whom the directory does not know; raises as `grant_of` does.

    The subject is often an e-mail address or a personnel number, and what a principal is called
    stands in the log for ever: it is a hash under *key*, which nobody can make outside.
    """
    subject = digest(key, f"{oidc.issuer}\0{claims['sub']}".encode(), "sha256").hex()[:32]
    granted = grant_of(claims, oidc)
    return Principal(
        id=f"oidc:{subject}",
        role=granted.role,
        teams=granted.teams,
        legal_entities=granted.legal_entities,
    )


def grant_of(claims: Claims, oidc: Oidc) -> Grant:
    """Return what the provider grants; raise NoRole when nothing of it has a meaning here.

    It knows nothing of clearances: who is a user here has their own, and nobody else has any.
    """
    held = _values(claims, oidc.roles_claim)
    role = next((role for value, role in oidc.roles.items() if value in held), None)
    if role is None:
        raise NoRole(
            f"Your account has no role here: ask for a value of the claim {oidc.roles_claim} "
            "that PLAINT_OIDC_ROLES names."
        )
    entities: tuple[str, ...] = ()
    if oidc.entities_claim is not None:
        entities = tuple(each for each in _values(claims, oidc.entities_claim) if ENTITY.fullmatch(each))
        if not entities:
            # No entity at all would read as every one.
            raise NoRole(
                f"Your account names no legal entity in the claim {oidc.entities_claim}; ask for one."
            )
    teams = tuple(each for each in _values(claims, oidc.teams_claim) if TEAM.fullmatch(each))
    return Grant(role=role, teams=teams, legal_entities=entities, clearance=LEVELS[-1])


def _audiences(claims: Claims) -> list[str]:
    given: object = claims.get("aud")
    if isinstance(given, str):
        return [given]
    return (
        [each for each in cast("list[object]", given) if isinstance(each, str)]
        if isinstance(given, list)
        else []
    )


def _instant(claims: Claims, name: str) -> float | None:
    """Return a claim that is seconds since 1970; one that is anything else is refused."""
    given: object = claims.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        raise TokenRefused(f"its {name} is no instant")
    return float(given)


def _values(claims: Claims, name: str) -> list[str]:
    """Return the values of a claim: one text or a list; a name with dots may lead into objects."""
    found: object = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = cast("dict[str, object]", found).get(part) if isinstance(found, dict) else None
    if isinstance(found, str):
        return [found]
    if not isinstance(found, list):
        return []
    return [each for each in cast("list[object]", found)[:MOST_VALUES] if isinstance(each, str)]
