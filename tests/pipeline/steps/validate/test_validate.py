from __future__ import annotations

from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.validate.validate import cut_batches
from include.settings import Settings
from tests.pipeline.conftest import scope


def test_rows_that_leave_room_in_a_batch_wait_for_more(settings: Settings) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, scope(settings, Interval.H4, symbols=("BTC", "ETH", "SOL")))
    rows = extract(settings, run, planned.window_ids).rows
    of_two = settings.warehouse.model_copy(update={"batch_rows": rows - 1})
    settings = settings.model_copy(update={"warehouse": of_two})

    with open_ledger(settings.ledger_url) as ledger:
        full = cut_batches(settings, ledger, run, only_full=True)
        again = cut_batches(settings, ledger, run, only_full=True)
        rest = cut_batches(settings, ledger, run)

    assert [batch.rows for batch in full] == [rows - min(batch.rows for batch in rest)]
    assert [batch.batch_id for batch in again] == [batch.batch_id for batch in full]
    assert sum(batch.rows for batch in rest) == rows
