"""Each received row ends in exactly one place: quarantined, else outside, else duplicate, else accepted.

1. A row that breaks a row rule is quarantined, wherever its timestamp lies.
2. Of the rest, a row dated outside its window `[start, end)` is counted as outside, and dropped.
3. Of the rest, rows of one window with one key and different values are all quarantined (`conflicting_duplicate`).
4. Of the rest, a row that an answer repeats is counted as a duplicate, and dropped.
5. The rest is accepted, unless too many rows of its series are bad: then it is quarantined too (`series_blocked`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from include.domain.errors import Signal
from include.quality.expectations import Outcome, judge
from include.quality.keys import is_repeat, sort_order, values_at_key
from include.quality.open_interest.measures import measures
from include.quality.open_interest.rules import row_rules
from include.quality.parsed_batch import NO_TIME, Flags, Floats, Ints, ParsedBatch, microseconds
from include.quality.rules import SERIES_BLOCKED, key_rules, series_rules
from include.quality.series import Attribution

if TYPE_CHECKING:
    from include.settings.quality import Quality


@dataclass(frozen=True, slots=True)
class Classification:
    """Where each row went, as flags per row; `accepted` and `duplicates` are rows in sort order.

    `broken` names, for each rule that quarantined, the rows it quarantined; `blocked` flags series.
    """

    accepted: Ints
    duplicates: Ints
    outside: Flags
    quarantined: Flags
    broken: dict[str, Ints]
    blocked: Flags


class NotJudged(Signal):
    """A rule raised, or the batch itself is malformed; `outcomes` are those of its suite and the suites before."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        self.outcomes = outcomes
        super().__init__()


def classify(batch: ParsedBatch, attribution: Attribution, settings: Quality) -> tuple[Classification, list[Outcome]]:
    """Judges all rows by all rules; NotJudged when any could not be judged."""
    order = sort_order(batch.timestamp, attribution.series_of)
    outcomes = _sound(judge("rows", row_rules(settings), measures(batch, attribution.series_of, order)))
    quarantined = _flags(len(batch), outcomes)
    outside = ~quarantined & ~in_window(batch)
    rest = order[~(quarantined | outside)[order]]

    conflicts, outcomes = _conflicts(rest, batch, attribution, outcomes)
    quarantined[conflicts] = True
    rest = rest[~quarantined[rest]]

    repeats = is_repeat(rest, batch, attribution)
    duplicates, rest = rest[repeats], rest[~repeats]

    blocked, outcomes = _blocked(np.flatnonzero(quarantined), attribution, settings, outcomes)
    held = blocked[attribution.series_of[rest]]
    quarantined[rest[held]] = True
    broken = {o.rule.name: o.rows for o in outcomes if _quarantines(o)} | {SERIES_BLOCKED: rest[held]}
    return Classification(rest[~held], duplicates, outside, quarantined, broken, blocked), outcomes


def _quarantines(outcome: Outcome) -> bool:
    return outcome.rule.consequence == "quarantine the row"


def _sound(outcomes: list[Outcome], before: list[Outcome] | None = None) -> list[Outcome]:
    """All outcomes so far, once none of them stops the batch."""
    together = [*(before or ()), *outcomes]
    if any(outcome.stops for outcome in outcomes):
        raise NotJudged(together)
    return together


def _flags(rows: int, outcomes: list[Outcome]) -> Flags:
    flags = np.zeros(rows, np.bool_)
    for outcome in filter(_quarantines, outcomes):
        flags[outcome.rows] = True
    return flags


def in_window(batch: ParsedBatch, *, until_end: bool = False) -> Flags:
    """Rows dated inside their window, with `until_end` also those dated exactly at its end."""
    start = batch.of_page(lambda page: microseconds(page.start))
    end = batch.of_page(lambda page: microseconds(page.end))
    time = batch.timestamp
    inside: Flags = (time != NO_TIME) & (time >= start) & ((time <= end) if until_end else (time < end))
    return inside


def _conflicts(
    rows: Ints, batch: ParsedBatch, attribution: Attribution, before: list[Outcome]
) -> tuple[Ints, list[Outcome]]:
    import pandas as pd

    frame = pd.DataFrame({"values_at_key": values_at_key(rows, batch, attribution)})
    outcomes = [_at(rows, outcome) for outcome in judge("keys", key_rules(), frame)]
    return outcomes[0].rows, _sound(outcomes, before)


def _at(rows: Ints, outcome: Outcome) -> Outcome:
    """The outcome on a frame of `rows`, as rows of the batch."""
    return replace(outcome, rows=rows[outcome.rows])


def _blocked(
    bad: Ints, attribution: Attribution, settings: Quality, before: list[Outcome]
) -> tuple[Flags, list[Outcome]]:
    import pandas as pd

    received = attribution.rows_per_series()
    share: Floats = attribution.rows_per_series(bad) / received
    share[received < settings.min_rows_to_block] = np.nan
    outcomes = judge("series", series_rules(settings), pd.DataFrame({"bad_share": share}))
    blocked = np.zeros(len(received), np.bool_)
    blocked[outcomes[0].rows] = True
    return blocked, _sound(outcomes, before)
