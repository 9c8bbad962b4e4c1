"""Replay: the warehouse is rebuilt from landed pages, with no request made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.ledger.work.findings import unblock
from include.pipeline.progress import OnProgress, Progress
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.load.set_aside import release_windows, windows_set_aside
from include.pipeline.steps.validate.validate import persist_failed_results
from include.pipeline.workflows.refresh_marts import refresh_marts
from include.pipeline.workflows.replayed_pages import ReadablePage, pages_to_replay
from include.quality.errors import BodyUnreadable
from include.quality.model import PageInput
from include.quality.validation import validate as validate_pages
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse
from include.warehouse.errors import RowsUnfit

if TYPE_CHECKING:
    import pyarrow as pa

    from include.warehouse.warehouse import Rebuild


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay read and published."""

    pages: int
    rows: int
    loaded: Loaded
    left: list[str]
    """A sentence for each page that keeps the rows of its window as they are."""

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
    """Validates landed windows again and rebuilds their rows and quarantine, with no request made.

    Bounds narrow it to windows that touch `[start, end)`. Readers see the old rows until the end, and a crash before
    that changes nothing. Of the ledger only the series that are held back change; then the marts are synchronized,
    since the warehouse may be a new one. Raises PipelineError for a damaged page that the ledger does not know, and
    when no page is in the landing zone.
    """
    show = progress or (lambda _: None)
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as ledger:
        by_window, left = pages_to_replay(settings, ledger, start, end)
        with ledger.read() as connection:
            aside = windows_set_aside(connection).keys()
    replayed = [page for window in by_window for page in window]
    rows, total, held_back, unfit = 0, Loaded(), set[str](), dict[str, str]()
    with (
        persist_failed_results(settings, client_factory),
        open_warehouse(settings, client_factory) as warehouse,
        warehouse.rebuilding(_page_table(replayed)) as publish,
    ):
        for batch in _batches(by_window, settings.warehouse.batch_rows):
            for part in _publish_fit(publish, store, batch, settings, aside):
                total += part.loaded
                held_back |= part.held_back
                unfit |= part.unfit
            rows += sum(page.rows for page in batch)
            show(Progress("replaying", rows=rows, label=batch[-1].request.label))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        unblock(connection, {page.window_id for page in replayed} - held_back)
        release_windows(connection, except_for=unfit.keys())
    refresh_marts(settings, client_factory)
    return Replayed(len(replayed), rows, total, [*left, *unfit.values()])


def _page_table(replayed: Sequence[ReadablePage]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "page_path": pa.array([page.path for page in replayed], pa.string()),
            "symbol": pa.array([page.request.stream.symbol for page in replayed], pa.string()),
            "interval": pa.array([page.request.stream.interval.value for page in replayed], pa.string()),
            "known_at": pa.array([page.known_at for page in replayed], pa.timestamp("ms", "UTC")),
        }
    )


def _batches(by_window: Sequence[Sequence[ReadablePage]], batch_rows: int) -> Iterator[list[ReadablePage]]:
    """Whole windows together up to `batch_rows`."""
    batch: list[ReadablePage] = []
    for window in by_window:
        if batch and sum(page.rows for page in (*batch, *window)) > batch_rows:
            yield batch
            batch = []
        batch.extend(window)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Published:
    loaded: Loaded = field(default_factory=Loaded)
    held_back: frozenset[str] = frozenset()
    """Windows with a series that is held back."""
    unfit: Mapping[str, str] = field(default_factory=dict)
    """Why each window was left out whose rows the warehouse still cannot hold."""


def _publish_fit(
    publish: Rebuild, store: LandingStore, batch: Sequence[ReadablePage], settings: Settings, aside: Collection[str]
) -> Iterator[_Published]:
    """Publishes a batch, window by window where it cannot be published as a whole.

    Only a window that is set aside may be left out: it has no rows that a rebuild without it would lose.
    """
    try:
        yield _publish(publish, store, batch, settings)
    except (RowsUnfit, BodyUnreadable) as error:
        by_window: dict[str, list[ReadablePage]] = defaultdict(list)
        for page in batch:
            by_window[page.window_id].append(page)
        if len(by_window) > 1:
            for window in by_window.values():
                yield from _publish_fit(publish, store, window, settings, aside)
        elif batch[0].window_id in aside:
            yield _Published(unfit={batch[0].window_id: f"{batch[0].request.label}: still set aside: {error}"})
        else:
            raise


def _publish(publish: Rebuild, store: LandingStore, batch: Sequence[ReadablePage], settings: Settings) -> _Published:
    batch_id = f"replay-{sha256(' '.join(page.path for page in batch).encode()).hexdigest()[:16]}"
    found = validate_pages(batch_id, _inputs(store, batch), settings.quality)
    published = publish(batch_id, found.accepted, found.quarantine, found.dq)
    loaded = Loaded(published.new, published.changed, published.unchanged, published.quarantined)
    return _Published(loaded, frozenset(finding.window_id for finding in found.findings if finding.blocked))


def _inputs(store: LandingStore, batch: Sequence[ReadablePage]) -> list[PageInput]:
    """The pages as the rules take them; a window starts where its first page does."""
    starts: dict[str, datetime] = {}
    for one in batch:
        starts[one.window_id] = min(one.request.start, starts.get(one.window_id, one.request.start))
    inputs = []
    for one in batch:
        page = store.read(one.path).page
        inputs.append(
            PageInput(
                page_path=one.path,
                window_id=one.window_id,
                stream=one.request.stream,
                start=starts[one.window_id],
                end=one.request.end,
                received_at=page.clocks.latest,
                known_at=page.known_at,
                body=page.body,
            )
        )
    return inputs
