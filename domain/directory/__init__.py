"""Who works here: users, teams and legal entities, and what a token of a user opens."""

from domain.directory.events import DIRECTORY_EVENTS, Login
from domain.directory.firm import LegalEntity, Team, entity_id, team_id
from domain.directory.grant import Grant, within
from domain.directory.user import User, principal_id, user_id

__all__ = [
    "DIRECTORY_EVENTS",
    "Grant",
    "LegalEntity",
    "Login",
    "Team",
    "User",
    "entity_id",
    "principal_id",
    "team_id",
    "user_id",
    "within",
]
