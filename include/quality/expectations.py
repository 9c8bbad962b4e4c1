"""Great Expectations, called directly: one ephemeral context a thread, one validation a suite, nothing printed or kept.

The import costs seconds, so it happens inside the first call. A context shared by threads returns wrong rows.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from include.quality.rules import Rule

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

COUNTS, ROWS = "BASIC", "COMPLETE"
"""What the library is asked for: how many rows broke a rule, or also which ones, which costs twice as much."""
_of_thread = threading.local()
_making = threading.Lock()


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
        """Whether the batch can have no verdict: the rule raised, or it is one that stops batches."""
        return self.errored or (not self.success and self.rule.consequence == "stop the batch")


def judge(suite: str, rules: Sequence[Rule], frame: pd.DataFrame) -> list[Outcome]:
    """Judges the frame (plain RangeIndex) by all rules at once; outcomes come in the order of the rules."""
    outcomes = _judged(suite, rules, frame, COUNTS)
    broken = [outcome.rule for outcome in outcomes if outcome.unexpected_count]
    if not broken:
        return outcomes
    with_rows = {outcome.rule.name: outcome for outcome in _judged(suite, broken, frame, ROWS)}
    return [with_rows.get(outcome.rule.name, outcome) for outcome in outcomes]


def _judged(suite: str, rules: Sequence[Rule], frame: pd.DataFrame, result_format: str) -> list[Outcome]:
    gx = _great_expectations()
    expectations = [_expectation(rule) for rule in rules]
    batch = _batch_definition(gx).get_batch(batch_parameters={"dataframe": frame})
    result = batch.validate(
        gx.ExpectationSuite(suite, expectations=expectations),
        result_format={
            "result_format": result_format,
            "return_unexpected_index_query": False,
            "partial_unexpected_count": 0,
        },
    )
    of_rule = {r.expectation_config.meta["rule"]: r for r in result.results}
    return [_outcome(suite, rule, of_rule[rule.name]) for rule in rules]


def _expectation(rule: Rule) -> Any:
    with _making:  # a kind made by two threads at once would be registered twice
        kind = _kind(rule.expectation)
    return kind(**rule.arguments, severity=rule.severity, meta={"rule": rule.name, "level": rule.level})


@cache
def _kind(name: str) -> Any:
    """The library's expectation, working out its configuration once.

    As it comes it does so anew ninety times a validation, two fifths of the time that a batch is judged.
    """
    from great_expectations.compatibility.pydantic import PrivateAttr

    def configuration(expectation: Any) -> Any:
        if expectation._configuration is None:
            expectation._configuration = parent.configuration.fget(expectation)
        return expectation._configuration

    parent = getattr(_great_expectations().expectations, name)
    return type(parent)(
        f"{name}Once", (parent,), {"_configuration": PrivateAttr(None), "configuration": property(configuration)}
    )


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


def _batch_definition(gx: Any) -> Any:
    if not hasattr(_of_thread, "batch_definition"):
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("memory").add_dataframe_asset("open_interest")
        _of_thread.context = context
        _of_thread.batch_definition = asset.add_batch_definition_whole_dataframe("batch")
    return _of_thread.batch_definition


@cache
def _great_expectations() -> Any:
    """Imports the library without its 200 log lines and its progress-bar thread, and with the collector at rest."""
    import tqdm

    tqdm.tqdm.monitor_interval = 0
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    collecting = gc.isenabled()
    gc.disable()  # a third of the import would be collections that find nothing
    try:
        import great_expectations as gx
        import great_expectations.expectations
    finally:
        if collecting:
            gc.enable()
    # The library sets this one to INFO by itself.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return gx
