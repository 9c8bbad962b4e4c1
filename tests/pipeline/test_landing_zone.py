"""A landing zone with pages that the ledger does not know stops every run before its first request."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from include.domain.market import Interval
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.ledger.queries.status import windows_by_state
from include.pipeline.errors import PipelineError
from include.pipeline.landing_zone import PagesGone, UnknownPages, check_landing_zone, landing_session
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.monitoring.landed import landed_alarms
from include.pipeline.scope.scope import RunSpec, Scope
from include.pipeline.steps.plan.plan import plan
from include.pipeline.workflows.adopt import adopt
from include.pipeline.workflows.give_up_pages import give_up_pages
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, rows_of, run_steps, scope
from tests.pipeline.lost_ledger import (
    check_nothing_is_bought_again,
    copied_after,
    ledger_file,
    refusal,
    restore,
)
from tests.pipeline.lost_ledger import settings as settings
from tests.pipeline.lost_ledger import wanted as wanted


def test_the_refusal_says_what_is_there_and_what_it_cost(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    report = run_steps(settings, wanted)
    restore(settings, None)
    said = refusal(settings, wanted)

    assert f"{report.requests} pages" in said
    assert f"{vendor.account(KEY).credits:,} credits" in said
    assert settings.landing_url in said


def test_two_ledgers_at_one_landing_zone_are_refused(
    vendor: RunningSimulator, settings: Settings, settings_for: Callable[..., Settings], wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    other = settings_for(vendor.base_url, home="other", OI_LANDING_URL=settings.landing_url)
    paid = vendor.account(KEY).credits

    assert "another ledger" in refusal(other, scope(other, Interval.H4))
    assert vendor.account(KEY).credits == paid
    assert run_steps(settings, scope(settings, Interval.H4)).complete, "the first one continues"


@pytest.mark.parametrize("died", [True, False])
def test_a_zone_without_pages_belongs_to_the_ledger_at_work_there(
    settings: Settings, settings_for: Callable[..., Settings], died: bool
) -> None:
    """Another new ledger is refused until that one has ended, and where it died, until it is adopted."""
    other = settings_for(settings.api.base_url, home="other", OI_LANDING_URL=settings.landing_url)
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as first, open_ledger(other.ledger_url) as second:
        with (
            landing_session(first, store),
            pytest.raises(UnknownPages, match="ledger adopt gives the landing zone"),
        ):
            check_landing_zone(second, store)
        if died:
            identity = store.identity()
            assert identity is not None
            store.identify(replace(identity, in_session=True))
            with pytest.raises(UnknownPages, match="ledger adopt"):
                check_landing_zone(second, store)
            adopt(other)
        with landing_session(second, store), pytest.raises(UnknownPages, match="another ledger"):
            check_landing_zone(first, store)


def test_a_ledger_that_gave_its_zone_away_is_refused_there(
    vendor: RunningSimulator, settings: Settings, settings_for: Callable[..., Settings], wanted: Scope
) -> None:
    assert run_steps(settings, wanted).complete
    other = settings_for(vendor.base_url, home="other", OI_LANDING_URL=settings.landing_url)
    assert adopt(other).of_another_ledger

    assert "no page that this ledger lacks" in refusal(settings, scope(settings, Interval.H4))


def test_a_copy_of_a_run_that_died_is_noticed(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, a run writes no token at its end: its session is still open in the copy."""
    monkeypatch.setattr("include.pipeline.landing_zone._end", lambda *_: None)
    monkeypatch.setattr("include.ledger.work.landing_zone.is_forsaken", lambda *_: True)
    copied_after(settings, wanted, tmp_path / "copy.db", 2)
    rows = rows_of(settings)
    restore(settings, tmp_path / "copy.db")

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


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


def test_a_refused_plan_registers_no_run(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    restore(settings, None)
    with pytest.raises(PipelineError):
        plan(settings, RunSpec("refused", "backfill"), wanted)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert windows_by_state(connection) == {}


@pytest.mark.parametrize("lost", ["folder", "content", "address"])
def test_a_landing_zone_without_its_pages_stops_the_run(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, lost: str
) -> None:
    """Its folder may be gone, emptied, not mounted, or another one."""
    assert run_steps(settings, scope(settings, Interval.H4)).complete
    paid, landing = vendor.account(KEY).credits, settings.home / "landing"
    if lost == "address":
        settings = settings.model_copy(update={"landing_url": (settings.home / "elsewhere").as_uri()})
    else:
        for path in [landing] if lost == "folder" else landing.glob("symbol=*"):
            shutil.rmtree(path)
    for _ in range(2):
        with pytest.raises(PagesGone, match="--lost-for-good") as caught:
            run_steps(settings, wanted)
        assert caught.value.next_step == "stop_run"
    assert vendor.account(KEY).credits == paid

    assert give_up_pages(settings, lost_for_good=True) == [], "all of them were loaded"
    assert run_steps(settings, wanted).complete
    assert run_steps(settings, scope(settings, Interval.H4)).requests == 0
    shutil.rmtree(landing if lost != "address" else settings.home / "elsewhere")
    with pytest.raises(PagesGone):
        run_steps(settings, wanted)


def test_a_page_that_alone_is_missing_stops_no_run(settings: Settings, wanted: Scope) -> None:
    """Status and alarms say so, until it is back or known to be lost for good."""
    assert run_steps(settings, wanted).complete
    pages = list((settings.home / "landing").rglob("*.zst"))
    page = max(pages, key=lambda page: page.stat().st_mtime_ns)
    page.rename(settings.home / page.name)
    [alarm] = landed_alarms(settings)
    assert f"lacks 1 landed page of {len(pages)} that were looked for" in alarm.sentence
    assert page.name in alarm.sentence
    assert alarm in alarms(settings)
    assert run_steps(settings, scope(settings, Interval.H4)).complete
    assert give_up_pages(settings, lost_for_good=True) == [], "it was loaded"
    assert landed_alarms(settings) == []
