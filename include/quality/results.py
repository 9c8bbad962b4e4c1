"""How each rule judged the batch, as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from include.quality.expectations import Outcome
from include.quality.parsed_batch import ParsedBatch
from include.quality.quarantine import raw_texts
from include.quality.schemas import DQ
from include.quality.series import Attribution

SAMPLE_ROWS = 5
SAMPLE_ROW_CHARACTERS = 400


def dq_table(batch_id: str, batch: ParsedBatch, attribution: Attribution, outcomes: Sequence[Outcome]) -> pa.Table:
    """One row per rule; `validated_at` is the last page's receipt, so that a repeat gives the same rows."""
    validated_at = max(page.known_at for page in batch.pages)
    rows = [_dq_row(batch_id, validated_at, outcome, _sample(batch, attribution, outcome)) for outcome in outcomes]
    return pa.Table.from_pylist(rows, schema=DQ)


def _dq_row(batch_id: str, validated_at: datetime, outcome: Outcome, sample: str) -> dict[str, object]:
    rule = outcome.rule
    return {
        "validated_at": validated_at,
        "batch_id": batch_id,
        "suite": outcome.suite,
        "rule": rule.name,
        "level": rule.level,
        "severity": rule.severity,
        "expectation": rule.expectation_name,
        "column": rule.column,
        "success": outcome.success,
        "errored": outcome.errored,
        "element_count": outcome.element_count,
        "unexpected_count": outcome.unexpected_count,
        "missing_count": outcome.missing_count,
        "observed_value": "" if outcome.observed is None else json.dumps(outcome.observed, default=str),
        "sample": sample,
        "error": outcome.error,
        "kwargs": json.dumps(rule.arguments),
    }


def _sample(batch: ParsedBatch, attribution: Attribution, outcome: Outcome) -> str:
    """The first rows that broke a row rule, as received; the labels of the series that broke a series rule."""
    some = outcome.rows[:SAMPLE_ROWS]
    if outcome.rule.level == "row":
        return "[" + ", ".join(raw[:SAMPLE_ROW_CHARACTERS] for raw in raw_texts(batch, np.sort(some))) + "]"
    return json.dumps([attribution.series[i].label for i in some.tolist()])
