"""A ledger that is lost, or restored from a copy: landed pages are adopted and not bought again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.ledger.credits.account import account_of
from include.ledger.database.engine import open_ledger
from include.ledger.queries.status import spend_by_month
from include.pipeline.monitoring.status import reconciliation
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import Scope
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.workflows.adopt import adopt
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, rows_of, run_steps, scope
from tests.pipeline.lost_ledger import (
    check_nothing_is_bought_again,
    copied_after,
    copy,
    restore,
    settled_credits,
    with_small_pages,
)
from tests.pipeline.lost_ledger import settings as settings
from tests.pipeline.lost_ledger import wanted as wanted
from tests.s3 import S3Server


def test_a_lost_ledger_adopts_all_that_is_landed(vendor: RunningSimulator, settings: Settings, wanted: Scope) -> None:
    assert run_steps(settings, wanted).complete
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        spent = spend_by_month(connection)
    rows = rows_of(settings)
    restore(settings, None)

    check_nothing_is_bought_again(vendor, settings, wanted, rows)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert spend_by_month(connection) == spent, "by day and lane, with the rows that came for it"


@pytest.mark.parametrize("commits", [1, 6])
def test_a_ledger_that_was_copied_in_mid_run_buys_nothing_again(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path, commits: int
) -> None:
    copied_after(settings, wanted, tmp_path / "copy.db", commits)
    rows = rows_of(settings)
    restore(settings, tmp_path / "copy.db")

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_a_copy_from_before_the_run_buys_nothing_again(
    vendor: RunningSimulator, settings: Settings, wanted: Scope, tmp_path: Path
) -> None:
    """The ledger has no plan of its windows then: only the landing zone has their ids."""
    assert run_steps(settings, scope(settings, Interval.H4)).complete
    copy(settings, tmp_path / "copy.db")
    assert run_steps(settings, wanted).complete
    rows = rows_of(settings)
    restore(settings, tmp_path / "copy.db")

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
    restore(settings, tmp_path / "copy.db")
    paid = vendor.account(KEY).credits

    again = run_steps(settings, wanted)
    assert again.complete, again.left
    assert vendor.account(KEY).credits == paid == settled_credits(settings)


def test_a_landing_zone_on_s3_is_adopted_from_too(
    vendor: RunningSimulator, settings_for: Callable[..., Settings], s3: S3Server
) -> None:
    settings = with_small_pages(settings_for(vendor.base_url, OI_LANDING_URL=s3.url("landing")))
    wanted = scope(settings, Interval.H1)
    assert run_steps(settings, wanted).complete
    rows = rows_of(settings)
    restore(settings, None)

    check_nothing_is_bought_again(vendor, settings, wanted, rows)


def test_an_account_that_was_read_in_between_explains_every_charge(
    vendor: RunningSimulator, settings: Settings, wanted: Scope
) -> None:
    """The new ledger has given out ids of charges by then, which the landed pages name too."""
    assert run_steps(settings, wanted).complete
    restore(settings, None)
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
