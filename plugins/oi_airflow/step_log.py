"""The lines and the results of a run's tasks, printed as they come and kept."""

from __future__ import annotations

import logging
from typing import Any, TextIO

from airflow.listeners import hookimpl

from include.domain.display import shown
from oi_airflow.step import StepFailed


class Steps(logging.Handler):
    """Handles the tasks' log records and listens to their states (the names with `on_` are Airflow's)."""

    def __init__(self, console: TextIO) -> None:
        super().__init__(logging.INFO)
        self.failed: dict[str, Any] = {}
        self._console = console
        self._step = ""

    def say(self, text: str) -> None:
        """Prints `text` beside the name of the current step."""
        step = f"{self._step:<24}" if self._step else ""
        for line in shown(text).split("\n"):
            print(step + line, file=self._console, flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        self.say(record.getMessage())

    @hookimpl
    def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
        lane = task_instance.dag_id.removeprefix("open_interest_")
        self._step = f"{lane} {task_instance.task_id}"

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        self.failed[_name(task_instance)] = error
        self.say("FAILED" if isinstance(error, StepFailed) else f"FAILED: {error}")


def _name(task_instance: Any) -> str:
    return f"{task_instance.dag_id}.{task_instance.task_id}"
