"""What a good answer is. Only a good one proves by its silence that the vendor has no row (rule 3).

A good answer

- has status 200 and a JSON object with a `data` array (anything less is no page: behaviour 46);
- names no error, no warning and nothing incomplete, in the body beside `data` or in a header;
- was not cut: no clamped range, no rows held back, no more pages promised than its cursor leads to, no empty page with
  a cursor, and, where buckets are missing, no full page without a cursor;
- agrees with the question: symbol, source, interval and range, where it names them;
- agrees with itself: its counts and its charge are those of the rows that arrived.

What it says of itself is judged here. Its rows are judged in the quality room: each belongs to the series and the range
that were requested, and can be placed on the grid (`include/quality/doubts.py`). What nobody knows is harmless
(behaviour 18); what is known to speak of these points and cannot be understood is a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from include.domain.clock import parse_instant
from include.domain.market import INTERVAL_ALIASES, SOURCES
from include.kwery.answers.doubts import Doubt, united
from include.kwery.answers.statements import Statement, complaint, is_no, names_next_page, promises_more, statements_of
from include.kwery.models import Page

COUNTS = {
    "returned", "count", "rows", "row_count", "rows_count", "num_rows", "rows_returned", "returned_rows",
    "returned_count", "result_count", "results_count", "record_count",
}  # fmt: skip
TOTALS = {"total", "total_count", "total_rows", "rows_total", "total_results", "total_records", "count_total"}
LIMITS = {"limit", "page_size", "per_page", "max_rows", "row_limit", "rows_limit", "max_rows_per_request"}
STARTS = {"start", "from", "start_time", "effective_start", "range_start"}
ENDS = {"end", "to", "end_time", "effective_end", "range_end"}
USUAL_CAPS = {100, 200, 500, 1000, 2500}
"""Page sizes at which some plan or generation of the vendor cuts, whatever `limit` says."""


class Objection(NamedTuple):
    """A doubt, and what in the answer raised it."""

    doubt: Doubt
    detail: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What the answer is judged by beside its own question.

    `priced` gives the credits of so many rows. `rows_before` arrived on earlier pages of the same chain. An alias in
    `symbol_aliases` names the symbol it maps to.
    """

    priced: Callable[[int], int]
    rows_before: int = 0
    symbol_aliases: Mapping[str, str] = field(default_factory=dict)


def objections(page: Page, asking: Asking) -> list[Objection]:
    """Everything in which a page falls short of a good answer; empty for a good one."""
    said = statements_of(page.body, page.headers)
    return [
        *_status(page),
        *_complaints(said),
        *_cut(page, said),
        *_other_question(page, said, asking.symbol_aliases),
        *_counts(page, said, asking.rows_before),
        *_charge(page, asking.priced),
    ]


def doubts_in(found: list[Objection]) -> tuple[Doubt, ...]:
    """The doubts alone."""
    return united(one.doubt for one in found)


def note_of(found: list[Objection]) -> str | None:
    """What a person should read of them. A full page alone is the usual case, and nothing to tell."""
    details = dict.fromkeys(one.detail for one in found if one.doubt is not Doubt.PAGE_FULL)
    return "; ".join(details) or None


def _status(page: Page) -> Iterator[Objection]:
    if page.status != 200:
        yield Objection(Doubt.STATUS_NOT_200, f"the status is {page.status}, not 200")


def _complaints(said: list[Statement]) -> Iterator[Objection]:
    for one in said:
        doubt = complaint(one)
        if doubt is not None:
            yield Objection(doubt, f"the answer says {one.shown}")


def _cut(page: Page, said: list[Statement]) -> Iterator[Objection]:
    if page.clamped:
        since = f" to {page.clamped_to.isoformat()}" if page.clamped_to else ""
        yield Objection(Doubt.RANGE_CUT, f"the vendor cut the start of the range{since}: the plan's history is shorter")
    if page.next_cursor is not None:
        if page.row_count == 0:
            yield Objection(Doubt.EMPTY_PAGE_WITH_CURSOR, Doubt.EMPTY_PAGE_WITH_CURSOR.sentence)
        return
    if page.rows_capped:
        yield Objection(Doubt.ROWS_HELD_BACK, "the vendor capped the rows and gave no cursor to go on with")
    for one in said:
        if promises_more(one) or names_next_page(one):
            yield Objection(Doubt.ROWS_HELD_BACK, f"the answer says {one.shown}, and has no cursor")
    limits = [_whole(one.value) for one in said if one.is_about_page and one.key in LIMITS]
    sizes = [size for size in (page.request.limit, *limits) if size]
    if page.row_count >= min(sizes) or page.row_count in USUAL_CAPS:
        yield Objection(Doubt.PAGE_FULL, f"the page is full with {page.row_count} rows and has no cursor")


def _other_question(page: Page, said: list[Statement], aliases: Mapping[str, str]) -> Iterator[Objection]:
    stream = page.request.stream
    for one in said:
        if not one.is_about_page or is_no(one.value):
            continue
        values = one.value if isinstance(one.value, list) else [one.value]
        texts = [str(value).strip().casefold() for value in values]
        if one.key == "symbol":
            same = {stream.symbol, *(alias for alias, symbol in aliases.items() if symbol == stream.symbol)}
            agrees = all(text in {name.casefold() for name in same} for text in texts)
        elif one.key == "source":
            agrees = _is_source(stream.source, {part.strip() for text in texts for part in text.split(",")})
        elif one.key == "interval":
            agrees = all(INTERVAL_ALIASES.get(text, text) == stream.interval.value for text in texts)
        else:
            agrees = _covers(one, page)
        if not agrees:
            yield Objection(Doubt.OTHER_QUESTION, f"the answer says {one.shown}, which was not requested")


def _is_source(asked: str | None, named: set[str]) -> bool:
    if asked is None:
        return named <= {"all", "any", "*"} or named >= set(SOURCES)
    return named == {asked.casefold()}


def _covers(one: Statement, page: Page) -> bool:
    """Whether a range that the answer names holds the one requested, but for buckets that have not begun."""
    if one.key not in STARTS | ENDS:
        return True
    try:
        instant = parse_instant(str(one.value))
    except (ValueError, OverflowError):
        return False
    request, step = page.request, page.request.stream.interval.step
    if one.key in STARTS:
        return instant <= request.stream.interval.ceil(request.start)
    return instant >= min(request.end, page.observed_at) - step


def _counts(page: Page, said: list[Statement], rows_before: int) -> Iterator[Objection]:
    """A total may count the page or the whole chain; at the chain's end it must be one of them."""
    rows, so_far = page.row_count, rows_before + page.row_count
    for one in said:
        if one.holds_rows:
            yield Objection(Doubt.COUNT_OFF, f"rows stand in {one.path}, beside `data`")
        if not one.is_about_page or one.value in (None, "") or isinstance(one.value, dict | list):
            continue
        count = _whole(one.value)
        right = count == rows
        if one.key in TOTALS:
            more_to_come = page.next_cursor is not None and count is not None and count >= so_far
            right = right or count == so_far or more_to_come
        elif one.key not in COUNTS:
            continue
        if not right:
            yield Objection(Doubt.COUNT_OFF, f"the answer says {one.shown}, but {rows} rows arrived")


def _charge(page: Page, priced: Callable[[int], int]) -> Iterator[Objection]:
    """A cheaper price contradicts nothing; without a charge header the price table has been used, which agrees."""
    if page.charge_credits > priced(page.row_count):
        detail = f"{page.charge_credits} credits were charged, which is more than {page.row_count} rows cost"
        yield Objection(Doubt.CHARGE_OFF, detail)


def _whole(value: object) -> int | None:
    """A count as a number or its text; None for what is no count."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None
