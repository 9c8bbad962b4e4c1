"""The open warehouse, as the rest of the system sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.domain.market import Interval, Series
from include.planning.derived_intervals import ComparedDay
from include.warehouse import cell, checks, days, derived, ledger_figures, publish, query, rebuild
from include.warehouse.dictionary import Described, dictionary
from include.warehouse.errors import QueryFailed
from include.warehouse.housekeeping import wait_for_part_removal
from include.warehouse.session import Session, plain_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from clickhouse_connect.driver.client import Client

NO_SUPPORT_CODE = 344
Rebuild = Callable[[str, "pa.Table", "pa.Table", "pa.Table"], publish.Published]
"""Publishes a batch into the rows that are being rebuilt."""


class Warehouse:
    """A migrated database; get one from `open_warehouse`, which also closes it."""

    def __init__(self, session: Session, client_factory: Callable[[], Client]) -> None:
        self._session = session
        self._client_factory = client_factory
        self._read_session: Session | None = None
        self._published = False

    @property
    def database(self) -> str:
        return self._session.database

    def publish(
        self,
        batch_id: str,
        accepted: pa.Table,
        quarantine: pa.Table,
        dq: pa.Table,
        restatement_share: float | None = None,
    ) -> publish.Published:
        """Stores a batch and returns its counts; may be repeated after any crash, and batches may come in any order.

        Changes by more than `restatement_share` of the value before are returned with both values.

        Raises WarehouseError, with open_interest as it was, when the batch fails its audit, and QueryFailed.
        """
        self._published = True
        published = publish.publish(self._session, batch_id, accepted, quarantine, dq, restatement_share)
        if published.days is not None:
            days.store_days_of_batch(self._session, batch_id, published.days)
        return published

    def unfit(self, batch_id: str, accepted: pa.Table, quarantine: pa.Table, dq: pa.Table) -> str | None:
        """Why the tables cannot hold a batch's accepted rows, or None; nothing is published."""
        return publish.unfit(self._session, batch_id, accepted, quarantine, dq)

    def store_results(self, dq: pa.Table) -> None:
        """Stores what the rules found in a batch of which nothing is published."""
        self._published = True
        publish.store_results(self._session, dq)

    def query_rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and rows of a query that only reads; times are aware, UTC. Raises QueryFailed."""
        return query.query_rows(self._reader(), sql)

    def query_json_lines(self, sql: str) -> Iterator[str]:
        """The answer as JSON, one object per line, streamed; integers are exact, times end in Z. Raises QueryFailed."""
        return query.query_json_lines(self._reader(), sql)

    def counts(self) -> query.Counts:
        """Each series' rows, with their first and last timestamp, and what is in quarantine."""
        return query.counts(self._session)

    def kept(self) -> list[query.StoredRanges]:
        """Which points of each series are here, in quarantine or not."""
        return query.kept(self._session)

    def checksums(self) -> dict[str, query.Checksum]:
        """One checksum for each outward view, equal when their rows are; loading order and batches do not matter.

        dq_results is about batches, so only equal batches give an equal checksum there.
        """
        return query.checksums(self._session)

    def cell(self, series: Series, at: datetime, batch_ids: Iterable[str]) -> cell.StoredCell:
        """What is stored of the bucket at `at`, and how the batches that may hold it were judged."""
        return cell.read(self._session, series, at, batch_ids)

    def store_ledger(self, coverage: pa.Table, spend: pa.Table, cycle: pa.Table) -> None:
        """Stores what the ledger knows, for the marts; see `ledger_figures.store`."""
        self._published = True
        ledger_figures.store(self._session, coverage, spend, cycle)

    def store_symbols(self, symbols: pa.Table) -> None:
        """Stores the vendor's listing, with the columns of ledger_symbols; an older copy changes nothing."""
        self._published = True
        ledger_figures.store_symbols(self._session, symbols)

    def store_pages(self, pages: pa.Table) -> None:
        """Stores landed pages, with the columns of ledger_pages; an older copy changes nothing."""
        self._published = True
        ledger_figures.store_pages(self._session, pages)

    def pages_copied(self) -> ledger_figures.PagesCopied:
        """From which of its pages on the ledger has to be copied."""
        return ledger_figures.pages_copied(self._session)

    def ledger_as_of(self) -> datetime:
        """When the ledger was read for the newest copy of it, UTC; the epoch before the first."""
        return ledger_figures.ledger_as_of(self._session)

    def compare_with_snapshots(
        self, since: Mapping[Interval, datetime], open_steps: Mapping[Interval, int]
    ) -> dict[Series, list[ComparedDay]]:
        """Compares coarse buckets with 5m rows, by series and day; needs the ledger's coverage in the marts."""
        return derived.compare_with_snapshots(self._session, since, open_steps)

    def store_derived(self, stretches: pa.Table) -> None:
        """Stores over which time each series is derived; see `derived.store`."""
        self._published = True
        derived.store(self._session, stretches)

    def check(self) -> list[str]:
        """A sentence for each thing in the marts that cannot be right; none when all holds."""
        return checks.check(self._session)

    def dictionary(self) -> list[Described]:
        """Every table and column with its comment, the marts first."""
        return dictionary(self._session)

    @contextmanager
    def rebuilding(self, pages: pa.Table) -> Iterator[Rebuild]:
        """Publishes all rows of `pages` again, beside what people read; see `rebuild.rebuilding`.

        Rows of pages that are not named stay as they are. A crash inside the block changes nothing.
        """
        with rebuild.rebuilding(self._session, pages) as shadow:
            yield lambda batch_id, accepted, quarantine, dq: publish.publish(shadow, batch_id, accepted, quarantine, dq)

    def use_one_thread(self) -> None:
        """Runs each statement that follows in one thread: for a process whose other threads need the processor too.

        Several threads share out the rows and unite their results, which takes a tenth more CPU time.
        """
        self._session.run("one_thread.sql")

    def release_memory(self) -> None:
        """Gives the system the memory back that an embedded engine keeps for its next statements, 30 MiB a batch.

        By itself the engine waits for seconds, in which other parts of a load need memory too.
        """
        try:
            self._session.run("release_memory.sql")
        except QueryFailed as failed:
            if failed.code != NO_SUPPORT_CODE:  # an engine that was built with another allocator keeps nothing
                raise

    def tidy(self) -> None:
        """Leaves an embedded warehouse small on disk; may take some seconds after many batches, else none."""
        if self._published:
            wait_for_part_removal(self._session)

    def close(self) -> None:
        if self._read_session is not None:
            self._read_session.close()
        self._session.close()

    def _reader(self) -> Session:
        # A client of its own, since a client once made read-only stays so.
        if self._read_session is None:
            with plain_errors():
                client = self._client_factory()
            self._read_session = Session(query.make_read_only(client), self.database)
            self._read_session.use_database()
        return self._read_session
