"""Rule 7 where the passwords are in use: a ledger in PostgreSQL and a ClickHouse server."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy

from include.domain.market import Interval
from include.landing.store import LandingStore
from include.ledger.database.engine import LedgerError
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse import WarehouseUnreachable, open_warehouse
from tests.pipeline.conftest import KEY, run_steps, scope
from tests.postgres import PostgresServer
from tests.warehouse.http_server import PASSWORD, free_port, serving


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    with serving(tmp_path_factory.mktemp("server"), number):
        yield number


def test_rule_7_no_store_log_or_report_holds_a_password(
    vendor: RunningSimulator,
    settings_for: Callable[..., Settings],
    postgres: PostgresServer,
    port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger_url = postgres.new_database()
    server = {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": str(port), "CLICKHOUSE_PASSWORD": PASSWORD}
    settings = settings_for(vendor.base_url, OI_LEDGER_URL=ledger_url, **server)
    report = run_steps(settings, scope(settings, Interval.H4))
    assert report.complete, report.left

    printed = "\n".join(
        [caplog.text, repr(report), repr(settings), *_landed(settings), *_ledger(ledger_url), *_warehouse(settings)]
    )
    assert "binance_futures" in printed, "something was printed"
    for secret in (KEY, PASSWORD, _password(ledger_url)):
        assert secret not in printed


def test_rule_7_unreachable_places_are_named_without_passwords(
    vendor: RunningSimulator, settings_for: Callable[..., Settings]
) -> None:
    away = "postgresql+psycopg2://loader:word-of-the-ledger@127.0.0.1:9/ledger"
    settings = settings_for(vendor.base_url, OI_LEDGER_URL=away)
    with pytest.raises(LedgerError) as ledger:
        run_steps(settings, scope(settings, Interval.H4))
    settings = settings_for(
        vendor.base_url, CLICKHOUSE_HOST="127.0.0.1", CLICKHOUSE_PORT="9", CLICKHOUSE_PASSWORD=PASSWORD
    )
    with pytest.raises(WarehouseUnreachable) as warehouse:
        run_steps(settings, scope(settings, Interval.H4))
    assert "word-of-the-ledger" not in _with_causes(ledger.value)
    assert PASSWORD not in _with_causes(warehouse.value)


def _password(url: str) -> str:
    password = sqlalchemy.make_url(url).password
    assert password, "the server of these tests has one"
    return password


def _with_causes(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error))


def _landed(settings: Settings) -> list[str]:
    store = LandingStore(settings.landing_url)
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    return [*(repr(store.read(path)) for path in store.walk()), *(f"{file} {file.read_bytes()!r}" for file in files)]


def _ledger(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    tables = sqlalchemy.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [f"{table.name} {connection.execute(table.select()).all()}" for table in tables.sorted_tables]
    engine.dispose()
    return rows


def _warehouse(settings: Settings) -> list[str]:
    with open_warehouse(settings) as warehouse:
        _, names = warehouse.query_rows(
            "SELECT database || '.' || name FROM system.tables "
            "WHERE database IN ('market', 'bi') AND name NOT LIKE '%as_of'"
        )
        return [f"{name} {warehouse.query_rows(f'SELECT * FROM {name}')[1]}" for (name,) in names]
