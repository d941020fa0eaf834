"""Who works here: users, teams and legal entities, and what a token of a user opens."""

from domain.directory.events import DIRECTORY_EVENTS, Login, Reach
from domain.directory.firm import LegalEntity, Team, entity_id, team_id
from domain.directory.grant import (
    Grant,
    opened_by,
    refuse_beyond,
    refuse_other_entities,
    share_an_entity,
    within,
)
from domain.directory.user import User, principal_id, user_id

__all__ = [
    "DIRECTORY_EVENTS",
    "Grant",
    "LegalEntity",
    "Login",
    "Reach",
    "Team",
    "User",
    "entity_id",
    "opened_by",
    "principal_id",
    "refuse_beyond",
    "refuse_other_entities",
    "share_an_entity",
    "team_id",
    "user_id",
    "within",
]
