"""The marts computed in plain Python from the current rows: slow, and plain enough to be believed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from tests.warehouse.batches import Row
from tests.warehouse.telling import Derived

SECONDS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
LAGS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
Line = dict[str, Any]


def derived(rows: Iterable[Row], tellings: Iterable[Derived]) -> list[Row]:
    """Buckets that are read off 5m rows as it was told last, where no row was bought."""
    newest = {one.series: one for one in sorted(tellings, key=lambda one: one.told)}
    bought = {row.key: row for row in rows}
    found = [
        row._replace(interval=one.interval)
        for one in newest.values()
        for row in bought.values()
        if (row.source, row.symbol, row.interval) == (one.source, one.symbol, "5m")
        and row.timestamp.timestamp() % SECONDS[one.interval] == 0
        and any(start <= row.timestamp < end for start, end in one.stretches)
    ]
    return [row for row in found if row.key not in bought]


def latest(rows: Iterable[Row]) -> list[Line]:
    """The newest row of each series, without its age."""
    return [_row(max(group, key=lambda row: row.timestamp)) for group in _grouped(rows, lambda row: row[1:4]).values()]


def daily(rows: Iterable[Row]) -> list[Line]:
    """One line a day, symbol and source, of the finest interval with rows."""
    days = _grouped(rows, lambda row: (row.timestamp.date(), row.symbol, row.source))
    return [_day(*key, group) for key, group in days.items()]


def daily_total(rows: Iterable[Row]) -> list[Line]:
    """One line a day and symbol, over the moments of the finest interval at which the most sources have US dollars."""
    days = _grouped(
        (row for row in rows if row.open_interest_usd is not None), lambda row: (row.timestamp.date(), row.symbol)
    )
    return [_total(*key, group) for key, group in days.items()]


def change(rows: Iterable[Row]) -> list[Line]:
    """Each row beside the row of its series exactly so much earlier."""
    by_key = {row.key: row for row in rows}
    return [_row(row, known_at=False) | _changes(row, by_key) for row in by_key.values()]


def share(rows: Iterable[Row]) -> list[Line]:
    """Each source's part of the US dollars of a moment."""
    moments = _grouped(
        (row for row in rows if row.open_interest_usd is not None),
        lambda row: (row.timestamp, row.symbol, row.interval),
    )
    return [line for group in moments.values() for line in _shares(group)]


def _shares(group: list[Row]) -> Iterator[Line]:
    total = sum(_usd(row) for row in group)
    for row in group:
        yield {
            "timestamp": row.timestamp, "symbol": row.symbol, "interval": row.interval, "source": row.source,
            "open_interest_usd": row.open_interest_usd, "total_usd": total,
            "share": _ratio(row.open_interest_usd, total), "sources": len(group),
        }  # fmt: skip


def _day(day: Any, symbol: str, source: str, group: list[Row]) -> Line:
    finest = min((row.interval for row in group), key=lambda interval: SECONDS[interval])
    points = sorted(row for row in group if row.interval == finest)
    return {
        "day": day, "symbol": symbol, "source": source, "interval": finest,
        "points": len(points), "points_expected": 86400 // SECONDS[finest],
        **_candle([row.open_interest for row in points], "", "change_share"),
        **_candle([row.open_interest_usd for row in points if row.open_interest_usd is not None], "_usd",
                  "change_usd_share"),
    }  # fmt: skip


def _total(day: Any, symbol: str, group: list[Row]) -> Line:
    moments = _grouped(group, lambda row: (row.timestamp, row.interval))
    sources, minus_seconds = max((len(rows), -SECONDS[interval]) for (_, interval), rows in moments.items())
    interval = next(name for name, seconds in SECONDS.items() if seconds == -minus_seconds)
    sums = [
        sum(_usd(row) for row in rows)
        for (_, of), rows in sorted(moments.items())
        if of == interval and len(rows) == sources
    ]
    return {
        "day": day, "symbol": symbol, "sources": sources, "interval": interval, "points": len(sums),
        "points_expected": 86400 // SECONDS[interval], **_candle(sums, "_usd", "change_usd_share"),
    }  # fmt: skip


def _candle(values: list[Any], suffix: str, share_name: str) -> Line:
    names = [f"{name}{suffix}" for name in ("open", "high", "low", "close", "mean", "change")]
    if not values:
        return dict.fromkeys([*names, share_name])
    first, last = values[0], values[-1]
    figures = (first, max(values), min(values), last, sum(values) / len(values), last - first)
    return dict(zip(names, figures, strict=True)) | {share_name: _ratio(last - first, first)}


def _changes(row: Row, by_key: dict[tuple[Any, ...], Row]) -> Line:
    line: Line = {}
    for name, lag in LAGS.items():
        before = by_key.get((row.timestamp - lag, *row.key[1:]))
        for unit, column in (("", "open_interest"), ("_usd", "open_interest_usd")):
            now, then = getattr(row, column), getattr(before, column) if before else None
            difference = None if now is None or then is None else now - then
            line[f"change_{name}{unit}"] = difference
            line[f"change_{name}{unit}_share"] = None if difference is None else _ratio(difference, then)
    return line


def _row(row: Row, *, known_at: bool = True) -> Line:
    line = row._asdict()
    if not known_at:
        del line["known_at"]
    return line


def _usd(row: Row) -> float:
    assert row.open_interest_usd is not None
    return row.open_interest_usd


def _ratio(part: Any, whole: Any) -> float | None:
    return part / whole if whole else None


def _grouped(rows: Iterable[Row], key: Callable[[Row], tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
