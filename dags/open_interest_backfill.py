"""### Open interest, any past range, on demand

**What it does.** Trigger it with `from` and `to` (UTC, end exclusive). `price` shows the plan with its price, reading
time and whether it fits this cycle's credits: in its log, and as a table on the run's page **Plan and price**. With
`dry_run` it stops there. What does not fit is refused, unless `max_credits` says how much to buy. Then windows are
read, the newest first unless `order` says otherwise, in a few dozen batches at most; covered time costs nothing.

**When credits or time run out** (the budget, `max_credits`, `max_minutes`), reading ends between two pages, batches not
begun are skipped, and what was read is loaded. `report` alone is red, since green promises that the range is whole: it
says how far back the run came and what finishing will cost. Trigger it again with the same params: it continues there.
Time beyond the plan's history is not requested and is reported in the same way, with what it costs in a larger plan.
Where only time before a series' first row is left, the run is green, and its note says so.

**What it costs.** 50 credits a request and 3 a row. A year of one symbol on three sources: 5m about 316,000 rows or
962,000 credits, 1h about 26,300 rows or 80,000 credits, 1d about 1,100 rows or 3,400 credits. Hourly and daily runs
go first in the pool, and a backfill leaves alone what they keep of the billing cycle's credits: it may use its share
(`budget.lane_shares.backfill`), and what they will not need in the cycle's last days. `./oi budget` shows it.

**When it fails**, open the red task: its last lines say what failed, where, and the next step.

- **`price` is red** (the range does not fit, or a param is wrong): nothing was bought. Give `max_credits`, shorten the
  range, want less, or raise the limit that the error names.
- **wait** (the vendor's rate limit): waits up to 30 minutes are retried; after a longer one trigger the range again.
- **retry** (the vendor was down or cut an answer): retried three times; then trigger the range again.
- **stop_series** (one series refused): the others are loaded. Its history may begin later, or your plan reach less far.
- **stop_run** (key, plan or payment refused): change what the error names, then trigger the range again.
- **settings** (`pipeline.yaml` or the environment is wrong): correct what the list names, then clear the red task.
- **anything else** (a defect, the disk, ClickHouse): the paid pages are kept. Correct it, then clear the red task.

**How to re-run.** Trigger the same range again: only what is missing is bought. To buy covered time once more, say
`reread`; changed values become current and the old ones stay in the history. Clearing tasks never buys twice.

**Where things are.** Logs: the task's log tab. Pages, batches and the ledger: `$OI_HOME` (`./oi status`).
Rows: the view `open_interest`; rejected ones with reasons: `quarantine`.
"""

from airflow.sdk import dag

from oi_airflow import pricing, tasks
from oi_airflow.dag_defaults import DAG_DEFAULTS, TAGS, backfill_params, run_params


@dag(
    dag_id="open_interest_backfill",
    description="A past range in one run: priced before anything is bought, then loaded newest first",
    schedule=None,
    **DAG_DEFAULTS,
    params={
        **run_params(lane="backfill", intervals=["5m", "15m", "1h", "4h", "1d"], range_required=True),
        **backfill_params(),
    },
    tags=["backfill", *TAGS],
    doc_md=__doc__,
)
def open_interest_backfill() -> None:
    planned, reported = tasks.plan(), tasks.report()
    extracted = tasks.extract.expand(batch=planned)
    checked = tasks.validate()
    settled = tasks.settle(tasks.load(checked))
    pricing.price() >> planned
    extracted >> checked
    settled >> reported
    tasks.complete(extracted, settled, reported)


open_interest_backfill()
