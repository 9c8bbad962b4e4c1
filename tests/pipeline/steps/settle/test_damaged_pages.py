"""Landed pages that are damaged, or gone, before and after their rows were loaded."""

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
from include.kwery.errors import CursorRejected
from include.kwery.models import Request
from include.landing.store import LandingStore
from include.ledger.credits.spend_totals import totals
from include.ledger.database import dialects, engine, process_id
from include.ledger.database.engine import open_ledger
from include.ledger.work.windows import OpenWindow
from include.pipeline.errors import PipelineError
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import _Extraction
from include.pipeline.steps.extract.extract import extract as extract_windows
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle import damaged_pages
from include.pipeline.steps.settle.damaged_pages import give_up_damaged
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.workflows.replay import replay
from include.settings import Settings, load_settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from tests.pipeline.conftest import KEY, NOW, rows_of, run_steps, scope
from tests.postgres import PostgresServer

PAGES_OF_A_WINDOW = 3
COLUMNS = "* EXCEPT known_at"
ELSEWHERE = "elsewhere/boot/1/0.00"
"""A process on another host."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Small pages, three of which make a window; each window is a batch."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": PAGES_OF_A_WINDOW}),
            "api": settings.api.model_copy(update={"row_cap": 24}),
            "warehouse": settings.warehouse.model_copy(update={"batch_rows": 1}),
        }
    )


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1, symbols=("BTC", "ETH"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The rows that the scope has when nothing is lost."""
    home = tmp_path_factory.mktemp("undisturbed")
    (config := home / "pipeline.yaml").touch()
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as vendor:
        given = {"OI_HOME": str(home), "KWERY_API_KEY": KEY, "KWERY_BASE_URL": vendor.base_url}
        settings = load_settings(given, config)
        assert run_steps(settings, scope(settings, Interval.H1, symbols=("BTC", "ETH"))).complete
    return rows_of(settings, COLUMNS)


def extract(settings: Settings, wanted: Scope) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    extract_windows(settings, run, plan(settings, run, wanted).window_ids)


def pages_of(settings: Settings, symbol: str) -> list[Path]:
    """In the order in which they were read."""
    return sorted((settings.home / "landing").glob(f"symbol={symbol}/**/*.zst"), key=lambda page: page.name)


def settled_credits(settings: Settings) -> int:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return totals(connection)[0]


def give_up_and_load(settings: Settings, wanted: Scope) -> RunReport:
    """The report of the run after the one that loads what is intact."""
    assert give_up_damaged(settings)
    run_steps(settings, wanted)
    return run_steps(settings, wanted)


@pytest.mark.parametrize("lost", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_what_is_intact_beside_a_lost_page_is_loaded_and_only_the_rest_is_bought_again(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, undisturbed: list[Any], lost: tuple[int, ...]
) -> None:
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


def test_a_page_that_is_gone_is_as_one_that_is_damaged(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    pages_of(settings, "ETH")[1].unlink()
    report = give_up_and_load(settings, wanted)

    assert report.complete, report.left
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_half_read_window_is_given_up_with_what_it_has_not_read(
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


def test_a_batch_that_was_judged_needs_its_pages_no_more(settings: Settings, wanted: Scope) -> None:
    extract(settings, wanted)
    batch_ids = validate(settings, RunSpec(new_run_id("test"), "backfill"))
    for page in pages_of(settings, "BTC"):
        page.unlink()

    assert give_up_damaged(settings) == []
    load(settings, batch_ids)
    assert settle(settings, batch_ids).windows == 2


def test_what_a_living_process_is_at_work_on_is_left_to_it(
    settings: Settings, wanted: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["sleep", "60"]) as another, monkeypatch.context() as patched:
        patched.setattr(engine, "this_process", lambda: process_id._name_of(another.pid))
        extract(settings, wanted)
        pages_of(settings, "BTC")[0].unlink()
        patched.undo()
        [sentence] = give_up_damaged(settings)
        another.kill()
    [given_up] = give_up_damaged(settings)

    assert "another process is at work on it" in sentence
    assert "given up" in given_up


def test_a_landing_zone_at_another_place_is_not_taken_for_one_that_lost_its_pages(
    settings: Settings, wanted: Scope
) -> None:
    extract(settings, wanted)
    elsewhere = settings.model_copy(update={"landing_url": settings.home.joinpath("elsewhere").as_uri()})
    run_steps(elsewhere, scope(settings, Interval.H4))

    with pytest.raises(PipelineError, match="OI_LANDING_URL"):
        give_up_damaged(elsewhere)
    assert run_steps(settings, wanted).complete


def test_a_landing_zone_that_is_lost_for_good_is_given_up_when_that_is_said(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    shutil.rmtree(settings.home / "landing")

    with pytest.raises(PipelineError, match="--lost-for-good"):
        give_up_damaged(settings)
    assert len(give_up_damaged(settings, lost_for_good=True)) == 2
    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_two_at_once_give_a_page_up_once(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    between_look_and_act(monkeypatch, lambda: give_up_damaged(settings))

    assert give_up_damaged(settings) == []
    run_steps(settings, wanted)
    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_pages_that_are_back_and_loaded_meanwhile_are_not_given_up(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
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

    assert give_up_damaged(settings) == []
    shutil.rmtree(settings.home / "warehouse")
    assert replay(settings).left == []
    assert rows_of(settings, COLUMNS) == undisturbed


def between_look_and_act(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    look = damaged_pages._damaged

    def looked(*arguments: Any) -> Any:
        found = look(*arguments)
        monkeypatch.setattr(damaged_pages, "_damaged", look)
        happens()
        return found

    monkeypatch.setattr(damaged_pages, "_damaged", looked)


def test_a_batch_that_was_published_is_cut_anew_under_another_id(
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


def test_what_another_machine_has_judged_is_not_loaded_once_its_page_was_given_up(
    settings: Settings, wanted: Scope, undisturbed: list[Any], tmp_path: Path
) -> None:
    extract(settings, wanted)
    batch_ids = validate(settings, RunSpec(new_run_id("test"), "backfill"))
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    assert give_up_damaged(settings.model_copy(update={"home": tmp_path / "another-machine"}))
    load(settings, batch_ids)
    assert settle(settings, batch_ids).windows == 1, "the one whose pages are whole"
    run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


@pytest.mark.parametrize("wakes", ["commit", "_land"])
def test_a_reader_that_was_silent_too_long_does_not_take_its_window_up_again(
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
            assert len(give_up_damaged(settings)) == 1
        return go_on(self, window, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(room, wakes, woken)
        extract(settings, wanted)
    run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_damaged_page_that_was_landed_and_not_committed_is_asked_again(
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


def test_a_loaded_page_that_is_gone_ends_its_window_where_the_vendor_no_longer_takes_the_cursor(
    settings: Settings, wanted: Scope, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunSpec(new_run_id("test"), "backfill", max_credits=300)
    assert extract_windows(settings, run, plan(settings, run, wanted).window_ids).stopped
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    for page in pages_of(settings, "*"):
        page.unlink()
    fetch = PaidRequests.fetch

    def fetched(self: PaidRequests, window: OpenWindow, request: Request) -> Any:
        if request.after is not None and window.next_sequence == 1:
            raise CursorRejected("too old", status=410, code="cursor_expired", request=request)
        return fetch(self, window, request)

    with monkeypatch.context() as patched:
        patched.setattr(PaidRequests, "fetch", fetched)
        run_steps(settings, wanted)

    assert run_steps(settings, wanted).complete
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_slow_landing_zone_is_not_read_inside_a_transaction_of_the_ledger(
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
    assert len(give_up_damaged(settings)) == 2


def test_under_airflow_other_batches_are_loaded_and_the_report_names_the_damaged_page(
    settings: Settings, wanted: Scope
) -> None:
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


@pytest.mark.parametrize("content", [b"damaged", None], ids=["damaged", "gone"])
def test_a_replay_keeps_the_rows_of_a_window_that_has_a_page_which_cannot_be_read(
    settings: Settings, wanted: Scope, undisturbed: list[Any], content: bytes | None
) -> None:
    run_steps(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    page.unlink() if content is None else page.write_bytes(content)
    replayed = replay(settings)

    assert rows_of(settings, COLUMNS) == undisturbed
    assert replayed.pages == PAGES_OF_A_WINDOW, "those of the other window"
    [sentence] = replayed.left
    assert page.name in sentence
    assert "reread" in sentence


def test_a_replay_says_what_to_do_about_a_page_that_was_never_loaded(settings: Settings, wanted: Scope) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].unlink()

    [sentence] = replay(settings).left
    assert "./oi heal --damaged" in sentence


def test_a_replay_at_another_place_says_so(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    elsewhere = settings.model_copy(update={"landing_url": settings.home.joinpath("elsewhere").as_uri()})

    with pytest.raises(PipelineError, match="OI_LANDING_URL"):
        replay(elsewhere)


def test_a_replay_after_a_page_was_given_up_gives_the_same(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    give_up_and_load(settings, wanted)
    replayed = replay(settings)

    assert replayed.left == []
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_damaged_page_that_the_ledger_does_not_know_stops_a_replay(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    page.with_name(f"another-{page.name}").write_bytes(b"damaged")

    with pytest.raises(PipelineError, match="move the file away"):
        replay(settings)
