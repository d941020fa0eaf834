"""What an operator says of the identity provider, read once and refused as a whole when it does not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from adapters.identity.errors import Misconfigured
from adapters.settings import Settings
from adapters.web import Unanswered, refuse_in_clear
from domain.access import Role

EXAMPLE = "such as PLAINT_OIDC_ROLES='desk=handler, leads=supervisor'"


@dataclass(frozen=True)
class Oidc:
    """An identity provider, and which of its words mean what here.

    *roles* stand in the order of the setting: who has several values has the role of the first.
    """

    issuer: str
    audience: str
    roles: Mapping[str, Role]
    roles_claim: str
    teams_claim: str
    entities_claim: str | None
    login_claim: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


def oidc_of(settings: Settings) -> Oidc | None:
    """Return the provider that *settings* name, or None; raise Misconfigured when they do not fit."""
    if not settings.oidc_issuer:
        return None
    try:
        refuse_in_clear(settings.oidc_issuer)
    except Unanswered:
        raise Misconfigured(
            "PLAINT_OIDC_ISSUER is not an https address (http only on this machine); correct it."
        ) from None
    if not settings.oidc_audience:
        raise Misconfigured(
            "PLAINT_OIDC_AUDIENCE is missing: set it to what tokens for this API have in `aud`."
        )
    if settings.oidc_audience == settings.oidc_client_id:
        raise Misconfigured(
            "PLAINT_OIDC_AUDIENCE and PLAINT_OIDC_CLIENT_ID are the same, so that a proof of sign-in could "
            "pass for a token of the API; register the API and the console apart at the provider."
        )
    return Oidc(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        roles=_roles(settings.oidc_roles),
        roles_claim=settings.oidc_roles_claim,
        teams_claim=settings.oidc_teams_claim,
        entities_claim=settings.oidc_entities_claim,
        login_claim=settings.oidc_login_claim,
        client_id=settings.oidc_client_id,
        client_secret=_secret(settings.oidc_client_secret_file),
    )


def _roles(text: str) -> dict[str, Role]:
    given = _pairs(text.strip())
    if not given:
        raise Misconfigured(f"PLAINT_OIDC_ROLES is missing: say which value is which role, {EXAMPLE}.")
    staff = [role.value for role in Role if role is not Role.COMPLAINANT]
    for role in given.values():
        if role not in staff:
            raise Misconfigured(f"PLAINT_OIDC_ROLES takes the roles {', '.join(staff)}, {EXAMPLE}.")
    return {value: Role(role) for value, role in given.items()}


def _pairs(text: str) -> dict[str, str]:
    """Return the pairs of the setting; values with commas or equals signs are written as JSON."""
    if text.startswith("{"):
        try:
            found: Any = json.loads(text)
        except ValueError:
            _unreadable()
        if not all(isinstance(role, str) for role in found.values()):
            _unreadable()
        return cast("dict[str, str]", found)
    pairs = [pair.split("=") for pair in text.split(",") if pair.strip()]
    if any(len(pair) != 2 for pair in pairs):
        _unreadable()
    return {value.strip(): role.strip() for value, role in pairs}


def _unreadable() -> NoReturn:
    raise Misconfigured(f"PLAINT_OIDC_ROLES cannot be read; write pairs or a JSON object, {EXAMPLE}.")


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, ValueError):
        secret = ""
    if not secret:
        raise Misconfigured(
            "The file PLAINT_OIDC_CLIENT_SECRET_FILE is missing or empty; put the console's secret into it."
        )
    return secret
