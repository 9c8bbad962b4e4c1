"""A plan whose windows are in the ledger's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.pipeline.progress import Jsonable
from include.planning.credits.price import Price
from include.planning.windows.batches import slices
from include.planning.windows.windows import PlannedWindow

_SYMBOLS_NAMED = 3


@dataclass(frozen=True, slots=True)
class ExtractBatch(Jsonable):
    """Windows that one task reads; Airflow's grid shows `label`."""

    label: str
    window_ids: list[str]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A plan whose windows are in the ledger's queue."""

    run_id: str
    window_ids: list[str]
    """In reading order."""
    windows: list[PlannedWindow]
    """What each of them still requests."""
    price: Price
    notes: list[str]
    affordable_count: int
    """How many of the windows, in order, the run's cap can pay for."""

    def batches(self) -> list[ExtractBatch]:
        """Groups neighbouring windows, so that the first batches hold what is bought first.

        Windows beyond the cap are in no batch: tasks run in parallel, and one might buy such a window first.
        """
        parts = slices([window.requests for window in self.windows[: self.affordable_count]])
        return [ExtractBatch(_label(self.windows[part]), self.window_ids[part]) for part in parts]


def _label(windows: Sequence[PlannedWindow]) -> str:
    """`BTC ETH 5m 1h 2026-03-01..2026-03-08`."""
    symbols = list(dict.fromkeys(window.stream.symbol for window in windows))
    more = len(symbols) - _SYMBOLS_NAMED
    named = [*symbols[:_SYMBOLS_NAMED], *([f"+{more}"] if more > 0 else [])]
    intervals = dict.fromkeys(window.stream.interval.value for window in windows)
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    return " ".join([*named, *intervals, f"{start:%Y-%m-%d}..{end:%Y-%m-%d}"])
