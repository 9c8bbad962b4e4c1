"""Why the silence of an answer proves nothing (rule 3): the reasons, by name."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Doubt(StrEnum):
    """One reason. Its value is what tables and JSON hold; `sentence` is what people read."""

    POSSIBLY_CLIPPED = "possibly_clipped"
    RANGE_CUT = "range_cut"
    ROWS_HELD_BACK = "rows_held_back"
    PAGE_FULL = "page_full"
    EMPTY_PAGE_WITH_CURSOR = "empty_page_with_cursor"
    CURSOR_LOST = "cursor_lost"
    STATUS_NOT_200 = "status_not_200"
    ERROR_NAMED = "error_named"
    INCOMPLETE = "incomplete"
    BYTES_UNREAD = "bytes_unread"
    UNKNOWN_FLAG = "unknown_flag"
    FROM_CACHE = "from_cache"
    OTHER_QUESTION = "other_question"
    COUNT_OFF = "count_off"
    CHARGE_OFF = "charge_off"
    ROWS_OUTSIDE = "rows_outside"
    ROWS_OF_OTHERS = "rows_of_others"
    ROWS_NOT_PLACED = "rows_not_placed"
    ROWS_REPEATED = "rows_repeated"
    ROWS_SHIFTED = "rows_shifted"
    PAGES_OVERLAP = "pages_overlap"
    PAGES_DIFFER = "pages_differ"

    @property
    def sentence(self) -> str:
        """What the answer did, to follow `because`."""
        return _SENTENCES[self]

    @property
    def is_of_whole_answer(self) -> bool:
        """Whether it touches every series that the answer speaks of, not only the one whose rows raised it."""
        return self not in (Doubt.POSSIBLY_CLIPPED, Doubt.ROWS_NOT_PLACED, Doubt.ROWS_REPEATED, Doubt.ROWS_SHIFTED)


_SENTENCES = {
    Doubt.POSSIBLY_CLIPPED: "the first row is later than the start of the range, which is possibly clipped",
    Doubt.RANGE_CUT: "the vendor cut the range",
    Doubt.ROWS_HELD_BACK: "the vendor held rows back, and no cursor leads to them",
    Doubt.PAGE_FULL: "the page was full and gave no cursor",
    Doubt.EMPTY_PAGE_WITH_CURSOR: "an empty page came with a cursor",
    Doubt.CURSOR_LOST: "the cursor was lost, and rows skipped before may come later",
    Doubt.STATUS_NOT_200: "its status was not 200",
    Doubt.ERROR_NAMED: "the answer names an error or a warning",
    Doubt.INCOMPLETE: "the answer says that it is incomplete",
    Doubt.BYTES_UNREAD: "bytes that cannot be read follow its compressed data",
    Doubt.UNKNOWN_FLAG: "the answer has a flag or a word whose meaning is not known",
    Doubt.FROM_CACHE: "a cache kept the answer for too long, or does not say for how long",
    Doubt.OTHER_QUESTION: "the answer says that it is for another request",
    Doubt.COUNT_OFF: "the answer counts other rows than arrived",
    Doubt.CHARGE_OFF: "the charge is for more rows than arrived",
    Doubt.ROWS_OUTSIDE: "rows lie outside the range that was requested",
    Doubt.ROWS_OF_OTHERS: "rows belong to no series that was requested",
    Doubt.ROWS_NOT_PLACED: "rows could not be placed in time",
    Doubt.ROWS_REPEATED: "rows repeat or contradict each other",
    Doubt.ROWS_SHIFTED: "a row lies at the end of the range and none at its start, as if all were shifted",
    Doubt.PAGES_OVERLAP: "a page repeats rows of an earlier page",
    Doubt.PAGES_DIFFER: "two answers to one request differ",
}


def united(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """The same doubts once each, in the order of the list above."""
    found = set(doubts)
    return tuple(one for one in Doubt if one in found) if found else ()


def read_doubts(names: Iterable[str] | None) -> tuple[Doubt, ...]:
    """Doubts from their stored names; None is no doubt."""
    return united(Doubt(name) for name in names) if names else ()


def because(doubts: Iterable[Doubt]) -> str:
    """The sentences of several doubts, joined."""
    return "; ".join(one.sentence for one in doubts)
