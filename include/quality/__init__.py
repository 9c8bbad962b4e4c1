"""Judges landed pages: each row is accepted, quarantined with its reasons, or counted."""

from include.quality.errors import BodyUnreadable, QualityError, RulesFailed
from include.quality.model import UNKNOWN_SOURCE, Finding, PageInput, Verdict
from include.quality.validation import validate, warm_up

__all__ = [
    "UNKNOWN_SOURCE",
    "BodyUnreadable",
    "Finding",
    "PageInput",
    "QualityError",
    "RulesFailed",
    "Verdict",
    "validate",
    "warm_up",
]
