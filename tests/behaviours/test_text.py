"""Behaviour 62: text of the vendor is shown, never obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.behaviours.conftest import StartVendor
from tests.behaviours.vendor import page, refusal, row
from tests.cli.oi import Oi
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Asked, Reply

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
