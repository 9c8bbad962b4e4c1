"""The whole way: rows are loaded, `./oi bi` is started, and a browser looks at the dashboard.

Nothing is left out where Superset or a browser is missing: who asks for these tests wants the dashboard seen.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.filled import SQL
from include.cli.commands.bi import PYTHON
from include.settings import ROOT
from include.simulator.server import SimulatorConfig, running
from tests import clock
from tests.bi.assets import CHARTS, DATASETS, FILES, PAGES, charts_of
from tests.bi.browser import (
    CHROMIUM,
    ERRORS,
    browser_page,
    choose,
    cut_off,
    drawn_canvases,
    log_in,
    open_dashboard,
    turn_to,
)
from tests.bi.numbers import CURVES, NUMBERS
from tests.bi.superset import Visitor, superset
from tests.cli.oi import KEY, Oi
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, serving

ARTIFACTS = Path(os.environ.get("OI_ARTIFACTS") or ROOT / ".oi" / "artifacts")
SYMBOLS = ("BTC", "ETH", "SOL")
DRAWN_AS_TEXT = {"table", "big_number_total", "pivot_table_v2"}

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
    clock.move_to(clock.real_now())  # ClickHouse's own now() says what is fresh
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


@pytest.fixture(scope="module")
def drawn(visitor: Visitor) -> dict[str, list[dict[str, Any]]]:
    """What each chart drew, by its title; on the way every page is looked at."""
    page, refused = visitor.page, []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    answers = visitor.answers()
    open_dashboard(page, visitor.address)
    for name in PAGES:
        charts = charts_of(name)
        turn_to(page, name, len(charts))
        picture(visitor, name)
        assert page.locator(ERRORS).count() == 0, name
        assert drawn_canvases(page) >= sum(chart["viz_type"] not in DRAWN_AS_TEXT for chart in charts), name
        for chart in charts:
            assert page.get_by_text(chart["slice_name"], exact=True).count() >= 1, chart["slice_name"]
        assert cut_off(page) == []
    assert refused == []
    return answers


def picture(visitor: Visitor, page: str) -> None:
    kind = "server" if "CLICKHOUSE_HOST" in visitor.oi.environment else "embedded"
    path = ARTIFACTS / f"dashboard-{kind}-{page.split()[0].lower()}.png"
    path.unlink(missing_ok=True)
    visitor.page.screenshot(path=str(path), full_page=True)
    assert path.stat().st_size > 50_000


def test_every_chart_draws_what_was_loaded(drawn: dict[str, list[dict[str, Any]]]) -> None:
    """Only what the vendor did not do stays empty: it restated and spoiled nothing."""
    assert drawn.keys() == {chart["slice_name"] for chart in CHARTS.values()}
    assert {title for title, rows in drawn.items() if not rows} <= {"Quarantine"}


def test_the_bench_times_what_superset_sends(drawn: dict[str, list[dict[str, Any]]], visitor: Visitor) -> None:
    """As the dashboard is opened; what is sent is kept beside the pictures, to be copied from."""
    kept = {path.stem: plain_sql(path.read_text()) for path in (SQL / "charts").glob("*.sql")}
    stems = {chart["slice_name"]: Path(name).stem for name, chart in FILES.items() if name.startswith("charts/")}
    sent = {stems[title]: plain_sql(query) for title, query in visitor.queries.items()}
    (ARTIFACTS / "queries.json").write_text(json.dumps(sent, indent=2))
    choice = "`symbol` IN ('')"
    assert {name: re.sub(r"`symbol` IN \('\w+'\)", choice, sql) for name, sql in sent.items()} == {
        name: re.sub(r"`symbol` IN \('\w+'\)", choice, sql) for name, sql in kept.items()
    }


def plain_sql(sql: str) -> str:
    """A query in one line, with its first day as the bench names it."""
    sql = re.sub(r"toDate\('[\d-]+'\)", "{since_day:Date}", sql)
    sql = re.sub(r"toDateTime\('[\d-]+ 00:00:00'\)", "{since_midnight:DateTime('UTC')}", sql)
    return " ".join(sql.strip().rstrip(";").split())


@pytest.mark.parametrize("title", NUMBERS)
def test_a_chart_shows_the_numbers_of_the_marts(
    title: str, drawn: dict[str, list[dict[str, Any]]], visitor: Visitor
) -> None:
    """By SQL that a person writes over the marts, without datasets and metrics of Superset."""
    counted = visitor.oi("sql", NUMBERS[title], "--json").lines
    assert counted
    names = counted[0].keys()
    shown = [{name: row[name] for name in names} for row in drawn[title]]
    assert ordered(shown) == ordered(counted)


@pytest.mark.parametrize("title", CURVES)
def test_a_curve_shows_the_numbers_of_the_marts(
    title: str, drawn: dict[str, list[dict[str, Any]]], visitor: Visitor
) -> None:
    [chart] = [one for one in CHARTS.values() if one["slice_name"] == title]
    axis = chart["params"]["x_axis"]
    shown = [
        {"x": row[axis], "series": series, "value": value}
        for row in drawn[title]
        for series, value in row.items()
        if series != axis and value is not None
    ]
    counted = visitor.oi("sql", CURVES[title], "--json").lines
    assert counted
    assert ordered(shown) == ordered(counted)


def ordered(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The values of each row by their names, the rows in one order."""
    return sorted([[comparable(row[name]) for name in sorted(row)] for row in rows], key=str)


def comparable(value: Any) -> Any:
    """Times as milliseconds, as Superset gives them; numbers without what a sum in another order changes."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+Z)?", value):
        value = datetime.fromisoformat(value if "T" in value else f"{value}T00:00:00Z").timestamp() * 1000
    return float(f"{value:.9g}") if isinstance(value, (int, float)) else value


def test_venues_are_written_as_people_write_them(visitor: Visitor, drawn: dict[str, list[dict[str, Any]]]) -> None:
    assert {row["venue"] for row in drawn["Venues"]} == {"All", "Binance Futures", "Hyperliquid", "Kalshi"}


def test_only_a_copy_is_called_one(visitor: Visitor, drawn: dict[str, list[dict[str, Any]]]) -> None:
    copies = visitor.page.get_by_text("This is a copy of the warehouse").count()
    assert copies == ("CLICKHOUSE_HOST" not in visitor.oi.environment)


def test_times_are_utc_whatever_the_zone_of_the_browser(
    visitor: Visitor, drawn: dict[str, list[dict[str, Any]]]
) -> None:
    open_dashboard(visitor.page, visitor.address)
    turn_to(visitor.page, "Open interest", len(charts_of("Open interest")))
    [row] = visitor.oi("sql", "SELECT max(as_of) AS newest FROM bi.open_interest_now", "--json").lines
    written = row["newest"].replace("T", " ").removesuffix(":00Z")
    assert visitor.page.locator(".superset-legacy-chart-big-number", has_text=written).count() == 1


def test_every_column_has_the_warehouses_own_description(visitor: Visitor) -> None:
    columns = visitor.oi("sql", "SELECT table, name, comment FROM system.columns WHERE database = 'bi'", "--json").lines
    for mart, dataset in visitor.datasets().items():
        shown = {column["column_name"]: column["description"] for column in dataset["columns"]}
        comments = {one["name"]: one["comment"] for one in columns if one["table"] == mart}
        assert comments, mart
        assert {name: shown.get(name) for name in comments} == comments, mart


def test_sql_lab_reads_the_marts_and_nothing_of_the_host(visitor: Visitor) -> None:
    answer = visitor.ask("SELECT count() AS rows FROM bi.open_interest")
    assert answer.ok, answer.text()
    assert answer.json()["data"][0]["rows"] > 0
    by_rights = [  # the server of the tests has no rights of ClickHouse's own; the embedded engine is guarded here
        "SELECT raw FROM market.quarantine_rows",
        "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
        "SELECT file('/etc/passwd')",
        "EXPLAIN SELECT file('/etc/passwd')",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/never'",
    ]
    for sql in (
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT 1 INTO OUTFILE '/tmp/never'",
        "INSERT INTO market.quarantine_rows (raw) VALUES ('x')",
        *(by_rights if "CLICKHOUSE_HOST" not in visitor.oi.environment else ()),
    ):
        refused = visitor.ask(sql)
        assert not refused.ok, sql
        assert "root:" not in refused.text()


def test_a_choice_of_a_symbol_reaches_every_chart_of_symbols(
    visitor: Visitor, drawn: dict[str, list[dict[str, Any]]]
) -> None:
    """As a person chooses it in the bar of filters."""
    open_dashboard(visitor.page, visitor.address)
    turn_to(visitor.page, "Open interest", len(charts_of("Open interest")))
    answers = visitor.answers()
    choose(visitor.page, f"{len(SYMBOLS)} options", "ETH")
    for name in PAGES:
        turn_to(visitor.page, name, len(charts_of(name)))
    shown = {title: {row["symbol"] for row in rows if "symbol" in row} for title, rows in answers.items()}
    assert {title: symbols for title, symbols in shown.items() if symbols - {"ETH"}} == {}
    assert {title for title, symbols in shown.items() if symbols} >= {
        "Total by symbol",
        "Venues",
        "Freshness of each series",
    }


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
    open_dashboard(visitor.page, visitor.address)
    turn_to(visitor.page, "Open interest", len(charts_of("Open interest")))
    assert visitor.page.locator(ERRORS).count() > 0
    assert [url for url in refused if "chart/data" in url]
