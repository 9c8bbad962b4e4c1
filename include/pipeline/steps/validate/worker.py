"""A second process validates batches while the main one reads: importing the rules alone takes seconds.

Protocol: one line of settings (JSON), then a batch id per line, each answered by one line of JSON. The process ends
with its input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from include.domain.gc_tuning import collect_seldom
from include.domain.next_step import NextStep
from include.host.environment import LEDGER, PROXIES, STORES, without_secrets
from include.pipeline.errors import PipelineError
from include.settings import ROOT, Settings


class ValidationWorker:
    """The running process; `submit` and `result` must alternate in order."""

    def __init__(self, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "include.pipeline.steps.validate.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=without_secrets(os.environ, {*STORES, *LEDGER, *PROXIES}),
            text=True,
            start_new_session=True,  # Ctrl-C is for the main process, which ends this one
        )
        self._send(_write_settings(settings))

    def __enter__(self) -> ValidationWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()  # all that it writes is complete or absent
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # input that it never got; `result` raises what happened
                    pipe.close()

    def submit(self, batch_id: str) -> None:
        """Requests the validation of a batch; returns at once."""
        self._send(batch_id)

    def result(self) -> float:
        """Waits for the oldest batch submitted; returns its CPU seconds. Raises PipelineError when its process fails.

        A batch that breaks a rule of the data raises nothing here: loading it does.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PipelineError(
                f"the validation process ended with code {self._process.wait()}. Nothing is lost. Next: run the same "
                "command again",
                NextStep.RETRY,
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PipelineError(answer["error"], NextStep.STOP_RUN)
        return float(answer["cpu_seconds"])

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # `result` raises what happened
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def main() -> None:
    """Validates the batches that standard input names."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    settings = _read_settings(sys.stdin.readline())
    from include.quality.validation import warm_up

    warm_up()
    for line in sys.stdin:
        try:
            print(json.dumps(_answer(settings, line.strip())), file=answers, flush=True)
        except BrokenPipeError:  # the main process is gone; the next run finds what was finished
            os._exit(0)


def _answer(settings: Settings, batch_id: str) -> dict[str, Any]:
    from include.landing.errors import LandingError
    from include.ledger.database.engine import open_ledger
    from include.pipeline.steps.validate.validate import validate_batch
    from include.quality.errors import QualityError

    begun = time.process_time()
    try:
        with open_ledger(settings.ledger_url) as ledger:
            validate_batch(settings, ledger, batch_id)
    except (PipelineError, LandingError) as error:
        return {"error": str(error)}
    except QualityError:
        pass  # the main process validates the batch again to load it, and raises this once the results are stored
    except Exception as error:
        found = f"validation of batch {batch_id} failed: {type(error).__name__}: {error}"
        return {
            "error": f"{found}. Its pages are kept. Next: run the same command again, and report this if it persists"
        }
    return {"cpu_seconds": time.process_time() - begun}


def _write_settings(settings: Settings) -> str:
    # Validation needs no vendor, warehouse or webhook, and their secrets would arrive as asterisks.
    return settings.model_dump_json(exclude={"api": True, "warehouse": True, "alarms": {"notify_url", "metrics_token"}})


def _read_settings(line: str) -> Settings:
    data = json.loads(line)
    data["home"] = Path(data["home"])
    return Settings(**data)


if __name__ == "__main__":
    collect_seldom()
    main()
