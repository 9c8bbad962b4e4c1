from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import (
    Warehouse,
    WarehouseError,
    WarehouseUnreachable,
    embedded_connection_extra,
    embedded_directory,
    open_warehouse,
    reading,
)
from include.warehouse.reading import open_reader
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS
from tests.warehouse.batches import NOON, Row, publish, shown

COUNT_ELSEWHERE = """
import sys
from pathlib import Path
from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import open_warehouse
where = WarehouseSettings(database=sys.argv[2], lock_timeout_seconds=float(sys.argv[3]))
with open_warehouse(Settings(home=Path(sys.argv[1]), warehouse=where)) as warehouse:
    print(warehouse.counts().rows)
"""

TIMES_ELSEWHERE = """
import sys
from pathlib import Path
from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import open_warehouse
from tests.warehouse.batches import Row, publish
with open_warehouse(Settings(home=Path(sys.argv[1]), warehouse=WarehouseSettings(database=sys.argv[2]))) as warehouse:
    publish(warehouse, "b1", [Row()])
    print(warehouse.counts().series[0].first.isoformat())
    print(warehouse.query_rows("SELECT timestamp FROM open_interest")[1][0][0].isoformat())
    print(*warehouse.query_json_lines("SELECT timestamp FROM open_interest"))
"""


def elsewhere(settings: Settings, wait_seconds: float = 30) -> tuple[str, int | None, str]:
    """Another process opens the same warehouse; the number of rows that it prints, its exit code, its complaint."""
    arguments = [str(settings.home), settings.warehouse.database, str(wait_seconds)]
    process = Forked("-c", [COUNT_ELSEWHERE, *arguments], os.environ)
    counted, complaint = process.communicate(timeout=PATIENCE_SECONDS)
    return counted, process.returncode, complaint


def test_importing_the_room_loads_no_engine():
    heavy = "'chdb', 'clickhouse_connect', 'pyarrow', 'pandas'"
    code = f"import sys, include.warehouse; print([name for name in ({heavy}) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_rows_are_there_after_closing_for_this_process_and_the_next(settings: Settings):
    with open_warehouse(settings) as warehouse:
        publish(warehouse, "b1", [Row()])
    with open_warehouse(settings) as warehouse:
        assert shown(warehouse, "open_interest") == [Row()]
    assert elsewhere(settings) == ("1\n", 0, "")
    with open_warehouse(settings) as warehouse:
        assert warehouse.counts().rows == 1


def test_another_process_waits_and_then_names_the_holder(settings: Settings, warehouse: Warehouse):
    _, exit_code, complaint = elsewhere(settings, wait_seconds=0.2)
    assert exit_code != 0
    assert "WarehouseError" in complaint


def test_a_second_warehouse_may_be_opened_after_the_first_is_closed(settings: Settings, tmp_path: Path):
    with open_warehouse(settings):
        pass
    with open_warehouse(Settings(home=tmp_path)) as other:
        assert other.counts().rows == 0
    with open_warehouse(settings):
        pass


def test_an_error_inside_closes_and_frees_the_warehouse(settings: Settings):
    with pytest.raises(ZeroDivisionError), open_warehouse(settings):
        _ = 1 / 0
    with open_warehouse(settings) as warehouse:
        lines = warehouse.query_json_lines("SELECT number FROM system.numbers")
        next(lines)
    with open_warehouse(settings) as warehouse:
        assert warehouse.counts().rows == 0


def test_a_callers_client_is_made_under_the_lock(settings: Settings):
    import clickhouse_connect

    made = []

    def get_client():
        with pytest.raises(WarehouseError), open_warehouse(settings.model_copy(update={"warehouse": impatient})):
            pass
        made.append(clickhouse_connect.get_client(**embedded_connection_extra(settings)["client_kwargs"]))
        return made[-1]

    impatient = settings.warehouse.model_copy(update={"lock_timeout_seconds": 0.01})
    with open_warehouse(settings, get_client) as warehouse:
        publish(warehouse, "b1", [Row()])
        assert warehouse.query_rows("SELECT count() FROM open_interest")[1] == [(1,)]
    assert len(made) == 2
    assert elsewhere(settings)[0] == "1\n"


def test_threads_may_share_an_open_warehouse(warehouse: Warehouse):
    def work(number: int) -> list[Row]:
        row = Row(timestamp=NOON + timedelta(hours=number), open_interest=float(number))
        publish(warehouse, f"b{number}", [row])
        return [one for one in shown(warehouse, "open_interest") if one == row]

    with ThreadPoolExecutor(4) as pool:
        assert all(len(found) == 1 for found in pool.map(work, range(8)))
    assert warehouse.counts().rows == 8


def test_times_are_utc_whatever_the_zone_of_the_machine(settings: Settings):
    done = subprocess.run(
        [sys.executable, "-c", TIMES_ELSEWHERE, str(settings.home), settings.warehouse.database],
        env={**os.environ, "TZ": "America/New_York"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, row, line = done.stdout.splitlines()
    assert first == row == "2026-03-07T12:00:00+00:00"
    assert line == '{"timestamp":"2026-03-07T12:00:00Z"}'


def test_a_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path):
    server = WarehouseSettings(host="127.0.0.1", port=9, password="s3cret-word")  # type: ignore[arg-type] # made a secret
    with (
        pytest.raises(WarehouseUnreachable, match=r"127\.0\.0\.1.*CLICKHOUSE_HOST") as caught,
        open_warehouse(Settings(home=tmp_path, warehouse=server)),
    ):
        pass
    assert "s3cret-word" not in str(caught.value)
    assert not list(tmp_path.iterdir()), "a server needs no lock file"


def test_settings_that_name_a_server_have_no_embedded_directory(tmp_path: Path):
    assert embedded_directory(Settings(home=tmp_path, warehouse=WarehouseSettings(host="ch"))) is None
    assert embedded_directory(Settings(home=tmp_path)) == tmp_path / "warehouse"


def test_a_folder_for_temporary_files_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded engine would say so with a stack trace only."""
    monkeypatch.setenv("TMPDIR", "/proc")
    with (
        pytest.raises(WarehouseUnreachable, match="TMPDIR /proc cannot be written"),
        open_warehouse(Settings(home=tmp_path)),
    ):
        pass


def test_an_engine_that_does_not_start_is_explained(tmp_path: Path) -> None:
    def start() -> None:
        raise RuntimeError("Error initializing: DB::Exception: no such thing, Stack trace (when copying):\n0. main")

    with (
        pytest.raises(WarehouseUnreachable, match="no such thing") as caught,
        open_warehouse(Settings(home=tmp_path), start),
    ):  # type: ignore[arg-type] # it makes nothing
        pass
    assert "0. main" not in str(caught.value)


def test_a_reader_opens_a_whole_warehouse_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening the engine takes a tenth of a second; for writing it is opened only where something is missing."""
    opened: list[Settings] = []

    def counted(settings: Settings) -> AbstractContextManager[Warehouse]:
        opened.append(settings)
        return open_warehouse(settings)

    monkeypatch.setattr(reading, "open_warehouse", counted)
    with open_reader(settings) as reader:
        assert reader.query_rows("SELECT count() FROM bi.open_interest")[1] == [(0,)]
    assert opened == []
    with open_warehouse(settings) as warehouse:
        warehouse._session.command("DROP VIEW bi.open_interest")
        forgotten = "DELETE FROM market.schema_migrations WHERE name = 'marts/open_interest.sql'"
        warehouse._session.command(forgotten)
    with open_reader(settings) as reader:
        assert reader.query_rows("SELECT count() FROM bi.open_interest")[1] == [(0,)]
    assert opened == [settings]
