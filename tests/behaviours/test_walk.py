"""Behaviours 6 to 10, 37, 38 and 47: from page to page, and where a walk ends."""

from __future__ import annotations

from include.domain.market import Interval, Series
from include.kwery.answers.doubts import Doubt
from include.simulator.server import SimulatorConfig, running
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, coverage, landed_warnings
from tests.behaviours.vendor import hours, page, refusal, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, KEY, NOW, rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)


def test_behaviour_06_rows_are_counted_by_the_array(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """Whatever the count beside it is called."""
    counts = ({"returned": 6}, {"count": 6}, {"total": 6}, {})
    pages = [
        page(hours(first, first + 6), **count, next_cursor=f"c{first}" if first < 18 else None)
        for first, count in zip((0, 6, 12, 18), counts, strict=True)
    ]
    settings = settings_for(start_vendor(*pages).base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert report.complete, report.left
    assert (report.requests, len(rows_of(settings)), landed_warnings(settings)) == (4, 24, [])


def test_behaviour_07_a_wrong_count_is_a_warning_and_no_failure(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`returned: 6` with 3 rows."""
    three = [row(hour, interval="4h") for hour in (0, 4, 8)]
    settings = settings_for(start_vendor(page(three, {"X-Credits-Used": "59"}, returned=6)).base_url)
    report = run_steps(settings, scope(settings, Interval.H4, sources=ONE_SOURCE))
    assert not report.failed
    assert landed_warnings(settings) == ["meta.returned says 6, but data has 3 rows"]
    assert len(rows_of(settings)) == 3
    assert claims(settings, Series("BTC", "binance_futures", Interval.H4)) == [(0, 12, "rows", 0), (12, 24, "empty", 0)]


def test_behaviour_08_a_null_or_missing_cursor_ends_the_chain(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Also without `has_more`."""
    first, last = page(hours(0, 12), next_cursor="c"), page(hours(12, 24))
    without = Reply(body={"data": hours(12, 24), "meta": {"symbol": "BTC"}}, headers={"X-Credits-Used": "86"})
    for name, ending in (("null", last), ("missing", without)):
        vendor = start_vendor(first, ending)
        settings = settings_for(vendor.base_url, home=name)
        report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
        assert report.complete, report.left
        assert vendor.cursors == [None, "c"]
        assert len(rows_of(settings)) == 24


def test_behaviour_09_has_more_needs_a_cursor_and_a_cursor_no_has_more(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`has_more` alone leaves the rest unproven; a cursor alone is followed."""
    broken_off = start_vendor(page(hours(0, 12), has_more=True))
    settings = settings_for(broken_off.base_url, home="broken-off")
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert len(broken_off.questions) == 1
    assert landed_warnings(settings) == ["has_more is true, but there is no next_cursor"]
    assert not report.complete
    assert claims(settings) == [(0, 12, "rows", 0), (12, 24, "empty", 0)]

    followed = start_vendor(page(hours(0, 12), has_more=False, next_cursor="c"), page(hours(12, 24), has_more=False))
    settings = settings_for(followed.base_url, home="followed")
    assert run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE)).complete
    assert followed.cursors == [None, "c"]
    assert landed_warnings(settings) == ["has_more is false, but there is a next_cursor"]


def test_behaviour_10_an_empty_page_or_a_known_cursor_ends_the_chain(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The rows stay."""
    empty = start_vendor(page(hours(0, 12), next_cursor="a"), page([], next_cursor="b"))
    settings = settings_for(empty.base_url, home="empty")
    run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert empty.cursors == [None, "a"]
    assert claims(settings) == [(0, 12, "rows", 0), (12, 24, "empty", 0)]

    circle = start_vendor(page(hours(0, 8), next_cursor="a"), page(hours(8, 16), next_cursor="a"))
    settings = settings_for(circle.base_url, home="circle")
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert circle.cursors == [None, "a"]
    assert any("came back to a page that was read before" in sentence for sentence in report.left)
    assert len(rows_of(settings)) == 16
    assert claims(settings) == [(0, 16, "rows", 0)]


def test_behaviour_37_capped_rows_continue_or_leave_the_rest_unproven(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """A short page without a cap ends the chain."""
    capped = page(hours(0, 12), {"X-Rows-Capped": "true"}, next_cursor="c")
    vendor = start_vendor(capped, page(hours(12, 24), {"X-Rows-Capped": "false"}))
    settings = settings_for(vendor.base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert report.complete, report.left
    assert vendor.cursors == [None, "c"]
    assert len(rows_of(settings)) == 24

    for flag, reads in (("true", 0), ("false", 1)):
        settings = settings_for(start_vendor(page(hours(0, 12), {"X-Rows-Capped": flag})).base_url, home=flag)
        report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
        assert claims(settings) == [(0, 12, "rows", 0), (12, 24, "empty", reads)]
        assert any("not taken as empty" in sentence for sentence in report.left) == (flag == "true")
        assert run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE)).requests == 0


def test_behaviour_38_the_limit_is_the_plans_and_short_pages_are_followed(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Fewer rows than the limit, with a cursor."""

    def four_at_a_time(asked: Asked) -> Reply:
        first = int(asked.query.get("after", "0"))
        return page(hours(first, first + 4), next_cursor=str(first + 4) if first < 20 else None)

    vendor = start_vendor(four_at_a_time)
    vendor.limits = vendor.limits | {"max_rows_per_request": 6}
    settings = settings_for(vendor.base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert report.complete, report.left
    assert {asked.query["limit"] for asked in vendor.questions} == {"6"}
    assert (len(vendor.questions), len(rows_of(settings))) == (6, 24)


def test_behaviour_47_paging_resumes_by_time_when_the_cursor_is_refused(
    settings_for: MakeSettings,
) -> None:
    """From the last stored timestamp."""
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as vendor:
        settings = settings_for(vendor.base_url, "api: {row_cap: 10}", KWERY_API_KEY=KEY)
        wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
        first = run_steps(settings, wanted, max_credits=80)
        assert first.requests == 1
        vendor.turn_on({"expiring_cursor": 1.0})
        second = run_steps(settings, wanted)
        assert second.complete, second.left
        answered = [asked for asked in vendor.questions if asked.status == 200]
        last_stored = [DAY, *(DAY + hour * Interval.H1.step for hour in (9, 18))]
        assert [asked.query.start for asked in answered if asked.query] == last_stored
        assert all(asked.query.after is None for asked in answered if asked.query)
    assert len(rows_of(settings)) == 24


def test_a_vendor_that_ignores_the_cursor_proves_nothing_empty(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Page two is page one again, without a cursor: the rest of the window was never shown."""
    for name, second in (("same", hours(0, 12)), ("shuffled part", hours(4, 8)[::-1])):
        vendor = start_vendor(page(hours(0, 12), next_cursor="c"), page(second))
        settings = settings_for(vendor.base_url, home=name)
        report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
        assert not report.complete
        assert claims(settings) == [(0, 12, "rows", 0), (12, 24, "empty", 0)]
        assert coverage(settings)[-1].doubts == (Doubt.PAGES_OVERLAP,)


def test_pages_that_never_bring_a_row_of_the_range_end_the_window(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Each has a cursor of its own, and costs: it would be followed until the budget is spent."""
    vendor = start_vendor(
        lambda asked: page([row(100 + len(vendor.questions))], next_cursor=f"c{len(vendor.questions)}")
    )
    settings = settings_for(vendor.base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert (report.requests, report.complete) == (3, False)
    assert coverage(settings)[0].doubts == (Doubt.ROWS_HELD_BACK, Doubt.ROWS_OUTSIDE)


def test_a_repeated_page_leaves_every_source_unproven(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """With all sources asked, rows that come source by source say nothing of those that never came."""
    vendor = start_vendor(page(hours(0, 24), next_cursor="c"), page(hours(0, 24)))
    settings = settings_for(vendor.base_url)
    run_steps(settings, scope(settings, Interval.H1))
    assert claims(settings, Series("BTC", "kalshi", Interval.H1)) == [(0, 24, "empty", 0)]


def test_a_page_repeated_in_a_later_run_is_noticed(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    vendor = start_vendor(page(hours(0, 10), next_cursor="c"), page(hours(0, 10)))
    settings = settings_for(vendor.base_url, "api: {row_cap: 12}")
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    assert run_steps(settings, wanted, max_credits=90).requests == 1
    assert not run_steps(settings, wanted).complete
    assert claims(settings) == [(0, 10, "rows", 0), (10, 24, "empty", 0)]


def test_the_row_from_which_reading_resumes_by_time_is_no_repeat(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Behaviour 47: the cursor is refused, and the next request begins at the last row; the rest still proves."""
    refused = refusal(400, "invalid_cursor")
    for name, runs in (("one run", 1), ("two runs", 2)):
        vendor = start_vendor(page(hours(0, 10), next_cursor="c"), refused, page(hours(9, 14)))
        settings = settings_for(vendor.base_url, "api: {row_cap: 10}", home=name)
        wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
        if runs == 2:
            run_steps(settings, wanted, max_credits=80)
        report = run_steps(settings, wanted)
        assert report.complete, report.left
        assert claims(settings) == [(0, 14, "rows", 0), (14, 24, "empty", 1)]
