"""What the three DAGs have in common: pool, retries, time limits, the form's fields, the asset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, Param

from include.configuration.errors import SettingsError
from include.domain.market import SOURCES
from include.kwery.answers.headers import MOST
from include.planning.windows.order import Order
from include.settings import load_settings
from include.settings.schedule import LONGEST_RUN_MINUTES
from oi_airflow.notifier import FailedTask
from oi_airflow.params import INSTANT_FORMAT
from oi_airflow.retry_policy import KweryRetryPolicy

API_POOL = "kwery_api"
"""Caps the extract tasks that read the API at once, over all DAGs."""
WAREHOUSE_POOL = "warehouse"
"""One run at a time validates, loads or settles: what one run leaves unfinished, the next one takes over."""
POOLS = {
    API_POOL: (4, "extract tasks reading the metered API"),
    WAREHOUSE_POOL: (1, "tasks that move paid pages into ClickHouse"),
}
"""Slots and descriptions; set-up creates them."""

OPEN_INTEREST = Asset(name="market_open_interest", uri="clickhouse://warehouse/market/open_interest")
"""Updated by each settled run; the event's extra has its range, rows and credits."""
KWERY = Asset(name="kwery_open_interest", uri="https://kwery-api.com/v1/open-interest")
"""What runs read; nothing updates it."""
MARTS = Asset(name="bi_marts", uri="clickhouse://warehouse/bi/marts")
"""All marts: they change together, when a run settles."""

START_DATE = datetime(2026, 1, 1, tzinfo=UTC)
TAGS = ("open interest", "kwery")

TASK_TIME_LIMIT = timedelta(hours=1)
READING_TIME = timedelta(minutes=50)
"""A task that reads ends at a page boundary after this, well before Airflow would kill it in mid-request."""

OWNER = "market data"

DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": KweryRetryPolicy(),
    "execution_timeout": TASK_TIME_LIMIT,
    "on_failure_callback": [FailedTask()],
    "weight_rule": "oi_airflow.priority.LiveFirst",  # by name: Airflow 3.3 cannot store the object on a mapped task
}


def owner_links() -> dict[str, str]:
    """The owner's link in Airflow; none where the settings name none, or are wrong."""
    try:
        link = load_settings().alarms.owner_link
    except SettingsError:
        return {}  # the DAG must exist for its first task to name the problem
    return {OWNER: link} if link else {}


DAG_DEFAULTS: dict[str, Any] = {
    "owner_links": owner_links(),
    "start_date": START_DATE,
    "catchup": False,
    "max_active_runs": 1,
    "default_args": DEFAULT_ARGS,
}


def run_params(lane: str, intervals: Sequence[str], *, range_required: bool = False) -> dict[str, Param]:
    """The trigger form of every DAG: an exact range, the intervals, a cap on this run's credits, a re-read."""
    return {
        "from": _instant("Start of the range, inclusive", range_required),
        "to": _instant("End of the range, exclusive", range_required),
        "intervals": Param(
            list(intervals),
            type="array",
            items={"type": "string", "enum": ["5m", "15m", "1h", "4h", "1d"]},
            examples=list(intervals),
            minItems=1,
            description="Which intervals to read.",
        ),
        "max_credits": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            maximum=MOST,
            description="Credits that this run may spend at most.",
        ),
        "reread": Param(
            False,
            type="boolean",
            description="Buy the run's own time again, covered or not. Changed values are kept beside the old ones.",
        ),
        "lane": Param(
            lane, type="string", const=lane, description="Whose share of the budget pays; fixed for each DAG."
        ),
    }


def backfill_params() -> dict[str, Param]:
    """What only the backfill's form has: which series, in what order, for how long, and whether to buy at all."""
    return {
        "symbols": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "minLength": 1},
            examples=wanted_symbols(),
            description="Of pipeline.yaml; any other goes into the JSON under Advanced Options. Empty: all.",
        ),
        "sources": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "enum": list(SOURCES)},
            examples=list(SOURCES),
            description=f"Of {', '.join(SOURCES)}. Empty: all of pipeline.yaml.",
        ),
        "order": Param(
            Order.NEWEST_FIRST.value,
            type="string",
            enum=[Order.NEWEST_FIRST.value, Order.OLDEST_FIRST.value],
            description="What is bought first, where credits or time do not suffice for all.",
        ),
        "max_minutes": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=LONGEST_RUN_MINUTES,
            description="Minutes after which reading ends, between two pages. Empty: when all is read.",
        ),
        "dry_run": Param(False, type="boolean", description="Show the plan with its price and stop; buys nothing."),
    }


def wanted_symbols() -> list[str]:
    """The symbols and patterns of pipeline.yaml, for a pick list; none where the settings are wrong."""
    try:
        series = load_settings().series
    except SettingsError:
        return []  # the DAG must exist for its first task to name the problem
    return list(dict.fromkeys(symbol for group in series.all_groups for symbol in group.symbols))


def _instant(what: str, required: bool) -> Param:
    example = "UTC, for example 2026-03-07 or 2026-03-07T04:00:00Z."
    if required:
        return Param(type="string", minLength=1, format=INSTANT_FORMAT, description=f"{what}; {example}")
    return Param(
        None,
        type=["null", "string"],
        format=INSTANT_FORMAT,
        description=f"{what}; {example} Leave both empty for the scheduled range.",
    )
