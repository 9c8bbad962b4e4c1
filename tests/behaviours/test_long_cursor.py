"""Behaviour 58: a cursor that is longer than a URL may be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from include.domain.clock import parse_instant
from include.domain.market import Interval
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.vendor import page, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, rows_of, run_steps, scope

Script = Callable[[Asked], Reply]
SMALL_PAGES = "api: {concurrency: 1, row_cap: 10, max_wait_seconds: 0.01}"
ONE_SOURCE = ("binance_futures",)
REFUSALS: dict[str, tuple[int, Reply]] = {
    "414": (5000, Reply(414, "<html><h1>Request-URI Too Large</h1></html>")),
    "431": (5000, Reply(431, {"error": "header_fields_too_large"})),
    "400": (5000, Reply(400, "<html>Bad Request: Request Line is too large (9000 > 4094)</html>")),
    "404": (5000, Reply(404, "<html>Not Found</html>")),
    "403 of a firewall": (5000, Reply(403, "<html>Request blocked</html>")),
    "405 of a firewall": (5000, Reply(405, "")),
    "501 of a firewall": (5000, Reply(501, "")),
    "302 without a Location": (5000, Reply(302, "")),
    "302 to a page of errors": (5000, Reply(302, "", {"Location": "/too-long.html"})),
    "200 with a page": (5000, Reply(200, "<html>The address is too long</html>")),
    "200 with nothing": (5000, Reply(200, "")),
    "short 414": (300, Reply(414, "")),
    "dropped": (5000, Reply(behaviour="close")),
    "bad gateway": (5000, Reply(502, "")),
    "never sent": (70_000, Reply(500, "must not arrive")),
}


def long_cursors(length: int, refused: Reply, *, newest_first: bool = False) -> Script:
    """Pages of ten hours by `start`, whose cursor nobody can send."""

    def answer(asked: Asked) -> Reply:
        if "after" in asked.query:
            return refused
        first, end = ((parse_instant(asked.query[name]) - DAY) // timedelta(hours=1) for name in ("start", "end"))
        hours = list(range(first, end))
        given = hours[::-1][:10] if newest_first else hours[:10]
        cursor = "x" * length if len(hours) > 10 else None
        return page([row(hour) for hour in given], next_cursor=cursor)

    return answer


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_window_continues_by_time(start_vendor: StartVendor, settings_for: MakeSettings, refusal: str) -> None:
    """No page is bought twice, and a cursor of that length is tried in one request of the run at most, and a retry."""
    vendor = start_vendor(long_cursors(*REFUSALS[refusal]))
    settings = settings_for(vendor.base_url, SMALL_PAGES)
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, scope(settings, Interval.H1, sources=ONE_SOURCE))
    extracted = extract(settings, run, planned.window_ids)
    assert (extracted.landed, extracted.stopped) == (planned.window_ids, None)
    by_time = [asked for asked in vendor.questions if "after" not in asked.query]
    assert [asked.query["start"][11:13] for asked in by_time] == ["00", "09", "18"]
    retried = refusal in ("dropped", "bad gateway")
    unexplained = retried or refusal.startswith(("501", "200"))  # the account alone shows what a server's fault cost
    tried = 0 if refusal == "never sent" else 1 + retried
    assert len(vendor.questions) - len(by_time) == tried
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        settled, reserved = totals(connection)
    assert (settled, reserved) == (3 * 50 + 3 * (10 + 10 + 6), tried * 80 if unexplained else 0)


def test_behaviour_58_a_cursor_longer_than_a_url_ends_no_run(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Where the order of rows does not prove the rest, the window says so, and the next run asks what is missing."""
    vendor = start_vendor(long_cursors(5000, REFUSALS["414"][1], newest_first=True))
    settings = settings_for(vendor.base_url, SMALL_PAGES)
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    first = run_steps(settings, wanted)
    named = [
        sentence for sentence in first.left if "cursor of 5,000 characters is longer than a URL may be" in sentence
    ]
    assert len(named) == 1
    assert "network" not in named[0]
    for _ in range(2):
        last = run_steps(settings, wanted)
    assert last.complete, last.left
    assert len(rows_of(settings)) == 24
    assert len([asked for asked in vendor.questions if "after" not in asked.query]) == 3
