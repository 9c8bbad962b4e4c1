"""The page of operations in Airflow's own web server and a real browser, as an administrator and as a viewer."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.domain.clock import iso
from include.settings import ROOT
from include.simulator.server import SimulatorConfig, running
from tests import clock
from tests.bi.airflow_server import PASSWORDS, AirflowServer, airflow_server
from tests.bi.browser import CHROMIUM, browser_page
from tests.cli.oi import KEY, Oi

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

ARTIFACTS = Path(os.environ.get("OI_ARTIFACTS") or ROOT / ".oi" / "artifacts")
ALL_LOADED = """() => document.querySelector('[data-part]') && [...document.querySelectorAll('[data-part]')]
    .every(part => part.innerHTML && !part.classList.contains('loading'))"""
COLORS = "() => { const body = getComputedStyle(document.body); return [body.backgroundColor, body.color] }"

pytestmark = [pytest.mark.bi, pytest.mark.timeout(600)]


def days_ago(days: int) -> datetime:
    return datetime.combine(clock.real_now().date() - timedelta(days=days), datetime.min.time(), UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowServer]:
    """Two days of one symbol are loaded, with a day between them that nobody requested."""
    assert CHROMIUM, "there is no chromium on this machine: on Debian or Ubuntu, apt install chromium"
    clock.move_to(clock.real_now())  # the clock of the browser and of Airflow
    home = tmp_path_factory.mktemp("home")
    with running(SimulatorConfig(enforce_rates=False)) as simulator:
        oi = Oi(home, {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": KEY})
        for first in (5, 3):
            wanted = ("--symbol", "BTC", "--source", "kalshi", "--interval", "1h", "--lane", "hourly")
            answer = oi("load", *wanted, "--from", iso(days_ago(first)), "--to", iso(days_ago(first - 1)))
            assert answer.code == 0, answer.err
    with airflow_server(home) as found:
        yield found
    clock.move_to(clock.default())


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page() as found:
        found.set_viewport_size({"width": 1440, "height": 900})
        yield found


def log_in(page: Page, server: AirflowServer, user: str) -> None:
    page.goto("about:blank")  # a page that polls would find itself logged out, and go elsewhere
    page.context.clear_cookies()
    page.goto(f"{server.address}/auth/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORDS[user])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def frame_of(page: Page, address: str, ready: str = ALL_LOADED) -> Frame:
    """Opens a page of Airflow and returns the frame in it that is ours, when it is ready."""
    page.goto(address)
    frame = page.wait_for_selector("iframe[src*='open-interest']", timeout=120_000).content_frame()
    assert frame is not None
    # By time, not by frames drawn: one that is not laid out yet draws none.
    frame.wait_for_function(ready, timeout=120_000, polling=250)
    return frame


@pytest.mark.parametrize("user", ["admin", "viewer"])
def test_everybody_who_may_read_the_dags_sees_the_figures(page: Page, server: AirflowServer, user: str) -> None:
    refused: list[str] = []
    log_in(page, server, user)
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    frame = frame_of(page, f"{server.address}/plugin/open-interest")

    spent = server.get("open-interest/api/budget", user)["lanes"][0]["spent"]
    assert spent > 0
    assert frame.locator("#budget tr", has_text="hourly").first.locator("td").nth(2).inner_text() == f"{spent:,}"
    assert frame.locator("#coverage .cell.most").count() == 1, "the day that nobody requested"
    assert frame.locator("#series .cell.full").count() == 2
    assert frame.locator("#runs tbody tr").count() >= 2
    assert frame.locator("[data-failed]").count() == 0
    assert refused == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_takes_the_theme_of_the_frame_around_it(page: Page, server: AirflowServer, theme: str) -> None:
    log_in(page, server, "viewer")
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    frame = frame_of(page, f"{server.address}/plugin/open-interest")
    picture = ARTIFACTS / f"operations-{theme}.png"
    page.screenshot(path=str(picture))

    paper, ink = frame.evaluate(COLORS)
    assert (brightness(paper) > brightness(ink)) == (theme == "light")
    assert picture.stat().st_size > 30_000


def brightness(color: str) -> float:
    """Of a colour as browsers compute it: `rgb(1, 2, 3)`, or `oklch(0.2 0.1 90)`, whose first number says it."""
    name, _, numbers = color.rstrip(")").partition("(")
    parts = [float(part) for part in re.findall(r"[\d.]+", numbers)]
    return sum(parts[:3]) / 765 if name.startswith("rgb") else parts[0]


def test_the_filter_reads_the_calendar_again(page: Page, server: AirflowServer) -> None:
    log_in(page, server, "viewer")
    frame = frame_of(page, f"{server.address}/plugin/open-interest")
    frame.fill("#filter [name=symbol]", "nobody")
    frame.wait_for_selector("text=No series matches.")
    frame.fill("#filter [name=symbol]", "bt")
    frame.wait_for_selector("#series td >> text=BTC")
    frame.fill("#filter [name=until]", f"{days_ago(10):%Y-%m-%d}")
    frame.wait_for_function("() => document.querySelectorAll('#coverage .cell.most').length === 0")
    frame.wait_for_function("() => document.querySelectorAll('#gaps .button').length === 0")


def heal(page: Page, server: AirflowServer) -> Frame:
    """Goes from the gap to the form that heals it."""
    frame = frame_of(page, f"{server.address}/plugin/open-interest")
    frame.click("#gaps .button >> text=Heal")
    frame.wait_for_selector("#trigger")
    return frame


def test_a_gap_is_healed_by_the_filled_in_form(page: Page, server: AirflowServer) -> None:
    log_in(page, server, "admin")
    frame = heal(page, server)
    page.screenshot(path=str(ARTIFACTS / "operations-trigger.png"))
    frame.click("#trigger button")
    page.wait_for_url(lambda url: "/dags/open_interest_backfill/runs/" in url)

    runs = server.get("api/v2/dags/open_interest_backfill/dagRuns", "admin")["dag_runs"]
    conf: dict[str, Any] = runs[0]["conf"]
    assert (conf["from"], conf["to"]) == (iso(days_ago(4)), iso(days_ago(3)))
    assert (conf["symbols"], conf["sources"], conf["intervals"]) == (["BTC"], ["kalshi"], ["1h"])
    assert (conf["dry_run"], conf["max_credits"]) == (False, None)
    assert not server.get("api/v2/dags/open_interest_backfill", "admin")["is_paused"], "as the form offered"


def test_a_viewer_may_look_at_the_form_and_not_send_it(page: Page, server: AirflowServer) -> None:
    log_in(page, server, "viewer")
    frame = heal(page, server)
    frame.wait_for_selector("text=Your role may not trigger this DAG")
    assert frame.locator("#trigger button").count() == 0


def test_a_mistyped_range_is_refused_by_airflow_with_its_reason(page: Page, server: AirflowServer) -> None:
    log_in(page, server, "admin")
    frame = heal(page, server)
    frame.fill("#trigger [name=from]", "last week")
    frame.click("#trigger button")
    frame.wait_for_selector("#answer.bad >> text=from")
    assert "No run was started" in frame.inner_text("#answer")


@pytest.mark.parametrize("lane", ["hourly", "daily", "backfill"])
def test_each_dag_has_a_tab_with_its_lane(page: Page, server: AirflowServer, lane: str) -> None:
    log_in(page, server, "viewer")
    frame = frame_of(page, f"{server.address}/dags/open_interest_{lane}/plugin/open-interest-operations")
    assert frame.inner_text("h1") == f"Open interest: {lane} lane"
    assert (frame.locator("#runs tbody tr").count() > 0) == (lane == "hourly")


def test_nobody_else_sees_a_figure(server: AirflowServer) -> None:
    import httpx

    for path in ("", "api/budget", "part/budget", "trigger", "metrics", "run?dag_id=a&run_id=b", "openapi.json"):
        assert httpx.get(f"{server.address}/open-interest/{path}").status_code == 401, path
