"""Which windows settling finds ready, whoever closed them, and what they add to each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from include.domain.market import Interval
from include.kwery.errors import CursorRejected
from include.kwery.models import Request
from include.ledger.credits.permits import Granted
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import windows
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.settings import Settings
from tests.pipeline.conftest import DAY, run_steps, scope


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One window of three pages."""
    return settings.model_copy(update={"api": settings.api.model_copy(update={"row_cap": 24, "concurrency": 1})})


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1)


@pytest.fixture
def refused_late(settings: Settings, wanted: Scope) -> OpenWindow:
    """A window whose first page is settled, and whose chain was found broken after that."""
    run = RunSpec(new_run_id("test"), "backfill", max_credits=200)
    [window_id] = plan(settings, run, wanted).window_ids
    assert extract(settings, run, [window_id]).stopped
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    for page in (settings.home / "landing").rglob("*.zst"):
        page.write_bytes(b"")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PaidRequests, "fetch", _rejected)
        assert extract(settings, run, [window_id]).refused
    return window_of(settings, window_id)


def _rejected(self: PaidRequests, window: OpenWindow, request: Request, granted: Granted | None = None) -> Any:
    if granted is not None:
        self.cancel(granted)
    raise CursorRejected("too old", status=410, code="cursor_expired", request=request)


def window_of(settings: Settings, window_id: str) -> OpenWindow:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return windows.by_ids(connection, [window_id])[0]


def open_ids(settings: Settings) -> list[str]:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return [window.window_id for window in windows.open_windows(connection)]


def test_rule_1_a_window_refused_late_is_open_until_its_rows_are_claimed(
    settings: Settings, wanted: Scope, refused_late: OpenWindow
) -> None:
    """Its page is settled already, so no batch brings the window to settling."""
    assert refused_late.state is WindowState.REFUSED
    assert open_ids(settings) == [refused_late.window_id]
    before = plan(settings, RunSpec(new_run_id("test"), "backfill"), wanted)
    settled = settle(settings, [])
    again = settle(settings, [])

    assert before.window_ids == []
    assert (settled.windows, again.windows) == (1, 0)
    assert open_ids(settings) == []
    assert window_of(settings, refused_late.window_id).state is WindowState.REFUSED


def test_the_rest_of_a_window_refused_late_is_bought_by_the_next_run(
    settings: Settings, wanted: Scope, refused_late: OpenWindow
) -> None:
    settle(settings, [])
    report = run_steps(settings, wanted)

    assert report.complete, report.left
    assert 0 < report.loaded.new < refused_late.expected_rows


def test_two_windows_of_a_series_settled_together_are_both_covered(settings: Settings) -> None:
    """The coverage of a series is read once and written once: the second adds to what the first one left."""
    parts = [(0, 8), (16, 24)]
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = [
        scope(settings, Interval.H1, start=DAY + timedelta(hours=first), end=DAY + timedelta(hours=last))
        for first, last in parts
    ]
    window_ids = [window_id for part in wanted for window_id in plan(settings, run, part).window_ids]
    assert len(window_ids) == 2
    extract(settings, run, window_ids)
    batch_ids = validate(settings, run)
    load(settings, batch_ids)

    assert (len(batch_ids), settle(settings, batch_ids).windows) == (1, 2)
    assert [plan(settings, run, part).window_ids for part in wanted] == [[], []]
