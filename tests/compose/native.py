"""docker-compose.yaml without an engine: its services as processes of this machine, in the environment it renders.

PostgreSQL and ClickHouse are the tests' own. What differs from containers is listed in `Native`; the rest is rendered.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from include.settings import ROOT

INSIDE = "/opt/airflow"
"""Where the image keeps all that is ours."""
PATIENCE_SECONDS = 240


@dataclass
class Native:
    """A folder in place of the image, the rendered services, and what stands for their hosts and ports.

    `instead` are patterns in commands, health checks and environments, and what replaces them; `more` is what
    containers do not need. `programs` are PostgreSQL's.
    """

    folder: Path
    rendered: Mapping[str, Mapping[str, Any]]
    instead: Mapping[str, str]
    more: Mapping[str, str]
    programs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Native:
        copy_into_image(self.folder)
        return self

    def __exit__(self, *ended: object) -> None:
        self.down()

    def up(self, *names: str) -> None:
        """Starts services in this order, each after those of them that it waits for."""
        for name in names:
            for other, need in self.rendered[name].get("depends_on", {}).items():
                if other in names:
                    self._await(other, need["condition"])
            self._start(name)

    def code(self, name: str) -> int:
        """The exit code of a service that ends."""
        return self.processes[name].wait(PATIENCE_SECONDS)

    def log_of(self, name: str) -> str:
        """What a service has printed so far."""
        return self._log(name).read_text(errors="replace")

    def healthy(self, name: str) -> bool:
        """Runs the service's own health check."""
        kind, *test = self.rendered[name]["healthcheck"]["test"]
        command = ["sh", "-c", *test] if kind == "CMD-SHELL" else test
        done = subprocess.run(
            [self._here(part) for part in command], env=self.environment(name), capture_output=True, check=False
        )
        return done.returncode == 0

    def down(self) -> None:
        """Ends every process that was started, with all that it started itself."""
        started = [process for process in self.processes.values() if process.poll() is None]
        families = [one for process in started for one in _family(process.pid)]
        for process in families:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(families)
        for process in started:
            process.wait()

    def _start(self, name: str) -> None:
        with self._log(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                self._command(name),
                cwd=self.folder,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _await(self, name: str, condition: str) -> None:
        if condition == "service_completed_successfully":
            assert self.code(name) == 0, f"{name}: {self.log_of(name)[-4000:]}"
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.healthy(name):
            assert self.processes[name].poll() is None, f"{name} ended: {self.log_of(name)[-4000:]}"
            assert time.monotonic() < until, f"{name} is not healthy: {self.log_of(name)[-4000:]}"
            time.sleep(0.5)

    def _command(self, name: str) -> list[str]:
        """What the image's entry point makes of the command: `airflow` unless it names another program."""
        command = [self._here(word) for part in self.rendered[name]["command"] for word in _words(part)]
        if command[0] == "python":
            return [sys.executable, *command[1:]]
        return command if command[0] == "bash" else ["airflow", *command]

    def environment(self, name: str) -> dict[str, str]:
        """The environment of each process of a service."""
        rendered = {key: str(value) for key, value in self.rendered[name].get("environment", {}).items()}
        image = image_environment() if "build" in self.rendered[name] else {}
        containers = {key: self._here(value) for key, value in {**image, **rendered}.items()}
        programs = [str(Path(sys.executable).parent), str(self.programs), os.environ["PATH"]]
        return {"PATH": os.pathsep.join(programs), "HOME": str(self.folder), **containers, **self.more}

    def _here(self, text: str) -> str:
        for there, here in self.instead.items():
            text = re.sub(there, here, text)
        return text.replace(INSIDE, str(self.folder))

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def copy_into_image(folder: Path) -> None:
    """What the Dockerfile copies and makes, with `folder` in place of the image's."""
    for line in _dockerfile():
        if match := re.fullmatch(rf"COPY (\S+) {INSIDE}/(\S*)", line):
            source, target = ROOT / match[1], folder / (match[2] or match[1])
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        elif match := re.fullmatch(r"RUN mkdir -p (.*)", line):
            for made in match[1].split():
                (folder / Path(made).relative_to(INSIDE)).mkdir(parents=True, exist_ok=True)


def image_environment() -> dict[str, str]:
    """The environment of every process in the image: Airflow's own home, then the Dockerfile's ENV."""
    lines = (shlex.split(line.removeprefix("ENV ")) for line in _dockerfile() if line.startswith("ENV "))
    return {"AIRFLOW_HOME": INSIDE, **dict(pair.split("=", 1) for pairs in lines for pair in pairs)}


def _dockerfile() -> list[str]:
    return re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()


def _words(part: str) -> list[str]:
    """`celery worker` is one text and two words; a script of several lines is one."""
    return [part] if "\n" in part else part.split()


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
