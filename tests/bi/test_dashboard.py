"""The whole way: rows are loaded, `./oi bi` is started, and a browser looks at the dashboard."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from include.cli.commands.bi import PYTHON
from include.clock import utc_now
from include.settings import ROOT
from include.simulator.server import SimulatorConfig, running
from tests.bi.browser import CHROMIUM, browser_page, log_in, open_dashboard
from tests.bi.test_assets import CHARTS
from tests.cli.oi import KEY, Oi
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, needs_a_server, serving

ARTIFACTS = Path(os.environ.get("OI_ARTIFACTS") or ROOT / ".oi" / "artifacts")

pytestmark = [
    pytest.mark.bi,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="Superset is not installed: make test-bi installs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(params=["embedded", pytest.param("server", marks=needs_a_server)])
def clickhouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Where ClickHouse is, as the environment says it."""
    if request.param == "embedded":
        yield {}
        return
    port = free_port()
    with serving(tmp_path / "server", port):
        address = {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": str(port), "CLICKHOUSE_PASSWORD": PASSWORD}
        yield address | {"CLICKHOUSE_READER_USER": READER, "CLICKHOUSE_READER_PASSWORD": READER_PASSWORD}


@pytest.fixture
def loaded(tmp_path: Path, clickhouse: dict[str, str]) -> Iterator[Oi]:
    """`./oi` with a week of three symbols in its warehouse."""
    week_ago = f"{utc_now() - timedelta(days=7):%Y-%m-%d}"
    with running(SimulatorConfig(enforce_rates=False)) as simulator:
        vendor = {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": KEY}
        oi = Oi(tmp_path / "home", vendor | clickhouse)
        answer = oi("load", "--interval", "1h", "--interval", "1d", "--from", week_ago)
        assert answer.code == 0, answer.err
        yield oi


@contextmanager
def superset(oi: Oi) -> Iterator[str]:
    """Superset as `./oi bi` starts it; yields its address."""
    environment = {**os.environ, "OI_HOME": str(oi.home), **oi.environment}
    command = [str(ROOT / "oi"), "bi", "--port", "0"]
    log = oi.home / "superset.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _answering(log, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def _answering(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-2000:]
        told = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if told and _is_up(f"{told[0]}/health"):
            return told[0]
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


def _is_up(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def test_the_dashboard_draws_every_chart_of_what_was_loaded(loaded: Oi) -> None:
    kind = "server" if "CLICKHOUSE_HOST" in loaded.environment else "embedded"
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    with superset(loaded) as address, browser_page() as page:
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        log_in(page, address, (loaded.home / "bi" / "admin_password").read_text())
        refused.clear()
        open_dashboard(page, address, len(CHARTS))
        page.screenshot(path=str(ARTIFACTS / f"dashboard-{kind}.png"), full_page=True)

        assert refused == []
        assert page.locator(".ant-alert-error, [data-test=chart-error], .missing-chart-container").count() == 0
        assert page.get_by_text("No results were returned").count() == 0
        for name in (chart["slice_name"] for chart in CHARTS.values()):
            assert page.get_by_text(name, exact=True).count() >= 1, name
        assert page.get_by_text("binance_futures").count() > 0
