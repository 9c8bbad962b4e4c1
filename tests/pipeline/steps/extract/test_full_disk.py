"""A landing zone that is full, or cannot be written: nothing is bought that could not be kept."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.landing.errors import LandingError, LandingFailed, LandingFull
from include.landing.files import _FsspecFiles
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.workflows.load_all import load_all
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.crash.small_disk import mounted, needs_a_disk
from tests.pipeline.conftest import KEY, run_steps, scope

RUN = RunSpec("run", "backfill")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "disk"


@pytest.fixture
def landed_there(vendor: RunningSimulator, settings_for: Callable[..., Settings], place: Path) -> Settings:
    """Small pages, several at once, in a landing zone of its own."""
    settings = settings_for(vendor.base_url, OI_LANDING_URL=place.as_uri())
    small = {"row_cap": 10, "max_row_bytes": 200, "concurrency": 4}
    return settings.model_copy(update={"api": settings.api.model_copy(update=small)})


@pytest.fixture
def windows(landed_there: Settings) -> list[str]:
    return plan(landed_there, RUN, scope(landed_there, *Interval, symbols=("BTC", "ETH"))).window_ids


def fill(disk: Path) -> None:
    with suppress(OSError), open(disk / "other", "wb", buffering=0) as file:
        while file.write(bytes(512)):
            pass


def settled_and_reserved(settings: Settings) -> tuple[int, int]:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return totals(connection)


@needs_a_disk
def test_four_runs_into_a_small_disk_buy_nothing(vendor: RunningSimulator, landed_there: Settings, place: Path) -> None:
    with mounted(place, "size=60k"):
        for _ in range(4):
            with pytest.raises(LandingFull, match="No space left"):
                run_steps(landed_there, scope(landed_there, Interval.H1))
    assert vendor.account(KEY).credits == 0


@needs_a_disk
def test_a_disk_that_fills_up_in_mid_run_loses_no_page(
    vendor: RunningSimulator, landed_there: Settings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages in flight land in the reserved room; nothing more is requested, and the next run resumes."""
    wanted, fetch, asked = scope(landed_there, Interval.H1, symbols=("BTC", "ETH")), PaidRequests.fetch, 0

    def fetched(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 3:
            fill(place)
        return fetch(*arguments)

    with mounted(place, "size=4m"):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(PaidRequests, "fetch", fetched)
            stopped = run_steps(landed_there, wanted)
        paid = vendor.account(KEY).credits
        (place / "other").unlink()
        again = run_steps(landed_there, wanted)
        pages = len(list(place.rglob("*.zst")))

    assert not stopped.complete
    assert (stopped.failed, stopped.lost_pages) == (True, 0)
    assert any("No space left" in sentence for sentence in stopped.left)
    assert 0 < stopped.credits == paid
    assert again.complete, again.left
    assert pages == stopped.requests + again.requests, "no question was paid for twice"


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO], ids=errno.errorcode.get
)
def test_pages_that_cannot_land_are_counted_and_end_the_run(
    vendor: RunningSimulator, landed_there: Settings, windows: list[str], number: int
) -> None:
    """Each request in flight may lose its page; its charge is settled, and no request leaves after the first loss."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    wanted = scope(landed_there, *Interval, symbols=("BTC", "ETH"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_FsspecFiles, "write", refuse)
        with pytest.raises(LandingFailed, match=os.strerror(number)) as caught:
            extract(landed_there, RUN, windows)
    report = report_on(landed_there, RUN, wanted)
    paid = vendor.account(KEY).credits

    assert 0 < report.lost_pages <= landed_there.api.concurrency
    assert (report.lost_credits, settled_and_reserved(landed_there)) == (paid, (paid, 0))
    [alarm] = [one for one in alarms(landed_there) if one.name == "landing"]
    assert alarm.severity == "error"
    assert f"{paid:,} credits" in alarm.sentence
    assert caught.value.next_step == "stop_run", "no retry buys into it"


@pytest.mark.usefixtures("forked_worker")
def test_a_load_shows_what_it_lost_and_loads_the_rest(
    vendor: RunningSimulator, landed_there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = _FsspecFiles.write, 0

    def refuse_the_second(*arguments: Any) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        write(*arguments)

    wanted = scope(landed_there, Interval.H4)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_FsspecFiles, "write", refuse_the_second)
        lost = load_all(landed_there, RUN, wanted)
    assert (lost.lost_pages, lost.failed) == (1, True)
    assert lost.loaded.new > 0
    assert any("Input/output error" in sentence for sentence in lost.left)
    assert run_steps(landed_there, wanted).complete


def test_a_landing_zone_that_vanishes_in_mid_run_ends_the_run(
    vendor: RunningSimulator, landed_there: Settings, place: Path, windows: list[str]
) -> None:
    fetch, asked = PaidRequests.fetch, 0

    def fetched(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1:
            shutil.rmtree(place)
        return fetch(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PaidRequests, "fetch", fetched)
        result = extract(landed_there, RUN, windows)
    assert result.failed
    assert result.stopped is not None
    assert "no longer mounted" in result.stopped.message
    assert settled_and_reserved(landed_there) == (vendor.account(KEY).credits, 0)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG], ids=errno.errorcode.get
)
def test_a_task_without_a_usable_landing_zone_is_not_retried(number: int, landed_there: Settings) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_FsspecFiles, "hold", refuse)
        with pytest.raises(LandingError) as caught:
            extract(landed_there, RUN, ["a window"])
    assert caught.value.next_step == "stop_run"
