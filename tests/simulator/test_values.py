from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.domain.market import Interval, Series
from include.simulator.archive import Archive
from include.simulator.parameters import BINANCE, HYPERLIQUID, KALSHI, PRICES
from include.simulator.rows import Rows

FAR = datetime(2036, 1, 1, tzinfo=UTC).timestamp()
YEAR = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
ARCHIVE = Archive(7, {})
DERIVATIVES = [(source, s) for source, of in (("binance_futures", BINANCE), ("hyperliquid", HYPERLIQUID)) for s in of]
LISTED = [*DERIVATIVES, *(("kalshi", symbol) for symbol in KALSHI)]
seconds = st.integers(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), int(FAR) - 86400 * 40)


def rows(symbol: str, source: str, interval: Interval, start: int, end: int, archive: Archive = ARCHIVE) -> Rows:
    data = archive.series(Series(symbol, source, interval))
    assert data is not None
    return data.rows(start, end, FAR)


@settings(deadline=None)
@given(st.sampled_from(LISTED), st.sampled_from(list(Interval)), seconds, st.integers(1, 400), st.integers(0, 400))
def test_a_value_is_the_same_in_any_window_that_contains_it(
    listed: tuple[str, str], interval: Interval, start: int, count: int, at: int
) -> None:
    source, symbol = listed
    whole = rows(symbol, source, interval, start, start + count * interval.seconds)
    if not len(whole):
        return
    at %= len(whole)
    alone = rows(symbol, source, interval, int(whole.times[at]), int(whole.times[at]) + 1)
    assert alone.times.tolist() == [whole.times[at]]
    assert alone.open_interest.tolist() == [whole.open_interest[at]]
    assert alone.usd.tolist() == [whole.usd[at]]


@settings(deadline=None)
@given(st.sampled_from(LISTED), st.sampled_from(list(Interval)[1:]), seconds)
def test_every_interval_shows_the_five_minute_snapshots_and_the_same_gaps(
    listed: tuple[str, str], interval: Interval, start: int
) -> None:
    source, symbol = listed
    end = start + 20 * interval.seconds
    fine, coarse = (rows(symbol, source, i, start, end) for i in (Interval.M5, interval))
    on_grid = fine.where(fine.times % interval.seconds == 0)
    assert coarse.times.tolist() == on_grid.times.tolist()
    assert coarse.open_interest.tolist() == on_grid.open_interest.tolist()
    assert coarse.usd.tolist() == on_grid.usd.tolist()


def test_two_archives_of_one_seed_agree_and_of_two_seeds_do_not() -> None:
    asked = ("ETH", "hyperliquid", Interval.H1, YEAR[0], YEAR[0] + 86400 * 5)
    same, other = Archive(7, {}), Archive(8, {})
    assert rows(*asked, archive=same).open_interest.tolist() == rows(*asked).open_interest.tolist()
    assert rows(*asked, archive=other).open_interest.tolist() != rows(*asked).open_interest.tolist()


@pytest.mark.parametrize(("source", "symbol"), DERIVATIVES)
def test_a_year_of_hours_moves_like_the_recorded_series(source: str, symbol: str) -> None:
    shape = (BINANCE if source == "binance_futures" else HYPERLIQUID)[symbol]
    year = rows(symbol, source, Interval.H1, *YEAR)
    moves = np.diff(np.log(year.open_interest))
    assert shape.level / 6 < np.median(year.open_interest) < shape.level * 6
    assert 0.4 * shape.sigma < moves.std() < 3 * shape.sigma
    assert np.median(np.abs(moves)) * 1.4826 < moves.std()  # heavy tails
    assert 0.05 < np.log(year.open_interest).std() < 1.5


@pytest.mark.parametrize(("source", "symbol"), DERIVATIVES)
def test_usd_is_open_interest_at_a_price_both_venues_share(source: str, symbol: str) -> None:
    year = rows(symbol, source, Interval.H4, *YEAR)
    price = year.usd / year.open_interest
    assert PRICES[symbol].level_usd / 8 < price.min() <= price.max() < PRICES[symbol].level_usd * 8
    binance = rows(symbol, "binance_futures", Interval.H4, *YEAR)
    both = np.intersect1d(year.times, binance.times)
    theirs = (binance.usd / binance.open_interest)[np.isin(binance.times, both)]
    assert np.abs(price[np.isin(year.times, both)] / theirs - 1).max() < 0.01


def test_the_afternoon_moves_more_than_the_small_hours() -> None:
    year = rows("BTC", "binance_futures", Interval.M5, *YEAR)
    moves = np.abs(np.diff(np.log(year.open_interest)))
    hour = year.times[1:] // 3600 % 24
    assert np.median(moves[(hour >= 14) & (hour < 16)]) > 1.2 * np.median(moves[(hour >= 3) & (hour < 8)])


def test_gaps_are_few_and_some_last_hours() -> None:
    steps = np.diff(rows("SOL", "hyperliquid", Interval.M5, *YEAR).times) // 300
    missing = (steps - 1).sum()
    assert 50 < missing < 2000
    assert 12 < steps.max() < 18 * 12 * 2


@pytest.mark.parametrize("symbol", list(KALSHI))
def test_contracts_are_worth_a_dollar_each_and_are_whole_or_hundredths(symbol: str) -> None:
    found = rows(symbol, "kalshi", Interval.H1, YEAR[0], int(FAR))
    decimals = KALSHI[symbol][1].decimals
    assert found.usd.tolist() == found.open_interest.tolist()
    assert np.round(found.open_interest, decimals).tolist() == found.open_interest.tolist()
    assert (found.open_interest >= 0).all()


def test_a_dated_question_starts_at_nought_grows_and_ends() -> None:
    listed, settled = KALSHI["KXFED-26DEC"][1].life or (None, None)
    assert listed is not None
    assert settled is not None
    life = rows("KXFED-26DEC", "kalshi", Interval.H1, YEAR[0], int(FAR))
    assert listed.timestamp() <= life.times[0]
    assert life.times[-1] < settled.timestamp()
    assert (life.open_interest[:100] == 0).all()
    assert life.open_interest[-1] > 100_000


def test_a_long_dated_question_is_often_unchanged_from_day_to_day() -> None:
    days = rows("KXELONMARS-99", "kalshi", Interval.D1, *YEAR).open_interest
    assert 0.3 < (np.diff(days) == 0).mean() < 0.65


@pytest.mark.parametrize("seed", [7, 8, 12345])
def test_the_pages_example_rows_come_out_to_the_cent_under_every_seed(seed: int) -> None:
    day = int(datetime(2026, 3, 7, tzinfo=UTC).timestamp())
    archive = Archive(seed, {})
    found = rows("BTC", "binance_futures", Interval.H4, day, day + 86400, archive)
    assert len(found) == 6
    assert found.open_interest.tolist()[:3] == [52340.80, 53100.20, 51890.45]
    assert found.usd.tolist()[:3] == [4938475200.00, 5015118900.00, 4896523050.00]
    fine = rows("BTC", "binance_futures", Interval.M5, day - 86400, day + 2 * 86400, archive)
    assert max(abs(b / a - 1) for a, b in pairwise(fine.open_interest.tolist())) < 0.2
