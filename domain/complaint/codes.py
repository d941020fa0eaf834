"""The codes that a complaint is described with, as they are stored and shown."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from domain.privacy import Personal, Public

Severity: TypeAlias = Literal["low", "normal", "high", "critical"]
Outcome: TypeAlias = Literal["upheld", "partly_upheld", "rejected", "goodwill", "settled", "no_decision"]
Visibility: TypeAlias = Literal["internal", "customer"]
Channel: TypeAlias = Literal[
    "web", "email", "letter", "phone", "branch", "social", "regulator", "ombudsman", "api"
]
StepKind: TypeAlias = Literal["account_activity", "interaction_history", "department_consulted", "other"]
Level: TypeAlias = Annotated[int, Field(ge=1, le=3)]
CountryCode: TypeAlias = Annotated[str, Personal(), StringConstraints(pattern=r"^[A-Z]{2}$")]
Moment: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^\d{4}-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?)?$")
]

CATEGORIES = (
    "account_access",
    "verification",
    "deposit",
    "withdrawal",
    "transfer",
    "unauthorised_transaction",
    "order_execution",
    "fees",
    "staking",
    "listing",
    "payment",
    "marketing",
    "personal_data",
    "customer_service",
    "account_closure",
    "other",
)
"""The firm's own categories; an imported case keeps the category of its source."""
