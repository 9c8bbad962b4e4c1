"""Behaviours 1, 2 and 48: where the key goes, and where it never is."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from include.domain.market import Interval
from include.kwery.errors import RedirectRefused
from include.landing.store import LandingStore
from include.settings import Settings
from include.warehouse.connect import open_warehouse
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.vendor import page, refusal, row
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, page_reply, request
from tests.kwery.scripted_server import Asked, Reply, serving
from tests.pipeline.conftest import run_steps, scope

ESCAPED = "".join(f"\\u{ord(sign):04x}" for sign in KEY)
QUOTED = "kwery_test_8d1f%2Bsecret%2F42"
MODES = {"header": None, "api-key": "api-key", "api_key": "api_key"}


def test_behaviour_01_the_key_goes_into_the_header_unless_set_otherwise(
    start: Start,
) -> None:
    """Settings move it to either query parameter."""
    for options, parameter in [({}, None), *(({"auth": mode}, place) for mode, place in MODES.items())]:
        client, server = start(page_reply(), **options)
        client.page(request())
        asked = server.asked[0]
        assert asked.headers.get("x-api-key") == (None if parameter else KEY)
        assert {n: v for n, v in asked.query.items() if "key" in n} == ({parameter: KEY} if parameter else {})


@pytest.mark.parametrize("mode", MODES)
def test_behaviour_02_the_key_is_in_no_log_error_or_stored_url(
    start_vendor: StartVendor, settings_for: MakeSettings, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """Nor is it in an exception or in what is kept of a request."""

    def reply(asked: Asked) -> Reply:
        if asked.query["symbol"] == "ETH":
            return refusal(400, "invalid_symbol", message=f"GET {asked.target} by {KEY}")
        spoilt = row(3, open_interest=f"see {KEY}")
        return page(
            [row(0), spoilt], {"Link": f"<{asked.target}&api-key={QUOTED}>"}, notes=[f"for {KEY}", f"or {ESCAPED}"]
        )

    caplog.set_level(logging.DEBUG)
    settings = settings_for(start_vendor(reply).base_url, KWERY_AUTH=mode)
    report = run_steps(settings, scope(settings, Interval.H1, symbols=("BTC", "ETH"), sources=("binance_futures",)))
    shown = "\n".join([caplog.text, repr(report), repr(settings), *_kept(settings)])
    assert "[key removed]" in shown, "the vendor's repetitions arrived, so this test would see a key"
    assert KEY not in shown
    assert QUOTED not in shown
    assert ESCAPED not in shown.replace("\\\\", "\\")


def test_behaviour_48_a_redirect_to_another_host_does_not_carry_the_key(start: Start) -> None:
    for mode in MODES:
        with serving([page_reply()]) as elsewhere:
            target = elsewhere.url.replace("127.0.0.1", "localhost")
            client, server = start(Reply(307, headers={"Location": f"{target}/v1/open-interest"}), auth=mode)
            with pytest.raises(RedirectRefused, match="redirect to localhost"):
                client.page(request())
        assert (len(server.asked), elsewhere.asked) == (1, [])


def _kept(settings: Settings) -> list[str]:
    """Everything that a run leaves behind, readable: names and bytes of its files, landed pages, the warehouse."""
    files = [path for path in Path(settings.home).rglob("*") if path.is_file()]
    store = LandingStore(settings.landing_url)
    landed = [repr(store.read(path)) for path in store.walk()]
    with open_warehouse(settings) as warehouse:
        rows = [repr(warehouse.query_rows(f"SELECT * FROM market.{view}")[1]) for view in ("quarantine", "dq_results")]
    return [*(f"{path} {path.read_bytes()!r}" for path in files), *landed, *rows]
