"""Paging under any order, page size and duplication, with cursors that expire and readers that die."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from include import pipeline
from include.clock import iso, parse_instant
from include.kwery.contract import Interval
from include.ledger import batches
from include.ledger.engine import open_ledger
from include.pipeline import extraction
from include.pipeline.fetch import Fetcher
from include.settings import Settings, load_settings
from tests.behaviours.conftest import claims
from tests.behaviours.vendor import page, refusal, row, vendor_of
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, NEXT_DAY, rows_of

HOURS = range(24)


@dataclass
class Shelf:
    """A vendor's rows in the order in which it gives them; cursors die before the questions in `expires`."""

    rows: list[dict[str, Any]]
    expires: set[int]
    asked: int = 0
    paid: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)

    def answer(self, asked: Asked) -> Reply:
        self.asked += 1
        after = asked.query.get("after")
        if after and self.asked in self.expires:
            return refusal(410, "cursor_expired", message="The cursor is too old.")
        here = [one for one in self.rows if self._belongs(one, asked)]
        first, limit = int(after or 0), int(asked.query["limit"])
        cut = here[first : first + limit]
        self.paid.append(asked.target)
        self.sent.update(one["timestamp"] for one in cut)
        return page(cut, next_cursor=str(first + limit) if first + limit < len(here) else None)

    @staticmethod
    def _belongs(one: dict[str, Any], asked: Asked) -> bool:
        """What lies outside the day comes with every answer: a fault that rows are counted for."""
        at = parse_instant(one["timestamp"])
        inside = parse_instant(asked.query["start"]) <= at < parse_instant(asked.query["end"])
        return inside or not DAY <= at < NEXT_DAY


class Died(Exception):
    """The process ended here."""


def dying(deaths: set[int]) -> type[Fetcher]:
    """A fetcher that dies with a page landed and not committed, at each of these pages in turn."""
    committed = Counter[str]()

    class Dying(Fetcher):
        def commit(self, *page: Any) -> Any:
            committed["tried"] += 1
            if committed["tried"] in deaths:
                raise Died
            return super().commit(*page)

    return Dying


@st.composite
def shelves(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some hours of a day, shuffled or not, some twice, some spoilt, some rows of another day among them."""
    hours = sorted(draw(st.sets(st.sampled_from(HOURS), max_size=16)))
    spoilt = draw(st.sets(st.sampled_from(hours), max_size=2)) if hours else set()
    twice = draw(st.lists(st.sampled_from(hours), max_size=4)) if hours else []
    strange = draw(st.lists(st.sampled_from([-5, 30]), max_size=2, unique=True))
    found = sorted([*hours, *twice])
    found = draw(st.one_of(st.just(found), st.permutations(found)))
    return [row(hour, **({"open_interest": -1.0} if hour in spoilt else {})) for hour in [*found, *strange]]


def settings_in(home: Path, base_url: str, page_rows: int) -> Settings:
    config = home / "pipeline.yaml"
    config.write_text(f"api: {{row_cap: {page_rows}, concurrency: 2}}")
    places = {"OI_HOME": str(home / "oi"), "OI_CONFIG": str(config)}
    return load_settings({**places, "KWERY_API_KEY": KEY, "KWERY_BASE_URL": base_url})


def read_whatever_happens(of: Settings, deaths: set[int]) -> pipeline.RunReport:
    """One run: reads until no reader dies any more, then validates, publishes and settles."""
    run = pipeline.RunSpec("run", "backfill")
    wanted = pipeline.scope_of(
        of, start=DAY, end=NEXT_DAY, intervals=[Interval.H1], symbols=["BTC"], sources=["binance_futures"]
    )
    planned = pipeline.plan(of, run, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "Fetcher", dying(deaths))
        for _ in range(len(deaths) + 1):
            try:
                extracted = pipeline.extract(of, run, planned.window_ids)
                break
            except Died:
                continue
    ids = pipeline.validate(of, run)
    pipeline.load(of, ids)
    pipeline.settle(of, ids)
    return pipeline.report(of, run, wanted, extracted, planned.notes)


@pytest.mark.slow
@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each case is a whole load
@given(shelves(), st.integers(1, 9), st.sets(st.integers(2, 12), max_size=2), st.sets(st.integers(1, 8), max_size=2))
@example(rows=[row(hour) for hour in range(12)], page_rows=4, expires={3}, deaths={2})
@example(rows=[row(hour) for hour in (5, 6, 7, 8, 0, 1, 2, 3, 9, 10, 11, 4)], page_rows=4, expires={2}, deaths=set())
def test_rules_1_3_and_4_hold_in_any_order_page_size_and_duplication(
    rows: list[dict[str, Any]], page_rows: int, expires: set[int], deaths: set[int]
) -> None:
    shelf = Shelf(rows, expires)
    home = Path(tempfile.mkdtemp(prefix="oi-paging-"))
    try:
        with vendor_of(shelf.answer) as vendor:
            of = settings_in(home, vendor.base_url, page_rows)
            report = read_whatever_happens(of, deaths)
        check(of, shelf, report)
    finally:
        shutil.rmtree(home)


def check(of: Settings, shelf: Shelf, report: pipeline.RunReport) -> None:
    sound = {one["timestamp"] for one in shelf.rows if one["open_interest"] > 0 and _in_day(one["timestamp"])}
    held = [iso(at) for (at,) in rows_of(of, "timestamp")]  # type: ignore[arg-type] # the column is an instant
    assert len(shelf.paid) == len(set(shelf.paid)), "no question is paid for twice"

    with open_ledger(of.ledger_url) as ledger, ledger.read() as connection:
        found = batches.findings_of_run(connection, "run")
    assert sum(one.received for one in found) == shelf.sent.total(), "each row that was sent is counted"
    for one in found:
        assert one.received == one.accepted + one.quarantined + one.duplicates + one.outside
    assert sorted(held) == sorted(sound & set(shelf.sent)), "each sound row that was sent is there once"

    hours = {name: _hours(of, name) for name in ("rows", "empty")}
    assert hours["rows"] <= {_hour(at) for at in shelf.sent}
    assert hours["empty"].isdisjoint(_hour(at) for at in sound), "what the vendor has is never taken as empty"
    if report.complete:
        assert sound <= set(held)


def _hours(of: Settings, name: str) -> set[int]:
    """Hours that are claimed; emptiness that counts as no read is a doubt, and asked again."""
    sure = [(first, last) for first, last, found, reads in claims(of) if found == name and (reads or found == "rows")]
    return {hour for first, last in sure for hour in range(first, last)}


def _hour(timestamp: str) -> int:
    return (parse_instant(timestamp) - DAY) // timedelta(hours=1)


def _in_day(timestamp: str) -> bool:
    return DAY <= parse_instant(timestamp) < NEXT_DAY
