"""A vendor that misbehaves on purpose, and a warehouse of its own for each case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from include.domain.market import Interval, Series
from include.kwery.models import Page
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import coverage_of
from include.pipeline.steps.report.summary import RunReport
from include.planning.windows.coverage import Covered
from include.settings import Settings, load_settings
from tests.behaviours.vendor import Script, ScriptedVendor, vendor_of
from tests.judged_once import judged_once
from tests.kept_engine import EngineKeeper
from tests.kwery.conftest import start as start
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import DAY
from tests.pipeline.conftest import both_clocks as both_clocks
from tests.pipeline.conftest import forked_worker as forked_worker

MakeSettings = Callable[..., Settings]
StartVendor = Callable[..., ScriptedVendor]
BTC_H1 = Series("BTC", "binance_futures", Interval.H1)


@pytest.fixture
def settings_for(tmp_path: Path, kept_engine: EngineKeeper) -> MakeSettings:
    """`settings_for(base_url, yaml, home=..., **environment)`: settings with a new state folder for each home.

    A test is done with the warehouse of a home when it makes the next one.
    """

    def make(base_url: str, yaml: str = "", *, home: str = "oi", **environment: str) -> Settings:
        config = tmp_path / f"{home}.yaml"
        config.write_text(yaml)
        places = {"OI_HOME": str(kept_engine.next_home(tmp_path / home)), "OI_CONFIG": str(config)}
        return load_settings({**places, "KWERY_API_KEY": KEY, "KWERY_BASE_URL": base_url, **environment})

    return make


@pytest.fixture(autouse=True)
def _rows_are_judged_once(kept_engine: EngineKeeper) -> Iterator[None]:
    with judged_once():
        yield


@pytest.fixture
def start_vendor() -> Iterator[StartVendor]:
    """`start_vendor(reply, ...)` or `start_vendor(function)`: a scripted vendor that runs until the test ends."""
    with ExitStack() as stack:

        def run(*script: Reply | Script) -> ScriptedVendor:
            return stack.enter_context(vendor_of(*script))

        yield run


def coverage(settings: Settings, series: Series = BTC_H1) -> list[Covered]:
    """What the ledger claims of a series."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return coverage_of(connection, [series]).get(series, [])


def claims(settings: Settings, series: Series = BTC_H1) -> list[tuple[int, int, str, int]]:
    """Coverage of the day in short: first hour, last hour, what was found, how many empty reads count."""
    return [
        (_hour(one.stretch.start), _hour(one.stretch.end), one.found, one.empty_reads)
        for one in coverage(settings, series)
    ]


def doubts(report: RunReport) -> list[str]:
    """What the report says of stretches that may have been cut."""
    return [sentence for sentence in report.left if "possibly clipped" in sentence]


def landed_pages(settings: Settings) -> list[Page]:
    """The pages in the landing zone."""
    store = LandingStore(settings.landing_url)
    return [store.read(path).page for path in store.walk()]


def landed_warnings(settings: Settings) -> list[str]:
    """What the landed pages note as odd."""
    return [warning for page in landed_pages(settings) for warning in page.warnings]


def _hour(instant: datetime) -> int:
    return (instant - DAY) // timedelta(hours=1)
