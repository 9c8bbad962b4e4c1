from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from include.ledger import engine
from include.ledger.engine import Ledger, LedgerError, open_ledger
from include.ledger.models import Base


def test_the_migrations_make_exactly_the_tables_of_the_models(url: str) -> None:
    with open_ledger(url) as ledger, ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == engine.HEAD


def test_opening_twice_keeps_what_was_written(url: str) -> None:
    for _ in range(2):
        with open_ledger(url) as ledger, ledger.write() as connection:
            connection.execute(text("INSERT INTO spend VALUES (hex(randomblob(4)), 'daily', 1, 0, 1, 0)"))
    with open_ledger(url) as ledger, ledger.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM spend")).scalar() == 2


def test_a_failed_transaction_leaves_nothing(url: str) -> None:
    with open_ledger(url) as ledger:
        with pytest.raises(ZeroDivisionError):
            _write_and_fail(ledger)
        with ledger.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM spend")).scalar() == 0


def _write_and_fail(ledger: Ledger) -> None:
    with ledger.write() as connection:
        connection.execute(text("INSERT INTO spend VALUES ('2026-03', 'daily', 1, 0, 1, 0)"))
        raise ZeroDivisionError


def test_a_ledger_of_a_newer_version_is_refused_in_words(url: str) -> None:
    with open_ledger(url) as ledger, ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerError, match="newer version of this project"), open_ledger(url):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with (
        pytest.raises(LedgerError, match="OI_LEDGER_URL"),
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}"),
    ):
        pass
