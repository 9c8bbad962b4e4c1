"""What the pages of a chain say is still to come, which its end has to keep (rule 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from include.kwery.answers.counts import is_count, is_total, numbers_in
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.paging import counted_pages, counted_rest, page_number
from include.kwery.answers.statements import Statement


@dataclass(frozen=True, slots=True)
class Promise:
    """The rows and the pages that a chain has at least, by its pages so far; 0 where they do not say."""

    rows: int = 0
    pages: float = 0

    def with_statements(self, said: Sequence[Statement], rows: int, pages: int) -> Promise:
        """Adds what a page says that brought the chain to that number of rows and pages."""
        number = page_number(said)
        promised = self
        for one in said:
            if is_count(one) and is_total(one):
                promised = promised._at_least(rows=max(numbers_in(one.value) or [0]))
            if (of_all := counted_pages(one)) > number:
                promised = promised._at_least(pages=pages + of_all - number)
            rest = counted_rest(one)
            if rest and one.words & {"page", "pages"}:
                promised = promised._at_least(pages=pages + rest)
            elif rest:
                promised = promised._at_least(rows=rows + rest)
        return promised

    def broken_by(self, rows: int, pages: int) -> Iterator[tuple[Doubt, str]]:
        """Why the end of a chain with that number of rows and pages does not keep it."""
        if rows < self.rows:
            yield Doubt.COUNT_OFF, f"earlier pages count {self.rows} rows, but {rows} arrived in all"
        if pages < self.pages:
            yield Doubt.ROWS_HELD_BACK, f"earlier pages count {self.pages:g} pages, but page {pages} has no cursor"

    def _at_least(self, rows: int = 0, pages: float = 0) -> Promise:
        return Promise(max(self.rows, rows), max(self.pages, pages))
