"""`./oi heal`: buys back what is missing, and with `--recheck` asks once more for what answered empty."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from include.simulator.server import RunningSimulator
from tests.cli.oi import Oi

WITHOUT_ROWS = (
    "--symbol",
    "XRP",
    "--interval",
    "1h",
    "--source",
    "kalshi",
    "--from",
    "2026-03-07",
    "--to",
    "2026-03-08",
)


def test_a_recheck_asks_again_at_once_for_what_answered_empty(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    healed = oi_with_api("heal", *WITHOUT_ROWS, "--json")
    bought = len(simulator.questions)
    rechecked = oi_with_api("heal", *WITHOUT_ROWS, "--json", "--recheck")

    assert healed.json["requests"] == bought > 0, healed.err
    assert rechecked.json["requests"] == len(simulator.questions) - bought == bought, rechecked.err


def test_a_page_that_is_damaged_is_given_up_as_the_failed_load_says(oi_with_api: Oi, home: Path) -> None:
    day = ("--symbol", "BTC", "--interval", "4h", "--from", "2026-03-07", "--to", "2026-03-08")
    loaded = oi_with_api("load", *day)
    [page] = (home / "landing").rglob("*.zst")
    forget_batches(home)
    page.write_bytes(b"damaged")
    failed = oi_with_api("load", *day)
    healed = oi_with_api("heal", *day, "--damaged")
    again = oi_with_api("load", *day)

    assert loaded.code == 0, loaded.err
    assert failed.code == 1
    assert "./oi heal --damaged" in failed.err
    assert healed.code == 0, healed.err
    assert "1 landed page with 18 rows given up" in healed.out
    assert again.code == 0
    assert "0 credits in 0 requests" in again.out


def forget_batches(home: Path) -> None:
    """As if the load had died when its page was landed and before its batch was judged."""
    with closing(sqlite3.connect(home / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE windows SET state = 'landed', closed_at = NULL, settled_at = NULL")
        ledger.execute("UPDATE pages SET batch_id = NULL")
        ledger.execute("DELETE FROM findings")
        ledger.execute("DELETE FROM batches")
        ledger.execute("DELETE FROM coverage")


def test_lost_for_good_alone_is_refused(oi: Oi) -> None:
    answer = oi("heal", "--lost-for-good")
    assert (answer.code, answer.out) == (2, "")
    assert "add --damaged" in answer.err
