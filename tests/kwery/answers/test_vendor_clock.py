from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.clock import Clocks
from include.domain.market import Interval, Stream
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.vendor_clock import VendorClock
from include.kwery.models import Request
from tests import clock
from tests.kwery.conftest import Start
from tests.kwery.conftest import start as start
from tests.kwery.pages import page_reply, request
from tests.kwery.scripted_server import Asked, Reply

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)
DATE = "Sat, 07 Mar 2026 12:00:00 GMT"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_the_vendors_clock_moves_on_between_answers() -> None:
    clock = VendorClock()
    assert clock.at(NOW) == Clocks(NOW)
    clock.see(NOW + DAY, NOW)
    assert clock.at(NOW + DAY + MINUTE).vendor == NOW + MINUTE


@pytest.mark.parametrize("set_by", [40 * MINUTE, -40 * MINUTE], ids=str)
def test_setting_the_workers_clock_moves_the_vendors_not(monkeypatch: pytest.MonkeyPatch, set_by: timedelta) -> None:
    """The machine's uptime shows it before the next answer does."""
    seen = VendorClock()
    seen.see(NOW, NOW)
    monkeypatch.setattr("include.domain.clock.uptime", lambda: clock.uptime() - set_by)
    assert seen.at(NOW + MINUTE + set_by).vendor == pytest.approx(NOW + MINUTE, abs=MINUTE / 2)
    assert seen.at(NOW + MINUTE + set_by).differ


def test_an_answer_without_a_credible_date_shows_nothing() -> None:
    clock = VendorClock()
    clock.see(NOW, None)
    clock.see(NOW, datetime(1999, 12, 31, tzinfo=UTC))
    assert not clock.is_known
    clock.see(NOW, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert clock.at(NOW + 300 * DAY).for_billing == NOW + 300 * DAY


def test_the_largest_difference_is_remembered() -> None:
    clock = VendorClock()
    for off in (timedelta(), 2 * DAY, -DAY, timedelta()):
        clock.see(NOW + off, NOW)
    assert clock.worst is not None
    assert clock.worst.ahead == 2 * DAY
    assert clock.newest == Clocks(NOW, NOW)


@pytest.mark.parametrize(
    ("age", "minutes"),
    [
        (None, 0),
        ("7200", 120),
        ("60, 7200", 120),
        ("soon", 0),
        ("-1", 0),
        ("1e14", 0),
        ("40000000", 0),
    ],
)
def test_an_answer_of_a_cache_was_made_before_it_arrived(age: str | None, minutes: int) -> None:
    """Its clock is Date plus Age; what it observed is as old as Date. An Age of more than a year does not count."""
    headers = {"date": DATE} | ({} if age is None else {"age": age})
    arrived = NOW + minutes * MINUTE
    body = b'{"data": [], "meta": {}}'
    answer = Answer(200, headers, body, arrived)
    page = page_of(Request(Stream("BTC", Interval.H1), NOW - DAY, NOW, 1000), answer)
    assert answer.vendor_time == arrived
    assert (page.clocks.for_rows, page.observed_at) == (arrived, NOW)


def test_a_cache_that_renews_the_date_observed_nothing_since() -> None:
    answer = Answer(200, {"date": DATE, "age": "86400"}, b'{"data": []}', NOW)
    page = page_of(Request(Stream("BTC", Interval.H1), NOW - DAY, NOW, 1000), answer)
    assert page.observed_at == NOW - DAY


def test_a_sum_of_date_and_age_beyond_the_calendar_is_no_time() -> None:
    answer = Answer(200, {"date": "Fri, 31 Dec 9999 23:59:59 GMT", "age": "60"}, b"", NOW)
    assert answer.vendor_time is None


@pytest.mark.parametrize("slept", [DAY, -DAY], ids=["frozen", "clock set back"])
def test_an_answer_read_long_after_it_was_made_shows_no_clock(start: Start, slept: timedelta) -> None:
    """Its Date is that of the vendor before this process was frozen; the next answer shows the clock again."""
    naps = iter((timedelta(), slept, timedelta()))

    def reply(_: Asked) -> Reply:
        date = f"{clock.now():%a, %d %b %Y %H:%M:%S GMT}"
        clock.move_to(clock.now() + next(naps))
        return page_reply(headers={"Date": date})

    clock.move_to(NOW)
    try:
        client, _ = start(reply)
        for _ in range(3):
            client.page(request())
            assert not client.clock.at(clock.now()).differ
        assert client.clock.worst is None
    finally:
        clock.move_to(clock.default())
