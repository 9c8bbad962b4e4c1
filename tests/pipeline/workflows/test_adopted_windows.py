"""What adoption makes of windows that are half read, at work, or have two answers for one page."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.kwery.answers.doubts import Doubt
from include.landing.store import LandingStore
from include.ledger.database import process_id
from include.ledger.database.engine import open_ledger
from include.ledger.queries.status import windows_by_state
from include.ledger.work import windows
from include.ledger.work.coverage import coverage_of
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.plan.plan import plan
from include.pipeline.workflows import adopt as workflows_adopt
from include.pipeline.workflows.adopt import adopt
from include.planning.windows.coverage import Covered
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, rows_of, run_steps, scope
from tests.pipeline.lost_ledger import (
    die,
    ledger_file,
    page_of,
    refusal,
    restore,
    settled_credits,
)
from tests.pipeline.lost_ledger import settings as settings
from tests.pipeline.lost_ledger import wanted as wanted


def test_an_adoption_that_is_interrupted_is_finished_by_the_next(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    rows, paid = rows_of(settings), vendor.account(KEY).credits
    restore(settings, None)
    adopted, done = workflows_adopt.adopt_window, 0

    def interrupted(*arguments: Any) -> Any:
        nonlocal done
        done += 1
        if done == 3:
            raise KeyboardInterrupt
        return adopted(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workflows_adopt, "adopt_window", interrupted)
        with pytest.raises(KeyboardInterrupt):
            adopt(settings)
    assert 0 < settled_credits(settings) < paid
    assert "./oi ledger adopt" in refusal(settings, wanted)
    assert adopt(settings).pages > 0
    assert adopt(settings).pages == 0, "repeating it changes nothing"

    assert settled_credits(settings) == paid
    assert run_steps(settings, wanted).requests == 0
    assert rows_of(settings) == rows


def test_a_chain_without_its_end_resumes_at_its_last_page(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    report = run_steps(settings, wanted)
    rows = rows_of(settings, "* EXCEPT known_at")
    restore(settings, None)
    page_of(settings, 2).unlink()

    adopt(settings)
    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert (again.requests, report.requests > 1) == (1, True)
    assert rows_of(settings, "* EXCEPT known_at") == rows


def test_a_chain_with_a_missing_page_gives_its_rows_alone(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    """It says where rows are, and nothing of where none are: the rest of its time is read again."""
    run_steps(settings, wanted)
    rows = rows_of(settings, "* EXCEPT known_at")
    restore(settings, None)
    page_of(settings, 1).unlink()

    adopt(settings)
    run_steps(settings, wanted)
    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert rows_of(settings, "* EXCEPT known_at") == rows
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert windows_by_state(connection)["given_up"] == 1


def test_pages_of_a_window_at_work_are_left_to_its_reader(settings: Settings, wanted: Scope) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, wanted)
    parent = process_id._name_of(os.getppid())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PageWriter, "commit", die)
        with pytest.raises(ZeroDivisionError):
            extract(settings, run, planned.window_ids)
    with closing(sqlite3.connect(ledger_file(settings))) as connection, connection:
        connection.execute("UPDATE windows SET owner = ?", [parent])

    seen = adopt(settings)
    assert seen.pages == 0
    assert len(seen.in_use) > 0


def test_two_answers_landed_for_one_page_prove_nothing_empty(vendor: RunningSimulator, settings: Settings) -> None:
    """A worker that woke late landed another answer beside page 0: an hour less, and a cursor that leads elsewhere."""
    one_source = scope(settings, Interval.H1, sources=("binance_futures",))
    run_steps(settings, one_source)
    rows = rows_of(settings, "* EXCEPT known_at")
    store = LandingStore(settings.landing_url)
    first, second = (store.read(str(page_of(settings, at).relative_to(settings.home / "landing"))) for at in (0, 1))
    body = json.loads(first.page.body)
    del body["data"][5]
    body["data"].append(json.loads(second.page.body)["data"][0])
    body["meta"]["next_cursor"] = "elsewhere"
    earlier = first.page.received_at - timedelta(seconds=2)
    late = replace(first.page, body=json.dumps(body).encode(), next_cursor="elsewhere", received_at=earlier)
    store.land(first.window_id, first.sequence, first.charge_id + 1000, late, "backfill")
    restore(settings, None)

    adopt(settings)
    run_steps(settings, one_source)

    assert rows_of(settings, "* EXCEPT known_at") == rows
    series = Series("BTC", "binance_futures", Interval.H1)
    assert [one for one in known_of(settings, series) if one.found == "empty" and not one.doubts] == []
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        [window] = windows.by_ids(connection, [first.window_id])
    assert Doubt.PAGES_DIFFER in window.doubts


def test_a_late_answer_beside_a_known_page_takes_back_emptiness(vendor: RunningSimulator, settings: Settings) -> None:
    """The ledger has the page; another answer to the same request, an hour longer, is adopted later."""
    vendor.turn_on({"missing_rows": 1.0})
    one_source = scope(settings, Interval.H1, sources=("binance_futures",))
    run_steps(settings, one_source)
    series = Series("BTC", "binance_futures", Interval.H1)
    assert any(one.found == "empty" for one in known_of(settings, series))
    store = LandingStore(settings.landing_url)
    first = store.read(str(page_of(settings, 0).relative_to(settings.home / "landing")))
    late = replace(first.page, body=first.page.body + b" ")
    store.land(first.window_id, first.sequence, first.charge_id + 1000, late, "backfill")

    adopt(settings)

    assert [one for one in known_of(settings, series) if one.found == "empty"] == []


def known_of(settings: Settings, series: Series) -> list[Covered]:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return coverage_of(connection, [series])[series]
