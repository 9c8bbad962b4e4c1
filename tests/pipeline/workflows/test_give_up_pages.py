"""Pages that cannot be read are given up, and nothing else is lost or bought twice."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.domain.market import Interval
from include.landing.store import LandingStore
from include.ledger.database import dialects, engine, process_id
from include.ledger.database.engine import open_ledger
from include.ledger.work.windows import OpenWindow
from include.pipeline.errors import PipelineError
from include.pipeline.landing_zone import PagesGone
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import _Extraction
from include.pipeline.steps.extract.extract import extract as extract_windows
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.workflows import give_up_pages as give_up_module
from include.pipeline.workflows.give_up_pages import give_up_pages
from include.pipeline.workflows.replay import replay
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse.connect import open_warehouse
from tests.pipeline.conftest import KEY, rows_of, run_steps, scope
from tests.pipeline.damage import COLUMNS, PAGES_OF_A_WINDOW, extract, give_up_and_load, pages_of, settled_credits
from tests.pipeline.damage import settings as settings
from tests.pipeline.damage import undisturbed as undisturbed
from tests.pipeline.damage import wanted as wanted
from tests.postgres import PostgresServer

ELSEWHERE = "elsewhere/boot/1/0.00"
"""A process on another host."""


@pytest.mark.parametrize("lost", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_pages_beside_a_lost_one_are_loaded(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, undisturbed: list[Any], lost: tuple[int, ...]
) -> None:
    """Only the time of the lost pages is bought again."""
    before = len(vendor.questions)
    extract(settings, wanted)
    paid = len(vendor.questions) - before
    for number in lost:
        pages_of(settings, "BTC")[number].write_bytes(b"damaged")
    report = give_up_and_load(settings, wanted)

    assert report.complete, report.left
    assert rows_of(settings, COLUMNS) == undisturbed
    assert len(lost) <= len(vendor.questions) - before - paid <= len(lost) + 1, "a full last page asks for one more"
    assert settled_credits(settings) == vendor.account(KEY).credits


def test_a_missing_page_is_given_up_like_a_damaged_one(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    pages_of(settings, "ETH")[1].unlink()
    report = give_up_and_load(settings, wanted)

    assert report.complete, report.left
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_half_read_window_is_given_up_with_its_unread_time(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    run = RunSpec(new_run_id("test"), "backfill", max_credits=300)
    assert extract_windows(settings, run, plan(settings, run, wanted).window_ids).stopped
    landed = pages_of(settings, "*")
    assert 0 < len(landed) < PAGES_OF_A_WINDOW
    landed[0].write_bytes(b"")
    report = give_up_and_load(settings, wanted)

    assert report.complete, report.left
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_validated_batch_needs_its_pages_no_more(settings: Settings, wanted: Scope) -> None:
    extract(settings, wanted)
    batch_ids = validate(settings, RunSpec(new_run_id("test"), "backfill"))
    for page in pages_of(settings, "BTC"):
        page.unlink()

    assert give_up_pages(settings) == []
    load(settings, batch_ids)
    assert settle(settings, batch_ids).windows == 2


def test_the_windows_of_a_living_process_are_left_to_it(
    settings: Settings, wanted: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["sleep", "60"]) as another, monkeypatch.context() as patched:
        patched.setattr(engine, "this_process", lambda: process_id._name_of(another.pid))
        extract(settings, wanted)
        pages_of(settings, "BTC")[0].unlink()
        patched.undo()
        [sentence] = give_up_pages(settings)
        another.kill()
    [given_up] = give_up_pages(settings)

    assert "another process works on it" in sentence
    assert "given up" in given_up


def test_pages_at_another_address_are_not_given_up(settings: Settings, wanted: Scope) -> None:
    """Settings that name another landing zone are no proof that the pages are lost."""
    extract(settings, wanted)
    elsewhere = settings.model_copy(update={"landing_url": settings.home.joinpath("elsewhere").as_uri()})
    with pytest.raises(PagesGone):
        run_steps(elsewhere, scope(settings, Interval.H4))

    with pytest.raises(PipelineError, match="OI_LANDING_URL"):
        give_up_pages(elsewhere)
    assert run_steps(settings, wanted).complete


def test_a_landing_zone_lost_for_good_is_given_up_on_request(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    shutil.rmtree(settings.home / "landing")

    with pytest.raises(PipelineError, match="--lost-for-good"):
        give_up_pages(settings)
    assert len(give_up_pages(settings, lost_for_good=True)) == 2
    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_two_processes_at_once_give_a_page_up_once(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    between_look_and_act(monkeypatch, lambda: give_up_pages(settings))

    assert give_up_pages(settings) == []
    run_steps(settings, wanted)
    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_pages_restored_and_loaded_meanwhile_are_kept(
    settings: Settings,
    wanted: Scope,
    undisturbed: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extract(settings, wanted)
    pages = pages_of(settings, "BTC")
    whole = [page.read_bytes() for page in pages]
    for page in pages:
        page.write_bytes(b"damaged")

    def put_back_and_load() -> None:
        for page, content in zip(pages, whole, strict=True):
            page.write_bytes(content)
        assert run_steps(settings, wanted).complete

    between_look_and_act(monkeypatch, put_back_and_load)

    assert give_up_pages(settings) == []
    with open_warehouse(settings) as warehouse:
        for table in ("open_interest_observations", "open_interest_current"):
            warehouse._session.command(f"TRUNCATE TABLE market.{table} SYNC")
    assert rows_of(settings) == []
    assert replay(settings).left == []
    assert rows_of(settings, COLUMNS) == undisturbed


def between_look_and_act(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    look = give_up_module.find_damaged

    def looked(*arguments: Any) -> Any:
        found = look(*arguments)
        monkeypatch.setattr(give_up_module, "find_damaged", look)
        happens()
        return found

    monkeypatch.setattr(give_up_module, "find_damaged", looked)


def test_a_published_batch_is_cut_again_under_another_id(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    """It died before it was settled, and its files with it."""
    settings = settings.model_copy(
        update={"warehouse": settings.warehouse.model_copy(update={"batch_rows": 1_000_000})}
    )
    extract(settings, wanted)
    batch_ids = validate(settings, RunSpec(new_run_id("test"), "backfill"))
    load(settings, batch_ids)
    shutil.rmtree(settings.home / "batches")
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")

    assert give_up_and_load(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed
    assert settle(settings, batch_ids).windows == 0


def test_a_batch_of_another_machine_without_its_page_is_not_loaded(
    settings: Settings, wanted: Scope, undisturbed: list[Any], tmp_path: Path
) -> None:
    """That machine validated the batch before the page was given up."""
    extract(settings, wanted)
    batch_ids = validate(settings, RunSpec(new_run_id("test"), "backfill"))
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    assert give_up_pages(settings.model_copy(update={"home": tmp_path / "another-machine"}))
    load(settings, batch_ids)
    assert settle(settings, batch_ids).windows == 1, "the one whose pages are whole"
    run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


@pytest.mark.parametrize("wakes", ["commit", "_land"])
def test_a_reader_that_was_frozen_leaves_a_given_up_window_alone(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch, wakes: str
) -> None:
    """It is on another host and wakes before its last page is committed, or its window closed."""
    room = PageWriter if wakes == "commit" else _Extraction
    go_on = getattr(room, wakes)

    def woken(self: Any, window: OpenWindow, *arguments: Any) -> Any:
        if window.stream.symbol == "BTC" and window.next_sequence >= PAGES_OF_A_WINDOW - 1:
            pages_of(settings, "BTC")[1].write_bytes(b"damaged")
            with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
                taken = f"owner = '{ELSEWHERE}', lease_until = '2020-01-01'"
                connection.execute(text(f"UPDATE windows SET {taken} WHERE window_id = '{window.window_id}'"))
            assert len(give_up_pages(settings)) == 1
        return go_on(self, window, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(room, wakes, woken)
        extract(settings, wanted)
    run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_slow_landing_zone_never_holds_a_ledger_transaction(
    vendor: RunningSimulator,
    settings_for: Callable[..., Settings],
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL ends a transaction that is silent for longer than it may be."""
    monkeypatch.setattr(dialects, "IDLE_TIMEOUT_SECONDS", 1)
    settings = settings_for(vendor.base_url, OI_LEDGER_URL=postgres.new_database())
    wanted = scope(settings, Interval.H1, symbols=("BTC", "ETH"))
    extract(settings, wanted)
    for page in pages_of(settings, "*"):
        page.write_bytes(b"damaged")
    look = LandingStore.damage

    def slow(self: LandingStore, path: str, sha256: str) -> str | None:
        time.sleep(0.8)
        return look(self, path, sha256)

    monkeypatch.setattr(LandingStore, "damage", slow)

    assert not report_on(settings, RunSpec(new_run_id("test"), "backfill"), wanted).complete
    assert len(give_up_pages(settings)) == 2
