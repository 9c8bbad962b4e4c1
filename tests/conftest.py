"""Tests see no key, budget or Airflow of the person who runs them: only what they set themselves."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.internal.conjecture.engine as hypothesis_engine
import pytest
from xdist.scheduler import LoadFileScheduling

from include.configuration.variables import ENVIRONMENT
from include.domain.gc_tuning import collect_seldom
from include.ledger.database.engine import open_ledger
from include.settings import Settings
from include.warehouse import open_warehouse
from oi_airflow.environment import airflow_environment
from tests import clock
from tests.compiled_once import compile_once
from tests.crash.scheduler import Scheduler
from tests.examples import HOUSE
from tests.forked_workers import COLLECT, fork_workers
from tests.kept_engine import EngineKeeper
from tests.postgres import PostgresServer, running_postgres
from tests.rewritten_once import compile_files
from tests.s3 import S3Server, running_s3

hypothesis.settings.register_profile("house", deadline=None, max_examples=HOUSE)  # how long a case takes is no test
hypothesis.settings.register_profile("soak", deadline=None, max_examples=10 * HOUSE)
hypothesis.settings.load_profile("house")
hypothesis_engine.MAX_SHRINKING_SECONDS = 30  # no setting; with 300 a failure of a costly property hides for minutes
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a private folder there
ENOUGH_BYTES = 2 << 30
"""What the folders of all tests take at most at one moment, with room to spare."""
ENGINE_KEEPER = pytest.StashKey[EngineKeeper]()
FILE_BEGUN = pytest.StashKey[Path]()
TOGETHER = {
    "an Airflow": (
        "tests/crash/test_airflow_tasks.py",
        "tests/dags/test_backfill.py",
        "tests/dags/test_refusals.py",
        "tests/plugins/test_alarms.py",
    ),
    "the demo": ("tests/cli/demo/",),
    "a process to fork, an undisturbed load": ("tests/crash/", "tests/warehouse/test_crash.py"),
    "a process to fork": (
        "tests/cli/",
        "tests/behaviours/test_clocks.py",
        "tests/ledger/credits/test_processes.py",
        "tests/pipeline/steps/extract/test_full_disk.py",
        "tests/pipeline/workflows/test_heal.py",
        "tests/pipeline/workflows/test_load_all.py",
        "tests/pipeline/steps/settle/test_sync_marts.py",
        "tests/pipeline/vendor/test_send_slot.py",
        "tests/warehouse/test_connect.py",
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    collect_seldom()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background: what tests start must hear Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))  # a test's folder holds hundreds of small files
    if os.environ.pop(COLLECT, None) is None:  # else the process that starts those for tests has done so
        set_environment(config)
    clock.move_to(clock.default())
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):  # what tests start follows
        os.environ["PYTHONPATH"] = clock.PYTHON_PATH
    else:
        compile_files(config)
        fork_workers(config)


def set_environment(config: pytest.Config) -> None:
    """Airflow reads its environment when it is first imported, which may be while tests are collected."""
    for name in [*ENVIRONMENT, "OI_HOME", "OI_CONFIG", *(name for name in os.environ if name.startswith("AIRFLOW"))]:
        os.environ.pop(name, None)
    home = Path(tempfile.mkdtemp(prefix="oi-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    variables = airflow_environment(Settings(home=home))
    os.environ.update({name: value for name, value in variables.items() if name.startswith("AIRFLOW")})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: begun last, one of them would keep a single process busy when all else is done."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported for tests is no garbage to look for, now or later (a twentieth of the time)."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A file begins at the default moment, whatever was tested before, and for how long.

    No fixture could see to it: those of the whole session, which may run programs, are made before all others.
    """
    if item.config.stash.get(FILE_BEGUN, None) != item.path:
        item.config.stash[FILE_BEGUN] = item.path
        clock.move_to(clock.default())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Function | None) -> Generator[None, object, object]:
    """An engine that the next test does not use would take a hundredth of a core."""
    result = yield
    keeper = item.config.stash.get(ENGINE_KEEPER, None)
    if keeper is not None and (nextitem is None or "kept_engine" not in nextitem.fixturenames):
        keeper.close()
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Files of tests go to a process as a whole; some to the same, since what they share takes long to start."""

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return next((shared for shared, those in TOGETHER.items() if file.startswith(those)), file)

    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


@pytest.fixture(scope="session")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """`fresh_home(path)`: an OI_HOME with ledger and warehouse migrated and empty; one that is there stays as it is.

    It is a copy: migrations take most of a small test, and have tests of their own.
    """
    pattern = Settings(home=tmp_path_factory.mktemp("fresh") / "home")
    with open_ledger(pattern.ledger_url), open_warehouse(pattern):
        pass

    def copied(home: Path) -> Path:
        if not home.exists():
            shutil.copytree(pattern.home, home, symlinks=True)
        return home

    return copied


@pytest.fixture(scope="session")
def engine_keeper(
    request: pytest.FixtureRequest, fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineKeeper]:
    with EngineKeeper(fresh_home, tmp_path_factory.mktemp("lent")).instead_of_connect() as keeper:
        request.config.stash[ENGINE_KEEPER] = keeper
        yield keeper


@pytest.fixture
def kept_engine(engine_keeper: EngineKeeper) -> Iterator[EngineKeeper]:
    """Keeps the engine open between sessions; `kept_engine.home(path)` is a home on a warehouse that is open already.

    It is for tests that change rows only, and start no process on the warehouse.
    """
    with engine_keeper.for_a_test() as keeper:
        yield keeper


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for databases of one's own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    """One Airflow for the DAG runs of all worlds."""
    with Scheduler(tmp_path_factory.mktemp("airflow")) as scheduler:
        yield scheduler


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """An S3 server that this process and those it starts reach by AWS's own variables."""
    with running_s3(tmp_path / "s3") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
