"""The marts computed in plain Python from the current rows: slow, and plain enough to be believed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from tests.warehouse.batches import Row, history
from tests.warehouse.ledger_copies import Derived

SECONDS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
LAGS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
Line = dict[str, Any]


def derived(rows: Iterable[Row], copies: Iterable[Derived]) -> list[Row]:
    """Buckets that are derived from 5m rows by the newest copy, where no row was bought."""
    newest = {one.series: one for one in sorted(copies, key=lambda one: one.minutes)}
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
    """The newest row of each symbol and source, of the finest interval among equals, without its age."""
    return [_row(max(group, key=_newness)) for group in _grouped(rows, lambda row: row[1:3]).values()]


def latest_by_interval(rows: Iterable[Row]) -> list[Line]:
    """The newest row of each series, without its age."""
    return [_row(max(group, key=_newness)) for group in _grouped(rows, lambda row: row[1:4]).values()]


def _newness(row: Row) -> tuple[datetime, int]:
    return row.timestamp, -SECONDS[row.interval]


def held(rows: Iterable[Row]) -> list[Line]:
    """Each moment of the grid with the newest value of less than a day before, up to the newest row of the interval."""
    everything = list(rows)
    lines = []
    for group in _grouped(everything, lambda row: row[1:4]).values():
        step = timedelta(seconds=SECONDS[group[0].interval])
        end = max(row.timestamp for row in everything if row.interval == group[0].interval)
        starts = {row.timestamp + n * step for row in group for n in range(timedelta(days=1) // step)}
        lines += [_held(group, moment) for moment in starts if moment <= end]
    return lines


def _held(group: list[Row], moment: datetime) -> Line:
    known = sorted(row for row in group if moment - timedelta(days=1) < row.timestamp <= moment)
    in_usd = [row.open_interest_usd for row in known if row.open_interest_usd is not None]
    return {
        "timestamp": moment, "symbol": group[0].symbol, "source": group[0].source, "interval": group[0].interval,
        "open_interest": known[-1].open_interest, "open_interest_usd": in_usd[-1] if in_usd else None,
        "held": known[-1].timestamp != moment, "day": moment.date(),
    }  # fmt: skip


def restatements_daily(bought: Iterable[Row], answers: Iterable[Row]) -> list[Line]:
    """One line a day and series that has rows, with the changes among all answers."""
    changes = _grouped_lines(restatements(answers))
    days = _grouped(bought, lambda row: (row.timestamp.date(), *row[1:4]))
    return [_restated_day(key, len(rows), changes[key]) for key, rows in days.items()]


def _grouped_lines(lines: Iterable[Line]) -> dict[tuple[Any, ...], list[Line]]:
    groups: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["timestamp"].date(), line["symbol"], line["source"], line["interval"]].append(line)
    return groups


def _restated_day(key: tuple[Any, ...], observations: int, changes: list[Line]) -> Line:
    ratios = [abs(one["change_ratio"]) for one in changes if one["change_ratio"] is not None]
    newest = max(changes, key=lambda one: (one["known_at"], one["timestamp"]), default=defaultdict(lambda: None))
    return {
        **dict(zip(("day", "symbol", "source", "interval"), key, strict=True)), "observations": observations,
        "restatements": len(changes), "largest_change_ratio": max(ratios, default=None),
        "newest_timestamp": newest["timestamp"], "newest_open_interest": newest["open_interest"],
        "newest_previous_open_interest": newest["previous_open_interest"], "newest_known_at": newest["known_at"],
    }  # fmt: skip


class Candle(NamedTuple):
    """Some values in order of time."""

    values: list[Any]

    def columns(self, suffix: str = "") -> Line:
        names = [f"{name}{suffix}" for name in ("open", "high", "low", "close", "mean")]
        known = [value for value in self.values if value is not None]
        if not known:
            return dict.fromkeys(names)
        figures = (self.values[0], max(known), min(known), self.values[-1], sum(known) / len(known))
        return dict(zip(names, figures, strict=True))


def daily(rows: Iterable[Row]) -> list[Line]:
    """One line a day, symbol and source, of its most complete interval; changes are from close to close."""
    days = _grouped(rows, lambda row: (row.timestamp.date(), row.symbol, row.source))
    best = {key: _most_complete(group) for key, group in days.items()}
    return [_day(key, group, best.get((key[0] - timedelta(days=1), *key[1:]))) for key, group in best.items()]


def daily_total(rows: Iterable[Row]) -> list[Line]:
    """One line a day and symbol, over the largest set of sources that have US dollars at one moment."""
    with_usd = [row for row in rows if row.open_interest_usd is not None]
    days = _grouped(with_usd, lambda row: (row.timestamp.date(), row.symbol))
    return [_total(*key, group, days.get((key[0] - timedelta(days=1), key[1]), [])) for key, group in days.items()]


def now(rows: Iterable[Row], moment: datetime) -> list[Line]:
    """The newest row of each symbol and source, of the interval with most days, and the sum of those that are fresh."""
    newest = [_Newest(group, moment) for group in _grouped(rows, lambda row: (row.symbol, row.source)).values()]
    by_symbol: dict[str, list[_Newest]] = defaultdict(list)
    for one in newest:
        by_symbol[one.row.symbol].append(one)
    return [line for those in by_symbol.values() for line in _lines_now(those)]


def restatements(rows: Iterable[Row]) -> list[Line]:
    """Each value that replaced another one, of all answers ever given; one read again is known since its first time."""
    values = _grouped(history(rows), lambda row: row.key).values()
    return [_restatement(before, after) for group in values for before, after in pairwise(group)]


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
    lasts: dict[str, dict[str, datetime]] = defaultdict(dict)
    for timestamp, symbol, _ in sorted(moments):
        for row in (row for (at, of, _), group in moments.items() if (at, of) == (timestamp, symbol) for row in group):
            lasts[symbol][row.source] = timestamp
    return [line for (_, symbol, _), group in moments.items() for line in _shares(group, lasts[symbol])]


def _shares(group: list[Row], lasts: dict[str, datetime]) -> Iterator[Line]:
    total = sum(_usd(row) for row in group)
    expected = sum(group[0].timestamp <= last + timedelta(days=7) for last in lasts.values())
    for row in group:
        yield {
            "timestamp": row.timestamp, "symbol": row.symbol, "interval": row.interval, "source": row.source,
            "open_interest_usd": row.open_interest_usd, "total_usd": total,
            "share": _ratio(row.open_interest_usd, total), "sources": len(group), "complete": len(group) >= expected,
            "day": row.timestamp.date(),
        }  # fmt: skip


def _most_complete(group: list[Row]) -> list[Row]:
    by_interval = _grouped(group, lambda row: (row.interval,))
    return sorted(max(by_interval.values(), key=_completeness))


def _completeness(of_interval: list[Row]) -> tuple[int, int]:
    seconds = SECONDS[of_interval[0].interval]
    return len(of_interval) * seconds, -seconds


def _day(key: tuple[date, str, str], group: list[Row], before: list[Row] | None) -> Line:
    day, symbol, source = key
    interval = group[0].interval
    line = {
        "day": day, "symbol": symbol, "source": source, "interval": interval,
        "observations": len(group), "observations_expected": 86400 // SECONDS[interval],
        **Candle([row.open_interest for row in group]).columns(),
        **Candle([row.open_interest_usd for row in group]).columns("_usd"),
        "prev_close": before[-1].open_interest if before else None,
        "prev_close_usd": before[-1].open_interest_usd if before else None,
        "implied_price": None if group[-1].open_interest_usd is None else _ratio(group[-1].open_interest_usd,
                                                                                 group[-1].open_interest),
    }  # fmt: skip
    return line | _from_close_to_close(line, "") | _from_close_to_close(line, "_usd")


def _from_close_to_close(line: Line, suffix: str) -> Line:
    change = _minus(line[f"close{suffix}"], line[f"prev_close{suffix}"])
    return {
        f"change{suffix}": change,
        f"change{suffix}_ratio": None if change is None else _ratio(change, line[f"prev_close{suffix}"]),
        f"intraday_change{suffix}": _minus(line[f"close{suffix}"], line[f"open{suffix}"]),
    }


def _total(day: date, symbol: str, group: list[Row], group_before: list[Row]) -> Line:
    moments = _grouped(group, lambda row: (row.interval, row.timestamp))
    sums: dict[tuple[str, tuple[str, ...]], list[tuple[datetime, float]]] = defaultdict(list)
    for (interval, timestamp), rows in moments.items():
        names = tuple(sorted(row.source for row in rows))
        sums[interval, names].append((timestamp, sum(_usd(row) for row in rows)))
    interval, names = max(
        sums, key=lambda one: (len(one[1]), len(sums[one]) * SECONDS[one[0]], -SECONDS[one[0]], one[1])
    )
    values = [total for _, total in sorted(sums[interval, names])]
    line = {
        "day": day, "symbol": symbol, "source_names": list(names), "source_count": len(names), "interval": interval,
        "observations": len(values), "observations_expected": 86400 // SECONDS[interval],
        **Candle(values).columns("_usd"), "prev_close_usd": _close_of(set(names), group_before),
    }  # fmt: skip
    return line | _from_close_to_close(line, "_usd")


def _close_of(names: set[str], group: list[Row]) -> float | None:
    """The last sum over these sources, of the interval in which they have most moments in common."""
    moments = _grouped((row for row in group if row.source in names), lambda row: (row.interval, row.timestamp))
    common = {key: rows for key, rows in moments.items() if len(rows) == len(names)}
    if not common:
        return None
    counts = {interval: sum(one == interval for one, _ in common) for interval, _ in common}
    best = max(counts, key=lambda one: (counts[one] * SECONDS[one], -SECONDS[one]))
    return sum(_usd(row) for row in common[best, max(timestamp for one, timestamp in common if one == best)])


class _Newest:
    """One source of a symbol now."""

    def __init__(self, group: list[Row], moment: datetime) -> None:
        newest = {row.interval: row for row in sorted(group, key=lambda row: row.timestamp)}
        bound = max(row.timestamp for row in group) - timedelta(hours=1)
        since = moment.date() - timedelta(days=31)
        days = {
            name: len({row.timestamp.date() for row in group if row.interval == name and row.timestamp.date() > since})
            for name in newest
        }
        near = [row for row in newest.values() if row.timestamp >= bound]
        self.row = max(near, key=lambda row: (days[row.interval], row.timestamp, -SECONDS[row.interval]))
        self.series = {row.timestamp: row for row in group if row.interval == self.row.interval}
        closed = (moment - self.row.timestamp).total_seconds() - SECONDS[self.row.interval]
        self.fresh = closed <= {"4h": 32 * 3600, "1d": 48 * 3600}.get(self.row.interval, 3 * 3600)
        self.counted = self.fresh and self.row.open_interest_usd is not None
        self.hours = [
            row for row in self.series.values()
            if row.timestamp.timestamp() % 3600 == 0 and row.timestamp > self.row.timestamp - timedelta(days=30)
        ]  # fmt: skip


def _lines_now(those: list[_Newest]) -> Iterator[Line]:
    counted = [one for one in those if one.counted]
    total = sum(_usd(one.row) for one in counted)
    for one in those:
        row = one.row
        usd = row.open_interest_usd
        yield {
            "symbol": row.symbol, "source": row.source, "source_names": [row.source], "as_of": row.timestamp,
            "interval": row.interval, "unit": "contracts" if row.source == "kalshi" else "base units",
            "open_interest": row.open_interest, "open_interest_usd": usd,
            "implied_price": None if usd is None else _ratio(usd, row.open_interest),
            "share": _ratio(usd, total) if one.counted else None, "stale": not one.fresh,
            **_changes_now([one], [row.open_interest], "open_interest", ""),
            **_changes_now([one], [usd], "open_interest_usd", "_usd"),
            **_place_in([other.open_interest for other in one.hours], row.open_interest),
        }  # fmt: skip
    yield {
        "symbol": those[0].row.symbol, "source": "all", "source_names": sorted(one.row.source for one in counted),
        "as_of": min((one.row.timestamp for one in counted), default=max(one.row.timestamp for one in those)),
        "interval": "", "unit": "USD", "open_interest": None, "open_interest_usd": total if counted else None,
        "implied_price": None, "share": _ratio(total, total) if counted else None, "stale": not counted,
        **_changes_now([], [], "open_interest", ""),
        **_changes_now(counted, [one.row.open_interest_usd for one in counted], "open_interest_usd", "_usd"),
        **_place_in(_hourly_sums(counted), total if counted else None),
    }  # fmt: skip


def _hourly_sums(counted: list[_Newest]) -> list[float]:
    at_hours: dict[datetime, list[float]] = defaultdict(list)
    for one in counted:
        for row in one.hours:
            if row.open_interest_usd is not None:
                at_hours[row.timestamp].append(row.open_interest_usd)
    return [sum(values) for values in at_hours.values() if len(values) == len(counted)]


def _changes_now(those: list[_Newest], values: list[Any], column: str, suffix: str) -> Line:
    line: Line = {}
    for name, lag in (LAGS | {"4h": timedelta(hours=4)}).items():
        before = [one.series.get(one.row.timestamp - lag) for one in those]
        then = [getattr(row, column) if row else None for row in before]
        whole = bool(those) and None not in then and None not in values
        difference = sum(values) - sum(then) if whole else None
        line[f"change_{name}{suffix}"] = difference
        line[f"change_{name}{suffix}_ratio"] = None if difference is None else _ratio(difference, sum(then))
    return line


def _place_in(sample: list[float], value: float | None) -> Line:
    mean = sum(sample) / len(sample) if sample else 0.0
    deviation = sqrt(sum((one - mean) ** 2 for one in sample) / len(sample)) if sample else 0.0
    high = max([*sample, value or 0.0])
    return {
        "zscore_30d": None if value is None else _ratio(value - mean, deviation),
        "percentile_30d": None if value is None else _ratio(sum(one <= value for one in sample), len(sample)),
        "from_high_ratio": value / high - 1 if value is not None and high else None,
    }


def _restatement(before: Row, after: Row) -> Line:
    change = after.open_interest - before.open_interest
    return {
        "timestamp": after.timestamp, "symbol": after.symbol, "source": after.source, "interval": after.interval,
        "previous_open_interest": before.open_interest, "open_interest": after.open_interest, "change": change,
        "change_ratio": _ratio(change, before.open_interest), "previous_open_interest_usd": before.open_interest_usd,
        "open_interest_usd": after.open_interest_usd, "previous_known_at": before.known_at, "known_at": after.known_at,
    }  # fmt: skip


def _minus(value: Any, other: Any) -> Any:
    return None if value is None or other is None else value - other


def _changes(row: Row, by_key: dict[tuple[Any, ...], Row]) -> Line:
    line: Line = {}
    for name, lag in LAGS.items():
        before = by_key.get((row.timestamp - lag, *row.key[1:]))
        for unit, column in (("", "open_interest"), ("_usd", "open_interest_usd")):
            now, then = getattr(row, column), getattr(before, column) if before else None
            difference = None if now is None or then is None else now - then
            line[f"change_{name}{unit}"] = difference
            line[f"change_{name}{unit}_ratio"] = None if difference is None else _ratio(difference, then)
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
