"""How far an order to the directory may reach, by who gives it.

Who administers some legal entities has no say over the others, nor over what is of none in
particular; who hands cases over hands over those that exist for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.directory import Grant, Reach, opened_by, refuse_beyond, refuse_other_entities
from domain.directory import orders as o

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.access import Principal
    from projections.directory import EntityRow, TeamRow, UserRow
    from projections.tokens import TokenRow

GRANT = set(Grant.model_fields)


def within_reach(who: Principal, order: o.Order, row: UserRow | TeamRow | EntityRow | None = None) -> Any:
    """Return *order* as *who* may give it about the entry *row*; raise BeyondTheAdministrator where not."""
    if isinstance(order, o.HandOverAll):
        return o.HandOverWithin(**order.model_dump(), within=Reach.of(who.scope))
    match order:
        case o.AddUser():
            refuse_beyond(who, Grant(**order.model_dump(include=GRANT)))
        case o.AddTeam() | o.ChangeTeam() | o.CloseTeam():
            refuse_other_entities(who, _entities(order, row))
        case o.AddLegalEntity():
            refuse_other_entities(who, (order.code,))
        case _ if row is None:
            pass
        case o.ChangeLegalEntity():
            refuse_other_entities(who, (getattr(row, "code", None),))
        case _:
            _refuse_of_user(who, order, row)
    return order


def refuse_token(plaint: Plaint, who: Principal, user: str | None, token: Grant) -> None:
    """Raise BeyondTheAdministrator unless *who* may make or end a token of *user* that grants *token*."""
    row = None if user is None else plaint.standing.user(user)
    refuse_beyond(who, opened_by(row.grant if row else None, token))


def refuse_ending(plaint: Plaint, who: Principal, row: TokenRow | None) -> None:
    """Raise BeyondTheAdministrator unless *who* may end the token."""
    if row is not None:
        refuse_token(plaint, who, row.user, row.grant.model_copy(update={"clearance": who.clearance}))


def _refuse_of_user(who: Principal, order: o.Order, row: Any) -> None:
    held: Grant = row.grant
    refuse_other_entities(who, held.legal_entities or (None,))
    if isinstance(order, o.ChangeUser):
        news = order.model_dump(include=GRANT, exclude_none=True)
        refuse_beyond(who, Grant(**held.model_dump() | news))


def _entities(order: o.AddTeam | o.ChangeTeam | o.CloseTeam, row: Any) -> tuple[str | None, ...]:
    """Return the legal entities of a team: the one it has, and the one it shall have."""
    held = () if row is None else (row.legal_entity,)
    if isinstance(order, o.AddTeam | o.ChangeTeam):
        says = row is None or "legal_entity" in order.model_fields_set
        return (*held, order.legal_entity) if says else held
    return held
