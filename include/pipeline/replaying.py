"""Replay: the warehouse rebuilt from landed pages, with no request made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from include.kwery.contract import Request
from include.landing.store import LandingStore
from include.ledger import batches
from include.ledger.engine import open_ledger
from include.pipeline.results import Loaded, OnProgress, Progress
from include.pipeline.telling import tell_warehouse
from include.pipeline.unjudged import results_kept
from include.quality.model import PageInput
from include.quality.validation import validate as judge
from include.settings import Settings
from include.warehouse.connect import ClientFactory, embedded_directory, open_warehouse

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


@dataclass(frozen=True, slots=True)
class _Known:
    """A landed page without its body, of which there may be more than fits into memory."""

    path: str
    window_id: str
    sequence: int
    request: Request
    received_at: datetime
    rows: int

    @property
    def moment(self) -> tuple[str, str, datetime]:
        """What the warehouse can tell a page's rows by."""
        return self.request.stream.symbol, self.request.stream.interval.value, self.received_at


def replay(
    settings: Settings,
    start: datetime | None = None,
    end: datetime | None = None,
    progress: OnProgress | None = None,
    client_factory: ClientFactory | None = None,
) -> Replayed:
    """Judges landed windows again and rebuilds their rows and quarantine, with no request made.

    Bounds narrow it to windows that touch `[start, end)`. People read the rows as they were until all is done, and a
    crash before that changes nothing. The ledger only learns which series are no longer held back, and is told to the
    warehouse, which may be a new one.
    """
    tell = progress or (lambda _: None)
    store = LandingStore(settings.landing_url)
    windows = _windows(store, start, end)
    pages = [page for window in windows for page in window]
    rows, total, held_back = 0, Loaded(), set[str]()
    opened = open_warehouse(settings, client_factory, embedded_path=embedded_directory(settings))
    with (
        results_kept(settings, client_factory),
        opened as warehouse,
        warehouse.rebuilding(_page_table(pages)) as publish,
    ):
        for batch in _batches(windows, settings.warehouse.batch_rows):
            published, blocked = _publish(publish, store, batch, settings)
            total += published
            held_back |= blocked
            rows += sum(one.rows for one in batch)
            tell(Progress("replaying", rows=rows, label=batch[-1].request.label))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        batches.unblock(connection, {page.window_id for page in pages} - held_back)
    tell_warehouse(settings, client_factory)
    return Replayed(len(pages), rows, total)


def _page_table(pages: Sequence[_Known]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "page_path": pa.array([one.path for one in pages], pa.string()),
            "symbol": pa.array([one.request.stream.symbol for one in pages], pa.string()),
            "interval": pa.array([one.request.stream.interval.value for one in pages], pa.string()),
            "known_at": pa.array([one.received_at for one in pages], pa.timestamp("ms", "UTC")),
        }
    )


def _windows(store: LandingStore, start: datetime | None, end: datetime | None) -> list[list[_Known]]:
    """The landed pages of the windows that touch the range, by window, in order of their first answer.

    The warehouse knows a page's rows by symbol, interval and the moment they were known. So windows that share such a
    moment with one of these are taken along.
    """
    known = [_known(store, path) for path in store.walk()]
    wanted = {
        one.window_id
        for one in known
        if (end is None or one.request.start < end) and (start is None or start < one.request.end)
    }
    while more := _sharing_a_moment(known, wanted) - wanted:
        wanted |= more
    by_window: dict[str, list[_Known]] = defaultdict(list)
    for one in known:
        if one.window_id in wanted:
            by_window[one.window_id].append(one)
    found = [sorted(pages, key=lambda one: one.sequence) for pages in by_window.values()]
    return sorted(found, key=lambda pages: (pages[0].received_at, pages[0].window_id))


def _known(store: LandingStore, path: str) -> _Known:
    landed = store.read(path)
    page = landed.page
    return _Known(path, landed.window_id, landed.sequence, page.request, page.received_at, page.row_count)


def _sharing_a_moment(known: Sequence[_Known], window_ids: set[str]) -> set[str]:
    moments = {one.moment for one in known if one.window_id in window_ids}
    return {one.window_id for one in known if one.moment in moments}


def _batches(windows: Sequence[Sequence[_Known]], batch_rows: int) -> Iterator[list[_Known]]:
    batch: list[_Known] = []
    for pages in windows:
        if batch and sum(one.rows for one in (*batch, *pages)) > batch_rows:
            yield batch
            batch = []
        batch.extend(pages)
    if batch:
        yield batch


def _publish(
    publish: Rebuild, store: LandingStore, batch: Sequence[_Known], settings: Settings
) -> tuple[Loaded, set[str]]:
    """What was published, and the windows of which a series is held back."""
    batch_id = f"replay-{sha256(' '.join(one.path for one in batch).encode()).hexdigest()[:16]}"
    verdict = judge(batch_id, _inputs(store, batch), settings.quality)
    published = publish(batch_id, verdict.accepted, verdict.quarantine, verdict.dq)
    loaded = Loaded(published.new, published.changed, published.unchanged, published.quarantined)
    return loaded, {finding.window_id for finding in verdict.findings if finding.blocked}


def _inputs(store: LandingStore, batch: Sequence[_Known]) -> list[PageInput]:
    """The pages as the rules take them; a window starts where its first page was asked from."""
    starts: dict[str, datetime] = {}
    for one in batch:
        starts[one.window_id] = min(one.request.start, starts.get(one.window_id, one.request.start))
    return [
        PageInput(
            page_path=one.path,
            window_id=one.window_id,
            stream=one.request.stream,
            start=starts[one.window_id],
            end=one.request.end,
            received_at=one.received_at,
            body=store.read(one.path).page.body,
        )
        for one in batch
    ]
