"""A second process validates batches while the main one reads: importing the rules alone takes seconds.

Protocol: one line of settings (JSON), then a batch per line (`LandedBatch` as JSON), each answered by one line of JSON.
The process ends with its input. It opens no ledger: SQLAlchemy and what it needs would be a third of its start.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, cast

import msgspec

from include.domain.gc_tuning import collect_seldom
from include.domain.next_step import NextStep
from include.host.environment import PROXIES, STORES, without_secrets
from include.pipeline.errors import PipelineError

if TYPE_CHECKING:
    from include.pipeline.steps.validate.landed_batch import LandedBatch
    from include.settings import Settings


class ValidationWorker:
    """The running process; `submit` and `result` must alternate in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        from include.settings import ROOT  # here: the process that is started needs none of it

        process = subprocess.Popen(
            [sys.executable, "-m", "include.pipeline.steps.validate.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=without_secrets(os.environ, {*STORES, *PROXIES}),
            start_new_session=True,  # Ctrl-C is for the main process, which ends this one
        )
        _send(process, _write_settings(self._settings))
        return process

    def __enter__(self) -> ValidationWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()  # all that it writes is complete or absent
        self._reap()

    def _reap(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # input that it never got; `result` raises what happened
                    pipe.close()

    def submit(self, batch: LandedBatch) -> None:
        """Requests the validation of a batch; returns at once."""
        _send(self._process, msgspec.json.encode(batch))

    def close_input(self) -> None:
        """Has the process end, and free its memory, once it has answered; call `reopen` before the next `submit`."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # `result` raises what happened
            self._process.stdin.close()

    def reopen(self) -> None:
        """Starts another process where the input of the one before was closed; all of its answers must be read."""
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            self._reap()
            self._process = self._start()

    def result(self) -> float:
        """Waits for the oldest batch submitted; returns its CPU seconds. Raises PipelineError when its process fails.

        A batch that breaks a rule of the data raises nothing here: loading it does.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            killed = ", killed as the system does where memory is short" if code == -signal.SIGKILL else ""
            raise PipelineError(
                f"the validation process ended with code {code}{killed}. Nothing is lost. Next: run the same command "
                "again",
                NextStep.RETRY,
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PipelineError(answer["error"], NextStep.STOP_RUN)
        return float(answer["cpu_seconds"])


def _send(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # `result` raises what happened
        process.stdin.write(line + b"\n")
        process.stdin.flush()


def main() -> None:
    """Validates the batches that standard input names."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    try:
        for answer in _answers(_received()):
            print(json.dumps(answer), file=answers, flush=True)
    except BrokenPipeError:  # the main process is gone; the next run finds what was finished
        os._exit(0)


def _answers(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """One answer for each batch; the first one says so where the process cannot work at all."""
    try:
        settings = _read_settings(next(lines))
        from include.quality.validation import warm_up

        warm_up()
    except Exception as error:
        yield _failure("the validation process could not start", error)
        return
    for line in lines:
        yield _answer(settings, line)


def _received() -> Iterator[bytes]:
    """The lines of standard input, read at once by a thread: whoever sends them waits for no batch."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:  # UTF-8, whatever encoding Python has for text (PYTHONIOENCODING)
            lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, name="input", daemon=True).start()
    return iter(lines.get, b"")


def _answer(settings: Settings, line: bytes) -> dict[str, Any]:
    from include.landing.errors import LandingError
    from include.pipeline.steps.validate.landed_batch import LandedBatch, validate_landed
    from include.quality.errors import QualityError

    begun = time.process_time()
    batch = msgspec.json.decode(line, type=LandedBatch)
    try:
        validate_landed(settings, batch)
    except (PipelineError, LandingError) as error:
        return {"error": str(error)}
    except QualityError:
        pass  # the main process validates the batch again to load it, and raises this once the results are stored
    except Exception as error:
        return _failure(f"validation of batch {batch.batch_id} failed", error)
    return {"cpu_seconds": time.process_time() - begun}


def _failure(what: str, error: Exception) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        why = "its process gets no more memory (ulimit -v, or a container's limit)"
        next_step = "give it more, or lower warehouse.batch_rows, then run the same command again"
    else:
        why = f"{type(error).__name__}: {error}"
        next_step = "run the same command again, and report this if it persists"
    return {"error": f"{what}: {why}. The landed pages are kept. Next: {next_step}"}


def _write_settings(settings: Settings) -> bytes:
    return settings.model_dump_json(include={"home", "landing_url", "quality"}).encode()


def _read_settings(line: bytes) -> Settings:
    """The settings that validating needs, as plain values: the models that check them take a tenth of the start."""
    data = json.loads(line)
    quality = SimpleNamespace(**data["quality"])
    return cast("Settings", SimpleNamespace(**data | {"home": Path(data["home"]), "quality": quality}))


if __name__ == "__main__":
    collect_seldom()
    main()
