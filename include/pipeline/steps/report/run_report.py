"""Report: what a run did, cost and left, told from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from include.domain.clock import iso, utc_now
from include.domain.market import Series
from include.domain.text import counted
from include.domain.time_range import TimeRange, buckets, clip, intersect, on_grid
from include.kwery.answers.doubts import Doubt, because, united
from include.ledger.database.engine import open_ledger
from include.ledger.queries import recent
from include.ledger.queries.clocks import clocks_now
from include.ledger.work import batches, pages, runs, windows
from include.ledger.work.coverage import coverage_of
from include.ledger.work.findings import SeriesFinding, blocked_series, findings_of_run
from include.ledger.work.pages import PageRef
from include.pipeline.scope.open_windows import overlaps
from include.pipeline.scope.resolve_symbols import resolve_symbols, unmatched
from include.pipeline.scope.scope import RunSpec, Scope
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.load.set_aside import NEXT, windows_set_aside
from include.pipeline.steps.plan.remaining import RemainingWork, beyond_depth
from include.pipeline.steps.report.summary import QuarantineLine, RunReport, SeriesReport
from include.pipeline.steps.settle.damaged_pages import damaged_among
from include.pipeline.steps.settle.settle import by_series
from include.pipeline.vendor.client import VendorNow, known_account
from include.planning.credits.price import Price
from include.planning.credits.projection import naive_price
from include.planning.symbols import with_first_rows
from include.planning.windows.coverage import Covered, in_doubt, readable_edge
from include.planning.windows.order import Order
from include.planning.windows.plan import Plan, Wanted
from include.planning.windows.windows import PlannedWindow
from include.settings import Settings

MAX_SHOWN = 20
"""So many sentences of one kind are told: a run over thousands of symbols may have one for each."""


def report(
    settings: Settings, run: RunSpec, scope: Scope, extracted: Extracted | None = None, notes: Sequence[str] = ()
) -> RunReport:
    """Tells a run from the ledger, and marks it finished; `extracted` adds what only the reading step knows."""
    with open_ledger(settings.ledger_url) as ledger:
        account = known_account(ledger)
        with ledger.read() as connection:  # planning what is still due takes long: nobody else should wait for it
            clocks = clocks_now(connection, ledger.process_id)
            now = clocks.for_rows
            known = runs.run_of(connection, run.run_id)
            scope = resolve_symbols(connection, settings, scope, as_of=known.started_at if known else None)
            covered = coverage_of(connection, scope.series)
            vendor = VendorNow(account, clocks)
            needs = RemainingWork(connection, settings, run.lane, scope, covered, vendor, now)
            aside = [one for one in windows_set_aside(connection).values() if overlaps(one[0], scope)]
            due = _answered_for(needs.still_due([window for window, _ in aside]), scope)
            rest = _with_deferred(needs.to_be_paid(), scope).price if due.windows else None
            reached = _reached(scope, due)
            found = by_series(findings_of_run(connection, run.run_id))
            requests, credits, reserved = runs.spending_of(connection, run.run_id)
            cap_remaining = (
                None if known is None or known.max_credits is None else known.max_credits - credits - reserved
            )
            beyond = _beyond_cap(rest, cap_remaining)
            left = [
                *(fewer(unmatched(scope.universe)) if scope.named else ()),
                *_stopped(known, due, extracted, beyond),
                *_left(connection, scope, due, covered, extracted, _to_finish(scope, due, rest, reached)),
                *_beyond_depth(vendor, scope, needs, due, reached),
                *fewer([f"{window.label}: set aside: {reason}. {NEXT}" for window, reason in aside]),
            ]
            figures = batches.published_by(connection, run.run_id)
            waiting = _waiting(connection, scope, ledger.process_id)
            lost = recent.unlanded_of_run(connection, run.run_id)
        left += fewer(damaged_among(settings, waiting))
        with ledger.write() as connection:
            runs.finish_run(connection, run.run_id, not left, _outcome(left, reached, rest), utc_now())
    return RunReport(
        run_id=run.run_id,
        lane=run.lane,
        start=scope.start,
        end=scope.end,
        complete=not left,
        requests=requests,
        credits=credits,
        reserved_credits=reserved,
        naive_credits=naive_price(
            scope.series, scope.start, min(scope.end, max(now, scope.start)), settings.prices
        ).credits,
        loaded=sum((_loaded(one) for one in figures), Loaded()),
        series=[_series(one, scope, now, covered.get(one, ()), found) for one in scope.series],
        quarantine=_quarantine(figures),
        left=left,
        notes=[note for note in dict.fromkeys((*notes, *_noticed(extracted), *_restated(figures))) if note not in left],
        reached=reached,
        left_price=rest,
        capped=beyond is not None,
        failed=extracted.failed if extracted else False,
        interrupted=extracted.interrupted if extracted else False,
        lost_pages=lost.pages,
        lost_credits=lost.credits,
    )


def _reached(scope: Scope, due: Plan) -> datetime | None:
    """The instant from which on (or, oldest first, up to which) nothing is left to be read; None where nothing is."""
    newest_first = scope.order is Order.NEWEST_FIRST
    left = [(window.stretch, window.stream.interval) for window in due.windows]
    left += [(part, series.interval) for series, parts in due.beyond_depth.items() for part in parts]
    if not left:
        return scope.start if newest_first else scope.end
    # What is left lies on its interval's grid: within a step of the edge it lies at the edge.
    if newest_first:
        newest, interval = max(left, key=lambda one: one[0].end)
        return newest.end if newest.end + interval.step <= scope.end else None
    oldest, interval = min(left, key=lambda one: one[0].start)
    return oldest.start if oldest.start - interval.step >= scope.start else None


def _to_finish(scope: Scope, due: Plan, rest: Price | None, reached: datetime | None) -> list[str]:
    """How far reading came, what is left, and how to go on."""
    if rest is None:
        return []
    left = f"{counted(len(due.windows), 'window')}, {counted(rest.requests, 'request')}, about {rest.credits:,} credits"
    sentence = f"{_came(scope, reached)}; left: {left}"
    if scope.reread_for is None or reached is None:
        return [f"{sentence}: run the same again to go on from there"]
    bound = "to" if scope.order is Order.NEWEST_FIRST else "from"
    return [f"{sentence}: give this instant as `{bound}` to go on from there, the same again would buy all of it again"]


def _came(scope: Scope, reached: datetime | None) -> str:
    if reached is None:
        return "no part of the range is whole yet"
    if scope.order is Order.NEWEST_FIRST:
        return f"reached back to {iso(reached)}, all from there on is loaded"
    return f"reached {iso(reached)}, all before it is loaded"


def _beyond_depth(
    vendor: VendorNow, scope: Scope, needs: RemainingWork, due: Plan, reached: datetime | None
) -> list[str]:
    """What the vendor's plan does not reach, and what it would cost with one that does."""
    if not due.beyond_depth:
        return []
    edge = max(part.end for parts in due.beyond_depth.values() for part in parts)
    came = "" if due.windows else f"{_came(scope, reached)}; "
    credits = needs.price_beyond_depth(edge).credits
    last = f"{came}a larger plan of the vendor has the rest, for about {credits:,} credits: run the same again then"
    return [*fewer(beyond_depth(vendor, due)), last]


def _outcome(left: Sequence[str], reached: datetime | None, rest: Price | None) -> dict[str, Any]:
    return {
        "complete": not left,
        "left": list(left),
        "reached": iso(reached) if reached else None,
        "credits_to_finish": rest.credits if rest else 0,
    }


def _noticed(extracted: Extracted | None) -> list[str]:
    return extracted.notes if extracted else []


def _loaded(figures: Mapping[str, Any]) -> Loaded:
    return Loaded(figures["new"], figures["changed"], figures["unchanged"], figures["quarantined"])


def _restated(figures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Large restatements, the same whoever tells them."""
    return [sentence for one in figures for sentence in one.get("restated", ())]


def _quarantine(figures: Iterable[Mapping[str, Any]]) -> list[QuarantineLine]:
    lines: dict[str, QuarantineLine] = {}
    for one in figures:
        for rule, seen in one["rules"].items():
            before = lines.get(rule)
            lines[rule] = QuarantineLine(rule, seen["rows"] + (before.rows if before else 0), seen["example"])
    return sorted(lines.values(), key=lambda line: (-line.rows, line.rule))


def _series(
    one: Series, scope: Scope, now: datetime, covered: Sequence[Covered], found: Mapping[Series, SeriesFinding]
) -> SeriesReport:
    seen = found.get(one)
    whole = on_grid(TimeRange(scope.start, scope.end), one.interval)
    readable = clip(whole, end=readable_edge(one.interval, now)) if whole else None
    wanted = [readable] if readable else []
    rows = intersect(wanted, [entry.stretch for entry in covered if entry.found == "rows"])
    empty = intersect(wanted, [entry.stretch for entry in covered if entry.found == "empty"])
    doubted = {doubts: intersect(wanted, stretches) for doubts, stretches in in_doubt(covered).items()}
    return SeriesReport(
        label=one.label,
        symbol=one.symbol,
        source=one.source,
        interval=one.interval.value,
        received=seen.received if seen else 0,
        stored=seen.accepted if seen else 0,
        quarantined=seen.quarantined if seen else 0,
        duplicates=seen.duplicates if seen else 0,
        outside=seen.outside if seen else 0,
        points=buckets(wanted, one.interval),
        covered=buckets(rows, one.interval),
        gaps=buckets(empty, one.interval),
        unproven=sum(buckets(stretches, one.interval) for stretches in doubted.values()),
        doubts=[doubt.value for doubt in united(one for key, parts in doubted.items() if parts for one in key)],
    )


def _left(
    connection: Connection,
    scope: Scope,
    due: Plan,
    covered: Mapping[Series, Sequence[Covered]],
    extracted: Extracted | None,
    to_finish: Sequence[str],
) -> list[str]:
    """A sentence for each thing that keeps the scope from being whole, with what to do about it."""
    refused = extracted.refused if extracted else _refusals(connection, scope, due)
    left = [*fewer(refused), *(to_finish if len(due.windows) > len(refused) else ())]
    wanted = set(scope.series)
    blocked = [
        f"{series.label}: too many bad rows, so all of it is in market.quarantine; look there, then `./oi replay`"
        for series in blocked_series(connection, scope.start, scope.end)
        if series in wanted
    ]
    return [*left, *fewer(_unproven(scope, covered)), *fewer(blocked)]


def fewer(sentences: Sequence[str]) -> list[str]:
    """The same sentences of one kind for a person and a message: of many the first, and how many more there are."""
    more = len(sentences) - MAX_SHOWN
    return [*sentences[:MAX_SHOWN], f"and {more:,} more like the last"] if more > 0 else list(sentences)


def _waiting(connection: Connection, scope: Scope, owner: str) -> list[PageRef]:
    """Pages of the scope's windows that nobody else is at work on, and whose rows are not in the warehouse for good."""
    refs, now = pages.unsettled(connection), utc_now()
    found = windows.by_ids(connection, sorted({ref.window_id for ref in refs}))
    free = [window for window in found if window.is_free(now) or window.owner == owner]
    of_scope = {window.window_id for window in free if overlaps(window, scope)}
    return [ref for ref in refs if ref.window_id in of_scope]


def _answered_for(due: Plan, scope: Scope) -> Plan:
    """What a run of this scope answers for: beside fresh time, holes in older time wait for the next allowance."""
    edge = scope.heal_before
    if edge is None or edge >= scope.end:
        return _with_deferred(due, scope)
    return replace(due, windows=tuple(window for window in due.windows if window.end > edge))


def _with_deferred(due: Plan, scope: Scope) -> Plan:
    """With what the allowance leaves, where the scope is nothing but holes."""
    edge = scope.heal_before
    if edge is None or edge < scope.end:
        return due
    return replace(due, windows=(*due.windows, *due.deferred))


def _beyond_cap(rest: Price | None, cap_remaining_credits: int | None) -> str | None:
    """A sentence where what is left is dearer than what the run may still spend."""
    if rest is None or cap_remaining_credits is None or rest.credits <= cap_remaining_credits:
        return None
    return f"this run's cap leaves {max(0, cap_remaining_credits):,} of the {rest.credits:,} credits that are needed"


def _stopped(run: Row[Any] | None, due: Plan, extracted: Extracted | None, beyond: str | None) -> list[str]:
    """What ended reading: by the reading step itself, by the word that tasks of the run left, or by the run's cap."""
    if extracted is None:
        noted = run.stopped if run is not None and due.windows else None
        return [f"stopped: {noted or beyond}"] if noted or beyond else []
    stop = extracted.stopped
    if stop is None:
        return []
    wait = f" (in {stop.wait_seconds:.0f} s)" if stop.wait_seconds else ""
    return [f"stopped: {stop.message}{wait}"]


def _refusals(connection: Connection, scope: Scope, due: Plan) -> list[str]:
    """What the vendor said where it refused something of the scope that is still missing."""
    refused = windows.refused_in(connection, scope.symbols, scope.start, scope.end)
    return [
        window.note or f"{window.label}: refused"
        for window in refused
        if overlaps(window, scope) and any(_touches(window, missing) for missing in due.windows)
    ]


def _touches(window: windows.OpenWindow, missing: PlannedWindow) -> bool:
    same = (window.stream.symbol, window.stream.interval) == (missing.stream.symbol, missing.stream.interval)
    return same and window.start < missing.end and missing.start < window.end


def _unproven(scope: Scope, covered: Mapping[Series, Sequence[Covered]]) -> list[str]:
    members = with_first_rows(scope.universe, covered).members
    wanted = Wanted(scope.series, scope.start, scope.end, members)
    sentences = []
    for series, entries in covered.items():
        asked = wanted.of(series)
        for doubts, stretches in in_doubt(entries).items():
            doubted = intersect([asked] if asked else [], stretches)
            if doubted:
                sentences.append(_unproven_sentence(series, doubted, doubts))
    return sentences


def _unproven_sentence(series: Series, doubted: Sequence[TimeRange], doubts: Sequence[Doubt]) -> str:
    more = f" and {counted(len(doubted) - 1, 'later part')}" if len(doubted) > 1 else ""
    return (
        f"{series.label}: {doubted[0].label}{more} came back without rows, which is not taken as empty, because "
        f"{because(doubts)}; it is asked again after `plan.recheck_gap_hours` or a tenth of its age, and at once when "
        "the plan reaches further back"
    )
