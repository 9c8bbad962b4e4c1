"""The permit of a window's next request is granted in the transaction that commits the page before it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from include.domain.market import Interval
from include.ledger.credits import permits
from include.ledger.credits.limits import spend_position
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.spending import ChargeRow, SpendRow
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract import paid_requests
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.conftest import settings_for as settings_for
from tests.behaviours.conftest import start_vendor as start_vendor
from tests.behaviours.vendor import hours, page
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import scope

FOUR_PAGES = [page(hours(6 * i, 6 * i + 6), next_cursor=f"c{i}" if i < 3 else None) for i in range(4)]


def read(settings: Settings, max_credits: int | None = None) -> Extracted:
    run = RunSpec(new_run_id("test"), "backfill", max_credits)
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    return extract(settings, run, plan(settings, run, wanted).window_ids)


@pytest.mark.parametrize("frozen_at", [0, 1], ids=["own permit", "permit of a commit"])
def test_a_permit_of_a_cycle_that_has_ended_sends_nothing(
    start_vendor: StartVendor, settings_for: MakeSettings, monkeypatch: pytest.MonkeyPatch, frozen_at: int
) -> None:
    """The process is frozen between permit and sending, and wakes in the next cycle, which pays then."""
    vendor, slots = start_vendor(*FOUR_PAGES), itertools.count()
    vendor.now = datetime(2026, 3, 31, 23, 50, tzinfo=UTC)
    wait = paid_requests.wait_for_slot

    def frozen(*arguments: Any) -> None:
        if next(slots) == frozen_at:
            vendor.now = datetime(2026, 4, 1, 0, 10, tzinfo=UTC)
        wait(*arguments)

    monkeypatch.setattr(paid_requests, "wait_for_slot", frozen)
    settings = settings_for(vendor.base_url)
    assert read(settings).requests == len(vendor.questions) == 4
    assert paid_states(settings) == ["settled"] * frozen_at + ["cancelled"] + ["settled"] * (4 - frozen_at)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        days = connection.execute(select(ChargeRow.day).where(ChargeRow.state == "settled")).scalars().all()
    assert days == ["2026-03-31"] * frozen_at + ["2026-04-01"] * (4 - frozen_at)


@pytest.mark.parametrize(
    ("answer", "spent"),
    [(page(hours(0, 24)), 122), (Reply(422, headers={"X-Credits-Used": "50"}), 50), (Reply(behaviour="close"), 3050)],
    ids=["page", "refusal", "lost"],
)
def test_a_request_answered_after_the_renewal_counts_in_both_cycles(
    start_vendor: StartVendor, settings_for: MakeSettings, answer: Reply, spent: int
) -> None:
    """It left just before: the vendor may have billed it on either side."""
    vendor = start_vendor()

    def across(_: Asked) -> Reply:
        vendor.now = datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC)
        return answer

    vendor.answer_by(across)
    vendor.now = datetime(2026, 3, 31, 23, 59, 30, tzinfo=UTC)
    settings = settings_for(vendor.base_url, "api: {attempts: 1}")
    read(settings)
    for now in (datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)):
        with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            assert spend_position(connection, settings.budget, now).cycle_spent == spent


def paid_states(settings: Settings) -> list[str]:
    """The states of the charges of pages, in order; nothing is reserved any more, and the totals agree."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        charges = connection.execute(select(ChargeRow).where(ChargeRow.window_id != "").order_by(ChargeRow.id)).all()
        spent = sum(charge.charged_credits for charge in charges)
        assert totals(connection) == (spent, 0)
        counted = connection.execute(select(SpendRow.requests)).scalars().all()
        assert sum(counted) == sum(charge.state != "cancelled" for charge in charges)
    return [charge.state for charge in charges]


def test_only_the_first_request_of_a_window_needs_a_transaction_of_its_own(
    start_vendor: StartVendor, settings_for: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, alone, decide = start_vendor(*FOUR_PAGES), list[str](), permits.permit

    def counted(ledger: Ledger, request: permits.PermitRequest, *rest: Any) -> permits.Permit:
        alone.append(request.window_id)
        return decide(ledger, request, *rest)

    monkeypatch.setattr(permits, "permit", counted)
    settings = settings_for(vendor.base_url)
    assert read(settings).requests == len(vendor.questions) == 4
    assert len(alone) == 1
    assert paid_states(settings) == ["settled"] * 4


def test_a_permit_that_a_broken_chain_leaves_is_cancelled(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    circle = start_vendor(page(hours(0, 8), next_cursor="a"), page(hours(8, 16), next_cursor="a"))
    settings = settings_for(circle.base_url)
    assert read(settings).refused
    assert paid_states(settings) == ["settled", "settled", "cancelled"]
    assert len(circle.questions) == 2


def test_a_budget_for_one_page_reserves_no_second_one(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    vendor = start_vendor(*FOUR_PAGES)
    settings = settings_for(vendor.base_url)
    extracted = read(settings, max_credits=130)
    assert extracted.stopped is not None
    assert paid_states(settings) == ["settled"] * len(vendor.questions)
    assert 0 < len(vendor.questions) < 4
