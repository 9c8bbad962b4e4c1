"""The figures of a report: what a run received and stored by series and rule, and what is covered now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from include.domain.market import Series
from include.domain.time_range import TimeRange, buckets, clip, intersect, on_grid
from include.kwery.answers.doubts import united
from include.pipeline.scope.scope import ResolvedScope
from include.pipeline.steps.report.summary import QuarantineLine, SeriesReport
from include.planning.windows.coverage import Covered, readable_edge, unconfirmed_in
from include.planning.windows.series_finding import SeriesFinding


def series_reports(
    scope: ResolvedScope, now: datetime, coverage: Mapping[Series, Sequence[Covered]], findings: Iterable[SeriesFinding]
) -> list[SeriesReport]:
    """A line for each series of the scope; `findings` are the run's."""
    judged: dict[Series, list[SeriesFinding]] = defaultdict(list)
    for one in findings:
        judged[one.series].append(one)
    return [_series_report(one, scope, now, coverage.get(one, ()), judged.get(one, ())) for one in scope.series]


def _series_report(
    series: Series, scope: ResolvedScope, now: datetime, entries: Sequence[Covered], judged: Sequence[SeriesFinding]
) -> SeriesReport:
    interval = series.interval
    whole = on_grid(TimeRange(scope.start, scope.end), interval)
    readable = clip(whole, end=readable_edge(interval, now)) if whole else None
    wanted = [readable] if readable else []
    rows = intersect(wanted, [entry.stretch for entry in entries if entry.found == "rows"])
    empty = intersect(wanted, [entry.stretch for entry in entries if entry.found == "empty"])
    unconfirmed = {doubts: intersect(wanted, stretches) for doubts, stretches in unconfirmed_in(entries).items()}
    return SeriesReport(
        label=series.label,
        symbol=series.symbol,
        source=series.source,
        interval=interval.value,
        received=sum(one.received for one in judged),
        stored=sum(one.accepted for one in judged),
        quarantined=sum(one.quarantined for one in judged),
        duplicates=sum(one.duplicates for one in judged),
        outside=sum(one.outside for one in judged),
        points=buckets(wanted, interval),
        covered=buckets(rows, interval),
        gaps=buckets(empty, interval),
        unproven=sum(buckets(stretches, interval) for stretches in unconfirmed.values()),
        doubts=[doubt.value for doubt in united(one for key, parts in unconfirmed.items() if parts for one in key)],
    )


def quarantine_lines(published: Iterable[Mapping[str, Any]]) -> list[QuarantineLine]:
    """A line for each rule that rows broke, by the figures of the run's batches; the rule with most rows first."""
    lines: dict[str, QuarantineLine] = {}
    for one in published:
        for rule, seen in one["rules"].items():
            before = lines.get(rule)
            lines[rule] = QuarantineLine(rule, seen["rows"] + (before.rows if before else 0), seen["example"])
    return sorted(lines.values(), key=lambda line: (-line.rows, line.rule))
