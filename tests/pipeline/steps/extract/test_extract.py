"""What ends a run's reading, and whether a retry of the task may buy the same answer again."""

from __future__ import annotations

import gzip

import pytest

from include.domain.market import Interval
from include.domain.next_step import NextStep
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.conftest import settings_for as settings_for
from tests.behaviours.conftest import start_vendor as start_vendor
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import scope

PAID = {"X-Credits-Used": "122"}
UNREADABLE = {
    "no page": Reply(200, "<html>busy</html>", PAID),
    "too large": Reply(200, gzip.compress(bytes(10_000_000)) * 10, PAID | {"Content-Encoding": "gzip"}),
    "damaged": Reply(200, gzip.compress(b'{"data": []}')[:-2], PAID | {"Content-Encoding": "gzip"}),
    "repeated key": Reply(200, '{"data": [], "data": []}', PAID),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_unreadable_answer_bought_twice_is_not_bought_by_a_retry(
    start_vendor: StartVendor, settings_for: MakeSettings, kind: str
) -> None:
    """A task that ends with `retry` would buy it twice more at each of its tries."""
    vendor = start_vendor(UNREADABLE[kind])
    settings = settings_for(vendor.base_url)
    run = RunSpec(new_run_id("test"), "backfill", None)
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    extracted = extract(settings, run, plan(settings, run, wanted).window_ids)
    assert len(vendor.questions) == 2
    assert extracted.failed
    assert extracted.stopped is not None
    assert extracted.stopped.next_step is NextStep.STOP_RUN
