"""The small scheduler keeps answers apart, also where a test was given up."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.crash.scheduler import Scheduler
from tests.forked import Forked

ECHO = """
import json, sys
for line in sys.stdin:
    answer = {"state": json.loads(line)["dag_id"], "note": None, "states": {}, "labels": {}, "tries": []}
    print(json.dumps(answer), flush=True)
"""


class Echo(Scheduler):
    """Answers with the name of the DAG, and needs no Airflow."""

    def _start(self) -> Forked:
        return Forked("-c", [ECHO], os.environ, pipes=True)


def given_up() -> str:
    raise TimeoutError


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(tmp_path: Path) -> None:
    with Echo(tmp_path) as scheduler:
        assert scheduler.run("first", {}, {}, {}).state == "first"
        answers = scheduler._process.stdout
        assert answers is not None
        scheduler._process.stdout = SimpleNamespace(readline=given_up, close=answers.close)  # type: ignore[assignment] # as much as is used
        with pytest.raises(TimeoutError):
            scheduler.run("second", {}, {}, {})
        scheduler._process.stdout = answers
        assert scheduler.run("third", {}, {}, {}).state == "third"
