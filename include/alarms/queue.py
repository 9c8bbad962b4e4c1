"""Work that does not move: windows that no process finishes, and streams that the vendor keeps refusing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import iso
from include.domain.facts import RefusedWindow
from include.domain.text import named

_NEXT = {
    "planned": "no process reads them: run ./oi load over their range, or see why the DAG that planned them stopped",
    "reading": "their reader is gone: the next run over their range continues where they stopped",
    "refused": "the vendor refused the rest, and what it gave is not in the warehouse: run any load again",
    "given_up": "a page of them was lost, and the others are not in the warehouse: run any load again",
    "landed": "they are paid and not in the warehouse: see why validate, load or settle fail, then run any load again",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A window with work left that no living process holds; `since` is when somebody last worked on it."""

    label: str
    state: str
    since: datetime


def stuck(waiting: Iterable[Waiting], now: datetime, after: timedelta) -> list[Alarm]:
    """Windows that wait longer than `after`, by state."""
    by_state: dict[str, list[Waiting]] = defaultdict(list)
    for window in sorted(waiting, key=lambda one: one.since):
        if now - window.since > after:
            by_state[window.state].append(window)
    return [_stuck(state, windows) for state, windows in by_state.items()]


def refused(refusals: Iterable[RefusedWindow], at_least: int) -> list[Alarm]:
    """Streams refused `at_least` times; `refusals` come oldest first."""
    by_stream: dict[str, list[RefusedWindow]] = defaultdict(list)
    for refusal in refusals:
        by_stream[refusal.stream.label].append(refusal)
    return [_refused(stream, found) for stream, found in by_stream.items() if len(found) >= at_least]


def _stuck(state: str, windows: Sequence[Waiting]) -> Alarm:
    severity = Severity.ERROR if state == "landed" else Severity.WARNING
    return Alarm(
        "stuck",
        severity,
        named([window.label for window in windows]),
        f"{len(windows):,} {state} since {iso(windows[0].since.replace(microsecond=0))} or later, and {_NEXT[state]}",
    )


def _refused(stream: str, found: Sequence[RefusedWindow]) -> Alarm:
    return Alarm(
        "refused",
        Severity.ERROR,
        stream,
        f"refused {len(found):,} times recently, last: {found[-1].reason or 'no reason was given'}. "
        "Correct `series` in pipeline.yaml, or take a plan that has it; every further try may cost credits",
    )


def set_aside(windows: Sequence[tuple[str, int, str]]) -> list[Alarm]:
    """Windows whose pages cannot be published or settled because of their content, with rows and reason."""
    return [
        Alarm(
            "set_aside",
            Severity.ERROR,
            label,
            f"{rows:,} rows are paid and landed, and do not count as loaded: {reason}. Nothing else waits for them. "
            "Update this project or correct `quality`, run ./oi replay, then load again; it makes no request",
        )
        for label, rows, reason in windows
    ]
