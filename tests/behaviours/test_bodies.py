"""Behaviours 59 to 61: what a body may repeat, how it may be sent, and how large it may be."""

from __future__ import annotations

import gzip
import json

from include.domain.market import Interval
from include.pipeline.steps.report.summary import RunReport
from include.settings import Settings
from include.warehouse.connect import open_warehouse
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, landed_pages
from tests.behaviours.vendor import hours, page
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import rows_of, run_steps, scope

WHOLE = page(hours(0, 24))
EACH = 50 + 3 * 24


def load(settings: Settings) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)))


def coded(coding: str, body: bytes) -> Reply:
    return Reply(200, body, WHOLE.headers | {"Content-Encoding": coding})


def test_behaviour_59_an_object_that_repeats_a_key_is_rejected(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Beside the rows it makes the answer unreadable; in a row it rejects that row, whose hour has still arrived."""
    whole = json.dumps(WHOLE.body)
    two_lists = whole.replace('"meta":', '"data": [], "meta":', 1)
    vendor = start_vendor(Reply(200, two_lists, WHOLE.headers))
    settings = settings_for(vendor.base_url, home="answer")
    report = load(settings)
    assert report.failed
    assert any("repeats the key 'data'" in sentence for sentence in report.left)
    assert (len(vendor.questions), report.credits, claims(settings)) == (2, 2 * EACH, [])

    two_values = whole.replace('"open_interest":', '"op\\u0065n_interest": 1, "open_interest":', 1)
    settings = settings_for(start_vendor(Reply(200, two_values, WHOLE.headers)).base_url, home="row")
    load(settings)
    assert len(rows_of(settings)) == 23
    assert claims(settings) == [(0, 24, "rows", 0)]
    with open_warehouse(settings) as warehouse:
        [(rules, raw)] = warehouse.query_rows("SELECT rules, raw FROM market.quarantine")[1]
    assert rules == ["row_keys_unique"]
    assert "op\\u0065n_interest" in raw


def test_behaviour_60_content_codings_are_undone_or_named(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Members, other spellings and stray bytes are read; a coding nobody requested ends the run after one answer."""
    whole = json.dumps(WHOLE.body).encode()
    in_members = gzip.compress(whole[:700]) + gzip.compress(whole[700:])
    for number, reply in enumerate((coded("gzip", in_members), coded("X-GZIP", gzip.compress(whole) + b"stray"))):
        settings = settings_for(start_vendor(reply).base_url, home=f"read{number}")
        assert load(settings).complete
        assert len(rows_of(settings)) == 24
    assert [page.unread_bytes for page in landed_pages(settings)] == [5]
    vendor = start_vendor(coded("br", b"\x8b\x02\x80"))
    settings = settings_for(vendor.base_url, home="unknown")
    report = load(settings)
    assert report.failed
    assert any("'br'" in sentence for sentence in report.left)
    assert (len(vendor.questions), report.credits) == (1, EACH)
    assert vendor.questions[0].headers["accept-encoding"] == "identity"
    assert claims(settings) == []


def test_behaviour_61_a_body_larger_than_its_rows_is_cut_and_never_a_page(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Its charge is booked; the question is repeated once, and then the run stops."""
    bomb = gzip.compress(bytes(10_000_000)) * 100
    endless = Reply(200, b'{"data": [' * 1000, WHOLE.headers, "endless")
    for number, reply in enumerate((coded("gzip", bomb), endless)):
        vendor = start_vendor(reply)
        settings = settings_for(vendor.base_url, home=f"large{number}")
        report = load(settings)
        assert report.failed
        assert any("api.max_row_bytes" in sentence for sentence in report.left)
        assert (len(vendor.questions), report.credits) == (2, 2 * EACH)
        assert claims(settings) == []
