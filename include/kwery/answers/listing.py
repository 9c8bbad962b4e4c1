"""Lists of the account endpoints: their items, and whether these are all that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from include.kwery.answers.answer import Answer
from include.kwery.answers.complaints import complaints
from include.kwery.answers.counts import CONTENT_RANGE, is_count, numbers_in
from include.kwery.answers.headers import whole_number
from include.kwery.answers.paging import counted_pages, counted_rest, page_number, unreached
from include.kwery.answers.statements import Statement, statements_in

T = TypeVar("T")
_ITEMS = frozenset({"symbol", "symbols", "source", "sources", "market", "markets", "ingestion"})


class Listing(list[T]):
    """One page of a list.

    `next_cursor` leads to the next page. `total` is how many items the vendor says there are; `further_items` and
    `further_pages` are how many it says come after this page. `shortfall` is why more may exist that no cursor leads
    to; None where nothing says so.
    """

    further_items: int = 0
    further_pages: float = 0

    def __init__(
        self,
        items: Iterable[T],
        next_cursor: str | None = None,
        total: int | None = None,
        shortfall: str | None = None,
    ) -> None:
        super().__init__(items)
        self.next_cursor = next_cursor
        self.total = total
        self.shortfall = shortfall


def listing_of(
    items: Iterable[T], entries: int, names: Sequence[str], answer: Answer, body: Mapping[str, Any]
) -> Listing[T]:
    """The items that were read, beside what the answer says of its completeness.

    `entries` are those that it held, in a list under one of `names`.
    """
    page = Listing(items)
    cursor = _paging(body).get("next_cursor")
    page.next_cursor = (
        str(cursor) if isinstance(cursor, str | int) and not isinstance(cursor, bool) and cursor else None
    )
    beside = {name: value for name, value in body.items() if name not in names}
    said = statements_in(beside, answer.headers)
    page.total = max((total for one in said if (total := _total(one)) is not None), default=None)
    rests = [(one.words & {"page", "pages"}, counted_rest(one)) for one in said]
    page.further_items = max([0, *(rest for of_pages, rest in rests if not of_pages)])
    counted = max([0.0, *map(counted_pages, said)]) - page_number(said)
    page.further_pages = max([0.0, counted, *(rest for of_pages, rest in rests if of_pages)])
    page.shortfall = _shortfall(page, entries, [name for name in names if body.get(name)], answer, said)
    return page


def _paging(body: Mapping[str, Any]) -> dict[str, Any]:
    """Paging fields of the body, and of the objects in it that hold them."""
    found = dict(body)
    for name in ("meta", "pagination", "paging", "links"):
        inside = body.get(name)
        if isinstance(inside, Mapping):
            found |= {key: value for key, value in inside.items() if value is not None}
    return found


def _total(one: Statement) -> int | None:
    """How many items the list has, by a statement that counts them in whatever words."""
    if one.path == "content-range":
        found = CONTENT_RANGE.search(str(one.value))
        return whole_number(found["total"]) if found else None
    if not is_count(one, _ITEMS):
        return None
    return max(numbers_in(one.value) or [], default=None)


def _shortfall(
    page: Listing[Any], entries: int, lists: Sequence[str], answer: Answer, said: Sequence[Statement]
) -> str | None:
    """Why more may exist, however the vendor spells it (as for pages of rows)."""
    if answer.status != 200:
        return f"its status is {answer.status}, not 200"
    if answer.unread_bytes:
        return f"{answer.unread_bytes:,} bytes after the end of its compressed data cannot be read"
    if len(page) < entries:
        return f"{entries - len(page):,} of its entries cannot be read"
    if len(lists) > 1:
        return f"it has lists under {' and '.join(lists)}"
    if page.next_cursor is None:
        for one in unreached(said):
            return f"the answer says {one.shown}, but there is no next_cursor"
    for _, one in complaints(said):
        return f"the answer says {one.shown}"
    return None
