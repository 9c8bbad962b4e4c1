"""Lists of the account endpoints: their items, and whether these are all that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from include.kwery.answers.headers import flag, whole_number
from include.kwery.answers.statements import Statement, complaint, names_next_page, promises_more, statements_in

T = TypeVar("T")
_TOTALS = ("total", "total_count", "count", "returned")
_PARTIAL = ("partial", "truncated", "incomplete", "has_next", "capped")
_OTHER_WAYS_ON = ("next", "next_page", "next_url", "next_page_token")


class Listing(list[T]):
    """One page of a list.

    `next_cursor` leads to the next page. `total` is how many items the vendor says there are. `shortfall` is why more
    may exist that no cursor leads to; None where nothing says so.
    """

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


def listing_of(items: Iterable[T], entries: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Listing[T]:
    """The items that were read, beside what the answer says of its completeness; `entries` are those that it held."""
    page = Listing(items)
    told = _paging(body)
    cursor = told.get("next_cursor")
    page.next_cursor = (
        str(cursor) if isinstance(cursor, str | int) and not isinstance(cursor, bool) and cursor else None
    )
    totals = [*(told.get(name) for name in _TOTALS), headers.get("x-total-count")]
    page.total = max((found for one in totals if (found := whole_number(one)) is not None), default=None)
    beside = {name: value for name, value in body.items() if name not in ("symbols", "sources", "ingestion", "data")}
    page.shortfall = _shortfall(page, entries, told, headers) or _said(page, statements_in(beside, headers))
    return page


def _said(page: Listing[Any], said: list[Statement]) -> str | None:
    """What the answer says of itself by which more may exist, however the vendor spells it (as for pages of rows)."""
    for one in said:
        more = page.next_cursor is None and (promises_more(one) or names_next_page(one))
        if more or complaint(one) is not None:
            return f"the answer says {one.shown}"
    return None


def _paging(body: Mapping[str, Any]) -> dict[str, Any]:
    """Paging fields of the body, and of the objects in it that hold them."""
    found = dict(body)
    for name in ("meta", "pagination", "paging", "links"):
        inside = body.get(name)
        if isinstance(inside, Mapping):
            found |= {key: value for key, value in inside.items() if value is not None}
    return found


def _shortfall(page: Listing[Any], entries: int, told: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    if len(page) < entries:
        return f"{entries - len(page):,} of its entries cannot be read"
    if page.next_cursor is not None:
        return None
    if flag(told.get("has_more")):
        return "has_more is true, but there is no next_cursor"
    if flag(headers.get("x-rows-capped")):
        return "X-Rows-Capped is true, but there is no next_cursor"
    said = [name for name in _PARTIAL if flag(told.get(name))]
    said += [name for name in _OTHER_WAYS_ON if told.get(name)]
    return f"`{said[0]}` says that there is more, but there is no next_cursor" if said else None
