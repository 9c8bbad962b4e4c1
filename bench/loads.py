"""A load to be measured: the server that it reads from, its command, and the proof that its warehouse is exact."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.dataset import START, SYMBOLS, Dataset
from include.configuration.variables import ENVIRONMENT
from include.domain.clock import iso
from include.domain.market import SOURCES, Interval
from include.settings import ROOT

API_KEY = "kwery_test_business_bench"
VERIFY_SQL = Path(__file__).with_name("sql") / "verify.sql"


@dataclass
class Server:
    """The zero-latency server while it runs, and its CPU time once it has ended."""

    port: int
    cpu_seconds: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(rows: int) -> Iterator[Server]:
    """Serves at least `rows` rows from a process of its own."""
    command = [sys.executable, "-m", "bench.server", str(rows)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        server = Server(port=int(process.stdout.readline()))
        try:
            yield server
        finally:
            answered, _ = process.communicate()
            server.cpu_seconds = float(answered)


@contextlib.contextmanager
def folder(name: str) -> Iterator[Path]:
    """A new folder for one load, deleted afterwards."""
    places = ROOT / ".oi" / "bench"
    places.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=places))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def environment_of(home: Path, base_url: str, config: str | None = None) -> dict[str, str]:
    """The environment in which `./oi` and Airflow load from `base_url` into `home`, which keeps `config` as a file."""
    file = home / "pipeline.yaml"
    if config is not None:
        file.write_text(config)
    return {
        **os.environ,
        **dict.fromkeys(ENVIRONMENT, ""),  # empty, so that .env does not set them
        "OI_HOME": str(home),
        "OI_CONFIG": "" if config is None else str(file),
        "KWERY_BASE_URL": base_url,
        "KWERY_API_KEY": API_KEY,
    }


def load_command(dataset: Dataset) -> list[str]:
    """`./oi load` of the whole dataset."""
    named = [("--symbol", SYMBOLS), ("--source", SOURCES), ("--interval", tuple(Interval))]
    repeated = [word for option, values in named for value in values for word in (option, str(value))]
    return [str(ROOT / "oi"), "load", *repeated, "--from", iso(START), "--to", iso(dataset.end), "--json"]


def verify(dataset: Dataset, environment: dict[str, str]) -> None:
    """Exits with a sentence unless the warehouse holds exactly the rows of the dataset."""
    command = [str(ROOT / "oi"), "sql", VERIFY_SQL.read_text(), "--json"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603 - our own command
    must(answer.returncode == 0, f"the warehouse could not be read back: {answer.stderr[-2000:]}")
    found = {name: int(value) for name, value in json.loads(answer.stdout).items()}
    expected = {"rows": dataset.rows, "keys": dataset.rows, "hundredths": dataset.hundredths()}
    must(found == expected, f"the warehouse holds {found}, expected {expected}")


def must(holds: bool, sentence: str) -> None:
    """Exits with a sentence unless it holds."""
    if not holds:
        sys.exit(f"bench: {sentence}")
