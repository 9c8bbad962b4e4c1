from __future__ import annotations

import errno
from datetime import timedelta

import pytest
from airflow.sdk import RetryDecision
from airflow.sdk.definitions.retry_policy import RetryAction

from include.configuration.errors import SettingsError
from include.domain.next_step import NextStep
from include.kwery.errors import RateLimited
from include.landing.errors import LandingFailed, LandingFull, LandingUnreachable
from include.ledger.database.dialects import LedgerAddressInvalid, LedgerError
from include.pipeline.errors import PipelineError
from include.pipeline.landing_zone import UnknownPages
from include.quality.errors import BodyUnreadable
from include.readonly_sql.guard import QueryRefused
from include.warehouse.errors import QueryFailed, RowsUnfit, WarehouseError, WarehouseUnreachable
from oi_airflow.retry_policy import LONGEST_WAIT, KweryRetryPolicy
from oi_airflow.run_range import RunRefused


def decide(error: BaseException) -> RetryDecision:
    return KweryRetryPolicy().evaluate(error, try_number=1, max_tries=3)


def stopped(next_step: str, wait_seconds: float | None = None) -> PipelineError:
    return PipelineError("something happened", NextStep(next_step), wait_seconds)


def test_a_wait_is_as_long_as_was_asked() -> None:
    decision = decide(stopped("wait", 90))

    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=91)


def test_a_wait_of_unknown_length_uses_the_tasks_own_delay() -> None:
    assert decide(stopped("wait")) == RetryDecision.default()


def test_a_wait_that_outlasts_the_next_run_is_left_to_the_next_run() -> None:
    decision = decide(stopped("wait", LONGEST_WAIT.total_seconds() + 1))

    assert decision.action is RetryAction.FAIL
    assert "next run" in str(decision.reason)


def test_a_passing_fault_uses_the_tasks_own_retries() -> None:
    assert decide(stopped("retry")) == RetryDecision.default()


@pytest.mark.parametrize("next_step", ["stop_series", "stop_run"])
def test_a_refusal_is_final(next_step: str) -> None:
    assert decide(stopped(next_step)).action is RetryAction.FAIL


def test_a_batch_that_has_no_verdict_is_not_judged_again_and_again() -> None:
    assert decide(BodyUnreadable("landing/page", "no list of rows")).action is RetryAction.FAIL


@pytest.mark.parametrize(
    "error",
    [
        LandingFailed("a page", "a folder", "Read-only file system"),
        LandingFull("a folder", 1, 1, "No space left on device"),
        LandingUnreachable("a folder", "Permission denied", errno.EACCES),
        UnknownPages("pages that this ledger does not know"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_retry_buys_into_a_landing_zone_that_cannot_take_it(error: Exception) -> None:
    assert decide(error).action is RetryAction.FAIL


@pytest.mark.parametrize(
    "error",
    [
        WarehouseError("batch b1 failed its audit"),
        RowsUnfit("a timestamp outside the column's range"),
        LedgerAddressInvalid("no database URL"),
        QueryRefused("file() is refused"),
        LedgerError("written by a newer version", next_step=NextStep.STOP_RUN),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_of_a_room_gets_no_retries(error: Exception) -> None:
    """The same batch, file or address is refused again, however often it is tried."""
    assert decide(error).action is RetryAction.FAIL


@pytest.mark.parametrize(
    "error",
    [WarehouseUnreachable("refused"), QueryFailed("too many queries", 202), LedgerError("down")],
    ids=lambda error: type(error).__name__,
)
def test_a_database_that_is_down_is_tried_again(error: Exception) -> None:
    assert decide(error) == RetryDecision.default()


def test_a_wait_that_the_vendor_names_is_kept() -> None:
    decision = decide(RateLimited("slow down", wait_seconds=30, wait_reason="Retry-After"))
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, timedelta(seconds=31))


@pytest.mark.parametrize("number", [None, errno.EIO, errno.ESTALE])
def test_a_landing_zone_that_is_away_for_a_while_is_tried_again(number: int | None) -> None:
    """Nothing is bought before it can be written again."""
    assert decide(LandingUnreachable("s3://bucket", "connection refused", number)) == RetryDecision.default()


@pytest.mark.parametrize("error", [SettingsError("2 problem(s)"), RunRefused("give both")])
def test_a_mistake_of_a_person_is_not_repeated(error: Exception) -> None:
    assert decide(error).action is RetryAction.FAIL


def test_an_unknown_error_gets_airflows_standard_retries() -> None:
    assert decide(OSError("disk full")) == RetryDecision.default()
