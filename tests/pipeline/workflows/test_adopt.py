"""A ledger that is lost, or put back from a copy: what is landed is adopted, and nothing of it is bought again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.landing.store import LandingStore
from include.ledger.credits.account import account_of
from include.ledger.credits.spend_totals import totals
from include.ledger.database import process_id
from include.ledger.database.engine import open_ledger
from include.ledger.queries.status import spend_by_month, windows_by_state
from include.ledger.work.coverage import coverage_of
from include.pipeline.errors import PipelineError
from include.pipeline.landing_zone import UnknownPages
from include.pipeline.monitoring.status import reconciliation
from include.pipeline.pricing.preview import preview
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
from tests.s3 import S3Server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_small_pages(settings)


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1)


def with_small_pages(settings: Settings) -> Settings:
    """Three pages make a window, several windows a scope, and one request at a time is under way."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": 3}),
            "api": settings.api.model_copy(update={"row_cap": 10, "concurrency": 1}),
        }
    )


def ledger_file(settings: Settings) -> Path:
    return settings.home / "ledger.db"


def copy(settings: Settings, to: Path) -> None:
    """As `sqlite3 ledger.db ".backup copy.db"` does, also while a run is at work."""
    with closing(sqlite3.connect(ledger_file(settings))) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def put_back(settings: Settings, backup: Path | None) -> None:
    """The ledger as it was copied, or none at all."""
    for file in settings.home.glob("ledger.db*"):
        file.unlink()
    if backup is not None:
        copied = backup.read_bytes()
        ledger_file(settings).write_bytes(copied)


def settled_credits(settings: Settings) -> int:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        settled, reserved = totals(connection)
    return settled + reserved


def refusal(settings: Settings, wanted: Scope) -> str:
    with pytest.raises(UnknownPages) as caught:
        run_steps(settings, wanted)
    assert caught.value.next_step == "stop_run"
    return str(caught.value)


def copied_after(settings: Settings, wanted: Scope, backup: Path, commits: int) -> None:
    """A run from its plan to its report, whose ledger was copied when it had committed that many pages."""
    commit, done = PageWriter.commit, 0

    def committed(*arguments: Any) -> Any:
        nonlocal done
        moved = commit(*arguments)
        done += 1
        if done == commits:
            copy(settings, backup)
        return moved

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PageWriter, "commit", committed)
        assert run_steps(settings, wanted).complete


def check_nothing_is_bought_again(vendor: RunningSimulator, settings: Settings, wanted: Scope, rows: list[Any]) -> None:
    asked, paid = len(vendor.questions), vendor.account(KEY).credits
    assert "./oi ledger adopt" in refusal(settings, wanted)
    assert len(vendor.questions) == asked, "not even a free request is made"

    seen = adopt(settings, dry_run=True)
    done = adopt(settings)
    assert (seen.pages, seen.rows, seen.credits) == (done.pages, done.rows, done.credits)
    assert settled_credits(settings) == paid
    report = run_steps(settings, wanted)

    assert report.complete, report.left
    assert (report.requests, vendor.account(KEY).credits) == (0, paid)
    assert settled_credits(settings) == paid
    assert rows_of(settings) == rows


def test_a_lost_ledger_adopts_all_that_is_landed(vendor: RunningSimulator, settings: Settings, wanted: Scope) -> None:
    assert run_steps(settings, wanted).complete
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        spent = spend_by_month(connection)
    rows = rows_of(settings)
    put_back(settings, None)

    check_nothing_is_bought_again(vendor, settings, wanted, rows)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert spend_by_month(connection) == spent, "by day and lane, with the rows that came for it"


@pytest.mark.parametrize("commits", [1, 6])
def test_a_ledger_that_was_copied_in_mid_run_buys_nothing_again(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path, commits: int
) -> None:
    copied_after(settings, wanted, tmp_path / "copy.db", commits)
    rows = rows_of(settings)
    put_back(settings, tmp_path / "copy.db")

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_a_copy_from_before_the_run_buys_nothing_again(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path
) -> None:
    """Its windows are planned by nobody then: their ids are in the landing zone alone."""
    assert run_steps(settings, scope(settings, Interval.H4)).complete
    copy(settings, tmp_path / "copy.db")
    assert run_steps(settings, wanted).complete
    rows = rows_of(settings)
    put_back(settings, tmp_path / "copy.db")

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_an_answer_that_was_in_flight_is_adopted_by_the_run(
    vendor: RunningSimulator, settings: Settings, tmp_path: Path
) -> None:
    """The copy has its reservation, so nothing is unknown: its window takes the page up where it reads on."""
    wanted, land = scope(settings, Interval.H4, sources=("kalshi",)), PageWriter.land

    def landed(*arguments: Any) -> Any:
        copy(settings, tmp_path / "copy.db")
        return land(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PageWriter, "land", landed)
        assert run_steps(settings, wanted).complete
    put_back(settings, tmp_path / "copy.db")
    paid = vendor.account(KEY).credits

    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert vendor.account(KEY).credits == paid == settled_credits(settings)


def test_a_copy_of_a_run_that_died_is_noticed(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, a run writes no token at its end: its session is still open in the copy."""
    monkeypatch.setattr("include.pipeline.landing_zone._end", lambda *_: None)
    monkeypatch.setattr("include.ledger.work.landing_zone.is_forsaken", lambda *_: True)
    copied_after(settings, wanted, tmp_path / "copy.db", 2)
    rows = rows_of(settings)
    put_back(settings, tmp_path / "copy.db")

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_a_landing_zone_on_s3_is_adopted_from_too(
    vendor: RunningSimulator, settings_for: Callable[..., Settings], s3: S3Server
) -> None:
    settings = with_small_pages(settings_for(vendor.base_url, OI_LANDING_URL=s3.url("landing")))
    wanted = scope(settings, Interval.H1)
    assert run_steps(settings, wanted).complete
    rows = rows_of(settings)
    put_back(settings, None)

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_the_refusal_says_what_is_there_and_what_it_cost(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    report = run_steps(settings, wanted)
    put_back(settings, None)
    said = refusal(settings, wanted)

    assert f"{report.requests} pages" in said
    assert f"{vendor.account(KEY).credits:,} credits" in said
    assert settings.landing_url in said


def test_an_account_that_was_read_in_between_explains_every_charge(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    """The new ledger has given out ids of charges by then, which the landed pages name too."""
    assert run_steps(settings, wanted).complete
    put_back(settings, None)
    preview(settings, "backfill", wanted)
    adopt(settings)
    preview(settings, "backfill", wanted)

    found = reconciliation(settings)
    assert settled_credits(settings) == vendor.account(KEY).credits
    assert found is not None
    assert found.unexplained == 0
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        account = account_of(connection)
    assert account is not None
    assert account.credits_limit is not None
    assert account.available_credits == account.credits_limit - vendor.account(KEY).credits


def test_two_ledgers_at_one_landing_zone_are_refused(
    vendor: RunningSimulator, settings: Settings, settings_for: Callable[..., Settings], wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    other = settings_for(vendor.base_url, home="other", OI_LANDING_URL=settings.landing_url)
    paid = vendor.account(KEY).credits

    assert "another ledger" in refusal(other, scope(other, Interval.H4))
    assert vendor.account(KEY).credits == paid
    assert run_steps(settings, scope(settings, Interval.H4)).complete, "the first one goes on"


def test_a_ledger_that_gave_its_zone_away_is_refused_there(
    vendor: RunningSimulator, settings: Settings, settings_for: Callable[..., Settings], wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    other = settings_for(vendor.base_url, home="other", OI_LANDING_URL=settings.landing_url)
    assert adopt(other).of_another_ledger

    assert "no page that this ledger lacks" in refusal(settings, scope(settings, Interval.H4))


def test_an_adoption_that_is_interrupted_is_finished_by_the_next(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    rows, paid = rows_of(settings), vendor.account(KEY).credits
    put_back(settings, None)
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
    put_back(settings, None)
    page_of(settings, 2).unlink()

    adopt(settings)
    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert (again.requests, report.requests > 1) == (1, True)
    assert rows_of(settings, "* EXCEPT known_at") == rows


def page_of(settings: Settings, sequence: int) -> Path:
    """A page of a window that has three."""
    landed = settings.home / "landing"
    window_id = min(landed.rglob("*-00002-*.zst")).name.partition("-00002-")[0]
    return next(landed.rglob(f"{window_id}-{sequence:05d}-*.zst"))


def test_a_chain_with_a_missing_page_gives_its_rows_alone(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    """It says where rows are, and nothing of where none are: the rest of its time is read again."""
    run_steps(settings, wanted)
    rows = rows_of(settings, "* EXCEPT known_at")
    put_back(settings, None)
    page_of(settings, 1).unlink()

    adopt(settings)
    run_steps(settings, wanted)
    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert rows_of(settings, "* EXCEPT known_at") == rows
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert windows_by_state(connection)["given_up"] == 1


def test_a_home_from_before_identities_needs_no_adoption(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    (settings.home / "landing" / ".landing-zone").write_text("Pages that were paid for are landed here.\n")
    with closing(sqlite3.connect(ledger_file(settings))) as connection, connection:
        connection.execute("DELETE FROM ledger_identity")
        connection.execute("DELETE FROM landing_sessions")

    assert run_steps(settings, scope(settings, Interval.H4)).complete
    identity = LandingStore(settings.landing_url).identity()
    assert identity is not None


def test_usually_no_page_is_listed(settings: Settings, wanted: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """One small file is read, however large the landing zone is."""
    assert run_steps(settings, scope(settings, Interval.H4)).complete

    def listed(*_: object) -> None:
        raise AssertionError("listed")

    monkeypatch.setattr(LandingStore, "walk", listed)
    assert run_steps(settings, wanted).complete


def test_pages_of_a_window_at_work_are_left_to_its_reader(settings: Settings, wanted: Scope) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, wanted)
    parent = process_id._name_of(os.getppid())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PageWriter, "commit", _die)
        with pytest.raises(ZeroDivisionError):
            extract(settings, run, planned.window_ids)
    with closing(sqlite3.connect(ledger_file(settings))) as connection, connection:
        connection.execute("UPDATE windows SET owner = ?", [parent])

    seen = adopt(settings)
    assert seen.pages == 0
    assert len(seen.in_use) > 0


def _die(*_: object) -> None:
    raise ZeroDivisionError


def test_a_refused_plan_registers_no_run(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    put_back(settings, None)
    with pytest.raises(PipelineError):
        plan(settings, RunSpec("refused", "backfill"), wanted)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert windows_by_state(connection) == {}


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
    put_back(settings, None)

    adopt(settings)
    run_steps(settings, one_source)

    assert rows_of(settings, "* EXCEPT known_at") == rows
    series = Series("BTC", "binance_futures", Interval.H1)
    assert [one for one in known_of(settings, series) if one.found == "empty" and not one.doubts] == []


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
