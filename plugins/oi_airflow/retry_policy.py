"""Airflow's retries, decided by the pipeline's sorted errors (rule 8): wait, retry, or stop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from airflow.sdk import Context

LONGEST_WAIT = timedelta(minutes=30)
"""The longest wait of a task. After that the DAG's next run is the better retry: its plan fills the gaps."""


class KweryRetryPolicy(RetryPolicy):
    """Reads `next_step` and `wait_seconds` of an error; one without them gets Airflow's standard retries.

    `wait` retries after the wait that the vendor or the ledger named, `retry` with the task's own backoff,
    `stop_series` and `stop_run` fail at once, because another try would cost and change nothing.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        match getattr(exception, "next_step", None):
            case "wait":
                return _wait(getattr(exception, "wait_seconds", None))
            case "stop_series" | "stop_run":
                return RetryDecision.fail(reason="trying again cannot help: see the error for the next step")
        return RetryDecision.default()


def _wait(seconds: float | None) -> RetryDecision:
    if seconds is None:
        return RetryDecision.default()
    if seconds > LONGEST_WAIT.total_seconds():
        return RetryDecision.fail(
            reason=f"the wait of {seconds:.0f} s is longer than {LONGEST_WAIT}; the next run resumes"
        )
    return RetryDecision.retry(delay=timedelta(seconds=seconds + 1), reason=f"asked to wait {seconds:.0f} s")
