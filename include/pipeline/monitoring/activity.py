"""Recent activity: the last runs, the work that is open, and rows in quarantine; by the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.domain.clock import utc_now
from include.ledger.database.engine import open_ledger
from include.ledger.database.process_id import process_of
from include.ledger.queries import recent
from include.ledger.queries.status import windows_by_state
from include.ledger.work import batches, windows
from include.ledger.work.runs import RunSummary, last_runs
from include.ledger.work.windows import OpenWindow
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.load.set_aside import windows_set_aside
from include.pipeline.steps.report.figures import quarantine_lines
from include.pipeline.steps.report.summary import QuarantineLine
from include.pipeline.steps.settle.totals import loaded_by
from include.settings import Settings
from include.settings.budget import Lane


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: what it paid and brought. A row is useful when it is new in the warehouse, or changed a value there."""

    run_id: str
    lane: str
    started_at: datetime
    finished_at: datetime | None
    complete: bool | None
    requests: int
    credits: int
    reserved_credits: int
    rows_new: int
    rows_restated: int
    rows_unchanged: int
    rows_quarantined: int
    rows_loaded_elsewhere: int
    """Rows that it paid for and another run loaded: they count there."""
    credits_per_useful_row: float | None
    """None where no row was useful."""
    stopped: str | None
    """Why reading ended with work left."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open windows of one run in one state that one process holds, or nobody."""

    run_id: str
    lane: str
    state: str
    owner: str | None
    """Host and process id of their reader; None where nobody reads them."""
    windows: int
    credits: int
    """Their price."""
    oldest: datetime
    """When the first of them was planned."""
    leased_until: datetime | None
    """When a silent reader on another machine loses the last of them."""
    example: str


@dataclass(frozen=True, slots=True)
class OpenWindows:
    """All open work, that of the oldest runs first, and how many windows there are in each state."""

    as_of: datetime
    states: dict[str, int]
    work: list[OpenWork]


@dataclass(frozen=True, slots=True)
class SeriesInQuarantine:
    """Rows of one series that were validated, and those of them that broke a rule."""

    symbol: str
    source: str
    interval: str
    received: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Rows in quarantine of the batches made since then: by rule, and the series with most of them."""

    since: datetime
    received: int
    quarantined: int
    rules: list[QuarantineLine]
    """A row may break several rules."""
    series: list[SeriesInQuarantine]
    set_aside: list[str]
    """Windows whose pages cannot be published, with the reason."""


def recent_runs(settings: Settings, count: int, lane: Lane | None = None) -> list[RunLine]:
    """The newest runs first."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        runs = last_runs(connection, count, lane)
        run_ids = [run.run_id for run in runs]
        published = batches.published_by_runs(connection, run_ids)
        elsewhere = batches.rows_settled_elsewhere(connection, run_ids)
    return [_run(run, loaded_by(published.get(run.run_id, ())), elsewhere.get(run.run_id, 0)) for run in runs]


def open_work(settings: Settings, lane: Lane | None = None) -> OpenWindows:
    """The windows that have work left, by run, state and owner."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        found = [one for one in windows.open_windows(connection) if lane in (None, one.lane)]
        states = windows_by_state(connection)
    now = utc_now()
    held: dict[tuple[str, str, str, str | None], list[OpenWindow]] = defaultdict(list)
    for one in found:
        held[one.run_id, one.lane, one.state.value, _owner(one, now)].append(one)
    return OpenWindows(now, states, [_work(*key, some) for key, some in held.items()])


def recent_quarantine(settings: Settings, days: float, most_series: int) -> Quarantine:
    """Rows in quarantine of the last days."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        since = utc_now() - timedelta(days=days)
        validated = recent.validated_since(connection, since)
        rules = quarantine_lines(batches.published_since(connection, since))
        aside = [f"{window.label}: {reason}" for window, reason in windows_set_aside(connection).values()]
    worst = sorted(validated, key=lambda one: (-one.quarantined, one.series))
    return Quarantine(
        since=since,
        received=sum(one.received for one in validated),
        quarantined=sum(one.quarantined for one in validated),
        rules=rules,
        series=[
            SeriesInQuarantine(
                one.series.symbol, one.series.source, one.series.interval.value, one.received, one.quarantined
            )
            for one in worst[:most_series]
            if one.quarantined
        ],
        set_aside=aside,
    )


def _run(run: RunSummary, rows: Loaded, loaded_elsewhere: int) -> RunLine:
    useful = rows.new + rows.changed
    return RunLine(
        run_id=run.run_id,
        lane=run.lane,
        started_at=run.started_at,
        finished_at=run.finished_at,
        complete=run.complete,
        requests=run.requests,
        credits=run.settled_credits,
        reserved_credits=run.reserved_credits,
        rows_new=rows.new,
        rows_restated=rows.changed,
        rows_unchanged=rows.unchanged,
        rows_quarantined=rows.quarantined,
        rows_loaded_elsewhere=loaded_elsewhere,
        credits_per_useful_row=run.settled_credits / useful if useful else None,
        stopped=run.stopped,
    )


def _owner(window: OpenWindow, now: datetime) -> str | None:
    if window.owner is None or window.is_free(now):
        return None
    host, pid = process_of(window.owner)
    return f"{host}, process {pid}"


def _work(run_id: str, lane: str, state: str, owner: str | None, found: Iterable[OpenWindow]) -> OpenWork:
    some = list(found)
    leases = [one.lease_until for one in some if owner is not None and one.lease_until]
    return OpenWork(
        run_id=run_id,
        lane=lane,
        state=state,
        owner=owner,
        windows=len(some),
        credits=sum(one.price_credits for one in some),
        oldest=min(one.created_at for one in some),
        leased_until=max(leases, default=None),
        example=some[0].label,
    )
