"""Who goes first when hourly, daily and backfill tasks wait for the same pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.task.priority_strategy import PriorityWeightStrategy

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

LIVE_WEIGHT = 10
BACKFILL_WEIGHT = 1


class LiveFirst(PriorityWeightStrategy):
    """Live runs before backfills: `open_interest_backfill`, and Airflow's own backfills of the other DAGs."""

    def get_weight(self, ti: TaskInstance) -> int:
        # A run's id outlives a reprocessing by Airflow's backfill, so such a run keeps its live weight.
        is_backfill = ti.dag_id.endswith("_backfill") or (ti.run_id or "").startswith("backfill__")
        return BACKFILL_WEIGHT if is_backfill else LIVE_WEIGHT
