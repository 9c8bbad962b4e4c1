"""The process that a command runs in: closed streams, full devices, lost folders, limits, other zones and encodings."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.cli import process
from include.cli.console import write_json_line
from include.cli.exit_codes import ExitCode
from include.cli.failures import explain, explained
from include.cli.settings import settings_for_a_run
from include.configuration.errors import SettingsError
from include.domain.clock import use_utc
from include.settings import Settings
from include.warehouse import open_warehouse
from include.warehouse.errors import EngineUnusable
from tests.cli.oi import ROOT, SILENCED
from tests.patience import PATIENCE_SECONDS

PLAN = "plan --from 2026-03-07 --to 2026-03-08"


def shell(home: Path, command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `command` in bash, where `oi` is the command line without its launcher."""
    oi = f'oi() {{ {shlex.quote(sys.executable)} -P -m include.cli "$@"; }}; set -o pipefail; '
    given = {**os.environ, **SILENCED, "OI_HOME": str(home), "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        ["bash", "-c", oi + command],
        cwd=cwd,
        env=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_a_closed_stream_takes_nothing_with_it(closed: str, home: Path) -> None:
    """The next file that is opened would become the standard output: rows of text in the ledger."""
    done = shell(home, f"oi {PLAN} {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (home / "ledger.db").read_bytes().startswith(b"SQLite format 3")


def test_a_full_device_is_refused_before_anything_is_done(home: Path) -> None:
    done = shell(home, f"oi {PLAN} > /dev/full")
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "oi: stdout cannot be written (No space left on device); redirect it elsewhere\n"
    assert not home.exists()


def test_a_reader_that_leaves_early_is_no_failure(home: Path) -> None:
    done = shell(home, f"oi {PLAN} | (exec 0<&-; sleep 1)")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_symbol_beyond_the_terminals_encoding_is_escaped(home: Path) -> None:
    done = shell(home, f"oi {PLAN} --symbol BTCŁ --json; oi {PLAN} --symbol BTCŁ", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "BTC\\u0141" in done.stdout


@pytest.mark.parametrize("zone", ["CET-1CEST", "Mars/Olympus"])
def test_the_engine_runs_in_utc_whatever_the_zone_is(zone: str, home: Path) -> None:
    done = shell(home, "oi sql 'SELECT timezone() AS zone' --json", TZ=zone)
    assert (done.returncode, done.stdout) == (0, '{"zone":"UTC"}\n'), done.stderr


def test_a_deleted_working_folder_is_left(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    done = shell(home, f'rmdir "$PWD"; oi {PLAN} > /dev/null && OI_HOME=x oi {PLAN}', cwd=folder)
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert done.stderr.endswith("oi: the working folder is gone, and OI_HOME depends on it; cd elsewhere\n")


@pytest.mark.parametrize("command", [PLAN, "sql 'SELECT 1'", "airflow -- dags list", "airflow"])
def test_too_few_open_files_are_refused_before_a_run(command: str, home: Path) -> None:
    done = shell(home, f"ulimit -n 40; oi {command}")
    assert done.returncode == ExitCode.USAGE
    assert "a process may open 40 files here (ulimit -n)" in done.stderr


@pytest.mark.parametrize("command", [PLAN, "sql 'SELECT 1'", "airflow -- dags list", "airflow", "demo"])
def test_files_that_may_not_grow_are_refused_before_a_run(command: str, home: Path) -> None:
    """The warehouse was damaged, or Airflow ended with its own traceback."""
    done = shell(home, f"ulimit -f 64; oi {command}")
    assert done.returncode == ExitCode.USAGE
    assert "KiB here (ulimit -f), and a run needs 65,536" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not home.exists()


def test_a_traceback_changes_no_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OI_TRACEBACK", "1")
    with pytest.raises(SystemExit) as left, explained():
        raise SettingsError("a setting")
    assert left.value.code == ExitCode.USAGE


@pytest.mark.parametrize("limit", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
def test_memory_too_small_for_the_engine_is_refused(limit: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine hung, died, or said that its files were damaged."""
    monkeypatch.setenv("OI_HOME", str(home))
    monkeypatch.setattr(resource, "getrlimit", lambda one: (600_000_000 if one == limit else -1, -1))
    with pytest.raises(SettingsError, match=r"585,937 KiB of memory here \(ulimit -[vd]\)"):
        settings_for_a_run()
    with pytest.raises(EngineUnusable, match=r"\(ulimit -[vd]\)"), open_warehouse(Settings(home=home)):
        pass
    monkeypatch.setenv("CLICKHOUSE_HOST", "db")
    assert settings_for_a_run().home == home


def test_memory_too_small_for_airflow_is_refused_by_the_demo(home: Path) -> None:
    """It got no more threads, and hung."""
    done = shell(home, "ulimit -v 3000000; oi demo")
    assert done.returncode == ExitCode.USAGE
    assert "(ulimit -v), and the embedded warehouse needs 4,000,000" in done.stderr


def test_a_soft_limit_of_open_files_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (40, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    process.require_open_files()
    assert asked == [(process.OPEN_FILES, 4096)]


def test_an_argument_that_is_not_utf8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["oi", "sql", "select '\udcff'"])
    with pytest.raises(SettingsError, match=r"argument 2 .* is not UTF-8"):
        process.prepare()


def test_paths_in_the_env_file_are_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("OI_HOME=home\nOI_CONFIG=/etc/oi.yaml\nKWERY_AUTH=header\n")
    monkeypatch.setattr(sys, "argv", ["oi"])
    for name in ("OI_HOME", "OI_CONFIG"):
        monkeypatch.setenv(name, "")  # so that what `prepare` sets is taken back when the test ends
        monkeypatch.delenv(name)
    monkeypatch.setenv("KWERY_AUTH", "")
    monkeypatch.setenv(process.ENV_FILE, str(file))
    process.prepare()
    assert os.environ["OI_HOME"] == str(tmp_path / "home")
    assert os.environ["OI_CONFIG"] == "/etc/oi.yaml"
    assert os.environ["KWERY_AUTH"] == ""
    assert process.ENV_FILE not in os.environ


def test_utc_is_set_for_this_process_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST")
    time.tzset()
    use_utc()
    assert (time.localtime(0).tm_hour, os.environ["TZ"]) == (0, "UTC")


def test_json_is_valid_in_every_encoding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for encoding in ("latin-1", "utf-8"):
        with open(tmp_path / encoding, "w", encoding=encoding) as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            write_json_line('{"a":"Ł😀"}')
            monkeypatch.undo()
    assert (tmp_path / "latin-1").read_bytes() == b'{"a":"\\u0141\\ud83d\\ude00"}\n'
    assert (tmp_path / "utf-8").read_text() == '{"a":"Ł😀"}\n'


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (MemoryError(), "ulimit -v"),
        (PermissionError(13, "Permission denied", "/home/ledger"), "/home/ledger cannot be used"),
        (IsADirectoryError(21, "Is a directory", "/home/lock"), "/home/lock cannot be used"),
        (NotADirectoryError(20, "Not a directory", "/home/batches"), "a file stands where a folder belongs"),
        (OSError(24, "Too many open files"), "ulimit -n 1024"),
        (OSError(28, "No space left on device"), "free space"),
        (FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"), "set TMPDIR to a folder with room"),
        (OSError(27, "File too large", "/data/x"), "/data/x cannot be written"),
    ],
)
def test_what_the_machine_refuses_is_explained(error: Exception, advice: str) -> None:
    sentence, code = explain(error)
    assert advice in sentence
    assert "What was paid for is kept." in sentence
    assert code == ExitCode.FAILED
