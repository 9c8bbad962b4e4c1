from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.ledger.work import leases, runs, windows
from include.pipeline.run_notes import priced_run
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.finish_run import finish_run
from include.pipeline.steps.report.run_report import report
from include.settings import Settings
from tests import clock
from tests.behaviours.vendor import hours, page, vendor_of
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import run_steps, scope

ELSEWHERE = "host:machine:namespace/boot/1/1"
"""The id of a process on another machine."""


def new_run(**more: object) -> RunSpec:
    return RunSpec(new_run_id("test"), "backfill", one_process=False, **more)  # type: ignore[arg-type] # several types


def test_a_report_leaves_the_ledger_as_it_is(settings: Settings) -> None:
    """Only finishing a run writes its outcome."""
    wanted, run = scope(settings, Interval.H1), new_run()
    plan(settings, run, wanted)

    found = report(settings, run, wanted)

    assert not found.complete
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        before = runs.run_of(connection, run.run_id)
    finish_run(settings, found)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        after = runs.run_of(connection, run.run_id)
    assert before is not None
    assert after is not None
    assert (before.finished_at, before.outcome) == (None, None)
    assert after.finished_at is not None
    assert after.complete is False
    assert after.outcome["left"] == found.left


def test_an_open_re_read_of_covered_time_leaves_a_run_complete(settings: Settings) -> None:
    """A run takes its windows along, and its cap ends their reading; nothing that the run wants is left."""
    wanted = scope(settings, Interval.H1)
    run_steps(settings, wanted)
    reread = new_run()
    plan(settings, reread, replace(wanted, reread_for=reread.run_id))

    found = run_steps(settings, wanted, max_credits=0)

    assert found.complete, found.left
    assert any("stopped:" in note for note in found.notes)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert len(windows.open_windows(connection)) == 1, "the re-read is still to come"
    assert not report(settings, reread, replace(wanted, reread_for=reread.run_id)).complete


def test_requests_without_a_page_are_counted_apart(settings_for: Callable[..., Settings]) -> None:
    """A plan of one request takes three here, since two of them end in an error."""
    busy = Reply(503, {"error": {"code": "unavailable", "message": "busy"}}, {"Retry-After": "0"})
    with vendor_of(busy, busy, page(hours(0, 24))) as vendor:
        settings = settings_for(vendor.base_url)
        found = run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)))

    assert found.complete, found.left
    assert (found.requests, found.failed_requests) == (3, 2)
    priced = priced_run(settings, found.run_id)
    assert priced is not None
    assert priced["failed_requests"] == 2


def test_time_that_another_process_reads_is_left_to_it(settings: Settings) -> None:
    wanted = scope(settings, Interval.H1)
    planned = plan(settings, new_run(), wanted)
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        assert leases.claim(connection, planned.window_ids[0], ELSEWHERE, clock.now()) is not None

    found = report(settings, new_run(), wanted)

    assert found.left == [
        "no part of the range is whole yet; another process reads the rest: run the same again when it has ended"
    ]
