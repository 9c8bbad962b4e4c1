"""Trace: where the number in one cell comes from, or why there is none. No request is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from include.domain.clock import iso, parse_instant, utc_now
from include.domain.market import Interval, Series
from include.domain.text import counted
from include.kwery.answers.doubts import Doubt, because
from include.landing.errors import LandingDamaged
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.ledger.queries.cell import CellPage, CellWindow, pages_about, windows_about
from include.ledger.work.coverage import coverage_of
from include.pipeline.monitoring.cell_state import SENTENCES, CellState, state_of
from include.planning.windows.coverage import Covered
from include.settings import Settings

if TYPE_CHECKING:
    from include.warehouse.cell import CellValue, QuarantinedRow, RuleResult

InPage = Literal["holds the row", "does not hold the row", "missing or damaged"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The landed page that brought a row, and the request that was paid for it."""

    page_path: str
    sha256: str
    page: InPage
    """What the file in the landing zone, read again now, says."""
    received_as: str | None
    """The row as the vendor wrote it."""
    window_id: str
    sequence: int
    requested_at: datetime | None
    received_at: datetime
    charged_credits: int | None
    charge_source: str | None
    page_rows: int


@dataclass(frozen=True, slots=True)
class TracedValue:
    """A value that was known of the cell from `known_at` on, until the next one."""

    open_interest: float
    open_interest_usd: float | None
    known_at: datetime
    current: bool
    batch_id: str
    rules_passed: tuple[str, ...]
    rules_broken: tuple[str, ...]
    """Rules that other rows of the same batch broke."""
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of the cell in quarantine."""

    known_at: datetime
    rules: tuple[str, ...]
    received_as: str
    page_path: str
    row_index: int
    batch_id: str
    origin: Origin | None
    """None where the ledger has no such page."""


@dataclass(frozen=True, slots=True)
class CellCoverage:
    """What the ledger has shown of the cell; `found` is rows or empty."""

    found: str
    observed_at: datetime
    empty_reads: int
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of one cell: the bucket `[at, until)` of a series, UTC."""

    symbol: str
    source: str
    interval: str
    at: datetime
    until: datetime
    state: CellState
    sentence: str
    coverage: CellCoverage | None
    value_interval: str
    """The interval of the rows that `values` are: 5m where the cell is derived, else its own."""
    values: list[TracedValue]
    rejected: list[RejectedRow]
    windows: list[CellWindow]
    marts: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return asdict(self)


def trace(settings: Settings, series: Series, moment: datetime) -> Trace:
    """Follows the bucket that contains `moment` from the marts back to the request. Reads only.

    Raises what opening the ledger, the warehouse and the landing zone raises.
    """
    at = series.interval.floor(moment)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        windows = windows_about(connection, series, at)
        pages = pages_about(connection, series, at)
        covered = _covered(coverage_of(connection, [series]).get(series, ()), at)
    from include.warehouse import open_warehouse

    with open_warehouse(settings) as warehouse:
        found = warehouse.cell(series, at, (page.batch_id for page in pages if page.batch_id))
    bought, bought_pages = series, pages
    if found.derived:
        bought = replace(series, interval=Interval.M5)
        with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            bought_pages = pages_about(connection, bought, at)
    values = [
        _traced(value, value is found.values[-1], found.rules, _origins(settings, bought, at, value, bought_pages))
        for value in found.values
    ]
    rejected = [_rejected(settings, row, pages) for row in found.quarantined]
    state = state_of(
        stored=bool(found.values) and not found.derived,
        derived=found.derived,
        rejected=bool(rejected),
        covered=covered,
        batch_states={page.batch_state for page in pages},
        window_states={window.state for window in windows},
        begun=at <= utc_now(),
    )
    return Trace(
        symbol=series.symbol,
        source=series.source,
        interval=series.interval.value,
        at=at,
        until=at + series.interval.step,
        state=state,
        sentence=_sentence(state, values, rejected, covered, [*windows, *pages]),
        coverage=_coverage(covered),
        value_interval=bought.interval.value,
        values=values,
        rejected=rejected,
        windows=windows,
        marts=found.marts,
    )


def _coverage(covered: Covered | None) -> CellCoverage | None:
    if covered is None:
        return None
    return CellCoverage(covered.found, covered.observed_at, covered.empty_reads, covered.doubts)


def _covered(entries: Iterable[Covered], at: datetime) -> Covered | None:
    return next((entry for entry in entries if entry.stretch.start <= at < entry.stretch.end), None)


def _traced(value: CellValue, current: bool, rules: Iterable[RuleResult], origins: Iterable[Origin]) -> TracedValue:
    judged = [one for one in rules if one.batch_id == value.batch_id]
    return TracedValue(
        value.open_interest,
        value.open_interest_usd,
        value.known_at,
        current,
        value.batch_id,
        tuple(one.rule for one in judged if one.success),
        tuple(one.rule for one in judged if not one.success),
        tuple(origins),
    )


def _origins(
    settings: Settings, series: Series, at: datetime, value: CellValue, pages: Iterable[CellPage]
) -> list[Origin]:
    """The page that the value is from. Where several have its moment, those that hold the row."""
    store = LandingStore(settings.landing_url)
    dated = [page for page in pages if page.known_at == value.known_at]
    found = [_origin(page, *_row_in(store, series, at, page)) for page in dated]
    return [one for one in found if one.page == "holds the row"] or found


def _origin(page: CellPage, holds: InPage, text: str | None) -> Origin:
    return Origin(
        page.path,
        page.sha256,
        holds,
        text,
        page.window_id,
        page.sequence,
        page.requested_at,
        page.received_at,
        page.charged_credits,
        page.charge_source,
        page.rows,
    )


def _row_in(store: LandingStore, series: Series, at: datetime, page: CellPage) -> tuple[InPage, str | None]:
    """Whether the landed page holds the cell's row, with the row's text."""
    from include.quality.raw import raw_rows, read_row
    from include.quality.values import field_text, timestamp_text

    try:
        body = store.read(page.path, page.sha256).page.body
    except LandingDamaged:
        return "missing or damaged", None
    for raw in raw_rows(body, page.path):
        row = read_row(raw)
        if not isinstance(row, dict) or _dated(timestamp_text(row.get("timestamp"))) != at:
            continue
        if field_text(row.get("source")) in (None, series.source):
            return "holds the row", raw.decode("utf-8", "backslashreplace")
    return "does not hold the row", None


def _dated(text: str | None) -> datetime | None:
    """The instant that a row's timestamp spells; None where it spells none."""
    with suppress(ValueError):
        return parse_instant(text) if text else None
    return None


def _rejected(settings: Settings, row: QuarantinedRow, pages: Iterable[CellPage]) -> RejectedRow:
    page = next((one for one in pages if one.path == row.page_path), None)
    origin = _origin(page, *_place_in(LandingStore(settings.landing_url), page, row.row_index)) if page else None
    return RejectedRow(row.known_at, row.rules, row.raw, row.page_path, row.row_index, row.batch_id, origin)


def _place_in(store: LandingStore, page: CellPage, index: int) -> tuple[InPage, str | None]:
    """Whether the landed page has a row at that position, with the row's text."""
    from include.quality.raw import raw_rows

    try:
        rows = list(raw_rows(store.read(page.path, page.sha256).page.body, page.path))
    except LandingDamaged:
        return "missing or damaged", None
    if index >= len(rows):
        return "does not hold the row", None
    return "holds the row", rows[index].decode("utf-8", "backslashreplace")


def _sentence(
    state: CellState,
    values: Sequence[TracedValue],
    rejected: Iterable[RejectedRow],
    covered: Covered | None,
    noted: Iterable[CellWindow | CellPage],
) -> str:
    """What the state means for this cell, and what to do where something is left to do."""
    return SENTENCES[state].format(
        known_at=iso(values[-1].known_at) if values else "",
        restated=f", restated {counted(len(values) - 1, 'time')}" if len(values) > 1 else "",
        rules=", ".join(sorted({rule for row in rejected for rule in row.rules})),
        seen=iso(covered.observed_at.replace(microsecond=0)) if covered else "",
        doubts=because(covered.doubts) if covered else "",
        note=next((note for note in (_note(one) for one in noted) if note), "no reason was noted"),
    )


def _note(about: CellWindow | CellPage) -> str | None:
    return about.note if isinstance(about, CellWindow) else about.batch_note
