from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DownstreamTasksSkipped
from airflow.sdk.execution_time import task_runner

from include.configuration.errors import SettingsError
from include.domain.next_step import NextStep
from include.pipeline.errors import PipelineError
from oi_airflow import step as steps
from oi_airflow.params import RunRefused
from oi_airflow.step import Done, StepFailed, step


class Ti:
    """What a step uses of its task instance."""

    dag_id, run_id, task_id = "open_interest_hourly", "run", "validate"

    def __init__(self, **states: str) -> None:
        self.states = states
        self.notes: dict[str, str] = {}

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return {run_ids[0]: self.states}

    def xcom_push(self, key: str, value: str) -> None:
        self.notes[key] = value

    def xcom_pull(self, task_ids: str, map_indexes: int, key: str) -> str | None:
        return self.notes.get(f"{task_ids} {map_indexes}")


def run(monkeypatch: pytest.MonkeyPatch, outcome: Done | Exception, ti: Ti, conf: dict[str, Any] | None = None) -> Any:
    """Runs a step that ends with `outcome`, and logs its last line as Airflow would have it."""
    dag = SimpleNamespace(dag_id=ti.dag_id, params={"from": None})
    context = {"ti": ti, "dag": dag, "dag_run": SimpleNamespace(conf=conf)}
    monkeypatch.setattr(steps, "get_current_context", lambda: context)
    made: dict[str, Any] = {}

    def decorator(**arguments: Any) -> Any:
        made.update(arguments)
        return lambda function: function

    monkeypatch.setattr(steps, "task", decorator)

    @step()
    def validate() -> Done:
        """Checks pages."""
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    value = validate()
    made["post_execute"](context, value)
    return value


def test_a_step_ends_with_its_line_and_leaves_its_value(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="open_interest"):
        assert run(monkeypatch, Done("2 batches", ["a", "b"]), Ti()) == ["a", "b"]
    assert caplog.messages == ["2 batches"]


def test_a_step_skips_what_has_nothing_to_do_and_leaves_its_value(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent = Mock()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", sent, raising=False)

    with caplog.at_level(logging.INFO, logger="open_interest"), pytest.raises(DownstreamTasksSkipped) as skipped:
        run(monkeypatch, Done("nothing to read", [], skips=("extract", "load")), Ti())

    assert skipped.value.tasks == ["extract", "load"]
    [kept] = sent.send.call_args.args
    assert (kept.key, kept.task_id, kept.value, kept.mapped_length) == ("return_value", "validate", [], 0)
    assert caplog.messages == ["nothing to read"]


def test_a_step_without_a_value_may_skip_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Mock()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", sent, raising=False)

    with pytest.raises(DownstreamTasksSkipped) as skipped:
        run(monkeypatch, Done("dry run", skips=("plan",)), Ti())

    assert skipped.value.tasks == ["plan"]
    assert not sent.send.called


@pytest.mark.parametrize(
    "error",
    [
        PipelineError("BTC: refused. Next: correct it.", NextStep.STOP_RUN),
        PipelineError("BTC: busy. Next: wait.", NextStep.WAIT, 90),
        AirflowFailException("stale. Next: look."),
        SettingsError("1 problem. Next: correct it."),
        RunRefused("from after to. Next: correct it."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_sorted_failure_is_lines_without_frames(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    ti = Ti()
    with pytest.raises(StepFailed) as failed:
        run(monkeypatch, error, ti)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert caplog.messages[-1].startswith("Next: ")
    assert failed.value.next_step == str(getattr(error, "next_step", "stop_run"))
    assert failed.value.wait_seconds == getattr(error, "wait_seconds", None)
    assert ti.notes["note"].startswith("validate: ")


def test_an_unsorted_failure_keeps_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="disk full"):
        run(monkeypatch, OSError("disk full"), Ti())


@pytest.mark.parametrize("error", [SettingsError("1 problem"), RunRefused("from after to")])
def test_what_another_task_failed_with_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Nor is the reason of a skip hidden: Airflow shows it folded away."""
    with (
        caplog.at_level(logging.INFO, logger="open_interest"),
        pytest.raises(AirflowSkipException, match="see the log of plan"),
    ):
        run(monkeypatch, error, Ti(plan="failed", extract="upstream_failed"))
    assert caplog.messages == ["not begun: see the log of plan"]


def test_an_unknown_param_stops_a_step_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepFailed, match="Unknown param `form`"):
        run(monkeypatch, Done("never"), Ti(), conf={"form": "2026-03-07"})


def test_a_step_whose_process_was_killed_is_notified_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ended with an error reported itself, and left a note."""
    ti, sent = Ti(plan="failed", extract_0="failed", extract_1="failed", load="success"), list[str]()
    ti.notes = {"plan -1": "plan: wrong key", "extract 1": "extract: refused"}
    monkeypatch.setattr(steps, "get_current_context", lambda: {"ti": ti})
    monkeypatch.setattr(steps.FailedTask, "send", lambda _, text: sent.append(text))

    failed = steps.failed_steps()
    steps.report_killed(failed)

    assert [str(one) for one in failed] == ["extract [0]", "extract [1]", "plan"]
    [text] = sent
    assert text.startswith("open_interest_hourly: extract [0] failed in run\nThe task's process ended without an error")


def test_an_unsorted_failure_leaves_a_note_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    ti = Ti()
    with pytest.raises(OSError, match="hush"):
        run(monkeypatch, OSError("hush-hush"), ti)
    assert ti.notes["note"] == "validate: OSError: see its log"
