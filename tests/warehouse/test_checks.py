"""Each check of a mart finds nothing in the mart as it is, and says a sentence of one that is made wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse import Warehouse, open_warehouse
from include.warehouse.checks import shipped
from tests import clock
from tests.warehouse.batches import NOON, Row, accepted, dq, publish, quarantine, sentences
from tests.warehouse.landed import page
from tests.warehouse.landed import store as store_pages
from tests.warehouse.ledger_copies import MIDNIGHT, copy_ledger, covered, spent

KNOWN = [NOON, NOON + timedelta(hours=1)]
TWICE = "SELECT * FROM {whole} UNION ALL SELECT * FROM {whole}"
AS_OF = "{whole}(moment = {{moment:DateTime64(3, 'UTC')}})"
WRONG = [
    ("burn_down", TWICE, "in 2 rows with 700 credits spent, and bi.credits says 350"),
    ("burn_down", "SELECT * REPLACE (spent_credits - 1 AS spent_credits) FROM {whole}", "with 349 credits spent"),
    (
        "coverage",
        "SELECT * REPLACE ([] AS stored_at, false AS whole) FROM {whole}",
        "48 buckets of BTC kalshi 1h between",
    ),
    ("credits", "SELECT * REPLACE (-1 AS reserved_credits) FROM {whole}", "neither may be below 0"),
    ("credits", "SELECT * REPLACE (toUInt64(0) AS requests) FROM {whole}", "in 0 requests"),
    ("credits", "SELECT * REPLACE (day + 30 AS day) FROM {whole}", "no day lies in the future"),
    ("freshness", "SELECT * FROM {whole} WHERE source != 'kalshi'", "does not name BTC kalshi 1h"),
    ("freshness", "SELECT * REPLACE (newest - 3600 AS newest) FROM {whole}", "gives it another time"),
    ("open_interest", TWICE, "2 times: a key must have one row"),
    ("open_interest_change", "SELECT * FROM {whole} WHERE change_1h IS NOT NULL", "has 94 rows of the last 7 days and"),
    ("open_interest_change", TWICE, "has 192 rows of the last 7 days and bi.open_interest has 96"),
    ("open_interest_daily", "SELECT * REPLACE (low + 100 AS low) FROM {whole}", "must lie between low and high"),
    ("open_interest_daily", "SELECT * REPLACE (high - 100 AS high) FROM {whole}", "must lie between low and high"),
    ("open_interest_daily", "SELECT * REPLACE (mean * 9 AS mean) FROM {whole}", "must lie between low and high"),
    (
        "open_interest_daily",
        "SELECT * REPLACE (observations * 2 AS observations) FROM {whole}",
        "48 of 24 observations",
    ),
    ("open_interest_daily", "SELECT * REPLACE (close - open AS change) FROM {whole}", "change is from close to close"),
    ("open_interest_daily", "SELECT * REPLACE (close_usd * 2 AS close_usd) FROM {whole}", "must lie between"),
    (
        "open_interest_daily",
        "SELECT * REPLACE (close_usd + 1 AS close_usd, (close_usd + 1) / close AS implied_price) FROM {whole}",
        "both closes of its last row",
    ),
    (
        "open_interest_daily",
        "SELECT * REPLACE (observations - 1 AS observations) FROM {whole}",
        "of the most complete one",
    ),
    (
        "open_interest_daily",
        "SELECT * REPLACE (prev_close + 1 AS prev_close, change - 1 AS change) FROM {whole}",
        "and the day before closes at",
    ),
    ("open_interest_as_of", f"SELECT * FROM {AS_OF} WHERE source != 'kalshi'", "has 48 rows of the last 7 days"),
    (
        "open_interest_as_of",
        f"SELECT * REPLACE (open_interest + 1 AS open_interest) FROM {AS_OF}",
        "what is known last is what stands",
    ),
    ("open_interest_daily_as_of", f"SELECT * REPLACE (close + 1 AS close) FROM {AS_OF}", "both must agree"),
    ("open_interest_daily_as_of", f"SELECT * REPLACE (day + 1 AS day) FROM {AS_OF}", "both must agree"),
    ("open_interest_daily_total", "SELECT * REPLACE (high_usd + 99 AS high_usd) FROM {whole}", "twice or left out"),
    ("open_interest_daily_total", "SELECT * REPLACE (prev_close_usd + 1 AS prev_close_usd) FROM {whole}", "left out"),
    ("gaps", "SELECT * REPLACE (buckets + 1 AS buckets) FROM {whole}", "missing buckets of BTC hyperliquid 4h"),
    ("gaps", "SELECT * FROM {whole} WHERE first < '2000-01-01'", "has 0 missing buckets"),
    ("kalshi_markets", TWICE, "BTC 2 times"),
    (
        "kalshi_markets",
        "SELECT * REPLACE (last_row - 60 AS last_row) FROM {whole}",
        "the time of its newest observation",
    ),
    ("open_interest_now", TWICE, "in 2 rows"),
    ("open_interest_now", "SELECT * REPLACE (share / 2 AS share) FROM {whole}", "shares of 0.5"),
    (
        "open_interest_now",
        "SELECT * REPLACE (open_interest_usd + (source = 'all') AS open_interest_usd) FROM {whole}",
        "fresh sources add up to",
    ),
    ("open_interest_now", "SELECT * REPLACE (change_24h + 1 AS change_24h) FROM {whole}", "exactly 24 hours before"),
    ("open_interest_now", "SELECT * REPLACE (NULL AS change_24h) FROM {whole}", "a change of none in 24 hours from"),
    ("quarantine", TWICE, "has 2 rows"),
    ("quarantine", "SELECT * REPLACE ([] AS rules) FROM {whole}", "1 of them without a rule"),
    ("restatements", "SELECT * REPLACE (known_at - 9999999 AS known_at) FROM {whole}", "and be known later"),
    ("restatements", "SELECT * REPLACE (change * 2 AS change) FROM {whole}", "must differ from the value before it"),
    ("open_interest_trace", "SELECT * REPLACE (NULL AS page_path) FROM {whole}", "of them without a page"),
    ("open_interest_trace", TWICE, "2 current ones for 1 buckets"),
    ("open_interest_latest", TWICE, "BTC hyperliquid 2 times"),
    (
        "open_interest_latest",
        "SELECT * REPLACE (timestamp - 60 AS timestamp) FROM {whole}",
        "where the newest row is of",
    ),
    ("open_interest_latest_by_interval", TWICE, "BTC hyperliquid 1h 2 times"),
    ("open_interest_held", TWICE, "what is not held must be the row itself"),
    ("open_interest_held", "SELECT * REPLACE (open_interest + 1 AS open_interest) FROM {whole}", "add up to"),
    ("restatements_daily", "SELECT * REPLACE (restatements + 1 AS restatements) FROM {whole}", "lists 0"),
    ("useful_rows", TWICE, "BTC 2 times with 700 credits, and bi.credits has 350"),
    ("open_interest_latest", "SELECT * REPLACE (toInt64(-301) AS age_seconds) FROM {whole}", "none from the future"),
    ("quality", "SELECT * REPLACE (batches + 1 AS batches_failed) FROM {whole}", "in 2 of 1 batches"),
    ("quality", "SELECT * REPLACE (rows_checked + 1 AS rows_unexpected) FROM {whole}", "11 of 10 rows broke"),
    ("source_share", "SELECT * REPLACE (NOT complete AS complete) FROM {whole}", "incomplete with 2 of 2 sources"),
    ("source_share", "SELECT * REPLACE (share / 2 AS share) FROM {whole}", "adds up to 0.5 over 2 sources"),
]


@pytest.fixture(scope="module")
def warehouse(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The last 48 hours of one symbol on two sources, received, judged and paid; one restated, one rejected."""
    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("checked") / "home"))
    end = clock.real_now().replace(minute=0, second=0, microsecond=0)
    start, sources = end - timedelta(hours=48), {"kalshi": 3.0, "hyperliquid": 5.0}
    rows = [
        Row(start + timedelta(hours=hour), "BTC", source, "1h", 10.0 + hour, usd + hour)
        for hour in range(48)
        for source, usd in sources.items()
    ]
    restated = rows[0]._replace(open_interest=9.0, known_at=rows[0].known_at + timedelta(hours=1))
    judged = dq("fresh")
    with open_warehouse(settings) as opened:
        level = judged.column_names.index("level")
        opened.publish("b", accepted(rows), quarantine("q1"), judged.set_column(level, "level", [["row"]]))
        publish(opened, "b2", [restated])
        copied = {"ledger_as_of": clock.real_now()}
        asked = [covered(start, end, source=source, **copied) for source in sources]
        unanswered = covered(
            MIDNIGHT, MIDNIGHT + timedelta(hours=12), "empty", source="hyperliquid", interval="4h", **copied
        )
        store_pages(
            opened, *(page(n, known, "all", window_start=start, window_end=end) for n, known in enumerate(KNOWN))
        )
        cycle = {"first_day": start.date(), "after_last": start.date() + timedelta(days=30)}
        copy_ledger(opened, [*asked, unanswered], [spent(day=start.date(), **copied)], **cycle)
        yield opened


@contextmanager
def replaced(warehouse: Warehouse, mart: str, wrong: str) -> Iterator[None]:
    """The mart, or what its check reads, as a view that distorts the true one."""
    session = warehouse._session
    view = f"{session.database}.coverage_by_day" if mart == "coverage" else f"{session.bi}.{mart}"
    whole = f"{view}_whole"
    warehouse._session.command(f"RENAME TABLE {view} TO {whole}")
    try:
        warehouse._session.command(f"CREATE VIEW {view} AS {wrong.format(whole=whole)}")
        yield
    finally:
        warehouse._session.command(f"DROP TABLE IF EXISTS {view} SYNC")
        warehouse._session.command(f"RENAME TABLE {whole} TO {view}")


@pytest.mark.parametrize("mart", shipped())
def test_check_finds_nothing_in_a_sound_mart(warehouse: Warehouse, mart: str) -> None:
    moment = "(moment = '2106-01-01 00:00:00')" if mart.endswith("_as_of") else ""
    assert warehouse.query_rows(f"SELECT count() > 0 FROM {warehouse._session.bi}.{mart}{moment}")[1] == [(1,)]
    assert sentences(warehouse, mart) == []


@pytest.mark.parametrize(("mart", "wrong", "says"), WRONG, ids=[one[0] for one in WRONG])
def test_check_names_a_wrong_mart(warehouse: Warehouse, mart: str, wrong: str, says: str) -> None:
    with replaced(warehouse, mart, wrong):
        said = sentences(warehouse, mart)
    assert said, "the check finds nothing"
    assert all(sentence.startswith(f"bi.{mart} ") or sentence.startswith(f"bi.{mart}:") for sentence in said)
    assert says in " ".join(said)


def test_every_check_has_been_seen_to_fail() -> None:
    assert {mart for mart, _, _ in WRONG} == set(shipped())
