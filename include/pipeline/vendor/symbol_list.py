"""Discovery: the vendor's list of symbols, read free of charge when patterns need it and kept in the ledger."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import partial

from include.domain.clock import EPOCH, HOUR, iso
from include.domain.market import SOURCES, Interval, Series
from include.domain.text import named
from include.kwery.answers.listing import Listing
from include.kwery.client import KweryClient
from include.kwery.errors import KweryError
from include.kwery.models import SymbolInfo
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.symbols import listing_read_at, note_listing
from include.pipeline.vendor.client import VendorNow, ask_free, client_of, known_account, read_account
from include.planning.symbols import has_patterns, is_pattern
from include.settings import Settings
from include.settings.series import SymbolGroup

MAX_PAGES = 200
"""Pages of the list that are read at most."""
MAX_SYMBOLS = 100_000
"""A longer list is not read to its end: all names stay in memory until the last page."""


def ask_vendor(settings: Settings, ledger: Ledger, groups: Sequence[SymbolGroup]) -> tuple[VendorNow, list[str]]:
    """Reads the account, and the list of symbols when the settings or `groups` have patterns; both are free.

    Returns notes about the list, too. Without a key, the account is as the ledger last read it.
    """
    if settings.api.key is None:
        with ledger.read() as connection:
            clocks = clocks_now(connection, ledger.process_id)
        return VendorNow(known_account(ledger), clocks, note="no API key: the account is not known"), []
    with client_of(settings) as client:
        vendor = read_account(settings, ledger, client)
        wanted = (*settings.series.all_groups, *groups)
        return vendor, discover(settings, wanted, ledger, client, vendor.now)


@dataclass(frozen=True, slots=True)
class CheckedNames:
    """What the vendor's list says of names: a sentence for each that cannot be one, and what else to know."""

    unlisted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_names(settings: Settings, symbols: Sequence[str]) -> CheckedNames:
    """Looks the plain names up in the vendor's list, read now and free of charge.

    A name that the settings have, or that brought rows before, may have left the list: it is only noted. The ledger
    keeps nothing of that reading. Patterns are left out, and so is everything without a key.
    """
    names = [symbol for symbol in symbols if not is_pattern(symbol)]
    if not names or settings.api.key is None:
        return CheckedNames()
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        try:
            listing = _followed(settings, ledger, client)
        except KweryError as error:
            return CheckedNames(notes=[f"whether the vendor lists {named(names)} is not known: {error}"])
        listed = [info.symbol for info in listing]
        absent = [name for name in names if name not in listed]
        if absent and (not listed or listing.shortfall is not None):
            return CheckedNames(notes=[f"the vendor's list of symbols is not whole: {listing.shortfall}"])
        known = _known(settings, ledger, absent)
    return CheckedNames(
        [_unlisted(name, listed) for name in absent if name not in known],
        [_unlisted(name, listed) for name in absent if name in known],
    )


def _known(settings: Settings, ledger: Ledger, symbols: Sequence[str]) -> set[str]:
    """Those that the settings name, or that brought rows."""
    series = [Series(symbol, source, interval) for symbol in symbols for source in SOURCES for interval in Interval]
    with ledger.read() as connection:
        covered = coverage_of(connection, series)
    with_rows = {one.symbol for one, entries in covered.items() if any(entry.found == "rows" for entry in entries)}
    return with_rows.union(*(group.symbols for group in settings.series.all_groups))


def _unlisted(name: str, listed: Sequence[str]) -> str:
    nearest = get_close_matches(name.upper(), listed, n=1)
    also = f"; did you mean {nearest[0]}?" if nearest else "; ./oi symbols shows the list"
    return f"nobody lists the symbol {name}: GET /v1/symbols does not name it{also}"


def discover(
    settings: Settings,
    groups: Sequence[SymbolGroup],
    ledger: Ledger,
    client: KweryClient,
    now: datetime,
    *,
    again: bool = False,
) -> list[str]:
    """Reads the list when a pattern needs it, once per `series.listing_hours`; returns notes about it.

    `now` is the vendor's clock; `again` reads a list of any age. When the list cannot be read, or is empty, the
    previous one stays in use.
    """
    if not has_patterns(groups):
        return []
    with ledger.read() as connection:
        before = listing_read_at(connection)
    if not again and before is not None and _slot(before, settings) == _slot(now, settings):
        return []
    try:
        listing = _followed(settings, ledger, client)
    except KweryError as error:
        return [_unread(str(error), before, now)]
    return _note(ledger, listing, before, now)


def _followed(settings: Settings, ledger: Ledger, client: KweryClient) -> Listing[SymbolInfo]:
    """The list with all pages that its cursors lead to (behaviour 57); `shortfall` says what is missing."""
    page = ask_free(settings, ledger, "symbols", client.symbols)
    found = {info.symbol: info for info in page}
    total, pages, shortfall, cursors = _promised(page, found), 1 + page.further_pages, page.shortfall, set[str]()
    while page.next_cursor is not None:
        if page.next_cursor in cursors or len(cursors) == MAX_PAGES:
            shortfall = shortfall or "its cursors lead nowhere new"
            break
        if len(found) > MAX_SYMBOLS:
            shortfall = shortfall or f"it has more than {MAX_SYMBOLS:,} symbols"
            break
        cursors.add(page.next_cursor)
        try:
            page = ask_free(settings, ledger, "symbols", partial(client.symbols, after=page.next_cursor))
        except KweryError as error:
            shortfall = shortfall or f"page {len(cursors) + 1} could not be read: {error}"
            break
        if found.keys() >= {info.symbol for info in page} and page.next_cursor is not None:
            shortfall = shortfall or f"page {len(cursors) + 1} names no other symbol than those before"
            break
        found |= {info.symbol: info for info in page}
        read = len(cursors) + 1
        total, pages = max(total, _promised(page, found)), max(pages, read + page.further_pages)
        shortfall = shortfall or page.shortfall
    if pages > len(cursors) + 1:
        shortfall = shortfall or f"it says that there are {pages:g} pages, and {len(cursors) + 1} could be read"
    if total > len(found):
        shortfall = shortfall or f"it says that there are {total:,} symbols and names {len(found):,}"
    return Listing(found.values(), total=total, shortfall=shortfall)


def _promised(page: Listing[SymbolInfo], found: Sized) -> int:
    """How many symbols the list has at least, by a page that brought it to those `found`."""
    return max(page.total or 0, len(found) + page.further_items if page.further_items else 0)


def _slot(moment: datetime, settings: Settings) -> int:
    """Slots, not ages: a run that starts a few seconds early must not delay the reading until the next run."""
    return (moment - EPOCH) // timedelta(hours=settings.series.listing_hours)


def _note(ledger: Ledger, listing: Listing[SymbolInfo], before: datetime | None, now: datetime) -> list[str]:
    if not listing:
        return [_unread("GET /v1/symbols named no symbol", before, now)]
    with ledger.write() as connection:
        note_listing(connection, listing, now, whole=listing.shortfall is None)
    if listing.shortfall is None:
        return []
    return [
        f"the vendor's list of symbols is incomplete: {listing.shortfall}; the {len(listing):,} symbols that it names "
        "are used, and no other symbol counts as removed"
    ]


def _unread(why: str, before: datetime | None, now: datetime) -> str:
    if before is None:
        return f"no list of the vendor's symbols is known, so patterns match nothing yet: {why}"
    hours = (now - before) / HOUR
    return f"patterns use the vendor's list of symbols of {iso(before)} ({hours:.0f} hours old): {why}"
