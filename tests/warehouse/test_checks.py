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
from tests.warehouse.batches import Row, accepted, dq, quarantine
from tests.warehouse.telling import covered, spent, tell

TWICE = "SELECT * FROM {whole} UNION ALL SELECT * FROM {whole}"
WRONG = [
    ("burn_down", TWICE, "in 2 rows with 700 credits spent, and bi.credits says 350"),
    ("burn_down", "SELECT * REPLACE (spent_credits - 1 AS spent_credits) FROM {whole}", "with 349 credits spent"),
    ("coverage", "SELECT * REPLACE (toUInt64(2) AS not_stored) FROM {whole}", "but 22 rows are stored and 0 rejected"),
    ("credits", "SELECT * REPLACE (-1 AS reserved_credits) FROM {whole}", "neither may be below 0"),
    ("credits", "SELECT * REPLACE (toUInt64(0) AS requests) FROM {whole}", "in 0 requests"),
    ("credits", "SELECT * REPLACE (day + 30 AS day) FROM {whole}", "no day lies in the future"),
    ("freshness", "SELECT * FROM {whole} WHERE source != 'kalshi'", "does not name BTC kalshi 1h"),
    ("freshness", "SELECT * REPLACE (newest - 3600 AS newest) FROM {whole}", "gives it another time"),
    ("open_interest", TWICE, "2 times: a key must have one row"),
    ("open_interest_change", "SELECT * FROM {whole} WHERE change_1h IS NOT NULL", "has 46 rows of the last 7 days and"),
    ("open_interest_change", TWICE, "has 96 rows of the last 7 days and bi.open_interest has 48"),
    ("open_interest_daily", "SELECT * REPLACE (low + 100 AS low) FROM {whole}", "must lie between low and high"),
    ("open_interest_daily", "SELECT * REPLACE (high - 100 AS high) FROM {whole}", "must lie between low and high"),
    ("open_interest_daily", "SELECT * REPLACE (mean * 9 AS mean) FROM {whole}", "must lie between low and high"),
    ("open_interest_daily", "SELECT * REPLACE (points * 2 AS points) FROM {whole}", "has 48 of 24 points"),
    (
        "open_interest_daily_total",
        "SELECT * REPLACE (mean_usd + 2 AS mean_usd) FROM {whole}",
        "counted twice or left out",
    ),
    ("open_interest_latest", TWICE, "BTC hyperliquid 1h 2 times"),
    ("open_interest_latest", "SELECT * REPLACE (toInt64(-301) AS age_seconds) FROM {whole}", "none from the future"),
    ("quality", "SELECT * REPLACE (batches + 1 AS batches_failed) FROM {whole}", "in 2 of 1 batches"),
    ("quality", "SELECT * REPLACE (rows_checked + 1 AS rows_unexpected) FROM {whole}", "11 of 10 rows broke"),
    ("source_share", "SELECT * REPLACE (share / 2 AS share) FROM {whole}", "adds up to 0.5 over 2 sources"),
]


@pytest.fixture(scope="module")
def warehouse(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Yesterday's hours of one symbol on two sources, received, judged and paid."""
    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("checked") / "home"))
    midnight = clock.real_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    sources = {"kalshi": 3.0, "hyperliquid": 5.0}
    rows = [
        Row(midnight + timedelta(hours=hour), "BTC", source, "1h", 10.0 + hour, usd + hour)
        for hour in range(24)
        for source, usd in sources.items()
    ]
    judged = dq("fresh")
    with open_warehouse(settings) as opened:
        level = judged.column_names.index("level")
        opened.publish("b", accepted(rows), quarantine(), judged.set_column(level, "level", [["row"]]))
        day, told = (midnight, midnight + timedelta(days=1)), {"told_at": clock.real_now()}
        asked = [covered(*day, source=source, **told) for source in sources]
        cycle = {"first_day": midnight.date(), "after_last": midnight.date() + timedelta(days=30)}
        tell(opened, asked, [spent(day=midnight.date(), **told)], **cycle)
        yield opened


def found(warehouse: Warehouse, mart: str) -> list[str]:
    return [sentence for (sentence,) in warehouse._session.rows(f"checks/{mart}.sql")]


@contextmanager
def replaced(warehouse: Warehouse, mart: str, wrong: str) -> Iterator[None]:
    """The mart as a view that distorts the true one."""
    view = f"{warehouse._session.bi}.{mart}"
    whole = f"{view}_whole"
    warehouse._session.command(f"RENAME TABLE {view} TO {whole}")
    try:
        warehouse._session.command(f"CREATE VIEW {view} AS {wrong.format(whole=whole)}")
        yield
    finally:
        warehouse._session.command(f"DROP TABLE IF EXISTS {view} SYNC")
        warehouse._session.command(f"RENAME TABLE {whole} TO {view}")


@pytest.mark.parametrize("mart", shipped())
def test_a_mart_with_rows_has_nothing_to_say(warehouse: Warehouse, mart: str) -> None:
    assert warehouse.query_rows(f"SELECT count() > 0 FROM {warehouse._session.bi}.{mart}")[1] == [(1,)]
    assert found(warehouse, mart) == []


@pytest.mark.parametrize(("mart", "wrong", "says"), WRONG, ids=[one[0] for one in WRONG])
def test_a_wrong_mart_is_told_in_a_sentence_that_begins_with_its_name(
    warehouse: Warehouse, mart: str, wrong: str, says: str
) -> None:
    with replaced(warehouse, mart, wrong):
        sentences = found(warehouse, mart)
    assert sentences, "the check finds nothing"
    assert all(sentence.startswith(f"bi.{mart} ") or sentence.startswith(f"bi.{mart}:") for sentence in sentences)
    assert says in " ".join(sentences)


def test_every_shipped_check_has_been_seen_to_fail() -> None:
    assert {mart for mart, _, _ in WRONG} == set(shipped())
