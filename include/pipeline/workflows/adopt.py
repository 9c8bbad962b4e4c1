"""Adopt: landed pages that the ledger lacks are registered, so that they are not bought again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from include.domain.clock import utc_now
from include.landing.errors import LandingDamaged
from include.landing.store import LandedPage, LandingStore
from include.ledger.credits.page_charges import Reader
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import landing_zone, pages, runs
from include.ledger.work.adoption import FoundPage, adopt_window
from include.pipeline.landing_zone import take_over, unregistered
from include.pipeline.scope.scope import new_run_id
from include.pipeline.steps.extract.chain import Chain, is_last
from include.settings import Settings

_NAME = re.compile(r"([^/]+)-(\d+)-[0-9a-f]{16}(?:-\d+)?\.json\.zst$")
_LANE = "backfill"
"""The lane of pages that were landed before pages named it."""


@dataclass(slots=True)
class Adoption:
    """Landed pages that the ledger lacks: those found, or after `adopt` those registered."""

    pages: int = 0
    windows: int = 0
    rows: int = 0
    credits: int = 0
    """Credits that were paid for them, and would be paid again."""
    first_received: datetime | None = None
    last_received: datetime | None = None
    repeated: int = 0
    """Pages at a place in a window that another page has: only their charge is registered."""
    of_another_ledger: bool = False
    in_use: list[str] = field(default_factory=list)
    """A sentence for each window that a living process works on; it is left alone."""
    unreadable: list[str] = field(default_factory=list)
    """A sentence for each file that cannot be read as a page."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return asdict(self)


def adopt(settings: Settings, *, dry_run: bool = False) -> Adoption:
    """Registers every landed page that the ledger lacks, with its window and charge, and takes over the landing zone.

    Each window is one transaction, so the next adoption finishes one that was interrupted; repeating it changes
    nothing. The next run loads and settles what is adopted. `dry_run` registers nothing. Raises LandingUnreachable.
    """
    store, run_id = LandingStore(settings.landing_url), new_run_id("adopt")
    with open_ledger(settings.ledger_url) as ledger:
        identity, now = store.identity(), utc_now()
        with ledger.read() as connection:
            own, abandoned = landing_zone.ledger_id(connection), landing_zone.forsaken(connection, now)
        done = Adoption(of_another_ledger=identity is not None and identity.ledger_id != own)
        for paths in _by_window(unregistered(ledger, store)):
            found = _read(store, paths, done.unreadable)
            if found:
                _adopt_window(settings, ledger, store, run_id, found, done, dry_run=dry_run)
        if not dry_run:
            with ledger.write() as connection:
                runs.finish_run(connection, run_id, True, {"complete": True, "left": []}, utc_now())
                landing_zone.close(connection, abandoned)
            take_over(ledger, store)
    return done


def _adopt_window(
    settings: Settings,
    ledger: Ledger,
    store: LandingStore,
    run_id: str,
    landed: Sequence[LandedPage],
    done: Adoption,
    *,
    dry_run: bool,
) -> None:
    lane = next((one.lane for one in landed if one.lane is not None), _LANE)
    reader = Reader(run_id, lane, ledger.process_id)
    moments = [one.page.received_at for one in landed]
    with ledger.read() as connection:
        known = [ref.path for ref in pages.of_window(connection, landed[0].window_id)]
    found = _found(landed, _read(store, known, []), settings)
    with ledger.write() as connection:
        trial = connection.begin_nested()
        if runs.run_of(connection, run_id) is None:
            runs.open_run(connection, run_id, _LANE, None, min(moments))
        adopted = adopt_window(connection, landed[0].window_id, found, reader, settings.prices, utc_now())
        if dry_run:
            trial.rollback()
    if adopted is None:
        done.in_use.append(f"{landed[0].page.request.label}: a process works on it and registers its pages itself")
        return
    done.windows += bool(adopted.pages)
    done.pages += adopted.pages
    done.rows += adopted.rows
    done.credits += adopted.credits
    done.repeated += adopted.repeated
    done.first_received = min([*moments, done.first_received or moments[0]])
    done.last_received = max([*moments, done.last_received or moments[0]])


def _by_window(paths: Iterable[str]) -> list[list[str]]:
    """Paths by window, oldest window first: names begin with window ids, and these with a time."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        name = _NAME.search(path)
        grouped[name[1] if name else path].append(path)
    return [grouped[name] for name in sorted(grouped)]


def _read(store: LandingStore, paths: Sequence[str], unreadable: list[str]) -> list[LandedPage]:
    found = []
    for path in paths:
        try:
            found.append(store.read(path))
        except LandingDamaged as damaged:
            unreadable.append(f"{damaged.finding}; move the file away")
    return found


def _found(landed: Sequence[LandedPage], known: Sequence[LandedPage], settings: Settings) -> list[FoundPage]:
    """The pages without their bodies, with the objections that they would have had when they were bought.

    `known` are the window's pages that the ledger has.
    """
    found = []
    chain = Chain(settings)
    rows = {one.sequence: one.page.row_count for one in (*landed, *known)}
    for one in sorted((*known, *landed), key=lambda one: one.sequence):
        page = one.page
        chain.place(sum(count for sequence, count in rows.items() if sequence < one.sequence), one.sequence)
        raised = chain.judge(page)
        if one not in known:
            bare = replace(page, body=b"")
            found.append(FoundPage(one.path, one.sha256, one.sequence, one.charge_id, bare, raised, is_last(page)))
    return found
