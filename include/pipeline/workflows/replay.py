"""Replay: the warehouse rebuilt from landed pages, with no request made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from include.domain.next_step import NextStep
from include.kwery.models import Request
from include.landing.errors import NO_COPY
from include.landing.store import LandingDamaged, LandingStore
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import pages, windows
from include.ledger.work.findings import unblock
from include.ledger.work.windows import OpenWindow
from include.pipeline.errors import PipelineError
from include.pipeline.progress import OnProgress, Progress
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.load.set_aside import take_up, windows_set_aside
from include.pipeline.steps.settle.damaged_pages import see_that_pages_are_there
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.pipeline.steps.validate.validate import persist_failed_results
from include.quality.errors import BodyUnreadable
from include.quality.model import PageInput
from include.quality.validation import validate as judge
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
    """A sentence for each page which cannot be read: the rows of its window stay as they are."""

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
    known_at: datetime
    rows: int

    @property
    def moment(self) -> tuple[str, str, datetime]:
        """What the warehouse can tell a page's rows by."""
        return self.request.stream.symbol, self.request.stream.interval.value, self.known_at


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A page that the ledger knows, and that is damaged or not there."""

    path: str
    request: OpenWindow
    known_at: datetime
    was_loaded: bool

    @property
    def window_id(self) -> str:
        return self.request.window_id

    @property
    def moment(self) -> tuple[str, str, datetime]:
        return self.request.stream.symbol, self.request.stream.interval.value, self.known_at

    @property
    def left(self) -> str:
        found = f"{self.request.label}: landed page {self.path} is damaged or missing"
        if not self.was_loaded:
            return f"{found}; its rows were never loaded. Next: put the file back from a copy. {NO_COPY}"
        return (
            f"{found}, so the window's rows stay as they are. Put the file back from a copy and replay again; where "
            "there is none and the warehouse is a new one, a run of the backfill DAG with `reread` over that time "
            "buys them again"
        )


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
    warehouse, which may be a new one. PipelineError for a damaged page that the ledger does not know, and where none of
    its pages is at its place.
    """
    tell = progress or (lambda _: None)
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as ledger:
        taken, left = _taken(*_readable(settings, ledger), start, end)
        with ledger.read() as connection:
            aside = windows_set_aside(connection).keys()
    replayed = [page for window in taken for page in window]
    rows, total, held_back, unfit = 0, Loaded(), set[str](), dict[str, str]()
    opened = open_warehouse(settings, client_factory)
    with (
        persist_failed_results(settings, client_factory),
        opened as warehouse,
        warehouse.rebuilding(_page_table(replayed)) as publish,
    ):
        for batch in _batches(taken, settings.warehouse.batch_rows):
            for part in _publish_fit(publish, store, batch, settings, aside):
                total += part.loaded
                held_back |= part.held_back
                unfit |= part.unfit
            rows += sum(one.rows for one in batch)
            tell(Progress("replaying", rows=rows, label=batch[-1].request.label))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        unblock(connection, {page.window_id for page in replayed} - held_back)
        take_up(connection, but=unfit.keys())
    sync_marts(settings, client_factory)
    return Replayed(len(replayed), rows, total, [*left, *unfit.values()])


def _page_table(replayed: Sequence[_Known]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "page_path": pa.array([one.path for one in replayed], pa.string()),
            "symbol": pa.array([one.request.stream.symbol for one in replayed], pa.string()),
            "interval": pa.array([one.request.stream.interval.value for one in replayed], pa.string()),
            "known_at": pa.array([one.known_at for one in replayed], pa.timestamp("ms", "UTC")),
        }
    )


def _readable(settings: Settings, ledger: Ledger) -> tuple[list[_Known], list[_Unreadable]]:
    """All landed pages that were not given up, and those of the ledger's that are none any more."""
    store = LandingStore(settings.landing_url)
    with ledger.read() as connection:  # before the walk: what lands meanwhile is not missed
        missed, lost = pages.paths(connection), pages.lost_paths(connection)
    known: list[_Known] = []
    for path in store.walk():
        if path in lost:
            continue
        try:
            known.append(_known(store, path))
        except LandingDamaged as damaged:
            if path not in missed:
                raise _unknown(damaged) from None
        else:
            missed.discard(path)
    with ledger.read() as connection:
        refs = pages.at_paths(connection, sorted(missed))
        waiting = {ref.path for ref in pages.unsettled(connection)}
        asked = {one.window_id: one for one in windows.by_ids(connection, sorted({ref.window_id for ref in refs}))}
    if not known:
        see_that_pages_are_there(settings, ledger, refs)
    return known, [_Unreadable(ref.path, asked[ref.window_id], ref.known_at, ref.path not in waiting) for ref in refs]


def _unknown(damaged: LandingDamaged) -> PipelineError:
    return PipelineError(
        f"{damaged.finding}. The ledger does not know this page, so nothing of it was ever claimed. Next: move the "
        "file away, then run the same command again",
        NextStep.STOP_RUN,
    )


def _taken(
    known: Sequence[_Known], unreadable: Sequence[_Unreadable], start: datetime | None, end: datetime | None
) -> tuple[list[list[_Known]], list[str]]:
    """The pages of the windows that touch the range, by window, in order of their first answer; and what is left.

    The warehouse knows a page's rows by symbol, interval and the moment they were known. So windows that share such a
    moment with one of these are taken along, and none is taken that shares one with a page that cannot be read.
    """
    found: list[_Known | _Unreadable] = [*known, *unreadable]
    touching = {
        one.window_id
        for one in found
        if (end is None or one.request.start < end) and (start is None or start < one.request.end)
    }
    wanted = _with_sharing(found, touching)
    left = wanted & _with_sharing(found, {one.window_id for one in unreadable})
    by_window: dict[str, list[_Known]] = defaultdict(list)
    taken = wanted - left
    for one in known:
        if one.window_id in taken:
            by_window[one.window_id].append(one)
    by_age = sorted(
        (sorted(window, key=lambda one: one.sequence) for window in by_window.values()),
        key=lambda window: (window[0].known_at, window[0].window_id),
    )
    return by_age, [one.left for one in unreadable if one.window_id in left]


def _known(store: LandingStore, path: str) -> _Known:
    landed = store.read(path)
    page = landed.page
    return _Known(path, landed.window_id, landed.sequence, page.request, page.known_at, page.row_count)


def _with_sharing(found: Sequence[_Known | _Unreadable], window_ids: set[str]) -> set[str]:
    """The windows, and all that share a moment with one of them, directly or by others."""
    while True:
        moments = {one.moment for one in found if one.window_id in window_ids}
        more = {one.window_id for one in found if one.moment in moments}
        if more <= window_ids:
            return window_ids
        window_ids = window_ids | more


def _batches(by_window: Sequence[Sequence[_Known]], batch_rows: int) -> Iterator[list[_Known]]:
    batch: list[_Known] = []
    for window in by_window:
        if batch and sum(one.rows for one in (*batch, *window)) > batch_rows:
            yield batch
            batch = []
        batch.extend(window)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Published:
    loaded: Loaded = field(default_factory=Loaded)
    held_back: frozenset[str] = frozenset()
    """Windows of which a series is held back."""
    unfit: Mapping[str, str] = field(default_factory=dict)
    """Why each window was left out whose rows the warehouse still cannot hold."""


def _publish_fit(
    publish: Rebuild, store: LandingStore, batch: Sequence[_Known], settings: Settings, aside: Collection[str]
) -> Iterator[_Published]:
    """Publishes a batch, window by window where it cannot be published as a whole.

    Only a window that is set aside may be left out: it has no rows that a rebuild without it would lose.
    """
    try:
        yield _publish(publish, store, batch, settings)
    except (RowsUnfit, BodyUnreadable) as error:
        by_window: dict[str, list[_Known]] = defaultdict(list)
        for one in batch:
            by_window[one.window_id].append(one)
        if len(by_window) > 1:
            for window in by_window.values():
                yield from _publish_fit(publish, store, window, settings, aside)
        elif batch[0].window_id in aside:
            yield _Published(unfit={batch[0].window_id: f"{batch[0].request.label}: still set aside: {error}"})
        else:
            raise


def _publish(publish: Rebuild, store: LandingStore, batch: Sequence[_Known], settings: Settings) -> _Published:
    batch_id = f"replay-{sha256(' '.join(one.path for one in batch).encode()).hexdigest()[:16]}"
    verdict = judge(batch_id, _inputs(store, batch), settings.quality)
    published = publish(batch_id, verdict.accepted, verdict.quarantine, verdict.dq)
    loaded = Loaded(published.new, published.changed, published.unchanged, published.quarantined)
    return _Published(loaded, frozenset(finding.window_id for finding in verdict.findings if finding.blocked))


def _inputs(store: LandingStore, batch: Sequence[_Known]) -> list[PageInput]:
    """The pages as the rules take them; a window starts where its first page was asked from."""
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
