"""Validates a batch of landed pages, from bodies to results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from include.quality.errors import RulesFailed
from include.quality.model import PageInput, ValidationResult

if TYPE_CHECKING:
    from include.quality.classify import NotJudged
    from include.quality.parsed_batch import ParsedBatch
    from include.quality.series import Attribution
    from include.settings.quality import Quality


def validate(batch_id: str, pages: Sequence[PageInput], settings: Quality) -> ValidationResult:
    """Judges every row of the pages: accepted, quarantined with reasons, or counted as duplicate or outside.

    `classify` says in which order a row's place is decided. Raises BodyUnreadable for a page that holds no
    rows list, and RulesFailed (with the results so far) when a rule could not be judged.
    """
    from include.quality.parsed_batch import assemble, decode_pages

    decoded = decode_pages(pages)
    if not any(columns.rows for _, columns in decoded):
        return _empty()

    from include.quality.accepted import accepted_table
    from include.quality.classify import NotJudged, classify
    from include.quality.findings import find
    from include.quality.quarantine import quarantine_table
    from include.quality.results import dq_table
    from include.quality.series import attribute

    batch = assemble(decoded, settings.symbol_aliases)
    attribution = attribute(batch)
    try:
        places, outcomes = classify(batch, attribution, settings)
    except NotJudged as not_judged:
        raise _failure(batch_id, batch, attribution, not_judged) from None
    return ValidationResult(
        accepted=accepted_table(batch, attribution, places.accepted),
        quarantine=quarantine_table(batch_id, batch, attribution, places),
        dq=dq_table(batch_id, batch, attribution, outcomes),
        findings=find(batch, attribution, places),
    )


def warm_up() -> None:
    """Imports Great Expectations and runs a first validation, in the calling thread; that takes seconds."""
    import pandas as pd

    from include.quality.expectations import judge
    from include.quality.rules import key_rules

    judge("warm-up", key_rules(), pd.DataFrame({"values_at_key": [1]}))


def _empty() -> ValidationResult:
    """The results for no rows; the rules would pass vacuously, so they are not run."""
    import pyarrow as pa

    from include.quality.schemas import ACCEPTED, DQ, QUARANTINE

    accepted, quarantine, dq = (pa.Table.from_batches([], schema) for schema in (ACCEPTED, QUARANTINE, DQ))
    return ValidationResult(accepted, quarantine, dq, [])


def _failure(batch_id: str, batch: ParsedBatch, attribution: Attribution, not_judged: NotJudged) -> RulesFailed:
    from include.quality.results import dq_table

    dq = dq_table(batch_id, batch, attribution, not_judged.outcomes)
    culprit = next(outcome for outcome in not_judged.outcomes if outcome.stops)
    reason = culprit.error or f"{culprit.rule.sentence} Observed: {culprit.observed}"
    return RulesFailed(batch_id, culprit.rule.name, reason, dq)
