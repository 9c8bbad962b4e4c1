"""Sentences for what keeps a run's scope from being whole, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from include.domain.clock import iso
from include.domain.market import Series
from include.domain.text import counted
from include.domain.time_range import TimeRange, intersect, subtract
from include.kwery.answers.doubts import Doubt, because
from include.ledger.work import windows
from include.ledger.work.findings import blocked_series
from include.ledger.work.windows import OpenWindow
from include.pipeline.progress import Stop
from include.pipeline.scope.open_windows import overlaps, ranges_by_series
from include.pipeline.scope.resolve_symbols import unmatched
from include.pipeline.steps.load.set_aside import NEXT
from include.pipeline.steps.plan.remaining import RemainingWork, beyond_depth
from include.pipeline.steps.report.remainder import RunRemainder, how_far, how_to_finish
from include.planning.windows.coverage import Covered, first_row, is_before_rows, unconfirmed_in
from include.planning.windows.plan import Parts, Wanted

MAX_SHOWN = 20
"""Maximum sentences of one kind in a report: a run over thousands of symbols may have one for each."""


def unfinished(
    work: RemainingWork, remainder: RunRemainder, set_aside: Iterable[tuple[OpenWindow, str]], refusals: Iterable[str]
) -> list[str]:
    """A sentence for each thing that keeps the scope of `work` from being whole, but for what ended reading.

    `refusals` are of this process: a symbol that was refused too often is no longer part of the scope.
    """
    scope = work.scope
    refused = _refused(work, remainder.due.parts)
    about_refused = [*refusals, *(window.note or f"{window.label}: refused" for window in refused)]
    return [
        *(shortened(unmatched(scope.universe)) if scope.named else ()),
        *shortened(list(dict.fromkeys(about_refused))),
        *([how_to_finish(scope, remainder)] if _goes_beyond(remainder.due.parts, refused) else []),
        *(sentence for part in _unproven(work.wanted, work.coverage) for sentence in shortened(part)),
        *shortened(_blocked(work)),
        *_beyond_depth(work, remainder),
        *shortened([f"{window.label}: set aside: {reason}. {NEXT}" for window, reason in set_aside]),
    ]


def is_before_first_rows(work: RemainingWork, left: Sequence[str]) -> bool:
    """True where `left` says of nothing but silence before the first row of a series."""
    older, other = _unproven(work.wanted, work.coverage)
    return bool(older) and not other and left == shortened(older)


def stop_sentence(stop: Stop) -> str:
    """Why this process ended reading."""
    wait = f" (in {stop.wait_seconds:.0f} s)" if stop.wait_seconds else ""
    return f"stopped: {stop.message}{wait}"


def beyond_cap(remainder: RunRemainder, cap_remaining_credits: int | None) -> str | None:
    """A sentence where the remainder costs more than the run may still spend."""
    price = remainder.to_buy.price if remainder.to_buy else None
    if price is None or cap_remaining_credits is None or price.credits <= cap_remaining_credits:
        return None
    return f"this run's cap leaves {max(0, cap_remaining_credits):,} of the {price.credits:,} credits that are needed"


def shortened(sentences: Sequence[str]) -> list[str]:
    """Sentences of one kind for a person: of many the first, and how many more there are."""
    more = len(sentences) - MAX_SHOWN
    return [*sentences[:MAX_SHOWN], f"and {more:,} more like the last"] if more > 0 else list(sentences)


def _refused(work: RemainingWork, due: Parts) -> list[OpenWindow]:
    """Windows that the vendor refused, of time that is still due."""
    scope = work.scope
    found = windows.refused_in(work.connection, scope.symbols, scope.start, scope.end)
    return [one for one in found if overlaps(one, scope) and _touches(one, due)]


def _touches(window: OpenWindow, due: Parts) -> bool:
    return any(intersect(parts, due.get(series, ())) for series, parts in ranges_by_series([window]).items())


def _goes_beyond(due: Parts, refused: Iterable[OpenWindow]) -> bool:
    """True when more is due than what was refused."""
    taken = ranges_by_series(refused)
    return any(subtract(parts, taken.get(series, ())) for series, parts in due.items())


def _blocked(work: RemainingWork) -> list[str]:
    wanted, scope = set(work.scope.series), work.scope
    return [
        f"{series.label}: too many bad rows, so all of it is in the table quarantine; look there, then `./oi replay`"
        for series in blocked_series(work.connection, scope.start, scope.end)
        if series in wanted
    ]


def _beyond_depth(work: RemainingWork, remainder: RunRemainder) -> list[str]:
    """What the vendor's plan does not reach, and what it would cost with one that does."""
    parts = remainder.due.beyond_depth
    if not any(parts.values()):
        return []
    came = f"{how_far(work.scope, remainder.reached)}; " if remainder.to_buy is None else ""
    last = (
        f"{came}a larger plan of the vendor has the rest, for about {work.price_beyond_depth().credits:,} credits: run "
        "the same again then"
    )
    return [*shortened(beyond_depth(work.vendor, parts)), last]


def _unproven(wanted: Wanted, coverage: Mapping[Series, Sequence[Covered]]) -> tuple[list[str], list[str]]:
    """Sentences for silence before the first row of a series, and for all other silence that proves nothing."""
    older: list[str] = []
    other: list[str] = []
    for series, entries in coverage.items():
        first = first_row(entries)
        before = [one for one in entries if is_before_rows(one, first)]
        begins = f"{series.label} has nothing before {iso(first)}. " if first else ""
        older += [f"{begins}{one}" for one in _unproven_of(series, wanted, before)]
        other += _unproven_of(series, wanted, [one for one in entries if not is_before_rows(one, first)])
    return older, other


def _unproven_of(series: Series, wanted: Wanted, entries: Sequence[Covered]) -> Iterator[str]:
    asked = wanted.of(series)
    for doubts, stretches in unconfirmed_in(entries).items():
        unconfirmed = intersect([asked] if asked else [], stretches)
        if unconfirmed:
            yield _unproven_sentence(series, unconfirmed, doubts)


def _unproven_sentence(series: Series, unconfirmed: Sequence[TimeRange], doubts: Sequence[Doubt]) -> str:
    more = f" and {counted(len(unconfirmed) - 1, 'later part')}" if len(unconfirmed) > 1 else ""
    return (
        f"{series.label}: {unconfirmed[0].label}{more} came back without rows, which is not taken as empty, because "
        f"{because(doubts)}; it is requested again after `plan.recheck_gap_hours` or a tenth of its age, and at once "
        "when the plan reaches further back"
    )
