"""Judges a frame by rules: one Great Expectations validation a suite, called directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.quality.gx_library import library, validator_of
from include.quality.gx_memory import remembering
from include.quality.rules import Rule

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_COUNTS, _ROWS = "BASIC", "COMPLETE"
"""Result formats: how many rows broke a rule, or also which ones, which costs twice as much."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rule judged a frame; `rows` are the positions that broke it, `error` says why it could not judge."""

    suite: str
    rule: Rule
    success: bool
    error: str
    element_count: int
    unexpected_count: int
    missing_count: int
    observed: object
    rows: npt.NDArray[np.int64]

    @property
    def errored(self) -> bool:
        return bool(self.error)

    @property
    def stops(self) -> bool:
        """True when the batch can have no result: the rule raised, or it is one that stops batches."""
        return self.errored or (not self.success and self.rule.consequence == "stop the batch")


def judge(suite: str, rules: Sequence[Rule], frame: pd.DataFrame) -> list[Outcome]:
    """Judges the frame (plain RangeIndex) by all rules at once; outcomes come in the order of the rules."""
    outcomes = _judged(suite, rules, frame, _COUNTS)
    broken = [outcome.rule for outcome in outcomes if outcome.unexpected_count]
    if not broken:
        return outcomes
    with_rows = {outcome.rule.name: outcome for outcome in _judged(suite, broken, frame, _ROWS)}
    return [with_rows.get(outcome.rule.name, outcome) for outcome in outcomes]


def _judged(suite: str, rules: Sequence[Rule], frame: pd.DataFrame, result_format: str) -> list[Outcome]:
    expectations = [
        remembering(rule.expectation, severity=rule.severity, meta={"rule": rule.name, "level": rule.level})
        for rule in rules
    ]
    validator = validator_of(
        frame,
        {"result_format": result_format, "return_unexpected_index_query": False, "partial_unexpected_count": 0},
    )
    result = validator.validate_expectation_suite(library().ExpectationSuite(suite, expectations=expectations))
    of_rule = {r.expectation_config.meta["rule"]: r for r in result.results}
    return [_outcome(suite, rule, of_rule[rule.name]) for rule in rules]


def _outcome(suite: str, rule: Rule, result: Any) -> Outcome:
    figures = result.result or {}
    return Outcome(
        suite=suite,
        rule=rule,
        success=bool(result.success),
        error=_error(result.exception_info or {}),
        element_count=int(figures.get("element_count") or 0),
        unexpected_count=int(figures.get("unexpected_count") or 0),
        missing_count=int(figures.get("missing_count") or 0),
        observed=figures.get("observed_value"),
        rows=np.asarray(figures.get("unexpected_index_list") or [], np.int64),
    )


def _error(info: dict[str, Any]) -> str:
    """The message of a rule that raised; the library nests it under a metric's id when a metric did."""
    for entry in [info] if "raised_exception" in info else info.values():
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "it raised without a message")
    return ""
