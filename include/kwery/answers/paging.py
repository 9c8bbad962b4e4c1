"""Signs in an answer that there are more rows than its own cursor leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from include.kwery.answers.counts import CONTENT_RANGE, ROW_WORDS
from include.kwery.answers.sentences import HELD_BACK_ROOTS
from include.kwery.answers.statements import BOUND_WORDS, Statement, figure, is_no, key_of, says_no, whole

_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)
_NEXT_LINK = re.compile(rf"rel\s*=\s*[\"']?[^\"';,]*{_NEXT.pattern}", re.IGNORECASE)
_END_WORDS = {"last", "done", "exhausted", "finished", "end", "eof", "final"}
_CURSOR_WORDS = {
    "cursor", "continuation", "continue", "scroll", "bookmark", "marker", "resume", "resumption", "iterator", "anchor",
    "seek", "position", "pointer", "ptr", "after",
}  # fmt: skip
_CURSOR_NAMES = {"token", "last_key", "last_evaluated_key"}
_TOKEN_WORDS = {"next", "continuation", "page", "resume"}
_NOT_ONWARD = {"prev", "previous", "end", "first", "self", "before", "count", "limit"}
_PARTS = {"chunk", "batch", "part", "segment", "fragment"}
_PAGE_WORDS = {"page", "pages", "chunks", "batches", "parts", "segments", "fragments", *_PARTS}
_PAGE_COUNT_WORDS = {"last", "total", "count", "num", "number", "of", "max", "n"}
_PAGE_NUMBERS = {"page", "current_page", "page_number", "page_no", "page_index"}
_OFFSETS = {"offset": 0, "skip": 0, "row_offset": 0, "first_row": 1, "start_row": 1, "from_row": 1, "start_index": 1}
"""Names of the place of the first row, and what they call the very first one at most."""
_PLACE = re.compile(r"(?:[a-z][a-z0-9+.-]*:/|/)/?[^\s]+$")
_KEPT_ELSEWHERE = {
    "download", "downloads", "export", "file", "files", "attachment", "data", "result", "results", "rows", "job",
    "jobs", "poll", "polling", "status", "monitor", "bucket", "blob",
}  # fmt: skip
_FOR_PEOPLE = {"docs", "documentation", "page", "help", "support", "pricing", "upgrade", "terms", "license", "schema"}
_LEFT_WORDS = {"remaining", "left"}
_LISTED_WORDS = {"page", "pages", "symbol", "symbols"}


def unreached(said: Sequence[Statement], after: str | None = None) -> Iterator[Statement]:
    """The statements that speak of more rows, in an answer without a cursor; `after` is the cursor of its request."""
    number = page_number(said)
    for one in said:
        if (
            promises_more(one)
            or counted_pages(one) > number
            or _leads_on(one, after)
            or _leads_to_rows(one)
            or _is_part(one)
            or _counts_rest(one)
            or _is_at_least(one)
        ):
            yield one


def page_number(said: Sequence[Statement]) -> float:
    """Which page of its chain the answer says it is, from 1."""
    return max([1, *(_page_of(one) for one in said if one.key in _PAGE_NUMBERS)])


def _page_of(one: Statement) -> float:
    """The number of the page, of a text such as `1/3` too."""
    return figure(str(one.value).partition("/")[0]) or 1


def begins_later(said: Sequence[Statement], rows_before: int, pages_before: int) -> Iterator[Statement]:
    """The statements by which a page does not follow the rows and pages before it: some were passed over."""
    for one in said:
        if one.key in _OFFSETS:
            is_later = (figure(one.value) or 0) > rows_before + _OFFSETS[one.key]
        else:
            is_later = one.key in _PAGE_NUMBERS and _page_of(one) > pages_before + 1
        if is_later and one.is_about_page:
            yield one


def promises_more(one: Statement) -> bool:
    """Whether it says that there are more rows than on this page."""
    if "no" not in one.words and ("more" in one.words or any(root in one.key for root in HELD_BACK_ROOTS)):
        return not is_no(one.value)
    return bool(one.words & _END_WORDS) and not one.words & BOUND_WORDS and says_no(one.value)


def counted_pages(one: Statement) -> float:
    """The number of pages that it names, such as 3 in `"page": 1, "last_page": 3` or `"page": "1/3"`; 0 for none."""
    if one.is_about_page and one.key in _PAGE_NUMBERS:
        return figure(str(one.value).partition("/")[2]) or 0
    pages = one.words & _PAGE_WORDS
    is_count = one.is_about_page and bool(pages) and one.key not in _PARTS  # which may be a number of its own
    if not is_count or not one.words - pages <= _PAGE_COUNT_WORDS:
        return 0
    return figure(one.value) or 0


def _leads_on(one: Statement, after: str | None) -> bool:
    """Whether it leads to a next page in another way than by `next_cursor`; an echo of the request's own does not."""
    if one.key == "link" and one.is_header:
        return _NEXT_LINK.search(str(one.value)) is not None
    if is_no(one.value) or "no" in one.words:
        return False
    if "next" in one.words or _is_next_link(one.value):
        return True
    is_token = "token" in one.words and bool(one.words & _TOKEN_WORDS)
    is_cursor = is_token or one.key in _CURSOR_NAMES or bool(one.words & _CURSOR_WORDS)
    is_start = "start" in one.words and "after" not in one.words
    is_onward = one.is_about_page and not one.is_echo and not is_start and not one.words & _NOT_ONWARD
    return is_cursor and is_onward and not isinstance(one.value, dict) and str(one.value) != after


def _leads_to_rows(one: Statement) -> bool:
    """Whether it is the address of a file with the rows, or of a job that still makes them."""
    if not isinstance(one.value, str) or _PLACE.match(one.value) is None:
        return False
    words = {word for part in one.path.split(".")[-2:] for word in key_of(part).split("_")}
    return bool(words & _KEPT_ELSEWHERE) and not words & _FOR_PEOPLE


def _is_next_link(value: Any) -> bool:
    """Whether it is an object such as `{"rel": "next", "href": "/v1/..."}`."""
    if not isinstance(value, dict) or not _NEXT.search(str(value.get("rel"))):
        return False
    return not is_no([one for name, one in value.items() if name != "rel"])


def _is_part(one: Statement) -> bool:
    """Whether a Content-Range names a part of more, or of what is not known: `rows 0-9/24`, `rows 0-9/*`."""
    if one.path != "content-range":
        return False
    found = CONTENT_RANGE.search(str(one.value))
    if found is None:
        return True
    last, total = found["last"], found["total"]
    return total == "*" or float(total) > (float(last) + 1 if last else 0)


def _is_at_least(one: Statement) -> bool:
    """Whether a total is only the least that it may be: `"total": {"value": 0, "relation": "gte"}`."""
    return one.key == "relation" and isinstance(one.value, str) and one.value.strip().casefold().startswith(("g", ">"))


def _counts_rest(one: Statement) -> bool:
    """Whether it counts rows or pages that remain; credits and requests that remain are another matter."""
    about_rows = one.words - _LEFT_WORDS <= ROW_WORDS | _LISTED_WORDS
    return one.is_about_page and bool(one.words & _LEFT_WORDS) and about_rows and not is_no(one.value)


def counted_rest(one: Statement) -> int:
    """The number of rows or pages that it says remain; 0 where it gives no number."""
    return max(0, whole(one.value) or 0) if _counts_rest(one) else 0
