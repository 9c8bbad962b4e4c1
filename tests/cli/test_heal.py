"""`./oi heal`: buys back what is missing, and with `--recheck` asks once more for what answered empty."""

from __future__ import annotations

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
