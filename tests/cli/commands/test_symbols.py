"""`./oi symbols`: the universe, and a status that stays readable with many series."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import replace_coverage
from include.planning.windows.coverage import Covered
from include.simulator.config import SimulatorConfig
from include.simulator.server import running
from tests import clock
from tests.cli.oi import KEY, Oi

HOUR = timedelta(hours=1)


def config(folder: Path, *symbols: str) -> str:
    file = folder / "wanted.yaml"
    file.write_text(json.dumps({"series": {"symbols": symbols}}))
    return str(file)


def test_names_are_shown_without_a_list_or_a_key(oi: Oi, tmp_path: Path) -> None:
    answer = oi("symbols", OI_CONFIG=config(tmp_path, "BTC", "ETH"))

    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[0] == "Wanted: 2 symbols: 2 active."


def test_many_markets_are_counted_and_listed_in_json(oi: Oi, tmp_path: Path) -> None:
    wanted = config(tmp_path, "KX*", "NOSUCH-*")
    with running(SimulatorConfig(markets=60)) as vendor:
        vendor_env = {"KWERY_BASE_URL": vendor.base_url, "KWERY_API_KEY": KEY, "OI_CONFIG": wanted}
        answer = oi("symbols", "--read", **vendor_env)
        plan = oi("plan", **vendor_env)

    assert answer.code == 0, answer.err
    assert "Pattern 'NOSUCH-*' matches nothing in it." in answer.out
    assert len(answer.out.splitlines()) == 3
    assert plan.code == 0, plan.err
    assert re.search(r"\d+ symbols +5m", plan.out)
    assert len(plan.out.splitlines()) < 40
    symbols = oi("symbols", "--json", OI_CONFIG=wanted).json
    assert symbols["counts"]["active"] == len(symbols["symbols"]) >= 60
    assert all(one["sources"] == ["kalshi"] for one in symbols["symbols"])


def test_the_status_of_many_series_is_sums_and_a_few_alarms(oi: Oi, tmp_path: Path, home: Path) -> None:
    names = [f"NAME{number}" for number in range(80)]
    now = clock.now()
    with open_ledger(f"sqlite:///{home / 'ledger.db'}") as ledger, ledger.write() as connection:
        for number, name in enumerate(names):
            newest = Interval.H1.floor(now) - (12 + number) * HOUR
            read = Covered(TimeRange(newest - 24 * HOUR, newest), newest + HOUR / 12, "rows")
            replace_coverage(connection, {Series(name, "kalshi", Interval.H1): [read]})
    answer = oi("status", OI_CONFIG=config(tmp_path, *names))

    assert answer.code == 0, answer.err
    assert len(answer.out.splitlines()) < 30
    assert "more of this kind: ./oi status --json lists them" in answer.out
    assert "80 series; alarms are above" in answer.out
    assert len(oi("status", "--json", OI_CONFIG=config(tmp_path, *names)).json["series"]) == 80
