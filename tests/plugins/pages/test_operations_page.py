from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import replace_coverage
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.plan.plan import plan
from include.planning.windows.coverage import Covered
from include.settings import Settings
from oi_airflow.pages.app import app
from tests import clock
from tests.pipeline.conftest import run_steps, scope, settings, settings_for, vendor  # noqa: F401 - fixtures
from tests.plugins.pages.conftest import Roles

PARTS = ("budget", "alarms", "coverage", "series", "gaps", "runs", "windows", "quarantine")
START = datetime(2026, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def gap(tmp_path: Path, home_of: Callable[[Settings], None], viewer: Roles) -> Settings:
    """A ledger with a gap of four hours in two symbols, one of which has a name that looks like markup."""
    found = Settings(home=tmp_path / "gap")
    clock.move_to(START + 30 * HOUR)
    pieces = [
        Covered(TimeRange(START + first * HOUR, START + last * HOUR), START + last * HOUR, "rows")
        for first, last in ((0, 4), (8, 24))
    ]
    with open_ledger(found.ledger_url) as ledger, ledger.write() as connection:
        replace_coverage(connection, {Series(name, "kalshi", Interval.H1): pieces for name in ("BTC", "<b>&")})
    home_of(found)
    return found


def links(html: str, text: str) -> list[dict[str, list[str]]]:
    """The queries of the links that show `text`."""
    found = re.findall(rf'<a[^>]*href="([^"]*)"[^>]*>{text}</a>', html)
    return [parse_qs(urlsplit(unescape(href)).query) for href in found]


def test_the_frame_loads_every_part_for_itself(browser: TestClient, viewer: Roles) -> None:
    html = browser.get("/").text
    assert {part for part in PARTS if f'data-part="part/{part}"' in html} == set(PARTS)
    for asset in re.findall(r'(?:src|href)="(static/[^"]+)"', html):
        assert browser.get(f"/{asset}").status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_every_part_shows_an_empty_ledger(
    browser: TestClient, tmp_path: Path, home_of: Callable[[Settings], None], viewer: Roles, part: str
) -> None:
    home_of(Settings(home=tmp_path / "new"))
    assert browser.get(f"/part/{part}").status_code == 200


def test_the_parts_show_what_a_run_did(
    browser: TestClient,
    settings: Settings,  # noqa: F811 - a fixture
    home_of: Callable[[Settings], None],
    viewer: Roles,
) -> None:
    run_steps(settings, scope(settings, Interval.H1), lane="hourly")
    plan(settings, RunSpec("begun-later", "daily"), scope(settings, Interval.H4))
    home_of(settings)

    runs = browser.get("/part/runs").text
    assert all(text in runs for text in ("hourly", "266", '<span class="good">yes</span>'))
    assert "266" in browser.get("/part/budget").text
    assert 'class="cell full"' in browser.get("/part/coverage").text
    windows = browser.get("/part/windows").text
    assert all(text in windows for text in ("begun-later", "planned", "all sources 4h"))
    assert "begun-later" not in browser.get("/part/windows", params={"lane": "hourly"}).text


def test_a_gap_leads_to_the_form_that_heals_it(browser: TestClient, gap: Settings) -> None:
    html = browser.get("/part/gaps").text
    [price], [heal] = links(html, "Price"), links(html, "Heal")

    assert price == {**heal, "dry_run": ["true"]}
    assert heal == {
        "from": ["2026-03-09T04:00:00Z"],
        "to": ["2026-03-09T08:00:00Z"],
        "symbols": ["<b>&,BTC"],
        "sources": ["kalshi"],
        "intervals": ["1h"],
        "dry_run": ["false"],
    }


def test_the_form_is_filled_in_and_sends_nothing_by_itself(browser: TestClient, gap: Settings) -> None:
    query = {"from": "2026-03-09", "to": "2026-03-10", "symbols": "<b>&,BTC", "sources": "kalshi", "intervals": "1h"}
    html = browser.get("/trigger", params=query).text

    assert 'name="symbols" value="&lt;b&gt;&amp;,BTC"' in html
    assert re.findall(r'name="(?:sources|intervals)" value="([^"]+)" checked', html) == ["kalshi", "1h"]
    assert 'name="dry_run" checked' in html, "buying is what a person chooses"
    assert 'name="dry_run">' in browser.get("/trigger", params=query | {"dry_run": "false"}).text


def test_a_missing_day_of_a_series_leads_to_its_price(browser: TestClient, gap: Settings) -> None:
    html = browser.get("/part/series", params={"symbol": "btc", "days": 14}).text

    assert "20 of 24 buckets received, 4 missing" in html
    [href] = re.findall(r'<a class="cell some" href="([^"]+)"', html)
    query = parse_qs(urlsplit(unescape(href)).query)
    assert (query["from"], query["to"], query["dry_run"]) == (["2026-03-09"], ["2026-03-10"], ["true"])


def test_names_of_the_vendor_are_shown_as_text(browser: TestClient, gap: Settings) -> None:
    for part in ("series", "gaps"):
        html = browser.get(f"/part/{part}").text
        assert "&lt;b&gt;&amp;" in html
        assert "<b>" not in html


@pytest.mark.parametrize("name", ["<script>", "../../etc", "open_interest_weekly", ""])
def test_a_dag_that_loads_nothing_here_is_named(browser: TestClient, viewer: Roles, name: str) -> None:
    html = browser.get("/", params={"dag_id": name}).text
    assert ("loads no open interest" in html) == bool(name)
    assert "<script>alert" not in html
    assert "hourly lane" in browser.get("/", params={"dag_id": "open_interest_hourly"}).text


def test_the_runbook_has_a_place_for_every_alarm(browser: TestClient, viewer: Roles) -> None:
    from include import alarms

    names = {path.stem for path in Path(alarms.__file__).parent.glob("*.py")}
    html = browser.get("/runbook").text
    found = set(re.findall(r'<h3 id="(\w+)">', html))
    assert {"freshness", "gaps", "doubts", "quarantine", "late", "stuck", "pace", "stored", "marts"} <= found
    assert {"freshness", "late", "pace", "restated"} <= names & found
    assert "<strong>Do</strong>" in html or "<strong>Do:</strong>" in html


def test_a_ledger_that_cannot_be_read_is_an_error_not_an_empty_page(
    browser: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewer: Roles
) -> None:
    monkeypatch.setenv("OI_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("OI_LEDGER_URL", "postgresql+psycopg2://nobody@127.0.0.1:9/none")
    answer = browser.get("/part/runs")
    assert answer.status_code == 503
    assert "ledger" in answer.text


def test_no_page_of_the_app_is_left_out_of_these_tests() -> None:
    paths = {route.path for route in app.routes if "/part/" in route.path}
    assert paths == {f"/part/{part}" for part in PARTS}
