"""Landed pages that are damaged, or gone, before and after their rows were loaded."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from include import pipeline
from include.kwery.contract import Interval
from include.landing.errors import LandingDamaged
from include.ledger import engine, holder
from include.ledger.account import totals
from include.ledger.engine import open_ledger
from include.pipeline import PipelineError, RunReport, RunSpec, Scope
from include.pipeline.damage import give_up_damaged
from include.settings import Settings, load_settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from tests.pipeline.conftest import KEY, NOW, rows_of, run_steps, scope

PAGES_OF_A_WINDOW = 3
COLUMNS = "* EXCEPT known_at"


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
    run = RunSpec(pipeline.new_run_id("test"), "backfill")
    pipeline.extract(settings, run, pipeline.plan(settings, run, wanted).window_ids)


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
    run = RunSpec(pipeline.new_run_id("test"), "backfill", max_credits=300)
    assert pipeline.extract(settings, run, pipeline.plan(settings, run, wanted).window_ids).stopped
    landed = pages_of(settings, "*")
    assert 0 < len(landed) < PAGES_OF_A_WINDOW
    landed[0].write_bytes(b"")
    report = give_up_and_load(settings, wanted)

    assert report.complete, report.left
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_batch_that_was_judged_needs_its_pages_no_more(settings: Settings, wanted: Scope) -> None:
    extract(settings, wanted)
    batch_ids = pipeline.validate(settings, RunSpec(pipeline.new_run_id("test"), "backfill"))
    for page in pages_of(settings, "BTC"):
        page.unlink()

    assert give_up_damaged(settings) == []
    pipeline.load(settings, batch_ids)
    assert pipeline.settle(settings, batch_ids).windows == 2


def test_what_a_living_process_is_at_work_on_is_left_to_it(
    settings: Settings, wanted: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["sleep", "60"]) as another, monkeypatch.context() as patched:
        patched.setattr(engine, "this_process", lambda: holder._name_of(another.pid))
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

    with pytest.raises(PipelineError, match="OI_LANDING_URL"):
        give_up_damaged(elsewhere)
    assert run_steps(settings, wanted).complete


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
    replayed = pipeline.replay(settings)

    assert rows_of(settings, COLUMNS) == undisturbed
    assert replayed.pages == PAGES_OF_A_WINDOW, "those of the other window"
    [sentence] = replayed.left
    assert page.name in sentence


def test_a_replay_after_a_page_was_given_up_gives_the_same(
    settings: Settings, wanted: Scope, undisturbed: list[Any]
) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    give_up_and_load(settings, wanted)
    replayed = pipeline.replay(settings)

    assert replayed.left == []
    assert rows_of(settings, COLUMNS) == undisturbed


def test_a_damaged_page_that_the_ledger_does_not_know_stops_a_replay(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    page.with_name(f"another-{page.name}").write_bytes(b"damaged")

    with pytest.raises(LandingDamaged):
        pipeline.replay(settings)
