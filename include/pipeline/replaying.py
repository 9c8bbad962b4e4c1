"""Replay: the warehouse rebuilt from landed pages, with no request made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from include.landing.store import LandedPage, LandingStore
from include.ledger import batches
from include.ledger.engine import open_ledger
from include.pipeline.publication import ClientFactory
from include.pipeline.results import Loaded, OnProgress, Progress
from include.quality.model import PageInput
from include.quality.validation import validate as judge
from include.settings import Settings
from include.warehouse.connect import embedded_directory, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from include.warehouse.warehouse import Rebuild


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
    settings: Settings,
    start: datetime | None = None,
    end: datetime | None = None,
    progress: OnProgress | None = None,
    client_factory: ClientFactory | None = None,
) -> Replayed:
    """Judges landed windows again and rebuilds their rows and quarantine, with no request made.

    Bounds narrow it to windows that touch `[start, end)`. People read the rows as they were until all is done, and a
    crash before that changes nothing. The ledger only learns which series are no longer held back.
    """
    tell = progress or (lambda _: None)
    windows = _windows(LandingStore(settings.landing_url), start, end)
    pages = [page for window in windows for page in window]
    rows, total, held_back = 0, Loaded(), set[str]()
    opened = open_warehouse(settings, client_factory, embedded_path=embedded_directory(settings))
    with opened as warehouse, warehouse.rebuilding(_page_table(pages)) as publish:
        for batch in _batches(windows, settings.warehouse.batch_rows):
            published, blocked = _publish(publish, batch, settings)
            total += published
            held_back |= blocked
            rows += sum(one.page.row_count for one in batch)
            tell(Progress("replaying", rows=rows, label=batch[-1].page.request.label))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        batches.unblock(connection, {page.window_id for page in pages} - held_back)
    return Replayed(len(pages), rows, total)


def _page_table(pages: Sequence[LandedPage]) -> pa.Table:
    import pyarrow as pa

    asked = [one.page.request.stream for one in pages]
    return pa.table(
        {
            "page_path": pa.array([one.path for one in pages], pa.string()),
            "symbol": pa.array([stream.symbol for stream in asked], pa.string()),
            "interval": pa.array([stream.interval.value for stream in asked], pa.string()),
            "known_at": pa.array([one.page.received_at for one in pages], pa.timestamp("ms", "UTC")),
        }
    )


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


def _publish(publish: Rebuild, batch: Sequence[LandedPage], settings: Settings) -> tuple[Loaded, set[str]]:
    """What was published, and the windows of which a series is held back."""
    batch_id = f"replay-{sha256(' '.join(one.path for one in batch).encode()).hexdigest()[:16]}"
    verdict = judge(batch_id, _inputs(batch), settings.quality)
    published = publish(batch_id, verdict.accepted, verdict.quarantine, verdict.dq)
    loaded = Loaded(published.new, published.changed, published.unchanged, published.quarantined)
    return loaded, {finding.window_id for finding in verdict.findings if finding.blocked}


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
