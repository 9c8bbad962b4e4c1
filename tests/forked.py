"""Python programs as forks of a process that has imported what they need: each begins in tenths of a second.

It is the standard library's fork server, with as much of `subprocess.Popen` around it as tests use. A program ends
without the interpreter's own end; what is said there is tested on `./oi` itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

from tests import clock

ROOT = Path(__file__).resolve().parents[1]

_fork = multiprocessing.get_context("fork")
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["tests.preloaded"])


class Forked:
    """`python -m module arguments...`, running in the checkout; with the module "-c" the first argument is the program.

    Its standard streams are pipes with `pipes`, for whoever talks with it, of text or with `as_bytes` of bytes; else
    `communicate` has what it printed.
    With `from_here` it is a fork of this very process, which must have no thread yet: its child, as a started one is.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        pipes: bool = False,
        as_bytes: bool = False,
        from_here: bool = False,
    ) -> None:
        self.stdin: IO[Any] | None = None
        self.stdout: IO[Any] | None = None
        self._said: list[IO[str]] = []
        if pipes:
            (its_input, own_output), (own_input, its_output) = os.pipe(), os.pipe()
            kind = "b" if as_bytes else ""
            self.stdin, self.stdout = os.fdopen(own_output, f"w{kind}"), os.fdopen(own_input, f"r{kind}")
            streams = [its_input, its_output, os.dup(2)]
        else:
            self._said = [tempfile.TemporaryFile("w+") for _ in range(2)]  # noqa: SIM115 - closed when read
            streams = [os.open(os.devnull, os.O_RDONLY), *(os.dup(one.fileno()) for one in self._said)]
        ours = [one for one in (self.stdin, self.stdout) if one is not None and from_here]
        handed = streams if from_here else [DupFd(one) for one in streams]
        arguments_of_run = (module, list(arguments), dict(environment), handed, ours)
        self._process = (_fork if from_here else _server).Process(target=_run, args=arguments_of_run)
        self._process.start()
        for one in streams:
            os.close(one)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Waits for the end; returns all it printed, or with `pipes` what nobody has read of it."""
        if self.stdin is not None and self.stdout is not None:
            self.stdin.close()
            with self.stdout:
                rest = self.stdout.read()
            self.wait(timeout)
            return rest, ""
        self.wait(timeout)
        out, err = (_read(one) for one in self._said)
        return out, err


def _read(said: IO[str]) -> str:
    with said:
        said.seek(0)
        return said.read()


def _run(
    module: str, arguments: list[str], environment: dict[str, str], handed: list[Any], others: list[IO[str]]
) -> None:
    gc.freeze()  # what was imported before is no garbage to look for
    for one in others:
        one.close()
    for number, stream in enumerate(handed):
        os.dup2(stream if isinstance(stream, int) else stream.detach(), number)
    sys.stdin = os.fdopen(0, closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    clock.follow()
    os.chdir(ROOT)
    tempfile.tempdir = None
    if module == "-c":
        program, *arguments = arguments
        sys.argv = [module, *arguments]
        exec(program, {"__name__": "__main__"})  # noqa: S102 - a program of a test
        return
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
