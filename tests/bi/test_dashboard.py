"""The whole way: rows are loaded, `./oi bi` is started, and a browser looks at the dashboard.

Nothing is left out where Superset or a browser is missing: who asks for these tests wants the dashboard seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from include.cli.commands.bi import PYTHON
from include.settings import ROOT
from include.simulator.server import SimulatorConfig, running
from tests import clock
from tests.bi.browser import CHROMIUM, ERRORS, browser_page, drawn_canvases, log_in, open_dashboard
from tests.bi.superset import Visitor, superset
from tests.bi.test_assets import CHARTS, DATASETS
from tests.cli.oi import KEY, Oi
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, serving

ARTIFACTS = Path(os.environ.get("OI_ARTIFACTS") or ROOT / ".oi" / "artifacts")
DRAWN_AS_TEXT = {"table", "big_number_total"}

pytestmark = [pytest.mark.bi, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", params=["embedded", "server"])
def clickhouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where ClickHouse is, as the environment says it."""
    if request.param == "embedded":
        yield {}
        return
    port = free_port()
    with serving(tmp_path_factory.mktemp("server"), port):
        address = {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": str(port), "CLICKHOUSE_PASSWORD": PASSWORD}
        yield address | {"CLICKHOUSE_READER_USER": READER, "CLICKHOUSE_READER_PASSWORD": READER_PASSWORD}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, clickhouse: dict[str, str]) -> Iterator[Oi]:
    """`./oi` with a week of three symbols in its warehouse."""
    week_ago = f"{clock.real_now() - timedelta(days=7):%Y-%m-%d}"
    with running(SimulatorConfig(enforce_rates=False)) as simulator:
        vendor = {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": KEY}
        oi = Oi(tmp_path_factory.mktemp("home"), vendor | clickhouse)
        answer = oi("load", "--interval", "1h", "--interval", "1d", "--from", week_ago)
        assert answer.code == 0, answer.err
        yield oi


@pytest.fixture(scope="module")
def visitor(loaded: Oi) -> Iterator[Visitor]:
    assert PYTHON.exists(), "Superset is not installed: make test-bi installs it"
    assert CHROMIUM, "there is no chromium on this machine: on Debian or Ubuntu, apt install chromium"
    with superset(loaded) as address, browser_page() as page:
        log_in(page, address, (loaded.home / "bi" / "admin_password").read_text())
        yield Visitor(loaded, address, page)


def test_the_dashboard_draws_every_chart_of_what_was_loaded(visitor: Visitor) -> None:
    kind = "server" if "CLICKHOUSE_HOST" in visitor.oi.environment else "embedded"
    picture = ARTIFACTS / f"dashboard-{kind}.png"
    picture.unlink(missing_ok=True)
    page, refused = visitor.page, []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    open_dashboard(page, visitor.address, len(CHARTS))
    page.screenshot(path=str(picture), full_page=True)

    assert picture.stat().st_size > 50_000
    assert drawn_canvases(page) >= sum(chart["viz_type"] not in DRAWN_AS_TEXT for chart in CHARTS.values())
    assert refused == []
    assert page.locator(ERRORS).count() == 0
    assert page.get_by_text("No results were returned").count() == 0
    for name in (chart["slice_name"] for chart in CHARTS.values()):
        assert page.get_by_text(name, exact=True).count() >= 1, name
    assert page.get_by_text("binance_futures").count() > 0


def test_every_column_has_the_warehouses_own_description(visitor: Visitor) -> None:
    told = visitor.oi("sql", "SELECT table, name, comment FROM system.columns WHERE database = 'bi'", "--json").lines
    for mart, dataset in visitor.datasets().items():
        shown = {column["column_name"]: column["description"] for column in dataset["columns"]}
        comments = {one["name"]: one["comment"] for one in told if one["table"] == mart}
        assert comments, mart
        assert {name: shown.get(name) for name in comments} == comments, mart


def test_sql_lab_reads_the_marts_and_nothing_of_the_host(visitor: Visitor) -> None:
    answer = visitor.ask("SELECT count() AS rows FROM bi.open_interest")
    assert answer.ok, answer.text()
    assert answer.json()["data"][0]["rows"] > 0
    hidden = ["SELECT raw FROM market.quarantine_rows", "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)"]
    for sql in (
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT file('/etc/passwd')",
        "EXPLAIN SELECT file('/etc/passwd')",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "SELECT 1 INTO OUTFILE '/tmp/never'",
        "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/never'",
        "INSERT INTO market.quarantine_rows (raw) VALUES ('x')",
        *(hidden if "CLICKHOUSE_HOST" not in visitor.oi.environment else ()),  # the server here knows no rights
    ):
        refused = visitor.ask(sql)
        assert not refused.ok, sql
        assert "root:" not in refused.text()


def test_every_dataset_of_the_files_was_imported(visitor: Visitor) -> None:
    assert set(visitor.datasets()) == {one["table_name"] for one in DATASETS.values()}


def test_a_chart_in_error_is_seen_as_one(visitor: Visitor) -> None:
    """The last one here, as it leaves a metric broken: that nothing else is in error means something only with this."""
    dataset = visitor.datasets()["open_interest_daily"]
    kept = ("id", "metric_name", "verbose_name", "expression", "d3format")
    metrics = [{name: metric[name] for name in kept} for metric in dataset["metrics"]]
    metrics[0]["expression"] = "sum(no_such_column)"
    answer = visitor.send("PUT", f"dataset/{dataset['id']}", {"metrics": metrics})
    assert answer.ok, answer.text()
    refused: list[str] = []
    visitor.page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
    open_dashboard(visitor.page, visitor.address, len(CHARTS))
    assert visitor.page.locator(ERRORS).count() > 0
    assert [url for url in refused if "chart/data" in url]
