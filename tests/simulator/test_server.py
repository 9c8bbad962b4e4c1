"""The simulator on the wire: what a client on a real socket sees."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from include.domain.market import Interval, Stream
from include.kwery.models import Request
from include.simulator.accounts import account_id
from include.simulator.config import SimulatorConfig
from include.simulator.server import RunningSimulator, running
from tests.patience import PATIENCE_SECONDS

from .conftest import NOW

KEY = "kwery_test_business_wire"
QUERY = "symbol=BTC&source=binance_futures&interval=4h&start=2026-03-07T00:00:00Z&end=2026-03-08T00:00:00Z"
FIRST_ROW = {
    "timestamp": "2026-03-07T00:00:00Z",
    "symbol": "BTC",
    "source": "binance_futures",
    "interval": "4h",
    "open_interest": 52340.80,
    "open_interest_usd": 4938475200.00,
}

PYTHON = """
import requests
resp = requests.get("https://kwery-api.com/v1/open-interest", params={
"api-key": "YOUR_KEY",
"symbol": "BTC",
"source": "binance_futures",
"interval": "4h",
"start": "2026-03-07T00:00:00Z",
"end": "2026-03-08T00:00:00Z",
})
data = resp.json()
import json; print(json.dumps(data))
"""

TYPESCRIPT = """
const params = new URLSearchParams({
"api-key": "YOUR_KEY",
"symbol": "BTC",
"source": "binance_futures",
"interval": "4h",
"start": "2026-03-07T00:00:00Z",
"end": "2026-03-08T00:00:00Z",
});
const res = await fetch(`https://kwery-api.com/v1/open-interest?${params}`);
const data = await res.json();
console.log(JSON.stringify(data));
"""


@pytest.fixture(scope="module")
def vendor() -> Iterator[RunningSimulator]:
    config = SimulatorConfig(now=NOW, enforce_rates=False, hold_seconds=30, slow_seconds=0.05)
    with running(config) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _as_it_was(vendor: RunningSimulator) -> Iterator[None]:
    yield
    vendor.turn_on({})
    vendor.pin(NOW)


def example(vendor: RunningSimulator, command: list[str]) -> dict[str, object]:
    """Runs one of the page's examples with host and key changed, and reads what it prints."""
    mine = [part.replace("https://kwery-api.com", vendor.base_url).replace("YOUR_KEY", KEY) for part in command]
    done = subprocess.run(mine, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_pages_curl_example_runs(vendor: RunningSimulator) -> None:
    body = example(vendor, ["curl", "-s", f"https://kwery-api.com/v1/open-interest?api-key=YOUR_KEY&{QUERY}"])
    assert body["data"][0] == FIRST_ROW


def test_the_pages_python_example_runs(vendor: RunningSimulator) -> None:
    body = example(vendor, [sys.executable, "-c", PYTHON])
    assert body["data"][0] == FIRST_ROW
    assert body["meta"] == {
        "symbol": "BTC", "source": "binance_futures", "interval": "4h", "returned": 6, "next_cursor": None,
        "has_more": False,
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_pages_typescript_example_runs(vendor: RunningSimulator) -> None:
    body = example(vendor, ["node", "--input-type=module", "-e", TYPESCRIPT])
    assert body["data"][0] == FIRST_ROW


def test_headers_are_spelt_as_on_the_page_and_date_is_the_simulators_clock(vendor: RunningSimulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", vendor.port)
    connection.request("GET", f"/v1/open-interest?{QUERY}", headers={"X-API-Key": KEY})
    response = connection.getresponse()
    assert len(json.loads(response.read())["data"]) == 6
    headers = dict(response.getheaders())
    connection.close()
    assert headers["X-Credits-Used"] == "68"
    assert headers["X-Rows-Returned"] == "6"
    assert headers["X-Rows-Capped"] == "false"
    assert headers["X-Plan"] == "business"
    assert headers["Date"] == "Fri, 20 Mar 2026 12:34:56 GMT"
    assert headers["Content-Type"] == "application/json"
    assert {"X-Credits-Remaining", "X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining"} < set(headers)
    assert int(headers["X-RateLimit-Reset"]) >= NOW.timestamp()


@pytest.mark.parametrize("name", ["api-key", "api_key"])
def test_the_key_may_be_a_parameter_and_the_header_wins(vendor: RunningSimulator, name: str) -> None:
    url = f"{vendor.base_url}/v1/limits"
    assert httpx.get(url, params={name: "kwery_test_free_a"}).json()["plan"] == "free"
    both = httpx.get(url, params={name: "kwery_test_free_a"}, headers={"X-API-Key": "kwery_test_pro_a"})
    assert both.json()["plan"] == "pro"
    assert httpx.get(url, params={name: "kwery_test_pro_a"}, headers={"X-API-Key": "wrong"}).status_code == 401


@pytest.mark.parametrize("path", ["/health", "/v1/health"])
def test_health_needs_no_key(vendor: RunningSimulator, path: str) -> None:
    assert httpx.get(vendor.base_url + path).json() == {"status": "ok"}


def test_an_unknown_path_and_method_are_answered_in_the_vendors_shape(vendor: RunningSimulator) -> None:
    lost = httpx.get(f"{vendor.base_url}/v1/candles")
    assert (lost.status_code, lost.json()["error"]) == (404, "not_found")
    posted = httpx.post(f"{vendor.base_url}/v1/limits")
    assert (posted.status_code, posted.json()["error"]) == (405, "method_not_allowed")


def test_a_cursor_travels_percent_encoded(vendor: RunningSimulator) -> None:
    url = f"{vendor.base_url}/v1/open-interest?{QUERY}&limit=4"
    first = httpx.get(url, headers={"X-API-Key": KEY}).json()
    second = httpx.get(f"{url}&after={quote(first['meta']['next_cursor'], safe='')}", headers={"X-API-Key": KEY}).json()
    assert [row["timestamp"][11:13] for row in first["data"] + second["data"]] == ["00", "04", "08", "12", "16", "20"]


def test_a_plus_sent_as_a_space_is_400_with_advice(vendor: RunningSimulator) -> None:
    url = f"{vendor.base_url}/v1/open-interest?symbol=BTC&start=2026-03-07T00:00:00+00:00"
    answer = httpx.get(url, headers={"X-API-Key": KEY})
    assert answer.status_code == 400
    assert "%2B" in answer.json()["message"]


def test_a_cut_body_breaks_off_before_its_content_length_and_is_charged(vendor: RunningSimulator) -> None:
    vendor.turn_on({"cut_body": 1.0})
    before = vendor.account(KEY).credits
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}", headers={"X-API-Key": KEY})
    assert vendor.account(KEY).credits == before + 68


def test_a_timeout_holds_the_answer_and_is_charged(vendor: RunningSimulator) -> None:
    vendor.turn_on({"timeout": 1.0})
    before = vendor.account(KEY).credits
    patience = httpx.Timeout(60, read=0.5)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}", headers={"X-API-Key": KEY}, timeout=patience)
    until = time.monotonic() + PATIENCE_SECONDS
    while vendor.account(KEY).credits == before and time.monotonic() < until:  # a busy server may not be that far
        time.sleep(0.01)
    assert vendor.account(KEY).credits == before + 68


def test_a_slow_answer_arrives(vendor: RunningSimulator) -> None:
    vendor.turn_on({"slow": 1.0})
    answer = httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}", headers={"X-API-Key": KEY})
    assert len(answer.json()["data"]) == 6


def test_a_nan_is_written_as_the_bare_literal(vendor: RunningSimulator) -> None:
    vendor.turn_on({"malformed_rows": 1.0})
    texts = [
        httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}", headers={"X-API-Key": KEY}).text for _ in range(9)
    ]
    assert any('"open_interest": NaN' in text for text in texts)


def test_questions_carry_the_clients_fingerprint(vendor: RunningSimulator) -> None:
    start, end = datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
    asked = Request(Stream("BTC", Interval.H4, "binance_futures"), start, end, 500)
    httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}&limit=500", headers={"X-API-Key": KEY})
    assert vendor.questions[-1].fingerprint == asked.fingerprint


class TestControl:
    def test_the_clock_is_pinned_and_released(self, vendor: RunningSimulator) -> None:
        url = f"{vendor.base_url}/_simulator/clock"
        assert httpx.post(url, json={"now": "2026-01-01"}).json()["now"] == "2026-01-01T00:00:00Z"
        assert httpx.get(f"{vendor.base_url}/health").headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"
        assert httpx.post(url, json={"now": None}).json()["pinned"] is False
        assert httpx.post(url, json={"now": "soon"}).status_code == 400

    def test_faults_are_set_and_described(self, vendor: RunningSimulator) -> None:
        url = f"{vendor.base_url}/_simulator/faults"
        state = httpx.post(url, json={"internal_error": 0.5}).json()
        assert state["faults"] == {"internal_error": 0.5}
        assert "cut_body" in httpx.get(f"{vendor.base_url}/_simulator/").json()["known_faults"]
        assert httpx.post(url, json={"gremlins": 1}).status_code == 400

    def test_accounts_are_counted_by_id_and_no_key_is_shown(self, vendor: RunningSimulator) -> None:
        key = "kwery_test_pro_counted"
        httpx.get(f"{vendor.base_url}/v1/open-interest?{QUERY}", headers={"X-API-Key": key})
        accounts = httpx.get(f"{vendor.base_url}/_simulator/accounts")
        counted = accounts.json()[account_id(key)]
        assert counted == {
            "plan": "pro",
            "requests": 1,
            "refused_by_rate": 0,
            "rows": 6,
            "credits": 68,
            "remaining_credits": 9_999_932,
        }
        questions = httpx.get(f"{vendor.base_url}/_simulator/questions", params={"account": account_id(key)})
        assert [(q["status"], q["rows"], q["credits"], q["interval"]) for q in questions.json()] == [(200, 6, 68, "4h")]
        assert key not in accounts.text + questions.text
