"""Behaviour 62: text of the vendor is shown, never obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest

from include.domain.market import Interval
from include.kwery.answers.doubts import Doubt
from include.ledger.database.engine import open_ledger
from include.pipeline.vendor.symbol_list import ask_vendor
from tests.behaviours.conftest import MakeSettings, StartVendor, coverage
from tests.behaviours.vendor import page, refusal, row
from tests.cli.oi import Oi
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import rows_of, run_steps, scope
from tests.postgres import PostgresServer

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202e\u2066\x9b31m\u200b\rFAKE"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def test_behaviour_62_no_control_character_of_the_vendor_reaches_a_person(
    start_vendor: StartVendor, tmp_path: Path
) -> None:
    """In refusals, headers, listings, rows and cursors; with --json it is escaped, and means what came."""

    def reply(asked: Asked) -> Reply:
        if asked.path == "/v1/symbols":
            return Reply(body={"symbols": [{"symbol": name} for name in ("BTC", f"ETH{HOSTILE}\nOI: all is well")]})
        if asked.query.get("symbol") == "SOL":
            return refusal(400, "invalid_symbol", message=f"no {HOSTILE}\n such symbol", request_id=HOSTILE)
        return page([row(0), row(1, open_interest=f"{HOSTILE}\nmore"), row(2, symbol=f"BTC{HOSTILE}")])

    home = tmp_path / "home"
    config = tmp_path / "pipeline.yaml"
    config.write_text('series: {symbols: ["BTC", "SOL", "ETH*"], sources: [binance_futures], intervals: [1h]}\n')
    oi = Oi(home, {"KWERY_BASE_URL": start_vendor(reply).base_url, "KWERY_API_KEY": KEY, "OI_CONFIG": str(config)})
    load = oi("load", "--from", "2026-03-07", "--to", "2026-03-08")
    said = [load, *(oi(*words.split()) for words in ("status", "symbols", "plan --from 2026-03-07 --to 2026-03-08"))]
    rows = "SELECT symbol, raw FROM market.quarantine"
    said += [oi("sql", rows), oi("sql", rows, "--json"), oi("symbols", "--json"), oi("status", "--json")]
    shown = "".join(f"{one.out}{one.err}" for one in said)
    assert r"\x1b[2J" in load.out + load.err, "it was shown, so this test would see it obeyed"
    assert OBEYED.findall(shown) == []
    assert not re.search("^(OI: all is well|more)", shown, re.MULTILINE)
    raw = [json.loads(line)["raw"] for line in said[5].out.splitlines()]
    assert any("FAKE" in one for one in raw)


@pytest.mark.parametrize("text", ["x\0y", "".join(Random(1).choices(ascii_letters, k=6000))], ids=["nul", "long"])
def test_text_that_postgresql_cannot_hold_keeps_no_run_from_its_end(
    text: str, start_vendor: StartVendor, settings_for: MakeSettings, postgres: PostgresServer
) -> None:
    """It holds no NUL, and no index of it a long name. What such a cursor leads to is not taken as empty."""

    def reply(asked: Asked) -> Reply:
        if asked.path == "/v1/symbols":
            listed = [{"symbol": "BTC", "name": text}, {"symbol": f"E{text}"}, {"symbol": "ETH"}]
            return Reply(body={"symbols": listed})
        rows = [row(hour) for hour in range(22)]
        return page([*rows, row(22, source=text), row(23, symbol=text)], next_cursor="\0" if "\0" in text else None)

    vendor = start_vendor(reply)
    vendor.limits = vendor.limits | {"plan": text}
    groups = 'series: {symbols: ["E*"], sources: [binance_futures], intervals: [1h]}'
    settings = settings_for(vendor.base_url, groups, OI_LEDGER_URL=postgres.new_database())
    with open_ledger(settings.ledger_url) as ledger:
        notes = ask_vendor(settings, ledger, [])[1]
    assert "1 of its entries cannot be read" in notes[0]
    report = run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)))
    assert not report.failed
    assert len(rows_of(settings)) == 22
    doubts = {doubt for one in coverage(settings) for doubt in one.doubts}
    assert (Doubt.ROWS_HELD_BACK in doubts) == ("\0" in text)
