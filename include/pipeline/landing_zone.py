"""Matches landing zone and ledger: nothing is bought while one of them lacks pages that the other has.

Usually the check reads the note of the zone, its newest page and a row. It lists all pages, and reads those that the
ledger does not know, when the two meet for the first time, when one of them was restored from a copy, and after a
process died while it was landing pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from include.domain.clock import EPOCH, HOUR, utc_now
from include.domain.next_step import NextStep
from include.domain.text import counted
from include.landing.errors import LandingDamaged, LandingError
from include.landing.identity import Identity
from include.landing.store import LandingStore
from include.ledger.credits import page_charges
from include.ledger.database.engine import Ledger, LedgerError
from include.ledger.work import landing_zone, pages
from include.pipeline.errors import PipelineError

_SAMPLE = 20
"""How many of the newest pages are looked for when the newest one is missing."""
_SPREAD = 80
"""How many pages of the whole history are looked for; others in each hour."""


class UnknownPages(PipelineError):
    """The landing zone holds pages that this ledger does not know, or belongs to another ledger."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NextStep.STOP_RUN)


class PagesGone(PipelineError):
    """The landing zone lacks the pages that this ledger landed there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NextStep.STOP_RUN)


@dataclass(frozen=True, slots=True)
class UnknownTotals:
    """Landed pages without a row or a charge in the ledger, and what was paid for them."""

    pages: int = 0
    rows: int = 0
    credits: int = 0


@dataclass(frozen=True, slots=True)
class MissingPages:
    """How many pages were looked for, and the paths of those that are not there."""

    looked_for: int
    paths: list[str]


def check_landing_zone(ledger: Ledger, store: LandingStore) -> None:
    """Raises UnknownPages or PagesGone where zone and ledger do not match: no request may be made then.

    Pages are gone where none of the newest is there. Where some are missing, `missing_pages` says so.
    """
    identity = store.identity()
    with ledger.read() as connection:
        own, abandoned = landing_zone.ledger_id(connection), landing_zone.forsaken(connection, utc_now())
        is_ours = identity is not None and identity.ledger_id == own
        is_current = identity is not None and is_ours and landing_zone.is_known(connection, identity.token)
        newest = landing_zone.newest_pages(connection, _SAMPLE)
    if newest and not any(store.has(path) for path in newest):
        raise PagesGone(_gone(store, len(newest)))
    if is_current and not abandoned:
        return
    unknown = unknown_in(ledger, store, unregistered(ledger, store))
    if identity is not None and not is_ours and (unknown.pages or own is not None or identity.in_session):
        raise UnknownPages(_another_ledgers(store, unknown))
    if unknown.pages:
        raise UnknownPages(_not_known(store, unknown))
    with ledger.write() as connection:
        landing_zone.close(connection, abandoned)
    _claim(store, _renewed(ledger), identity.ledger_id if identity else None)


def missing_pages(ledger: Ledger, store: LandingStore) -> MissingPages:
    """Looks for the newest pages and for some of all others, a bounded number. Raises LandingUnreachable."""
    with ledger.read() as connection:
        newest = landing_zone.newest_pages(connection, _SAMPLE)
        spread = landing_zone.spread_pages(connection, _SPREAD, (utc_now() - EPOCH) // HOUR)
    expected = list(dict.fromkeys([*spread, *newest]))
    return MissingPages(len(expected), [path for path in expected if not store.has(path)])


def accept_loss(ledger: Ledger, store: LandingStore) -> None:
    """Lets runs continue without the pages up to the newest one that is missing, of those that are looked for."""
    missing = missing_pages(ledger, store).paths
    if missing:
        with ledger.write() as connection:
            landing_zone.give_up_until(connection, missing)


def take_over(ledger: Ledger, store: LandingStore) -> None:
    """Notes in the landing zone that it belongs to this ledger, whoever it belonged to."""
    store.identify(_renewed(ledger))
    store.forget_claims()


def _renewed(ledger: Ledger, ended: str | None = None) -> Identity:
    """The ledger's identity with a new token; ends the session of token `ended` if one is named."""
    with ledger.write() as connection:
        own, token = landing_zone.own_id(connection), landing_zone.end(connection, ended, ledger.process_id, utc_now())
        return Identity(own, token, landing_zone.is_in_session(connection))


def _claim(store: LandingStore, identity: Identity, instead_of: str | None) -> None:
    if not store.claim(identity, instead_of):
        raise UnknownPages(_another_ledgers(store, UnknownTotals()))


def _begin_by_claim(ledger: Ledger, store: LandingStore, identity: Identity) -> None:
    try:
        _claim(store, identity, identity.ledger_id)
    except UnknownPages:
        _renewed(ledger, identity.token)  # the zone's note stays the other ledger's
        raise


@contextmanager
def landing_session(ledger: Ledger, store: LandingStore) -> Iterator[None]:
    """A block that lands pages. At its start it raises what `check_landing_zone` does, and LandingUnreachable."""
    check_landing_zone(ledger, store)
    with ledger.write() as connection:
        own, token = landing_zone.own_id(connection), landing_zone.begin(connection, ledger.process_id, utc_now())
        has_pages = bool(landing_zone.newest_pages(connection, 1))
    identity = Identity(own, token, in_session=True)
    if has_pages:  # which keep another ledger from taking the zone
        store.identify(identity)
    else:
        _begin_by_claim(ledger, store, identity)
    try:
        yield
    finally:
        # A session that cannot be ended, perhaps on a full disk, looks like one whose process died: the next run lists
        # all pages, and nothing is lost.
        with suppress(LandingError, LedgerError):
            _end(ledger, store, token)


def _end(ledger: Ledger, store: LandingStore, token: str) -> None:
    store.identify(_renewed(ledger, token))


def unregistered(ledger: Ledger, store: LandingStore) -> list[str]:
    """The paths of all landed pages without a row in the ledger; lists the whole landing zone."""
    with ledger.read() as connection:
        known = pages.paths(connection) | pages.lost_paths(connection)
    return [path for path in store.walk() if path not in known]


def unknown_in(ledger: Ledger, store: LandingStore, paths: Iterable[str]) -> UnknownTotals:
    """Reads the pages at `paths`, one at a time, and sums up those without a charge in the ledger.

    A page with a charge is known: its run is about to commit it, or died before it did, and the next reader of its
    window adopts it. Damaged files are ignored.
    """
    count = rows = credits = 0
    for path in paths:
        with suppress(LandingDamaged):
            landed = store.read(path)
            with ledger.read() as connection:
                is_known = page_charges.is_for(connection, landed.charge_id, landed.window_id, landed.sequence)
            if not is_known:
                count, rows, credits = count + 1, rows + landed.page.row_count, credits + landed.page.charge_credits
    return UnknownTotals(count, rows, credits)


def _another_ledgers(store: LandingStore, unknown: UnknownTotals) -> str:
    adopt = _ADOPT if unknown.pages else _TAKE_OVER
    return (
        f"{store.url} belongs to another ledger. {_priced(unknown)}. Nothing was requested. Next: if that ledger is in "
        "use, give each its own landing zone (OI_LANDING_URL, or OI_HOME for all of it), or set OI_LEDGER_URL to it. "
        f"If it is lost, {adopt}"
    )


def _not_known(store: LandingStore, unknown: UnknownTotals) -> str:
    return (
        f"{store.url} holds pages that this ledger does not know: it is new, or was restored from a copy that is older "
        f"than they are. {_priced(unknown)}. Nothing was requested. Next: {_ADOPT}"
    )


def _gone(store: LandingStore, sample: int) -> str:
    return (
        f"{store.url} lacks the pages that this ledger landed there: not one of the last {sample:,} is found. Nothing "
        "was requested. Next: check that OI_LANDING_URL (or OI_HOME) names the place where they were landed and that "
        "it is mounted, or restore it from a copy. Where they are lost for good, ./oi heal --damaged --lost-for-good "
        "continues without them: pages that were not loaded yet are given up and their time is bought again; loaded "
        "rows stay, but no replay can rebuild them"
    )


_ADOPT = (
    "./oi ledger adopt registers these pages with their windows and charges, so that they are loaded and not bought "
    "again; then run the same command again"
)


_TAKE_OVER = "./oi ledger adopt gives the landing zone to this ledger; then run the same command again"


def _priced(unknown: UnknownTotals) -> str:
    if not unknown.pages:
        return "It holds no page that this ledger lacks"
    paid = f"{counted(unknown.pages, 'page')} there with {counted(unknown.rows, 'row')}"
    return f"{paid}, paid with {counted(unknown.credits, 'credit')}, would be bought again"
