"""Paging under any order, page size and duplication, with cursors that expire and readers that die."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from include.domain.clock import iso, parse_instant
from include.domain.market import SOURCES, Interval, Series
from include.ledger.database.engine import open_ledger
from include.ledger.work.findings import findings_of_run
from include.pipeline.scope.scope import RunSpec, scope_of
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.settings import Settings, load_settings
from tests.behaviours.conftest import claims
from tests.behaviours.vendor import page, refusal, row, vendor_of
from tests.examples import examples
from tests.kept_engine import EngineKeeper
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, NEXT_DAY, rows_of

HOURS = range(24)


class Stated(NamedTuple):
    """What a row says: two of one key with other values contradict each other."""

    timestamp: str
    source: str
    open_interest: float


@dataclass
class Shelf:
    """A vendor's rows in the order in which it gives them; cursors die before the questions in `expires`."""

    rows: list[dict[str, Any]]
    expires: set[int]
    asked: int = 0
    paid: list[str] = field(default_factory=list)
    sent: Counter[Stated] = field(default_factory=Counter)

    def answer(self, asked: Asked) -> Reply:
        self.asked += 1
        after = asked.query.get("after")
        if after and self.asked in self.expires:
            return refusal(410, "cursor_expired", message="The cursor is too old.")
        here = [one for one in self.rows if self._belongs(one, asked)]
        first, limit = int(after or 0), int(asked.query["limit"])
        cut = here[first : first + limit]
        self.paid.append(asked.target)
        self.sent.update(_stated(one) for one in cut)
        return page(cut, next_cursor=str(first + limit) if first + limit < len(here) else None)

    @staticmethod
    def _belongs(one: dict[str, Any], asked: Asked) -> bool:
        """What lies outside the day comes with every answer: a fault that rows are counted for."""
        at = parse_instant(one["timestamp"])
        inside = parse_instant(asked.query["start"]) <= at < parse_instant(asked.query["end"])
        return (inside or not DAY <= at < NEXT_DAY) and asked.query.get("source") in (None, one["source"])


class Died(Exception):
    """The process ended here."""


def dying(deaths: set[int]) -> Callable[..., Any]:
    """A `commit` that dies with a page landed and not committed, at each of these pages in turn."""
    commit, tried = PageWriter.commit, itertools.count(1)

    def committed(*arguments: Any) -> Any:
        if next(tried) in deaths:
            raise Died
        return commit(*arguments)

    return committed


@st.composite
def shelves(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some hours of a day of some sources, shuffled or not, some spoilt, some of another day.

    Some are there twice, some of them with another value the second time.
    """
    sources = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True))
    places = [(hour, source) for hour in HOURS for source in sources]
    found = sorted(draw(st.sets(st.sampled_from(places), max_size=16)))
    spoilt = draw(st.sets(st.sampled_from(found), max_size=2)) if found else set()
    twice = draw(st.lists(st.sampled_from(found), max_size=4)) if found else []
    otherwise = draw(st.sets(st.sampled_from(twice), max_size=2)) if twice else set()
    strange = draw(st.lists(st.sampled_from([-5, 30]), max_size=2, unique=True))
    rows = [_row(*place, spoilt=place in spoilt) for place in found]
    rows += [_row(*place, spoilt=place in spoilt, times=1.5 if place in otherwise else 1.0) for place in twice]
    rows.sort(key=lambda one: one["timestamp"])
    rows = draw(st.one_of(st.just(rows), st.permutations(rows)))
    return [*rows, *(row(hour, source=sources[0]) for hour in strange)]


def _row(hour: int, source: str, *, spoilt: bool, times: float = 1.0) -> dict[str, Any]:
    sound = row(hour, source=source)
    figures = ("open_interest", "open_interest_usd")
    return sound | ({"open_interest": -times} if spoilt else {name: times * sound[name] for name in figures})


def settings_in(folder: Path, base_url: str, page_rows: int) -> Settings:
    config = folder / "pipeline.yaml"
    config.write_text(f"api: {{row_cap: {page_rows}, concurrency: 2}}")
    places = {"OI_HOME": str(folder / "home"), "OI_CONFIG": str(config)}
    return load_settings({**places, "KWERY_API_KEY": KEY, "KWERY_BASE_URL": base_url})


def read_whatever_happens(of: Settings, deaths: set[int], sources: list[str]) -> RunReport:
    """One run: reads until no reader dies, then validates, publishes and settles."""
    run = RunSpec("run", "backfill")
    wanted = scope_of(of, start=DAY, end=NEXT_DAY, intervals=[Interval.H1], symbols=["BTC"], sources=sources)
    planned = plan(of, run, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PageWriter, "commit", dying(deaths))
        for _ in range(len(deaths) + 1):
            try:
                extracted = extract(of, run, planned.window_ids)
                break
            except Died:
                continue
    ids = validate(of, run)
    load(of, ids)
    settle(of, ids)
    return report_on(of, run, wanted, extracted, planned.notes)


@pytest.mark.slow
@settings(max_examples=examples(8), phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each case is a whole load
@given(shelves(), st.integers(1, 9), st.sets(st.integers(2, 12), max_size=2), st.sets(st.integers(1, 8), max_size=2))
@example(rows=[row(hour) for hour in range(12)], page_rows=4, expires={3}, deaths={2})
@example(rows=[row(hour) for hour in (5, 6, 7, 8, 0, 1, 2, 3, 9, 10, 11, 4)], page_rows=4, expires={2}, deaths=set())
def test_rules_1_3_and_4_hold_in_any_order_page_size_and_duplication(
    engine_keeper: EngineKeeper,
    rows: list[dict[str, Any]],
    page_rows: int,
    expires: set[int],
    deaths: set[int],
) -> None:
    shelf = Shelf(rows, expires)
    with (
        tempfile.TemporaryDirectory(prefix="oi-paging-") as name,
        engine_keeper.for_a_test() as keeper,
        vendor_of(shelf.answer) as vendor,
    ):
        folder = Path(name)
        keeper.home(folder / "home")
        of = settings_in(folder, vendor.base_url, page_rows)
        report = read_whatever_happens(of, deaths, sorted({one["source"] for one in rows} or SOURCES[:1]))
        check(of, shelf, report)


def check(of: Settings, shelf: Shelf, report: RunReport) -> None:
    there = {_stated(one) for one in shelf.rows if _in_day(one["timestamp"])}
    sent = {stated for stated in shelf.sent if _in_day(stated.timestamp)}
    held = [(iso(at), source) for at, source in rows_of(of, "timestamp, source")]  # type: ignore[arg-type] # an instant
    assert len(shelf.paid) == len(set(shelf.paid)), "no question is paid for twice"

    with open_ledger(of.ledger_url) as ledger, ledger.read() as connection:
        found = findings_of_run(connection, "run")
    assert sum(one.received for one in found) == shelf.sent.total(), "each row that was sent is counted"
    for one in found:
        assert one.received == one.accepted + one.quarantined + one.duplicates + one.outside
    assert sorted(held) == sorted(_sound(sent)), "each sound row that was sent is there once, a contradicted one never"

    for source in {stated.source for stated in there}:
        claimed = {name: _hours(of, name, source) for name in ("rows", "empty")}
        assert claimed["rows"] <= {_hour(stated.timestamp) for stated in sent if stated.source == source}
        wanted = {_hour(at) for at, its_source in _sound(there) if its_source == source}
        assert claimed["empty"].isdisjoint(wanted), "what the vendor has is never taken as empty"
    if report.complete:
        assert _sound(there) <= set(held)


def _sound(rows: set[Stated]) -> set[tuple[str, str]]:
    """The keys with one value, and a possible one."""
    values = {(stated.timestamp, stated.source): set[float]() for stated in rows}
    for stated in rows:
        values[stated.timestamp, stated.source].add(stated.open_interest)
    return {key for key, stated in values.items() if len(stated) == 1 and min(stated) > 0}


def _stated(one: dict[str, Any]) -> Stated:
    return Stated(one["timestamp"], one["source"], one["open_interest"])


def _hours(of: Settings, name: str, source: str) -> set[int]:
    """Hours that are claimed; emptiness that counts as no read is a doubt, and asked again."""
    known = claims(of, Series("BTC", source, Interval.H1))
    sure = [(first, last) for first, last, found, reads in known if found == name and (reads or found == "rows")]
    return {hour for first, last in sure for hour in range(first, last)}


def _hour(timestamp: str) -> int:
    return (parse_instant(timestamp) - DAY) // timedelta(hours=1)


def _in_day(timestamp: str) -> bool:
    return DAY <= parse_instant(timestamp) < NEXT_DAY
