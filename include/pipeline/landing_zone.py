"""Ledger and landing zone beside each other: nothing is bought while one holds pages that the other does not know.

In the ordinary case the check reads one small file and one row. All pages are listed, and only those that the ledger
does not know are read, where the two meet for the first time, where one of them was put back from a copy, and after a
process died while it was landing pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from include.domain.clock import utc_now
from include.domain.next_step import NextStep
from include.domain.text import counted
from include.landing.errors import LandingDamaged, LandingError
from include.landing.identity import Identity
from include.landing.store import LandingStore
from include.ledger.credits import page_charges
from include.ledger.database.engine import Ledger, LedgerError
from include.ledger.work import landing_zone, pages
from include.pipeline.errors import PipelineError


class UnknownPages(PipelineError):
    """The landing zone holds pages that this ledger does not know, or belongs to another ledger."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NextStep.STOP_RUN)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Landed pages that the ledger has neither a row nor a charge for, and what was paid for them."""

    pages: int = 0
    rows: int = 0
    credits: int = 0


def see_zone(ledger: Ledger, store: LandingStore) -> None:
    """Raises UnknownPages where pages are landed that this ledger does not know; no request may be made then."""
    identity = store.identity()
    with ledger.read() as connection:
        own, forsaken = landing_zone.ledger_id(connection), landing_zone.forsaken(connection, utc_now())
        is_ours = identity is not None and identity.ledger_id == own
        is_current = identity is not None and is_ours and landing_zone.is_known(connection, identity.token)
    if is_current and not forsaken:
        return
    unknown = unknown_in(ledger, store, unregistered(ledger, store))
    if identity is not None and not is_ours and (unknown.pages or own is not None):
        raise UnknownPages(_of_another(store, unknown))
    if unknown.pages:
        raise UnknownPages(_not_known(store, unknown))
    with ledger.write() as connection:
        landing_zone.close(connection, forsaken)
    renew(ledger, store)


def renew(ledger: Ledger, store: LandingStore) -> None:
    """Makes ledger and landing zone know each other, as they are now."""
    with ledger.write() as connection:
        own, token = landing_zone.named(connection), landing_zone.end(connection, None, ledger.process_id, utc_now())
    store.identify(Identity(own, token))


@contextmanager
def landing_session(ledger: Ledger, store: LandingStore) -> Iterator[None]:
    """Pages are landed inside the block. Raises what `see_zone` raises, and LandingUnreachable, before the first."""
    see_zone(ledger, store)
    with ledger.write() as connection:
        own, token = landing_zone.named(connection), landing_zone.begin(connection, ledger.process_id, utc_now())
    store.identify(Identity(own, token))
    try:
        yield
    finally:
        # A session that cannot be ended, for want of room perhaps, is taken for one whose process died: the next run
        # looks at all pages, and nothing is lost by it.
        with suppress(LandingError, LedgerError):
            _end(ledger, store, token)


def _end(ledger: Ledger, store: LandingStore, token: str) -> None:
    with ledger.write() as connection:
        own, last = landing_zone.named(connection), landing_zone.end(connection, token, ledger.process_id, utc_now())
    store.identify(Identity(own, last))


def unregistered(ledger: Ledger, store: LandingStore) -> list[str]:
    """The paths of all landed pages that the ledger has no row for; lists the whole landing zone."""
    with ledger.read() as connection:
        known = pages.paths(connection) | pages.lost_paths(connection)
    return [path for path in store.walk() if path not in known]


def unknown_in(ledger: Ledger, store: LandingStore, paths: Iterable[str]) -> Unknown:
    """Reads the pages at `paths`, one at a time, and sums up those that the ledger has no charge for.

    One with a charge is on its way into the ledger, or a run's that died before it was noted there: it is adopted when
    its window is read on. A file that is damaged is nobody's page.
    """
    count = rows = credits = 0
    for path in paths:
        with suppress(LandingDamaged):
            landed = store.read(path)
            with ledger.read() as connection:
                is_known = page_charges.is_for(connection, landed.charge_id, landed.window_id, landed.sequence)
            if not is_known:
                count, rows, credits = count + 1, rows + landed.page.row_count, credits + landed.page.charge_credits
    return Unknown(count, rows, credits)


def _of_another(store: LandingStore, unknown: Unknown) -> str:
    return (
        f"{store.url} belongs to another ledger. {_priced(unknown)}. Nothing was requested. Next: where that ledger is "
        "in use, give each its own place (OI_LANDING_URL, or OI_HOME for all of it), or name it in OI_LEDGER_URL. "
        f"Where it is lost, {_ADOPT}"
    )


def _not_known(store: LandingStore, unknown: Unknown) -> str:
    return (
        f"{store.url} holds pages that this ledger does not know: it is new, or was put back from a copy that is older "
        f"than they are. {_priced(unknown)}. Nothing was requested. Next: {_ADOPT}"
    )


_ADOPT = (
    "./oi ledger adopt registers these pages, their windows and their charges, so that they are loaded and not bought "
    "again; then run the same command again"
)


def _priced(unknown: Unknown) -> str:
    if not unknown.pages:
        return "It holds no page that this ledger lacks"
    paid = f"{counted(unknown.pages, 'page')} there with {counted(unknown.rows, 'row')}"
    return f"{paid}, paid with {counted(unknown.credits, 'credit')}, would be bought again"
