"""The states of a cell, one bucket of a series: why a number stands there, or why there is none."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from include.ledger.database.models.work import BatchState, WindowState
from include.planning.windows.coverage import PROVEN_READS, Covered


class CellState(StrEnum):
    STORED = "stored"
    DERIVED = "derived"
    REJECTED = "rejected"
    MISSING = "missing"
    PROVEN_EMPTY = "proven_empty"
    EMPTY_ONCE = "empty_once"
    UNPROVEN = "unproven"
    SET_ASIDE = "set_aside"
    NOT_LOADED = "not_loaded"
    IN_PROGRESS = "in_progress"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    NOT_BEGUN = "not_begun"
    NEVER_REQUESTED = "never_requested"


SENTENCES = {
    CellState.STORED: "Stored: known since {known_at}{restated}.",
    CellState.DERIVED: (
        "Derived: read off the 5m row of the same moment, known since {known_at}{restated}; both intervals are proven "
        "equal for this series."
    ),
    CellState.REJECTED: "Rejected: a row was received and broke {rules}. It stays in quarantine.",
    CellState.MISSING: (
        "Missing: a row was received and is not in the warehouse. Next: ./oi check, then ./oi replay (no cost)."
    ),
    CellState.PROVEN_EMPTY: (
        "Proven empty: good answers showed no row twice, the last one at {seen}. It is not requested again."
    ),
    CellState.EMPTY_ONCE: "Empty once: a good answer showed no row at {seen}. It is requested once more as proof.",
    CellState.UNPROVEN: "Unproven: no row came at {seen}, which proves nothing: {doubts}. It is requested again.",
    CellState.SET_ASIDE: "Set aside: an answer was received that cannot be published ({note}).",
    CellState.NOT_LOADED: "Not loaded yet: an answer was received. Next: ./oi load, which buys nothing twice.",
    CellState.IN_PROGRESS: "In progress: a window covers it and is not read to its end. Next: ./oi load.",
    CellState.REFUSED: "Refused: the vendor does not serve this range ({note}).",
    CellState.GIVEN_UP: "Given up: the window that covered it was abandoned ({note}). Next: ./oi heal with this range.",
    CellState.NOT_BEGUN: "Not begun: the bucket lies in the future.",
    CellState.NEVER_REQUESTED: "Never requested. Next: ./oi heal, or ./oi load, with a range that contains it.",
}
"""What each state means, and what to do about it."""


def state_of(
    *,
    stored: bool,
    derived: bool,
    rejected: bool,
    covered: Covered | None,
    batch_states: Collection[str | None],
    window_states: Collection[str],
    begun: bool,
) -> CellState:
    """The state of a cell by what the warehouse holds and what the ledger has shown of it.

    `batch_states` are those of landed pages that cover it, None for a page in no batch; `window_states` those of the
    windows.
    """
    if stored:
        return CellState.STORED
    if derived:
        return CellState.DERIVED
    if covered is not None:
        return _covered_state(covered, rejected)
    if BatchState.SET_ASIDE in batch_states:
        return CellState.SET_ASIDE
    if any(window in window_states for window in (WindowState.PLANNED, WindowState.READING)):
        return CellState.IN_PROGRESS
    if set(batch_states) - {BatchState.SETTLED}:
        return CellState.NOT_LOADED
    if WindowState.REFUSED in window_states:
        return CellState.REFUSED
    if WindowState.GIVEN_UP in window_states:
        return CellState.GIVEN_UP
    return CellState.NEVER_REQUESTED if begun else CellState.NOT_BEGUN


def _covered_state(covered: Covered, rejected: bool) -> CellState:
    if covered.found == "rows":
        return CellState.REJECTED if rejected else CellState.MISSING
    if covered.empty_reads >= PROVEN_READS:
        return CellState.PROVEN_EMPTY
    return CellState.EMPTY_ONCE if covered.empty_reads else CellState.UNPROVEN
