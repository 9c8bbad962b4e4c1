"""What a good answer is. Only a good one proves by its silence that the vendor has no row (rule 3).

A good answer

- has status 200 and a JSON object with a `data` array (anything less is not a page: behaviour 46);
- makes no complaint: no error, no warning, nothing incomplete, no flag or sentence of unknown meaning, in the body
  beside `data` or in a header (`complaints`);
- was made recently: no cache kept it for too long, or does not say for how long;
- was read to its last byte: nothing but zeros follows its compressed data;
- was not cut: no clamped range, no rows passed over before it, no more rows promised than its cursor leads to, no empty
  page with a cursor, and, where buckets are missing, no full page without a cursor (`paging`);
- agrees with the question: symbol, source, interval, dataset and zone, where it names them (`agreement`);
- leaves room for the requested range in what it says of time (`reach`);
- agrees with itself: its counts (`counts`) and its charge are those of the rows that arrived, and the end of a chain
  brings what its earlier pages counted (`promises`).

What it says of itself is judged here. Its rows are judged in the quality room: each belongs to the series and the range
that were requested, and can be placed on the grid (`include/quality/doubts.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from include.domain.clock import DAY
from include.kwery.answers.agreement import contradictions
from include.kwery.answers.complaints import complaints
from include.kwery.answers.counts import ROW_WORDS, is_count, wrong_counts
from include.kwery.answers.doubts import Doubt, united
from include.kwery.answers.headers import cache_age, has_odd_age
from include.kwery.answers.paging import begins_later, unreached
from include.kwery.answers.promises import Promise
from include.kwery.answers.statements import Statement, key_of, statements_in, statements_of, whole
from include.kwery.models import Page

_NO_CAPS = {"max", "maximum", "top", "length", "per"}
"""Alone they may be of values."""
_CAP_WORDS = {"limit", "cap", "max", "maximum", "size", "per", "take", "first", "top", "length"}
_CAPPED_WORDS = {
    "page", "batch", "chunk", "applied", "effective", "actual", "used", "plan", "request", "requested", "hard", "soft",
    *ROW_WORDS,
}  # fmt: skip
"""A name made of these words, one of the first kind among them, is that of a page size."""
USUAL_CAPS = {100, 200, 500, 1000, 2500}
"""Page sizes at which some plan or version of the vendor's API cuts, whatever `limit` says."""
FIGURES = {"returned", "rows_returned", "credits_used", "credits_remaining"}
"""Figures that the vendor documents; they are compared with the rows and the price wherever they stand."""
_CHARGE_WORDS = {"charge", "charged", "cost", "costs", "billed", "spent", "consumed"}
_CHARGED_WORDS = {"credit", "credits", "request", "this"}
"""A name made of these words, one of the first kind among them, or of the request's credits, is that of a charge."""
NO_PROMISE = Promise()


class Objection(NamedTuple):
    """A doubt, and what in the answer raised it."""

    doubt: Doubt
    detail: str


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What a page is judged by beside its own request.

    `priced` gives the credits of a number of rows. `rows_before` arrived on the `pages_before` of the same chain, which
    `promised` what its end has to keep. An alias in `symbol_aliases` names the symbol it maps to. A cache may have kept
    a good answer for less than `longest_kept`. Fields and headers in `harmless_fields`, by name or path in any spelling
    of the name, are not judged.
    """

    priced: Callable[[int], int]
    rows_before: int = 0
    pages_before: int = 0
    promised: Promise = NO_PROMISE
    symbol_aliases: Mapping[str, str] = field(default_factory=dict)
    longest_kept: timedelta = DAY
    harmless_fields: frozenset[str] = frozenset()


class Judgement(NamedTuple):
    """Everything in which a page falls short of a good answer, and what its chain promises after it."""

    objections: list[Objection]
    promise: Promise


def judge(page: Page, context: AnswerContext) -> Judgement:
    """Judges a page by what its answer says of itself."""
    said = _said(page, context)
    unusual = [one for one in said if not is_usual(one)]
    found = [
        *_status(page),
        *_kept(page, context.longest_kept),
        *(Objection(doubt, f"the answer says {one.shown}") for doubt, one in complaints(unusual)),
        *_unread(page),
        *_cut(page, said),
        *_passed_over(said, context),
        *_other_question(page, unusual, context.symbol_aliases),
        *_counts(page, said, context.rows_before),
        *_unkept(page, context),
        *_charge(page, said, context.priced),
    ]
    rows, pages = context.rows_before + page.row_count, context.pages_before + 1
    return Judgement(found, context.promised.with_statements(said, rows, pages))


def is_usual(one: Statement) -> bool:
    """Whether it is a figure, a flag or a missing cursor as every page has them.

    Such a statement neither complains nor names a question, whatever its value: what it says of the rows is judged.
    """
    if one.key in FIGURES:
        return type(one.value) is int or (one.is_header and one.value.isdecimal())
    if one.key == "has_more":
        return type(one.value) is bool
    return one.key == "next_cursor" and one.value is None


def _said(page: Page, context: AnswerContext) -> list[Statement]:
    """What the answer says of itself, but for what the settings call harmless."""
    paths = {name.casefold() for name in context.harmless_fields}
    keys = {key_of(name) for name in context.harmless_fields} - {""}
    fields, headers = page.fields, page.headers
    return [
        one
        for one in (statements_of(page.body, headers) if fields is None else statements_in(fields, headers))
        if one.key not in keys and one.path.casefold() not in paths
    ]


def doubts_in(found: list[Objection]) -> tuple[Doubt, ...]:
    """The doubts alone."""
    return united(one.doubt for one in found)


def note_of(found: list[Objection]) -> str | None:
    """What people read of them; None for a full page alone, which is usual."""
    details = dict.fromkeys(one.detail for one in found if one.doubt is not Doubt.PAGE_FULL)
    return "; ".join(details) or None


def _status(page: Page) -> Iterator[Objection]:
    if page.status != 200:
        yield Objection(Doubt.STATUS_NOT_200, f"the status is {page.status}, not 200")


def _kept(page: Page, longest: timedelta) -> Iterator[Objection]:
    """A cache that repeats the same answer would otherwise get a request at every run."""
    age = page.headers.get("age")
    if has_odd_age(age):
        yield Objection(Doubt.FROM_CACHE, f"a cache has kept the answer, and says no credible time: Age {age!r:.60}")
    elif (kept := cache_age(age)) >= longest:
        yield Objection(Doubt.FROM_CACHE, f"a cache has kept the answer for {kept}")


def _unread(page: Page) -> Iterator[Objection]:
    """They may be more rows, in a part of the body whose beginning was damaged."""
    if page.unread_bytes:
        yield Objection(Doubt.BYTES_UNREAD, f"{page.unread_bytes:,} bytes after the end of its compressed data")


def _cut(page: Page, said: list[Statement]) -> Iterator[Objection]:
    if page.clamped:
        since = f" to {page.clamped_to.isoformat()}" if page.clamped_to else ""
        yield Objection(Doubt.RANGE_CUT, f"the vendor cut the start of the range{since}: the plan's history is shorter")
    if page.next_cursor is not None:
        if page.row_count == 0:
            yield Objection(Doubt.EMPTY_PAGE_WITH_CURSOR, Doubt.EMPTY_PAGE_WITH_CURSOR.sentence)
        return
    if page.rows_capped:
        yield Objection(Doubt.ROWS_HELD_BACK, "the vendor capped the rows and gave no cursor to continue with")
    for one in unreached(said, page.request.after):
        yield Objection(Doubt.ROWS_HELD_BACK, f"the answer says {one.shown}, and has no cursor")
    sizes = [page.request.limit, *_limits(said)]
    if page.row_count >= min(sizes) or page.row_count in USUAL_CAPS:
        yield Objection(Doubt.PAGE_FULL, f"the page is full with {page.row_count} rows and has no cursor")


def _limits(said: list[Statement]) -> Iterator[int]:
    """The page sizes that the answer names; a size of 0 may be a count of its rows."""
    for one in said:
        size = whole(one.value) if one.is_about_page and _is_page_size(one) else None
        if size is not None and (size > 0 or (size == 0 and "limit" in one.words)):  # -1 is no limit
            yield size


def _is_page_size(one: Statement) -> bool:
    is_named = one.words <= _CAP_WORDS | _CAPPED_WORDS and bool(one.words & _CAP_WORDS)
    return is_named and one.key not in _NO_CAPS and not is_count(one)


def _passed_over(said: list[Statement], context: AnswerContext) -> Iterator[Objection]:
    for one in begins_later(said, context.rows_before, context.pages_before):
        yield Objection(Doubt.ROWS_HELD_BACK, f"the answer says {one.shown}, and rows before it did not arrive")


def _other_question(page: Page, said: list[Statement], aliases: Mapping[str, str]) -> Iterator[Objection]:
    for one in contradictions(page, said, aliases):
        yield Objection(Doubt.OTHER_QUESTION, f"the answer says {one.shown}, which was not requested")


def _counts(page: Page, said: list[Statement], rows_before: int) -> Iterator[Objection]:
    more_to_come = page.next_cursor is not None
    for _, detail in wrong_counts(said, page.row_count, rows_before, more_to_come=more_to_come):
        yield Objection(Doubt.COUNT_OFF, detail)


def _unkept(page: Page, context: AnswerContext) -> Iterator[Objection]:
    if page.next_cursor is None:
        for doubt, detail in context.promised.broken_by(context.rows_before + page.row_count, context.pages_before + 1):
            yield Objection(doubt, detail)


def _charge(page: Page, said: list[Statement], priced: Callable[[int], int]) -> Iterator[Objection]:
    """A cheaper price contradicts nothing; without a charge header the price table has been used, which agrees."""
    named = [whole(one.value) or 0 for one in said if one.is_about_page and _is_charge(one.words)]
    charged = max([page.charge_credits, *named])
    if charged > priced(page.row_count):
        detail = f"{charged} credits were charged, which is more than {page.row_count} rows cost"
        yield Objection(Doubt.CHARGE_OFF, detail)


def _is_charge(words: frozenset[str]) -> bool:
    is_named = bool(words & _CHARGE_WORDS) or words == {"request", "credits"}
    return is_named and words <= _CHARGE_WORDS | _CHARGED_WORDS
