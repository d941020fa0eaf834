"""What is promised to somebody who sends a request through a form."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.clocks import bind
from domain.policies import Scope

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.policies import Rulebook
    from domain.ticket.request import Request


def promised(request: Request, rules: Rulebook, opened_at: datetime) -> tuple[Pin, ...]:
    """Return the regimes that bind a request: the firm's own promises.

    The law speaks of complaints: its limits begin once a ticket is promoted to one.
    """
    scope = Scope(channel=request.channel, legal_entity=request.legal_entity)
    applying = [regime for regime in rules.applicable(scope, opened_at) if not regime.legal]
    return bind(rules, applying)
