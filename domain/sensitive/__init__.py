"""Secrets and numbers that nobody should send: found before anything is stored."""

from domain.sensitive.detectors import find
from domain.sensitive.finding import Finding, Kind
from domain.sensitive.spots import SensitiveValue, Spot, refused, spots

__all__ = ["Finding", "Kind", "SensitiveValue", "Spot", "find", "refused", "spots"]
