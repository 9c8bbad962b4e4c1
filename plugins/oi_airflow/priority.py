"""Who goes first when hourly, daily and backfill tasks wait for the same pool."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.task.priority_strategy import PriorityWeightStrategy

from include.domain.clock import utc_now

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

LIVE_WEIGHT = 10
BACKFILL_WEIGHT = 1
LIVE_FOR = timedelta(days=3)
"""A run that was due longer ago keeps nothing current, whoever runs it now."""
_DUE = re.compile(r"__(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")


class LiveFirst(PriorityWeightStrategy):
    """Live runs before backfills: `open_interest_backfill`, and Airflow's own backfills of the other DAGs.

    Where such a backfill reprocesses a run, Airflow weighs the tasks before it notes the run as a backfill's, and its
    id stays `scheduled__...`; so the time in the id decides, too.
    """

    def get_weight(self, ti: TaskInstance) -> int:
        run_id = ti.run_id or ""
        is_backfill = ti.dag_id.endswith("_backfill") or run_id.startswith("backfill__") or _is_long_due(run_id)
        return BACKFILL_WEIGHT if is_backfill else LIVE_WEIGHT


def _is_long_due(run_id: str) -> bool:
    due = _DUE.search(run_id)
    return due is not None and datetime.fromisoformat(due.group(1)).replace(tzinfo=UTC) < utc_now() - LIVE_FOR
