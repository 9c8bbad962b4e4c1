"""`./oi trace`: the way back from a number, on a page and in JSON."""

from __future__ import annotations

import json

import pytest

from include.cli.views.trace import print_trace
from include.domain.clock import parse_instant
from tests.cli.oi import Oi

CELL = ("--symbol", "BTC", "--source", "binance_futures", "--interval", "1h", "--at", "2026-03-07T04:59Z")


def test_a_bucket_that_nobody_requested_says_so(oi_with_home: Oi) -> None:
    answer = oi_with_home("trace", *CELL)
    assert (answer.code, answer.out.splitlines()[0]) == (
        0,
        "BTC binance_futures 1h, 2026-03-07T04:00:00Z to 2026-03-07T05:00:00Z",
    )
    assert "Never requested. Next: ./oi heal" in answer.out
    found = json.loads(oi_with_home("trace", *CELL, "--json").out)
    assert (found["state"], found["values"], found["coverage"]) == ("never_requested", [], None)


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--source", "binance", "not one of"),
        ("--at", "noon", "noon"),
        ("--at", "0001-01-01", "1970-01-01T00:00:00Z to 2106-02-07T06:28:16Z"),
        ("--at", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z to 2106-02-07T06:28:16Z"),
        ("--symbol", " ", "--symbol"),
        ("--interval", "2h", "2h"),
    ],
)
def test_what_cannot_be_a_cell_is_a_usage_error(oi: Oi, option: str, text: str, said: str) -> None:
    options = list(CELL)
    options[options.index(option) + 1] = text
    answer = oi("trace", *options)
    assert answer.code == 2
    assert said in answer.err


def test_the_page_shows_the_evidence_from_the_newest_value_back(capsys: pytest.CaptureFixture[str]) -> None:
    noon = parse_instant("2026-03-07T12:00:00Z")
    origin = {
        "page_path": "symbol=BTC/1.json.zst",
        "sha256": "ab" * 32,
        "page": "holds the row",
        "received_as": '{"open_interest":2}',
        "window_id": "w-1",
        "sequence": 0,
        "requested_at": noon,
        "received_at": noon,
        "charged_credits": 1050,
        "charge_source": "X-Credits-Used",
        "page_rows": 1000,
    }
    value = {
        "known_at": noon,
        "batch_id": "b-1",
        "rules_passed": ["a", "b"],
        "rules_broken": ["c"],
        "origins": [origin],
    }
    rejected = {"rules": ["timestamp_on_grid"], "known_at": noon, "received_as": "{}", "page_path": "p", "row_index": 7}
    rejected["origin"] = origin | {"charged_credits": 53, "page_rows": 12}
    print_trace(
        {
            "symbol": "BTC",
            "source": "kalshi",
            "interval": "1h",
            "at": noon,
            "until": noon,
            "sentence": "Stored.",
            "coverage": {"found": "empty", "observed_at": noon, "empty_reads": 0, "doubts": ["partial_result"]},
            "values": [
                value | {"open_interest": 1.5, "open_interest_usd": None, "current": False},
                value | {"open_interest": 1234567.25, "open_interest_usd": 2.0, "current": True, "origins": []},
            ],
            "rejected": [rejected],
            "windows": [],
            "marts": ["bi.open_interest"],
        }
    )
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[2] == "Coverage: empty, observed at 2026-03-07T12:00:00Z, 0 empty reads; proves nothing: partial_result."
    )
    newest, oldest = (
        next(i for i, line in enumerate(lines) if text in line) for text in ("1,234,567.25 (2 USD)", "1.5 (no USD)")
    )
    assert newest < oldest
    assert "  charge   1,050 credits for 1,000 rows (by X-Credits-Used)" in lines
    assert "Rejected: timestamp_on_grid, received 2026-03-07T12:00:00Z" in lines
    assert "  page     p, row 7 (holds the row)" in lines
    assert "  charge   53 credits for 12 rows (by X-Credits-Used)" in lines
    assert lines[-1] == "Used by: bi.open_interest."
