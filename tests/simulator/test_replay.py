from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from .conftest import MakeCaller

HEADER = "timestamp,symbol,source,interval,open_interest,open_interest_usd\n"
RECORDED = HEADER + (
    "2026-03-07T00:00:00Z,BTC,hyperliquid,1h,100.5,7000000\n"
    "2026-03-07T02:00:00Z,BTC,hyperliquid,1h,,7100000.25\n"
    "2026-03-07T04:00:00Z,KXOWN-1,kalshi,1d,12,\n"
    "2027-01-01T00:00:00Z,BTC,hyperliquid,1h,1,1\n"
)
DAY = {"start": "2026-03-07", "end": "2026-03-08"}
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def recorded_hours(symbol: str) -> set[str]:
    """Every hour that any of the recorded files has for `symbol` on Hyperliquid."""
    texts = [gzip.decompress(file.read_bytes()).decode() for file in SHARED.glob("*.csv.gz")]
    lines = [line.split(",") for text in texts for line in text.splitlines()]
    return {line[0] for line in lines if line[1:4] == [symbol, "hyperliquid", "1h"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(RECORDED)
    return tmp_path


def test_recorded_rows_replace_the_generated_ones_and_blanks_are_null(caller: MakeCaller, folder: Path) -> None:
    rows = caller(data=folder).ask(source="hyperliquid", **DAY).rows
    seen = [(row["timestamp"], row["open_interest"], row["open_interest_usd"]) for row in rows]
    assert seen == [("2026-03-07T00:00:00Z", 100.5, 7000000.0), ("2026-03-07T02:00:00Z", None, 7100000.25)]


def test_series_that_were_not_recorded_stay_generated(caller: MakeCaller, folder: Path) -> None:
    asking = caller(data=folder)
    assert len(asking.ask(source="hyperliquid", interval="4h", **DAY).rows) == 6
    assert len(asking.ask(source=None, interval="4h", **DAY).rows) == 18


def test_recorded_rows_exist_only_once_the_clock_has_reached_them(caller: MakeCaller, folder: Path) -> None:
    rows = caller(data=folder).ask(source="hyperliquid", start="2026-03-07", end="2030-01-01").rows
    assert len(rows) == 2


def test_a_recorded_symbol_joins_the_catalogue_off_the_grid_too(caller: MakeCaller, folder: Path) -> None:
    asking = caller(data=folder)
    rows = asking.ask(symbol="KXOWN-1", source="kalshi", interval="1d", **DAY).rows
    assert [(row["timestamp"], row["open_interest"]) for row in rows] == [("2026-03-07T04:00:00Z", 12)]
    assert "KXOWN-1" in [entry["symbol"] for entry in asking.page("symbols").body["symbols"]]


def test_a_later_file_wins_and_may_be_compressed(caller: MakeCaller, folder: Path) -> None:
    with gzip.open(folder / "b.csv.gz", "wt") as file:
        file.write(HEADER + "2026-03-07T00:00:00Z,BTC,hyperliquid,1h,200,1\n")
    rows = caller(data=folder).ask(source="hyperliquid", **DAY).rows
    assert [row["open_interest"] for row in rows] == [200.0, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,symbol\n", "expected columns"),
        (HEADER + "soon,BTC,hyperliquid,1h,1,1\n", "expected columns"),
        (HEADER + "2026-03-07,BTC,okx,1h,1,1\n", "okx"),
        (HEADER + "2026-03-07,BTC,kalshi,2h,1,1\n", "2h"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_named(caller: MakeCaller, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.csv cannot be replayed.*{said}"):
        caller(data=tmp_path)


def test_an_empty_folder_is_refused(caller: MakeCaller, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no"):
        caller(data=tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded series are not beside the checkout")
def test_a_recorded_year_comes_back_whole(caller: MakeCaller) -> None:
    asking = caller(data=SHARED)
    year = {"start": "2025-03-08", "end": "2026-03-08", "limit": 1000}
    rows = [row for page in asking.walk(source="hyperliquid", **year) for row in page]
    assert [row["timestamp"] for row in rows] == sorted(recorded_hours("BTC"))
    days = asking.ask(symbol="KXELONMARS-99", source="kalshi", interval="1d", **year).rows
    assert len(days) == 92
    assert {row["timestamp"][11:] for row in days} == {"04:00:00Z", "05:00:00Z"}
