"""### Open interest, every day: 4h and 1d, gaps, late rows, account check

**What it does.** Runs at 00:20 UTC. It reads 4h and 1d of the day that has just ended, and goes over the
`plan.lookback_days` and one day before it of **all five** intervals: gaps that the hourly runs left, stretches that
answered empty and are due for a second look, buckets that were provisional: newest first, for at most
`budget.heal_credits` a run, the rest by later runs. `check_account` compares the account with what is to come (free of
charge) and turns red, without stopping the load, when a month, or the rest of the billing cycle, will not fit.
`check_alarms` ends the run: stale series, old gaps, quarantine, money, late runs, work that does not move (`alarms` in
`pipeline.yaml`); `check_marts` asks the warehouse whether its marts can be right.

**What it costs.** 50 credits a request and 3 a row. With the default settings, when the hourly runs have kept up: about
90 rows in 9 requests: 720 credits a day, or 22,000 a month. The very first run also buys what the hourly DAG has not
bought of the look-back, 23,000 to 58,000 credits: see `./oi plan` before you unpause. With `series.derive` it buys a
sample of each derived interval instead of all: about 370 credits a symbol.

**When it fails**, open the red task: its last lines say what failed, where, and the next step.

- **wait** (the vendor's rate limit): waits up to 30 minutes are retried; after a longer one the next run continues.
- **retry** (the vendor was down or cut an answer): retried three times; after that the next run continues.
- **stop_series** (one series refused): the others are loaded. Correct `series` in `pipeline.yaml`.
- **stop_run** (a budget is used up, or key, plan or payment refused): change what the error names, then clear `plan`
  and all after it.
- **settings** (`pipeline.yaml` or the environment is wrong): correct what the list names, then clear the red task.
- **`check_account` alone is red** (the credits will not last): the load is not affected. Want less, or take a larger
  plan; `./oi budget` shows where they go.
- **`check_alarms` alone is red**: the load is not affected. Each line of its error says what is wrong and what to do;
  `./oi status` shows the same. A run over a chosen range warns of alarms and the account without turning red.
- **`check_marts` alone is red**: each line names a mart, what cannot be right and what to do; `./oi check` repeats it.
- **anything else** (a defect, the disk, ClickHouse): the paid pages are kept. Correct it, then clear the red task.

What was paid for is kept and never bought again; clearing any task at any time is safe.

**How to re-run.** Clear the run, trigger with `from` and `to` for exactly that range, or run `./oi airflow -- backfill
create --dag-id open_interest_daily --from-date 2026-03-01 --to-date 2026-03-07`. Covered time is bought again only with
the param `reread`. For long ranges use `open_interest_backfill`, which shows its price first.

**Where things are.** Logs: the task's log tab. Pages, batches and the ledger: `$OI_HOME` (`./oi status`).
Rows: the view `open_interest`; rejected ones with reasons: `quarantine`. Failures, alarms and late runs are sent
to `OI_NOTIFY_URL`.
"""

from airflow.sdk import CronDataIntervalTimetable, dag

from oi_airflow import account, alarms, tasks
from oi_airflow.dag_defaults import DAG_DEFAULTS, TAGS, run_params
from oi_airflow.deadline import late_alert


@dag(
    dag_id="open_interest_daily",
    description="4h and 1d of the day that has ended, gaps of all intervals, and the checks",
    schedule=CronDataIntervalTimetable("20 0 * * *", timezone="UTC"),  # floored to the day; after the 00:05 hourly run
    **DAG_DEFAULTS,
    deadline=late_alert("daily"),
    params=run_params(lane="daily", intervals=["5m", "15m", "1h", "4h", "1d"]),
    tags=["daily", *TAGS],
    doc_md=__doc__,
)
def open_interest_daily() -> None:
    planned, reported = tasks.plan(), tasks.report()
    extracted = tasks.extract.expand(batch=planned)
    checked = tasks.validate()
    settled = tasks.settle(tasks.load(checked))
    planned >> account.check_account()
    extracted >> checked
    settled >> [reported, alarms.check_alarms(), alarms.check_marts()]
    tasks.complete(extracted, settled, reported)


open_interest_daily()
