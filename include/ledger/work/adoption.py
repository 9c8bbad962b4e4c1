"""Adoption: landed pages that the ledger lacks are registered, with their windows and charges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, update

from include.domain.market import SOURCES
from include.kwery.answers.doubts import Doubt, united
from include.kwery.answers.evidence import Objection, doubts_in, note_of
from include.kwery.models import Page
from include.ledger.credits import charges, page_charges
from include.ledger.credits.observed_charges import observe
from include.ledger.credits.page_charges import Reader
from include.ledger.credits.spend_totals import add_rows
from include.ledger.database.models.base import table_of
from include.ledger.database.models.work import ENDED_EARLY, WindowRow, WindowState
from include.ledger.work import pages, windows
from include.ledger.work.repeated_pages import note_repeated
from include.ledger.work.windows import OpenWindow
from include.planning.credits.worst_case import ObservedCharge

if TYPE_CHECKING:
    from include.settings.prices import Prices

_READ_ON = (WindowState.PLANNED, WindowState.READING, *ENDED_EARLY)
"""States in which a window can take further pages; in other states it is complete."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A landed page of a window, without its body; `objections` are why its silence proves nothing."""

    path: str
    sha256: str
    sequence: int
    charge_id: int
    page: Page
    objections: list[Objection]
    is_last: bool
    """True when it ends the chain."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was registered of a window. Of `repeated` pages only the charge is: another page counts."""

    pages: int = 0
    rows: int = 0
    credits: int = 0
    repeated: int = 0


def adopt_window(
    connection: Connection, window_id: str, found: Sequence[FoundPage], reader: Reader, prices: Prices, now: datetime
) -> Adopted | None:
    """Registers the pages that were found of a window; returns None when another living process works on it.

    A window that the ledger lacks is added. A whole chain has landed; a chain without its end is read on from its last
    cursor; in a chain with a gap rows count, and silence proves nothing.
    """
    window = windows.by_id(connection, window_id)
    if window is not None and window.owner != reader.owner and not window.is_free(now):
        return None
    known = {ref.sequence for ref in pages.of_window(connection, window_id)}
    takes = window is None or window.state in _READ_ON
    taken: list[FoundPage] = []
    for one in _best_first(found):
        if takes and one.sequence not in known:
            known.add(one.sequence)
            taken.append(one)
    taken = [_with_objection(one, found) for one in taken]
    if window is None:
        _make(connection, window_id, taken, reader)
    for one in taken:
        charge_id = _charge(connection, window_id, one, reader, prices)
        add_rows(connection, charge_id, one.page.row_count)
        pages.register(connection, window_id, one.sequence, charge_id, one.path, one.sha256, one.page)
    if taken:
        _move_on(connection, window, window_id, taken, known, now)
    counted = {one.path for one in taken}
    for one in found:
        if one.path not in counted:
            charge_id = _charge(connection, window_id, one, reader, prices)
            note_repeated(connection, charge_id, window_id, one.sequence, one.path, one.sha256)
    return Adopted(
        len(taken),
        sum(one.page.row_count for one in taken),
        sum(one.page.charge_credits for one in found),
        len(found) - len(taken),
    )


def _best_first(found: Sequence[FoundPage]) -> list[FoundPage]:
    """In order. Of two answers at one place the one that the chain continues comes first, else the later one."""
    requested = {(one.sequence, one.page.request.after) for one in found}

    def rank(one: FoundPage) -> tuple[int, bool, float]:
        is_continued = (one.sequence + 1, one.page.next_cursor) in requested
        return one.sequence, not is_continued, -one.page.received_at.timestamp()

    return sorted(found, key=rank)


def _with_objection(one: FoundPage, found: Sequence[FoundPage]) -> FoundPage:
    """The page, with an objection where none of the pages found before it has the cursor that it continues."""
    before = [other.page.next_cursor for other in found if other.sequence == one.sequence - 1]
    if one.page.request.after is None or not before or one.page.request.after in before:
        return one
    cut = Objection(Doubt.CURSOR_LOST, "the page before this one leads elsewhere")
    return replace(one, objections=[*one.objections, cut])


def _charge(connection: Connection, window_id: str, one: FoundPage, reader: Reader, prices: Prices) -> int:
    """Registers the page's charge, settled at the time of its answer, and returns its id.

    A charge above its reservation raises later reservations, as it does when an answer is read (behaviour 55).
    """
    page = one.page
    charge_id = page_charges.own_charge(connection, one.charge_id, reader, window_id, one.sequence, page)
    charges.settle(connection, charge_id, page.charge_credits, source=page.charge_source.value, now=page.received_at)
    observed = ObservedCharge(page.request.limit, page.row_count, page.charge_credits)
    observe(connection, charge_id, observed, prices, page.received_at)
    return charge_id


def _make(connection: Connection, window_id: str, taken: Sequence[FoundPage], reader: Reader) -> None:
    requests = [one.page.request for one in taken]
    stream, start, end = requests[0].stream, min(one.start for one in requests), max(one.end for one in requests)
    sources = len(SOURCES) if stream.source is None else 1
    connection.execute(
        insert(table_of(WindowRow)).values(
            window_id=window_id,
            run_id=reader.run_id,
            lane=reader.lane,
            dataset=stream.dataset.value,
            symbol=stream.symbol,
            interval=stream.interval.value,
            source=stream.source,
            start=start,
            end=end,
            limit=requests[-1].limit,
            expected_rows=stream.interval.points(start, end) * sources,
            price_credits=sum(one.page.charge_credits for one in taken),
            created_at=min(one.page.received_at for one in taken),
            state=WindowState.READING,
        )
    )


def _move_on(
    connection: Connection,
    window: OpenWindow | None,
    window_id: str,
    taken: Sequence[FoundPage],
    known: set[int],
    now: datetime,
) -> None:
    """Moves the window to where it would be had its pages been committed one after another."""
    last = taken[-1]
    start = window.start if window is not None else min(one.page.request.start for one in taken)
    resumed = last.page.request.start if last.page.request.start != start else None
    missing = sorted(set(range(max(known))) - known)
    found = [objection for one in taken for objection in one.objections]
    if resumed is not None:
        found.append(Objection(Doubt.CURSOR_LOST, "the vendor no longer took a cursor on the way"))
    before = window.doubts if window is not None else ()
    rows = sum(one.page.row_count for one in taken)
    values: dict[str, object] = {
        "next_sequence": max(known) + 1,
        "next_cursor": last.page.next_cursor,
        "resume_start": resumed,
        "rows": WindowRow.rows + rows,
        "limit": last.page.request.limit,
        "owner": None,
        "lease_until": None,
        "settled_at": None,
    }
    if found:
        values["doubts"] = list(united((*before, *doubts_in(found))))
    if note := note_of(found):
        values["note"] = note
    if missing:
        note = f"adopted from the landing zone without page {missing[0]:,} of its chain; the rest is due again"
        values |= {"state": WindowState.GIVEN_UP, "closed_at": now, "note": note}
    elif window is None or window.state not in ENDED_EARLY:
        values["state"] = WindowState.LANDED if last.is_last else WindowState.READING
        values |= {"closed_at": now} if last.is_last else {}
    connection.execute(update(WindowRow).where(WindowRow.window_id == window_id).values(values))
