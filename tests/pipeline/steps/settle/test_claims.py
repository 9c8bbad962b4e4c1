"""For any page and any distortion of it: what is proven empty, the undistorted vendor really lacks (rule 3).

The pages go through the real decoding, the real rules and the real claims. Many are judged as one batch, since a
judgement costs much the same for one page and for fifty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.domain.clock import iso
from include.domain.market import SOURCES, Interval, Series, Stream
from include.domain.time_range import TimeRange
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.doubts import Doubt, united
from include.kwery.answers.evidence import AnswerContext, doubts_in, judge
from include.kwery.models import Page, Request
from include.kwery.plans import documented_credits
from include.ledger.database.models.work import WindowState
from include.ledger.work.findings import SeriesFinding
from include.ledger.work.pages import PageRef
from include.ledger.work.windows import OpenWindow
from include.pipeline.steps.extract.chain import Chain, ChainBroken, is_last
from include.pipeline.steps.settle.claims import claims_of
from include.pipeline.steps.validate import batch_files
from include.planning.windows.coverage import PROVEN_READS, Covered, Freshness, overlay
from include.quality.model import PageInput
from include.quality.validation import validate
from include.settings import Settings
from include.settings.quality import Quality
from tests.examples import examples
from tests.pipeline.conftest import DAY, NOW

HOUR = timedelta(hours=1)
END = DAY + timedelta(hours=24)
FRESHNESS = Freshness(1, timedelta(0))
SETTINGS = Settings(home=Path("/unused"))
UNREADABLE = ["yesterday", None, "2026-03-32", {}, "2026-03-07T05:17:00Z"]


@dataclass
class Draft:
    """An answer in the making; `rows` beside the counts and the charge that it names."""

    rows: list[Any]
    asked: str | None
    limit: int = 1000
    status: int = 200
    meta: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    prefix: bytes = b""

    def count(self) -> None:
        """Makes all that it says of itself agree with its rows."""
        self.meta |= {"symbol": "BTC", "source": self.asked, "interval": "1h", "returned": len(self.rows)}
        self.headers |= {
            "x-rows-returned": str(len(self.rows)),
            "x-credits-used": str(documented_credits(len(self.rows))),
        }

    def answer(self) -> Answer:
        body = {"data": self.rows, "meta": self.meta, **self.beside}
        return Answer(self.status, self.headers, self.prefix + json.dumps(body).encode(), NOW)


def row(hour: int, source: str, **fields: Any) -> dict[str, Any]:
    units = 1000.0 + hour
    stamp = {"timestamp": iso(DAY + hour * HOUR), "symbol": "BTC", "source": source, "interval": "1h"}
    return stamp | {"open_interest": units, "open_interest_usd": units} | fields


def some(draft: Draft, random: Random) -> list[int]:
    count = len(draft.rows)
    return random.sample(range(count), random.randint(1, count)) if count else []


def change(field: str, *values: Any) -> Callable[[Draft, Random], None]:
    def distort(draft: Draft, random: Random) -> None:
        for at in some(draft, random):
            if isinstance(draft.rows[at], dict):
                draft.rows[at] = {**draft.rows[at], field: random.choice(values)}

    return distort


def cut(say: Callable[[Draft, int], None]) -> Callable[[Draft, Random], None]:
    """Leaves rows out; `say` is given how many there were, once all else agrees with those that are left."""

    def distort(draft: Draft, random: Random) -> None:
        before = len(draft.rows)
        gone = set(some(draft, random))
        draft.rows = [one for at, one in enumerate(draft.rows) if at not in gone]
        draft.count()
        say(draft, before)

    return distort


def says(**meta: Any) -> Callable[[Draft, int], None]:
    return lambda draft, _: draft.meta.update(meta)


def beside(**fields: Any) -> Callable[[Draft, int], None]:
    return lambda draft, _: draft.beside.update(fields)


def header(name: str, value: str) -> Callable[[Draft, int], None]:
    return lambda draft, _: draft.headers.update({name: value})


def _charged(draft: Draft, before: int) -> None:
    draft.headers["x-credits-used"] = str(documented_credits(before))


def _status(status: int) -> Callable[[Draft, int], None]:
    return lambda draft, _: setattr(draft, "status", status)


def _full(draft: Draft, _: int) -> None:
    draft.limit = max(1, len(draft.rows))
    if not draft.rows:
        draft.meta["has_more"] = True


def _other_day(draft: Draft, random: Random) -> None:
    days = random.choice([-400, -1, 2])
    draft.rows = [{**one, "timestamp": iso(DAY + days * 24 * HOUR)} for one in draft.rows if isinstance(one, dict)]


def _shifted(draft: Draft, random: Random) -> None:
    """Rows take the label of the bucket after theirs, where that shows: the last one then lies at the end."""
    last = iso(DAY + 23 * HOUR)
    late = {_source_of(one) for one in draft.rows if isinstance(one, dict) and one.get("timestamp") == last}
    labels = {iso(DAY + hour * HOUR): iso(DAY + (hour + 1) * HOUR) for hour in range(24)}
    for at, one in enumerate(draft.rows):
        if isinstance(one, dict) and _source_of(one) in late and str(one.get("timestamp")) in labels:
            draft.rows[at] = {**one, "timestamp": labels[one["timestamp"]]}


def _all_at_one(draft: Draft, random: Random) -> None:
    """Some rows take the place in time of another row of their source."""
    for at in some(draft, random):
        same = [one for one in draft.rows if _source_of(one) == _source_of(draft.rows[at])]
        other = random.choice(same)
        if isinstance(draft.rows[at], dict) and isinstance(other, dict):
            draft.rows[at] = {**draft.rows[at], "timestamp": other.get("timestamp")}


def _copied(draft: Draft, random: Random) -> None:
    for at in some(draft, random):
        same = [one for one in draft.rows if _source_of(one) == _source_of(draft.rows[at])]
        draft.rows[at] = random.choice(same)


def _source_of(one: Any) -> Any:
    return one.get("source") if isinstance(one, dict) else None


def _no_objects(draft: Draft, random: Random) -> None:
    for at in some(draft, random):
        draft.rows[at] = random.choice([None, 17, "row", [], {}])


def _clipped(draft: Draft, random: Random) -> None:
    """The plan reaches back only to some hour, and nothing says so but where the rows begin.

    Without a row in the window the cut leaves no trace, and no reader can distinguish it from a market that has none.
    """
    since = iso(DAY + random.randint(2, 20) * HOUR)
    kept = [one for one in draft.rows if isinstance(one, dict) and str(one.get("timestamp")) >= since]
    if any(str(one.get("timestamp")) < iso(END) and _source_of(one) in SOURCES for one in kept):
        draft.rows = kept
        draft.count()


HARMLESS: dict[str, Callable[[Draft, Random], None]] = {
    "shuffled": lambda draft, random: random.shuffle(draft.rows),
    "row at end": lambda draft, _: draft.rows.append(row(24, draft.asked or "kalshi")),
    "unknown source": lambda draft, _: None if draft.asked else draft.rows.append(row(3, "deribit")),
    "notes": lambda draft, _: draft.meta.update(notes=["generation 3"], warnings=[]),
    "byte order mark": lambda draft, _: setattr(draft, "prefix", b"\xef\xbb\xbf"),
}
DISTORTIONS: dict[str, Callable[[Draft, Random], None]] = {
    "time": change("timestamp", *UNREADABLE),
    "symbol": change("symbol", "ETH", None, "btc", 17),
    "interval": change("interval", "5m", None, "1s"),
    "source": change("source", None, "", "binance", "Hyperliquid", "KALSHI_V2", 17, "HL", "hyper_liquid", "all", "N/A"),
    "value": change("open_interest", None, -1.0, "x", float("nan")),
    "usd": change("open_interest_usd", -1.0, "x"),
    "no objects": _no_objects,
    "other day": _other_day,
    "at one time": _all_at_one,
    "shifted": _shifted,
    "copied": _copied,
    "clipped": _clipped,
    "counted before": cut(lambda draft, before: draft.meta.update(returned=before)),
    "header counts": cut(lambda draft, before: draft.headers.update({"x-rows-returned": str(before)})),
    "charged before": cut(
        lambda draft, before: draft.headers.update({"x-credits-used": str(documented_credits(before))})
    ),
    "total": cut(lambda draft, before: draft.meta.update(total=before)),
    "full": cut(_full),
    "more": cut(says(has_more=True)),
    "capped": cut(header("x-rows-capped", "true")),
    "next page": cut(beside(next="/v1/open-interest?page=2")),
    "partial": cut(says(partial=True)),
    "incomplete": cut(says(note="some rows are not yet available")),
    "error": cut(beside(error={"code": "timeout"})),
    "not ok": cut(beside(ok=False)),
    "status": cut(_status(206)),
    "status in words": cut(says(status_code=503)),
    "flag": cut(says(preview_only=True)),
    "share": cut(says(completeness="40%")),
    "message": cut(says(message="Rate limit reached")),
    "pages": cut(says(page=1, last_page=3)),
    "content range": cut(header("content-range", "rows 0-9/*")),
    "quality": cut(header("x-data-quality", "partial")),
    "other range": cut(says(time_range={"since": iso(DAY + HOUR)})),
    "other list": cut(says(sources=["okx"])),
    "token": cut(beside(continuation_token="abc")),
    "warned": cut(header("warning", '199 - "partial"')),
    "clamped": cut(says(clamped=True)),
    "effective end": cut(says(effective_end=iso(DAY + HOUR))),
    "other symbol": cut(says(symbol="ETH")),
    "other source": cut(says(source="okx")),
    "other interval": cut(says(interval="4h")),
    "instant inside": cut(says(horizon=iso(DAY + 1.5 * HOUR))),
    "column beside": cut(beside(values=[1.5])),
    "json in a header": cut(header("x-pagination", '{"hasNext": true}')),
}
LOSSY = {"counted before", "header counts", "charged before", "total"}
"""These say how many rows there were: nothing may be left out, or said, after them."""


Drafts = list[Draft]


def _links(drafts: Sequence[Draft]) -> None:
    """Each page leads to the next one; the last one has no cursor."""
    for at, draft in enumerate(drafts[:-1], start=1):
        draft.meta["next_cursor"] = str(at)


def _total(drafts: Sequence[Draft], left: Sequence[Draft], random: Random) -> None:
    """A page counts the rows of the whole chain, or the first one those that remain."""
    total = sum(len(draft.rows) for draft in drafts)
    if random.random() < 0.5:
        left[0].meta["remaining"] = total - len(left[0].rows)
    else:
        random.choice(left).meta.update(random.choice([{"total": total}, {"total_rows": {"all": total}}]))


def _numbered(drafts: Sequence[Draft], left: Sequence[Draft], _: Random) -> None:
    for at, draft in enumerate(left, start=1):
        draft.meta["page"] = at
    left[0].meta["last_page"] = len(drafts)


def _skipping(at_end: bool) -> Callable[[Drafts, Random], Drafts]:
    """A cursor jumps over a page, or there is none to the last one; pages say how many rows or pages there are."""

    def distort(drafts: Drafts, random: Random) -> Drafts:
        if len(drafts) == 1:
            return drafts
        at = len(drafts) - 1 if at_end else random.randrange(1, len(drafts))
        left = [*drafts[:at], *drafts[at + 1 :]]
        random.choice([_total, _numbered])(drafts, left, random)
        left[-1].meta.pop("next_cursor", None)
        _links(left)
        return left

    return distort


def _going_back(drafts: Drafts, random: Random) -> Drafts:
    """A cursor leads back to an earlier page, or to its own: later ones are never reached."""
    at = random.randrange(len(drafts))
    drafts[at].meta["next_cursor"] = str(random.randint(0, at))
    return drafts


def _served_again(drafts: Drafts, random: Random) -> Drafts:
    """An earlier page comes in place of a later one, under a cursor of its own."""
    at = random.randrange(len(drafts))
    drafts[at] = replace(drafts[random.randint(0, at)], meta=drafts[at].meta, headers=drafts[at].headers)
    drafts[at].count()
    if at == 0 and len(drafts) > 1:
        drafts[1] = replace(drafts[0], meta=drafts[1].meta, headers=drafts[1].headers)
        drafts[1].count()
    return drafts


def _overlapping(drafts: Drafts, random: Random) -> Drafts:
    """A page begins with rows of the page before, and lacks as many at its end."""
    for before, draft in pairwise(drafts):
        many = random.randint(1, max(1, len(draft.rows)))
        draft.rows = [*before.rows[-many:], *draft.rows[:-many]]
        draft.count()
    return drafts


CHAINS: dict[str, Callable[[Drafts, Random], Drafts]] = {
    "jump": _skipping(at_end=False),
    "end too early": _skipping(at_end=True),
    "back": _going_back,
    "served again": _served_again,
    "overlap": _overlapping,
}
"""What a chain of pages suffers beside what one of them suffers; each leaves rows out."""
ON_LAST_PAGE = {"full", "more", "next page", "token", "content range", "capped", "pages", "json in a header"}
"""On a page with a cursor these say only what is so: there are more rows."""
ONE_PAGE = {"clipped", "shifted", "total"}
"""These are of an answer as a whole: on one page of a chain they may leave no trace."""


@dataclass(frozen=True)
class Case:
    """What the vendor has of each source, and what two answers about it suffer.

    An answer is a chain of up to `pages` pages; one of them suffers `first`, or `second` at the second read, and the
    chain itself `chain`, where it is named.
    """

    source: str | None
    held: dict[str, frozenset[int]]
    first: tuple[str, ...]
    second: tuple[str, ...]
    harmless: tuple[str, ...]
    seed: int
    pages: int = 1
    chain: str | None = None

    def page(self, read: int) -> Page:
        """The only page of an answer."""
        [page] = self.read(read).pages
        return page

    def read(self, read: int) -> Read:
        """The pages that a reader gets who follows the cursors, and what it makes of them."""
        random = Random(f"{self.seed}/{read}")
        drafts = self._drafts(random)
        kinds = (self.first, self.second)[read]
        poor = len(drafts) - 1 if ON_LAST_PAGE & set(kinds) else random.randrange(len(drafts))
        for name in sorted(kinds, key=lambda name: name in LOSSY):
            DISTORTIONS[name](drafts[poor], random)
        if self.chain is not None:
            drafts = CHAINS[self.chain](drafts, random)
        chain, window, found = Chain(SETTINGS), EMPTY_WINDOW, Read([], EMPTY_WINDOW)
        chain.begin_at(window)
        while window.state is WindowState.PLANNED:
            draft = drafts[int(window.next_cursor or 0)]
            request = Request(Stream("BTC", Interval.H1, self.source), DAY, END, draft.limit, window.next_cursor)
            page = page_of(request, draft.answer())
            found.pages.append(page)
            nowhere = chain.leads_nowhere(page, window.expected_rows)
            raised = [*chain.judge(page), *([nowhere] if nowhere else [])]
            window = replace(
                window,
                stream=request.stream,
                next_cursor=page.next_cursor,
                rows=window.rows + page.row_count,
                doubts=united((*window.doubts, *doubts_in(raised))),
                state=WindowState.LANDED if is_last(page) or nowhere else WindowState.PLANNED,
            )
            try:
                if window.state is WindowState.PLANNED:
                    chain.follow(window, page)
            except ChainBroken:
                window = replace(window, state=WindowState.REFUSED)
        found.window = window
        return found

    def _drafts(self, random: Random) -> list[Draft]:
        """The pages of the undistorted vendor, in time order where there are several."""
        asked = SOURCES if self.source is None else (self.source,)
        rows = [row(hour, name) for hour in range(24) for name in asked if hour in self.held[name]]
        pages = 1 if ONE_PAGE & {*self.first, *self.second} else self.pages
        size = max(1, -(-len(rows) // pages))
        parts = [rows[at : at + size] for at in range(0, len(rows), size)] or [[]]
        drafts = [Draft(part, self.source) for part in parts]
        for name in self.harmless:
            HARMLESS[name](drafts[-1], random)
        for draft in drafts:
            draft.count()
        _links(drafts)
        return drafts


@dataclass
class Read:
    """One answer, as many pages as its reader got, and the window after them."""

    pages: list[Page]
    window: OpenWindow


HOURS = st.one_of(st.just(frozenset(range(24))), st.frozensets(st.integers(0, 23)), st.just(frozenset()))
MORE = st.one_of(st.just(()), st.lists(st.sampled_from(sorted(DISTORTIONS)), max_size=2, unique=True).map(tuple))


def suffering(kind: str | None, chain: str | None = None) -> st.SearchStrategy[Case]:
    """Both answers suffer one kind, which is what a fault that stays does; either may suffer more."""
    own = () if kind is None else (kind,)
    kinds = MORE.map(lambda more: (*own, *(one for one in more if one != kind))) if chain is None else st.just(())
    return st.builds(
        Case,
        st.sampled_from([None, *SOURCES]),
        st.fixed_dictionaries(dict.fromkeys(SOURCES, HOURS)),
        kinds,
        kinds,
        st.lists(st.sampled_from(sorted(HARMLESS)), max_size=2, unique=True).map(tuple),
        st.integers(0, 2**32),
        st.integers(1, 4),
        st.just(chain),
    )


EACH_KIND = [*(suffering(kind) for kind in DISTORTIONS), *(suffering(None, chain) for chain in CHAINS)]
EACH_KIND_TWICE = st.tuples(*EACH_KIND, *EACH_KIND)


@settings(max_examples=examples(4), suppress_health_check=list(HealthCheck), deadline=None)
@given(EACH_KIND_TWICE)
def test_what_is_proven_empty_the_vendor_really_lacks(cases: tuple[Case, ...]) -> None:
    for case, coverage in zip(cases, judged(cases), strict=True):
        for series, entries in coverage.items():
            assert proven(entries).isdisjoint(case.held[series.source]), (case, series)


@pytest.mark.parametrize("kind", DISTORTIONS)
def test_each_distortion_that_loses_rows_is_noticed(kind: str) -> None:
    """No case of the property passes only because its distortion did nothing: some answer of each kind is in doubt."""
    full = dict.fromkeys(SOURCES, frozenset(range(24)))
    raised: set[Doubt] = set()
    for seed in range(4):
        page = Case("kalshi", full, (kind,), (kind,), (), seed).page(0)
        raised |= set(doubts_in(judge(page, AnswerContext(documented_credits)).objections))
    by_rows = {"time", "symbol", "interval", "source", "value", "usd", "no objects", "other day"}
    by_rows |= {"at one time", "copied", "clipped", "shifted"}
    assert bool(raised) == (kind not in by_rows)


def test_good_answers_prove_what_the_vendor_lacks() -> None:
    """Harmless drift stands in no way of a proof."""
    held = {"binance_futures": frozenset({0, 5}), "hyperliquid": frozenset(range(24)), "kalshi": frozenset({0, 1})}
    [coverage] = judged([Case(None, held, (), (), tuple(HARMLESS), 1)])
    lacked = {series.source: proven(entries) for series, entries in coverage.items()}
    assert lacked == {source: set(range(24)) - hours for source, hours in held.items()}


def test_a_rejected_row_that_can_be_placed_covers_its_bucket() -> None:
    held = dict.fromkeys(SOURCES, frozenset({0, 7}))
    [coverage] = judged([Case("kalshi", held, ("value",), ("usd",), (), 3)])
    [entries] = coverage.values()
    assert {entry.stretch.start for entry in entries if entry.found == "rows"} == {DAY, DAY + 7 * HOUR}


@pytest.mark.parametrize("asked", ["kalshi", None])
def test_a_row_at_the_end_and_none_at_the_start_proves_nothing(asked: str | None) -> None:
    """All rows may be labelled with the end of their bucket; a row at the end of a whole range is one too many."""
    held = dict.fromkeys(SOURCES, frozenset(range(24)))
    [shifted] = judged([Case(asked, held, ("shifted",), ("shifted",), (), 0)])
    assert {doubt for entries in shifted.values() for one in entries for doubt in one.doubts} == {Doubt.ROWS_SHIFTED}
    assert not any(proven(entries) for entries in shifted.values())


@pytest.mark.parametrize("held", [(), (TimeRange(DAY, DAY + 7 * HOUR),)])
def test_a_refused_window_without_a_row_is_unproven(held: tuple[TimeRange, ...]) -> None:
    """It would be bought again at each run; the rest of one with rows is requested by the next run."""
    page = Case("kalshi", dict.fromkeys(SOURCES, frozenset()), (), (), (), 0).page(0)
    series = Series("BTC", "kalshi", Interval.H1)
    stream, state = Stream("BTC", Interval.H1, "kalshi"), WindowState.REFUSED
    window = replace(EMPTY_WINDOW, stream=stream, state=state)
    finding = SeriesFinding("", series, 7, 7, 0, 0, 0, blocked=False, found=list(held))
    claims = claims_of(window, [_ref(page, NOW)], [finding] if held else [], {series: []}, HOUR)
    [claim] = [one for name, one in claims.by_series.items() if name == series]
    if held:
        assert [(one.found, one.stretch) for one in claim.new] == [("rows", held[0])]
    else:
        assert [(one.found, one.empty_reads, one.doubts) for one in claim.new] == [
            ("empty", 0, (Doubt.ROWS_HELD_BACK,))
        ]


def judged(cases: Sequence[Case]) -> list[dict[Series, list[Covered]]]:
    """The coverage that two reads of each case leave, a day apart."""
    reads = {(number, read): case.read(read) for number, case in enumerate(cases) for read in (0, 1)}
    inputs = [
        PageInput(
            f"{_name(key)}-{at}", _name(key), page.request.stream, DAY, END, page.received_at, page.known_at, page.body
        )
        for key, read in reads.items()
        for at, page in enumerate(read.pages)
    ]
    found: dict[str, list[SeriesFinding]] = {_name(key): [] for key in reads}
    for finding in validate("batch", inputs, Quality()).findings:
        found[finding.window_id].append(batch_files._from_json(batch_files._to_json(finding)))
    coverage: list[dict[Series, list[Covered]]] = []
    for number, case in enumerate(cases):
        known: dict[Series, list[Covered]] = {Series("BTC", source, Interval.H1): [] for source in SOURCES}
        for read in (0, 1):
            window = replace(reads[number, read].window, window_id=_name((number, read)))
            refs = [_ref(page, NOW + read * 24 * HOUR) for page in reads[number, read].pages]
            claims = claims_of(window, refs, found[window.window_id], known, HOUR)
            known |= {
                series: overlay(one.before, one.new, Interval.H1, FRESHNESS) for series, one in claims.by_series.items()
            }
        coverage.append({series: entries for series, entries in known.items() if case.source in (None, series.source)})
    return coverage


def proven(entries: Sequence[Covered]) -> set[int]:
    stretches = [one.stretch for one in entries if one.found == "empty" and one.empty_reads >= PROVEN_READS]
    return {hour for hour in range(24) for one in stretches if one.start <= DAY + hour * HOUR < one.end}


def _name(key: tuple[int, int]) -> str:
    return f"{key[0]:04}-{key[1]}"


EMPTY_WINDOW = OpenWindow(
    window_id="", run_id="r", lane="backfill", stream=Stream("BTC", Interval.H1), start=DAY, end=END, limit=1000,
    expected_rows=24, price_credits=122, created_at=NOW, planner=None, state=WindowState.PLANNED, owner=None,
    lease_until=None, claims=0, next_sequence=0, next_cursor=None, resume_start=None, rows=0, doubts=(), note=None,
)  # fmt: skip


def _ref(page: Page, observed_at: datetime) -> PageRef:
    return PageRef("w", 0, "p", "s", page.row_count, observed_at, observed_at, 1, "b", page.known_at)
