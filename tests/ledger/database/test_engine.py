from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from include.kwery.models import Limits
from include.ledger.credits.account import account_of, note_reading
from include.ledger.database import dialects, engine
from include.ledger.database.dialects import LedgerAddressInvalid
from include.ledger.database.engine import Ledger, LedgerError, open_ledger
from include.ledger.database.models.base import Base
from include.ledger.database.writer import writer_of
from include.ledger.work.runs import open_run
from include.settings import ROOT
from tests.ledger.conftest import NOW
from tests.ledger.database.older_ledgers import ledger_of


def test_migrations_make_the_tables_of_a_new_ledger(request: pytest.FixtureRequest, url: str) -> None:
    """Columns, keys, indexes, defaults and rows: a new ledger is made without them."""
    with ledger_of(url, engine.HEAD) as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        migrated = described(connection)
    with open_ledger(another_like(url, request)) as ledger, ledger.read() as connection:
        assert described(connection) == migrated


def another_like(url: str, request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgres") if url.startswith("postgres") else None
    return server.new_database() if server else url.replace("ledger.db", "other.db")


def described(connection: Connection) -> dict[str, object]:
    """Each table as its database describes it, and the rows that it begins with."""
    seen, found = inspect(connection), {}
    for table in seen.get_table_names():
        columns = sorted(
            (one["name"], str(one["type"]), one["nullable"], str(one["default"])) for one in seen.get_columns(table)
        )
        indexes = sorted((str(one["name"]), str(one["column_names"])) for one in seen.get_indexes(table))
        keys = seen.get_pk_constraint(table)["constrained_columns"], str(seen.get_foreign_keys(table))
        unique = sorted(str(one["column_names"]) for one in seen.get_unique_constraints(table))
        rows = connection.execute(text(f"SELECT * FROM {table}")).all()
        found[table] = (columns, indexes, keys, unique, rows)
    return found


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == engine.HEAD


def test_opening_twice_keeps_what_was_written(url: str) -> None:
    for period in ("2026-03", "2026-04"):
        with open_ledger(url) as ledger, ledger.write() as connection:
            connection.execute(text(f"INSERT INTO spend VALUES ('{period}', 'daily', 1, 0, 1, 0)"))
    with open_ledger(url) as ledger, ledger.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM spend")).scalar() == 2


def test_failed_transaction_leaves_nothing(url: str) -> None:
    with open_ledger(url) as ledger:
        with pytest.raises(ZeroDivisionError):
            _write_and_fail(ledger)
        with ledger.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM spend")).scalar() == 0


def _write_and_fail(ledger: Ledger) -> None:
    with ledger.write() as connection:
        connection.execute(text("INSERT INTO spend VALUES ('2026-03', 'daily', 1, 0, 1, 0)"))
        raise ZeroDivisionError


def test_read_transaction_does_not_see_later_writes(url: str) -> None:
    count = text("SELECT count(*) FROM spend")
    with open_ledger(url) as ledger:
        with ledger.read() as view:
            before = view.execute(count).scalar()
            with ledger.write() as connection:
                connection.execute(text("INSERT INTO spend VALUES ('2026-03', 'daily', 1, 0, 1, 0)"))
            assert view.execute(count).scalar() == before == 0
        with ledger.read() as view:
            assert view.execute(count).scalar() == 1


def test_processes_that_open_a_new_ledger_make_it_once(url: str) -> None:
    code = "import sys; from include.ledger.database.engine import open_ledger\nwith open_ledger(sys.argv[1]): pass"
    command = [sys.executable, "-c", code, url]
    opening = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [(one.communicate()[1], one.returncode) for one in opening] == [("", 0)] * 4
    with open_ledger(url) as ledger, ledger.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM ledger_lock")).scalar() == 1


def test_numbers_beyond_32_bits_are_kept(url: str) -> None:
    many = 10**15
    with open_ledger(url) as ledger, ledger.write() as connection:
        open_run(connection, "run", "backfill", many, NOW)
        limits = Limits(plan="x", credits_used=many, credits_limit=many, requests_per_hour=many, max_history_days=many)
        note_reading(connection, limits, many, clean=True, now=NOW)
        account = account_of(connection)
    assert account is not None
    assert (account.credits_limit, account.requests_per_hour, account.max_history_days) == (many, many, many)


@pytest.mark.parametrize(
    "wrong",
    [
        "mysql://u:secret@h/d",
        "postgresql+asyncpg://u:secret@h/d",
        "u:secret@h",
        "postgresql://u:secret@127.0.0.1:1/d?no_option=1",
        "postgresql://u:secret@127.0.0.1:1/d?password=secret&sslmode=blub",
        "postgresql://u:secret@127.0.0.1:1/d?sslmode=disable&sslmode=prefer",
        "postgresql://u:secret@127.0.0.1:99999/d",
        "postgresql://u:secret@127.0.0.1:1/d?connect_timeout=soon",
        "postgresql://u:secret@127.0.0.1:1/d?hostaddr=here",
        "postgresql://u:secret%00@127.0.0.1:1/d",
        "sqlite:////secret%00.db",
    ],
)
def test_unusable_url_is_refused_without_its_password(wrong: str) -> None:
    with pytest.raises(LedgerAddressInvalid, match="OI_LEDGER_URL") as caught, open_ledger(wrong):
        pass
    assert "secret" not in str(caught.value)


def test_ledger_of_a_newer_version_is_refused(url: str) -> None:
    with open_ledger(url) as ledger, ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerError, match="newer version of this project"), open_ledger(url):
        pass


@pytest.mark.parametrize("bytes_left", [4096, 20_000])
def test_truncated_ledger_is_explained(tmp_path: Path, bytes_left: int) -> None:
    file = tmp_path / "ledger.db"
    with open_ledger(f"sqlite:///{file}"):
        pass
    os.truncate(file, bytes_left)
    explained = pytest.raises(LedgerError, match=r"cannot be used: database disk image is malformed.* from a backup")
    with explained, open_ledger(f"sqlite:///{file}") as ledger, ledger.read() as connection:
        connection.execute(text("SELECT count(*) FROM charges"))


HOLD = """
import os, signal, sys
from include.ledger.database.engine import open_ledger
with open_ledger(sys.argv[1]) as ledger, ledger.write():
    print("writing", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_frozen_writer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait for a bounded time; once it wakes, it commits and they write."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as frozen:
        try:
            assert frozen.stdout is not None
            assert frozen.stdout.readline() == "writing\n"
            os.waitpid(frozen.pid, os.WUNTRACED)
            monkeypatch.setattr(dialects, "BUSY_TIMEOUT_SECONDS", 0.05)
            named = (
                rf"longer than the 0\.05 s .* process {frozen.pid} on .* writing since 20.*`kill -CONT {frozen.pid}`"
            )
            with pytest.raises(LedgerError, match=named), open_ledger(url) as ledger, ledger.write():
                pass
            monkeypatch.undo()
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
        with open_ledger(url) as ledger, ledger.write() as connection:
            open_run(connection, "run", "backfill", None, NOW)
        assert frozen.wait() == 0
    assert writer_of(tmp_path / "ledger.db") is None


def test_foreign_program_is_not_called_the_last_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ledger.db"
    monkeypatch.setattr(dialects, "BUSY_TIMEOUT_SECONDS", 0.05)
    with open_ledger(f"sqlite:///{file}") as ledger:
        with ledger.write():
            assert writer_of(file) is not None
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="another program has locked the file"), ledger.write():
                pass


def test_folder_in_place_of_the_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with (
        pytest.raises(LedgerAddressInvalid, match=r"is a folder.*OI_LEDGER_URL"),
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}"),
    ):
        pass


def test_a_process_has_one_engine_for_a_url_and_a_fork_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements stay compiled between two openings; connections do not survive a fork."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    first = dialects.engine_of(url)
    assert dialects.engine_of(url) is first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert dialects.engine_of(url) is not first
