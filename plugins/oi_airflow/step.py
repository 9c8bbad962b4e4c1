"""What every task here has in common: a plain last line, and failures as a few short lines without frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DownstreamTasksSkipped
from airflow.sdk.execution_time.xcom import XCom

from include.domain.display import shown
from include.domain.errors import OiError, UsageError
from include.domain.next_step import NextStep
from oi_airflow.notifier import FailedTask, NotifyError
from oi_airflow.operator import task
from oi_airflow.params import refuse_unknown
from oi_airflow.run_note import NOTE_KEY
from oi_airflow.text import log, short_lines

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.pipeline.monitoring.lineage import Lineage

_LAST_LINE = "last_line"


@dataclass(frozen=True, slots=True)
class Done:
    """What a step leaves to the next one, and the line that its log ends with.

    `skips` names tasks after it that have nothing to do: none of them is started.
    """

    line: str
    value: Any = None
    skips: tuple[str, ...] = ()


class StepFailed(SystemExit):
    """A failure that names its next step; its lines are in the log already.

    Airflow logs the frames of any other exception above its message. Of an exit it logs one line.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(1)
        self.error = error
        self.next_step = str(getattr(error, "next_step", NextStep.STOP_RUN))
        self.wait_seconds: float | None = getattr(error, "wait_seconds", None)

    def __str__(self) -> str:
        return shown(self.error)


def step(**arguments: Any) -> Callable[[Callable[..., Any]], Any]:
    """Makes a task of a function that returns `Done`; `arguments` are those of Airflow's `@task`.

    The function's docstring becomes the task's page. A run that cannot be read, for its params or the settings, fails
    its first task; the others are skipped.
    """

    def decorate(function: Callable[..., Done]) -> Any:
        @wraps(function)
        def run(*positional: Any, **named: Any) -> Any:
            context = get_current_context()
            try:
                refuse_unknown(context)
                done = function(*positional, **named)
            except Exception as error:
                raise _sorted(error, context) from None
            if done.skips:
                _skip(done, context["ti"])
            context[_LAST_LINE] = done.line  # type: ignore[literal-required] # read by `_end`
            return done.value

        page = {"doc_md": function.__doc__, **arguments}
        return task(multiple_outputs=False, show_return_value_in_logs=False, post_execute=_end, **page)(run)

    return decorate


def _skip(done: Done, ti: Any) -> NoReturn:
    """Ends the task well and skips the tasks that `done` names, unless somebody clears one of them later."""
    if done.value is not None:
        # Airflow keeps no value of a task that skips others, nor has it a public way to: a task that is mapped over the
        # value could not be cleared alone.
        here = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id}
        XCom.set(XCom.XCOM_RETURN_KEY, done.value, **here, _mapped_length=len(done.value))
    log.info("%s", done.line)
    raise DownstreamTasksSkipped(tasks=list(done.skips))  # type: ignore[no-untyped-call] # Airflow's own


def leave_note(text: str) -> None:
    """Adds to the note that the run gets when it ends."""
    get_current_context()["ti"].xcom_push(key=NOTE_KEY, value=shown(text))


def leave_lineage(lineage: Lineage) -> None:
    """Keeps what the step read, wrote and paid for the OpenLineage event that follows, also where it then fails."""
    get_current_context()["task"].lineage = lineage  # type: ignore[union-attr] # no mapped operator runs


@dataclass(frozen=True, order=True, slots=True)
class FailedStep:
    """A task of this run that has failed for good; of a mapped one, which."""

    task_id: str
    map_index: int = -1

    def __str__(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id} [{self.map_index}]"


def failed_steps() -> list[FailedStep]:
    """The tasks of this run that have failed for good."""
    ti = get_current_context()["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    return sorted(_step_of(name) for name, state in states.items() if state == "failed")


def _step_of(name: str) -> FailedStep:
    """Airflow joins a mapped task's id and its index."""
    task_id, _, index = name.rpartition("_")
    return FailedStep(task_id, int(index)) if index.isdecimal() else FailedStep(name)


def report_killed(failed: Iterable[FailedStep]) -> None:
    """Sends a notification for each step whose process was killed: Airflow 3.3 calls back for none of them."""
    ti = get_current_context()["ti"]
    for step in failed:
        note = ti.xcom_pull(task_ids=step.task_id, map_indexes=step.map_index, key=NOTE_KEY)
        if note is None:  # a step that ends in Python leaves a note
            try:
                FailedTask().notify(
                    {"task_instance": SimpleNamespace(task_id=step, dag_id=ti.dag_id, run_id=ti.run_id)}
                )
            except NotifyError as error:
                log.warning("%s", error)


def _sorted(error: Exception, context: Context) -> BaseException:
    """What Airflow is to see of an error: a failure with a next step in lines of its own, anything else as it is."""
    if isinstance(error, AirflowSkipException):
        log.info("%s", error)  # Airflow shows it folded away
        return error
    if isinstance(error, UsageError) and (failed := failed_steps()):
        return _sorted(AirflowSkipException(f"not begun: see the log of {failed[0]}"), context)
    if not isinstance(error, OiError | AirflowFailException):
        leave_note(f"{context['ti'].task_id}: {type(error).__name__}: see its log")  # its words may hold a secret
        return error
    for line in short_lines(str(error)):
        log.error("%s", line)
    leave_note(f"{context['ti'].task_id}: {error}")
    return StepFailed(error)


def _end(context: Any, result: Any = None) -> None:
    """Runs after Airflow has logged that the function returned."""
    log.info("%s", context[_LAST_LINE])
