"""The codes that a complaint is described with, as they are stored and shown."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from domain.codes import Outcome, Severity
from domain.privacy import Personal, Public

__all__ = [
    "CATEGORIES",
    "Channel",
    "CountryCode",
    "Finding",
    "HoldKind",
    "Level",
    "Moment",
    "Outcome",
    "Point",
    "RedressHead",
    "RedressKind",
    "ResponseType",
    "Score",
    "Severity",
    "StepKind",
    "Visibility",
]

Visibility: TypeAlias = Literal["internal", "customer"]
Channel: TypeAlias = Literal[
    "web", "email", "letter", "phone", "branch", "social", "regulator", "ombudsman", "api"
]
StepKind: TypeAlias = Literal["account_activity", "interaction_history", "department_consulted", "other"]
Finding: TypeAlias = Literal["substantiated", "unsubstantiated", "inconclusive"]
ResponseType: TypeAlias = Literal["final_response", "summary_resolution", "redress_determination"]
"""Which of the written answers of DISP 1.5 and 1.6 the decision was; other regimes know the first."""
RedressKind: TypeAlias = Literal["money", "crypto_asset", "in_kind"]
RedressHead: TypeAlias = Literal["principal", "interest", "distress", "costs", "goodwill"]
"""What redress is for."""
HoldKind: TypeAlias = Literal["legal", "regulator"]
Score: TypeAlias = Annotated[int, Field(ge=1, le=5)]
Point: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""The label of one point that the complainant raised, such as ``fee`` or ``2``: no text about a person."""
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
