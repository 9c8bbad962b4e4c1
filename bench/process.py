"""Runs one command as a whole process tree and measures it: wall time, CPU time, memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Measured:
    """What one run of a process and its children took.

    Memory of the largest process is its resident set; of the tree the proportional one, shared pages counted once.
    """

    exit_code: int
    stdout: str
    wall_seconds: float
    cpu_seconds: float
    peak_tree_bytes: int
    peak_process_bytes: int


class _Memory:
    """The peak memory of a process tree, sampled while it runs."""

    def __init__(self, pid: int) -> None:
        self.root = psutil.Process(pid)
        self.peak_tree_bytes = 0
        self.peak_process_bytes = 0
        self.ended = threading.Event()

    def watch(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            sizes = self._sizes()
            self.peak_tree_bytes = max(self.peak_tree_bytes, sum(shared for _, shared in sizes))
            self.peak_process_bytes = max(self.peak_process_bytes, *(resident for resident, _ in sizes), 0)

    def _sizes(self) -> list[tuple[int, int]]:
        """(resident, proportional) bytes of each process."""
        try:
            found = [one.memory_full_info() for one in (self.root, *self.root.children(recursive=True))]
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # one ended meanwhile: the next sample sees the rest
            return []
        return [(one.rss, one.pss) for one in found]


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Runs `command` to its end; CPU seconds include every child that it waited for.

    Compiled modules are cached, as they are for users: PYTHONDONTWRITEBYTECODE would compile them in every run.
    """
    variables = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=variables, stdout=output)  # noqa: S603 - our own command
        memory = _Memory(process.pid)
        watcher = threading.Thread(target=memory.watch, daemon=True)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - began
        memory.ended.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Measured(
            exit_code=process.returncode,
            stdout=output.read().decode(),
            wall_seconds=wall_seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_tree_bytes=memory.peak_tree_bytes,
            peak_process_bytes=max(memory.peak_process_bytes, usage.ru_maxrss * 1024),
        )
