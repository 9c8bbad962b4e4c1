"""`./oi ledger adopt`: what is landed and unknown to the ledger is registered, and not bought again."""

from __future__ import annotations

from pathlib import Path

from include.simulator.server import RunningSimulator
from tests.cli.oi import KEY, Oi

DAY = ("--symbol", "BTC", "--interval", "4h", "--from", "2026-03-07", "--to", "2026-03-08")


def forget_ledger(home: Path) -> None:
    for file in home.glob("ledger.db*"):
        file.unlink()


def test_a_lost_ledger_is_filled_from_the_landing_zone(
    oi_with_api: Oi, simulator: RunningSimulator, home: Path
) -> None:
    loaded = oi_with_api("load", *DAY, "--json")
    paid = simulator.account(KEY).credits
    forget_ledger(home)
    refused = oi_with_api("load", *DAY)
    shown = oi_with_api("ledger", "adopt", "--dry-run")
    unasked = oi_with_api("ledger", "adopt")
    adopted = oi_with_api("ledger", "adopt", "--yes", "--json")
    again = oi_with_api("load", *DAY, "--json")
    repeated = oi_with_api("ledger", "adopt")

    assert loaded.code == 0, loaded.err
    assert refused.code == 1
    assert "./oi ledger adopt" in refused.err
    assert f"{paid} credits" in shown.out
    assert shown.code == 0, shown.err
    assert unasked.code == 2
    assert "--yes" in unasked.err
    assert adopted.code == 0, adopted.err
    assert (adopted.json["pages"], adopted.json["credits"]) == (loaded.json["requests"], paid)
    assert (again.code, again.json["requests"], simulator.account(KEY).credits) == (0, 0, paid), again.err
    assert repeated.code == 0, repeated.err
    assert "knows every landed page" in repeated.out


def test_a_file_that_is_no_page_is_named_and_left(oi_with_api: Oi, home: Path) -> None:
    oi_with_api("load", *DAY)
    forget_ledger(home)
    [page] = (home / "landing").rglob("*.zst")
    page.write_bytes(b"damaged")
    adopted = oi_with_api("ledger", "adopt", "--yes")

    assert adopted.code == 3
    assert page.name in adopted.err
    assert "move the file away" in adopted.err
