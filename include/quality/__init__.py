"""Judges landed pages: each row is accepted, quarantined with its reasons, or counted."""

from include.quality.errors import BodyUnreadable, QualityError, RulesFailed
from include.quality.model import UNKNOWN_SOURCE, PageInput, ValidationResult
from include.quality.validation import validate, warm_up

__all__ = [
    "UNKNOWN_SOURCE",
    "BodyUnreadable",
    "PageInput",
    "QualityError",
    "RulesFailed",
    "ValidationResult",
    "validate",
    "warm_up",
]
