"""Tickets over HTTP: listed and read as complaints are."""

from __future__ import annotations

from adapters.http.kinds import TICKETS, reads

router = reads(TICKETS)
