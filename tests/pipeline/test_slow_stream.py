"""One symbol whose answers do not come: what was wanted of the others arrives meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from include.domain.market import Interval
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan as plan_run
from include.planning.windows.order import Order
from include.settings import Settings
from tests.behaviours.vendor import page, vendor_of
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import NEXT_DAY, scope

SYMBOLS = ("BTC", "ETH", "SOL")


@pytest.mark.parametrize("order", list(Order))
def test_a_stream_that_does_not_answer_holds_no_other(settings_for: Callable[..., Settings], order: Order) -> None:
    others_are_done = threading.Event()

    def answer(asked: Asked) -> Reply:
        return replace(page([]), held_until=others_are_done if asked.query["symbol"] == "BTC" else None)

    with vendor_of(answer) as vendor:
        settings = settings_for(vendor.base_url)
        api = settings.api.model_copy(update={"concurrency": 6})
        plan = settings.plan.model_copy(update={"window_pages": 1})
        settings = settings.model_copy(update={"api": api, "plan": plan})
        run = RunSpec("slow", "backfill")
        wanted = scope(settings, Interval.M5, symbols=SYMBOLS, start=NEXT_DAY - timedelta(days=30))
        planned = plan_run(settings, run, replace(wanted, order=order))
        others = sum(window.stream.symbol != "BTC" for window in planned.windows)
        landed: list[str] = []

        def note(window: OpenWindow) -> None:
            landed.append(window.stream.symbol)
            if len(landed) - landed.count("BTC") == others:
                others_are_done.set()

        extracted = extract(settings, run, planned.window_ids, on_landed=note)

    assert len(planned.windows) - others > 6, "the slow one could take every thread"
    assert sorted(extracted.landed) == sorted(planned.window_ids)
    assert "BTC" not in landed[:others]
