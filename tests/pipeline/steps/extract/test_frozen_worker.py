"""Rules 1 to 5 where a worker is frozen at any point, and wakes after another has taken its window."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from include.domain.market import Interval
from include.ledger.credits import permits
from include.ledger.credits.open_charges import open_charges
from include.ledger.credits.spend_totals import totals
from include.ledger.database import engine
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import PageRow
from include.ledger.work import batches, pages, windows
from include.ledger.work.findings import findings_of_windows
from include.ledger.work.windows import LEASE
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract import extract as extract_step
from include.pipeline.steps.extract import paid_requests
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.extract.pacer import Pacer
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.window_reader import WindowReader
from include.pipeline.steps.load import load as load_step
from include.pipeline.steps.load.load import load as load_batches
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle import settle as settle_step
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.vendor import send_slot
from include.settings import Settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from include.warehouse.warehouse import Warehouse
from tests import clock
from tests.behaviours.conftest import coverage
from tests.behaviours.vendor import hours, page, vendor_of
from tests.pipeline.conftest import KEY, NOW, rows_of, scope

POINTS: dict[str, tuple[Any, str]] = {
    "claimed": (WindowReader, "_catch_up"),
    "before the permit": (permits, "permit"),
    "before sending": (paid_requests, "wait_for_slot"),
    "answer received": (PageWriter, "land"),
    "page landed": (PageWriter, "commit"),
    "before the next page": (Pacer, "wait_out_pause"),
    "before the end": (extract_step._Extraction, "_land"),
}
PAGES = 3


class World:
    """Each process is on a machine of its own; the worker's clock can be moved on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        self._patch = monkeypatch
        numbers = itertools.count()
        monkeypatch.setattr(engine, "this_process", lambda: f"machine-{next(numbers)}/boot/1/0.00")
        for place, name in ((Pacer, "now"), (send_slot, "utc_now")):  # one clock: else each slot is waited for
            monkeypatch.setattr(place, name, staticmethod(lambda: clock.now() + self.ahead))

    def freeze_at(self, place: Any, name: str, call: int, meanwhile: Callable[[], object]) -> None:
        """Runs `meanwhile`, a lease later, before the given call of a function continues."""
        function, calls = getattr(place, name), itertools.count(1)

        def frozen(*arguments: Any, **named: Any) -> Any:
            if next(calls) == call:
                self.ahead += LEASE + timedelta(seconds=1)
                meanwhile()
            return function(*arguments, **named)

        self._patch.setattr(place, name, frozen)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.fixture
def vendor() -> Any:
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as simulator:
        yield simulator


@pytest.fixture
def settings(vendor: RunningSimulator, settings_for: Callable[..., Settings]) -> Settings:
    found = settings_for(vendor.base_url)
    return found.model_copy(update={"api": found.api.model_copy(update={"concurrency": 1, "row_cap": 10})})


def planned(settings: Settings) -> tuple[RunSpec, list[str]]:
    run = RunSpec(new_run_id("test"), "backfill", one_process=False)
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    return run, plan(settings, run, wanted).window_ids


def recorded(settings: Settings, vendor: RunningSimulator) -> list[tuple[int, int]]:
    """Sequence and rows of each page in the ledger, where every credit that the vendor took is."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert totals(connection) == (vendor.account(KEY).credits, 0)
        assert open_charges(connection) == []
        found = connection.execute(select(PageRow.sequence, PageRow.rows).order_by(PageRow.sequence))
        return [(row.sequence, row.rows) for row in found]


def load(settings: Settings, run: RunSpec) -> None:
    batch_ids = validate(settings, run)
    load_batches(settings, batch_ids)
    settle(settings, batch_ids)


def check(settings: Settings) -> None:
    """Every row once, and nothing left open."""
    timestamps = rows_of(settings, "timestamp")
    assert len(timestamps) == len(set(timestamps)) == 24
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert windows.open_windows(connection) == []
        assert pages.unsettled(connection) == []


@pytest.mark.parametrize("call", range(1, PAGES + 1))
@pytest.mark.parametrize("point", POINTS)
def test_a_reader_that_wakes_late_leaves_the_window_to_another(
    world: World, vendor: RunningSimulator, settings: Settings, point: str, call: int
) -> None:
    """At every point of every page; the window costs at most one page more, the one that was in flight."""
    run, window_ids = planned(settings)
    others: list[Extracted] = []
    world.freeze_at(*POINTS[point], call, lambda: others.append(extract(settings, run, window_ids)))
    extracted = extract(settings, run, window_ids)

    was_frozen = bool(others)
    assert was_frozen or call > 1
    assert (others or [extracted])[0].landed == window_ids
    assert extracted.elsewhere == (window_ids if was_frozen else [])
    assert extracted.stopped is None
    assert recorded(settings, vendor) == [(0, 10), (1, 10), (2, 4)]
    in_flight = point in ("answer received", "page landed")
    assert len([one for one in vendor.questions if one.status == 200]) <= PAGES + in_flight
    if call == 1 and in_flight:
        load(settings, run)
        check(settings)


@pytest.mark.parametrize("is_settled", [False, True], ids=["landed", "settled"])
@pytest.mark.parametrize("lacks", [0, 4])
def test_a_row_that_only_the_lost_page_holds_leaves_no_hour_empty(
    world: World, settings_for: Callable[..., Settings], lacks: int, is_settled: bool
) -> None:
    """The frozen worker's page has 20 rows, the page that counts lacks some; whether it is settled before it wakes."""
    with vendor_of(page(hours(0, 20)), page(hours(0, 20 - lacks))) as vendor:
        settings = settings_for(vendor.base_url)
        run, window_ids = planned(settings)

        def another() -> None:
            extract(settings, run, window_ids)
            if is_settled:
                load(settings, run)

        world.freeze_at(PageWriter, "land", 1, another)
        extract(settings, run, window_ids)
    if not is_settled:
        load(settings, run)
    silent = [one for one in coverage(settings) if one.found == "empty"]
    proves = sum(one.empty_reads for one in silent)
    assert proves == (0 if lacks else 1)


@pytest.mark.parametrize("place", [(load_step, "validate_batch"), (settle_step, "settle_batch")])
def test_a_publisher_that_wakes_late_finds_its_batch_finished(
    world: World, settings: Settings, place: tuple[Any, str]
) -> None:
    run, window_ids = planned(settings)
    extract(settings, run, window_ids)
    batch_ids = validate(settings, run)

    def another() -> None:
        load_batches(settings, batch_ids)
        settle(settings, batch_ids)

    world.freeze_at(*place, 1, another)
    another()
    check(settings)


def test_findings_of_a_dissolved_batch_are_not_stored(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run, window_ids = planned(settings)
    extract(settings, run, window_ids)
    batch_ids = validate(settings, run)
    publish = Warehouse.publish

    def outlasted(*arguments: Any) -> Any:
        published = publish(*arguments)
        with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
            batches.dissolve(connection, batch_ids)
        return published

    monkeypatch.setattr(Warehouse, "publish", outlasted)
    load_batches(settings, batch_ids)
    settle(settings, batch_ids)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert findings_of_windows(connection, window_ids) == {}
    monkeypatch.undo()
    load(settings, run)
    check(settings)
