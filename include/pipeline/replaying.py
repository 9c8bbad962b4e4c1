"""Replay: the warehouse rebuilt from landed pages, with no request made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from include.landing.store import LandedPage, LandingStore
from include.pipeline.results import Loaded, OnProgress, Progress
from include.quality.model import PageInput
from include.quality.validation import validate as judge
from include.settings import Settings
from include.warehouse.connect import open_warehouse

if TYPE_CHECKING:
    from include.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay read and published."""

    pages: int
    rows: int
    loaded: Loaded

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def replay(
    settings: Settings, start: datetime | None = None, end: datetime | None = None, progress: OnProgress | None = None
) -> Replayed:
    """Judges and publishes landed windows again, oldest answer first; the ledger is neither asked nor changed.

    Without bounds the warehouse's rows are deleted first and rebuilt from every landed page. With bounds only windows
    that touch `[start, end)` are published again, over what is there.
    """
    tell = progress or (lambda _: None)
    windows = _windows(LandingStore(settings.landing_url), start, end)
    pages = rows = 0
    total = Loaded()
    with open_warehouse(settings) as warehouse:
        if start is None and end is None:
            warehouse.reset_rows()
        for batch in _batches(windows, settings.warehouse.batch_rows):
            total += _publish(warehouse, batch, settings)
            pages += len(batch)
            rows += sum(one.page.row_count for one in batch)
            tell(Progress("replaying", rows=rows, label=batch[-1].page.request.label))
    return Replayed(pages, rows, total)


def _windows(store: LandingStore, start: datetime | None, end: datetime | None) -> list[list[LandedPage]]:
    """Landed pages by window, in order of their first answer."""
    by_window: dict[str, list[LandedPage]] = defaultdict(list)
    for path in store.walk():
        landed = store.read(path)
        request = landed.page.request
        if (end is None or request.start < end) and (start is None or start < request.end):
            by_window[landed.window_id].append(landed)
    found = [sorted(pages, key=lambda one: one.sequence) for pages in by_window.values()]
    return sorted(found, key=lambda pages: (pages[0].page.received_at, pages[0].window_id))


def _batches(windows: Sequence[Sequence[LandedPage]], batch_rows: int) -> Iterator[list[LandedPage]]:
    batch: list[LandedPage] = []
    for pages in windows:
        if batch and sum(one.page.row_count for one in (*batch, *pages)) > batch_rows:
            yield batch
            batch = []
        batch.extend(pages)
    if batch:
        yield batch


def _publish(warehouse: Warehouse, batch: Sequence[LandedPage], settings: Settings) -> Loaded:
    batch_id = f"replay-{uuid4().hex[:12]}"
    verdict = judge(batch_id, _inputs(batch), settings.quality)
    published = warehouse.publish(batch_id, verdict.accepted, verdict.quarantine, verdict.dq)
    return Loaded(published.new, published.changed, published.unchanged, published.quarantined)


def _inputs(batch: Sequence[LandedPage]) -> list[PageInput]:
    """The pages as the rules take them; a window starts where its first page was asked from."""
    starts: dict[str, datetime] = {}
    for one in batch:
        start = one.page.request.start
        starts[one.window_id] = min(start, starts.get(one.window_id, start))
    return [
        PageInput(
            page_path=one.path,
            window_id=one.window_id,
            stream=one.page.request.stream,
            start=starts[one.window_id],
            end=one.page.request.end,
            received_at=one.page.received_at,
            body=one.page.body,
        )
        for one in batch
    ]
