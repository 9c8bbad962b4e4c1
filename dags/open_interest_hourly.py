"""### Open interest, every hour: 5m, 15m, 1h

**What it does.** Runs at five past each hour (or less often, see `schedule.hourly_every_hours`), so that the vendor
has had time to publish, and reads the whole time that has just ended. It also reads what earlier runs missed in the
`plan.lookback_days` days (3 unless set otherwise) and one run before that: time already covered costs nothing, so no
catch-up is needed and a skipped hour is healed by the next run. Older gaps come newest first, for at most
`budget.heal_credits` a run; what answered empty is left to the daily DAG.

**What it costs.** 50 credits a request and 3 a row. With the default settings an hour is about 171 rows in 9
requests: 963 credits, or 693,000 a month; with `schedule.hourly_every_hours` runs are less frequent and the month is
cheaper. The very first run also buys the whole look-back, about 11,000 rows or 35,000 credits: see `./oi plan` before
you unpause, or set `plan.lookback_days: 0`.

**When it fails**, open the red task: its last lines say what failed, where, and the next step.

- **wait** (the vendor's rate limit): waits up to 30 minutes are retried; after a longer one the next run continues.
- **retry** (the vendor was down or cut an answer): retried three times; after that the next run continues.
- **stop_series** (one series refused): the others are loaded. Correct `series` in `pipeline.yaml`.
- **stop_run** (a budget is used up, or key, plan or payment refused): change what the error names, then clear `plan`
  and all after it.
- **settings** (`pipeline.yaml` or the environment is wrong): correct what the list names, then clear the red task.
- **`check_freshness` alone is red**: the load is not affected, but rows are older than `alarms.fresh_within` allows,
  answers cost more than `prices` says, or a lane's runs are late.
- **anything else** (a defect, the disk, ClickHouse): the paid pages are kept. Correct it, then clear the red task.

What was paid for is kept and never bought again: `validate` to `settle` run even after a failed `extract` (and are
skipped where nothing waits for them), and clearing any task at any time is safe. `report` is green exactly when nothing
is left, and writes the run's note. It looks twice more over three minutes before it turns red: another run may be at
work on the same hours. After a red step it is skipped.

**How to re-run.** Clear the run, trigger with `from` and `to` for exactly that range, or run `./oi airflow -- backfill
create --dag-id open_interest_hourly --from-date 2026-03-07 --to-date 2026-03-08`: each run reads exactly its own hour,
spends the backfill lane's share and buys nothing covered, `--reprocess-behavior completed` included. Only the param
`reread` buys covered time again, once a run. A past day costs 21,800 credits in 216 requests this way, and 11,500 in 9
by `open_interest_backfill`, since a page holds many hours.

**Where things are.** Logs: the task's log tab. Pages, batches and the ledger: `$OI_HOME` (`./oi status`).
Rows: the view `open_interest`; rejected ones with reasons: `quarantine`. Failures, alarms and late runs are sent
to `OI_NOTIFY_URL`.
"""

from airflow.sdk import CronDataIntervalTimetable, dag

from oi_airflow import alarms, tasks
from oi_airflow.cadence import hourly_cron
from oi_airflow.dag_defaults import DAG_DEFAULTS, TAGS, run_params
from oi_airflow.deadline import late_alert


@dag(
    dag_id="open_interest_hourly",
    description="5m, 15m and 1h of the hour that has ended, and what earlier runs missed",
    schedule=CronDataIntervalTimetable(hourly_cron(), timezone="UTC"),  # floored: 10:05 reads [09:00, 10:00)
    **DAG_DEFAULTS,
    deadline=late_alert("hourly"),
    params=run_params(lane="hourly", intervals=["5m", "15m", "1h"]),
    tags=["hourly", *TAGS],
    doc_md=__doc__,
)
def open_interest_hourly() -> None:
    extracted, reported = tasks.extract.expand(batch=tasks.plan()), tasks.report()
    checked = tasks.validate()
    settled = tasks.settle(tasks.load(checked))
    extracted >> checked
    settled >> [reported, alarms.check_freshness()]
    tasks.complete(extracted, settled, reported)


open_interest_hourly()
