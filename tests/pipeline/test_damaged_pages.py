"""Landed pages that are damaged, or gone, before their rows were loaded."""

from __future__ import annotations

from typing import Any

import pytest

from include.kwery.errors import CursorRejected
from include.kwery.models import Request
from include.ledger.credits.permits import Granted
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract as extract_windows
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.settings import Settings
from tests.pipeline.conftest import rows_of, run_steps
from tests.pipeline.damage import COLUMNS, extract, pages_of
from tests.pipeline.damage import settings as settings
from tests.pipeline.damage import undisturbed as undisturbed
from tests.pipeline.damage import wanted as wanted


def test_a_damaged_page_that_was_never_committed_is_requested_again(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(PageWriter, "commit", _dies)
        with pytest.raises(InterruptedError):
            extract(settings, wanted)
    for page in pages_of(settings, "*"):
        page.write_bytes(b"damaged")

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def _dies(*_: object) -> None:
    raise InterruptedError


def test_without_cursor_and_page_a_window_ends_early(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor rejects the cursor, and the page that would show where to continue is damaged."""
    run = RunSpec(new_run_id("test"), "backfill", max_credits=300)
    assert extract_windows(settings, run, plan(settings, run, wanted).window_ids).stopped
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    for page in pages_of(settings, "*"):
        page.write_bytes(b"damaged")
    fetch = PaidRequests.fetch

    def fetched(self: PaidRequests, window: OpenWindow, request: Request, granted: Granted | None = None) -> Any:
        if granted is not None and window.next_sequence == 1:
            self.cancel(granted)
            raise CursorRejected("too old", status=410, code="cursor_expired", request=request)
        return fetch(self, window, request, granted)

    with monkeypatch.context() as patched:
        patched.setattr(PaidRequests, "fetch", fetched)
        run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_other_batches_are_loaded_and_the_report_names_the_page(settings: Settings, wanted: Scope) -> None:
    """As under Airflow, where each step is a task."""
    extract(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    whole = page.read_bytes()
    page.write_bytes(whole[:-1])
    report = run_steps(settings, wanted)
    loaded = rows_of(settings, "symbol")
    page.write_bytes(whole)
    restored = run_steps(settings, wanted)

    assert {symbol for (symbol,) in loaded} == {"ETH"}
    [sentence] = [one for one in report.left if page.name in one]
    assert "put the file back from a copy" in sentence
    assert "./oi heal --damaged" in sentence
    assert restored.complete, restored.left
