"""A day through `./oi load` from the simulator: what scripts see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from include.simulator.server import RunningSimulator, running
from tests import clock
from tests.cli.oi import DAY_AFTER, KEY, Answer, Oi

DAY = ("--from", "2026-03-07", "--to", "2026-03-08")
ASKED = ("--symbol", "BTC", "--source", "binance_futures", "--interval", "4h", "--interval", "1d", *DAY)
EXAMPLE = (
    "SELECT timestamp, open_interest, open_interest_usd FROM market.open_interest "
    "WHERE interval = '4h' ORDER BY timestamp"
)
NOTHING = {"new": 0, "changed": 0, "unchanged": 0, "quarantined": 0}
PRICE = (50 + 3 * 6) + (50 + 3 * 1)


@dataclass(frozen=True)
class Loaded:
    """One load, and what answers came of it."""

    oi: Oi
    simulator: RunningSimulator
    plan_before: Answer
    load: Answer


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    assert DAY_AFTER.now is not None
    clock.move_to(DAY_AFTER.now)
    with running(DAY_AFTER) as simulator:
        oi = Oi(tmp_path_factory.mktemp("load") / "home", {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": KEY})
        yield Loaded(oi, simulator, oi("plan", *ASKED, "--json"), oi("load", *ASKED, "--json"))


def test_a_plan_prices_the_load_to_the_credit_and_pays_nothing(loaded: Loaded) -> None:
    plan = loaded.plan_before

    assert plan.code == 0, plan.err
    assert plan.json["price"] == {"requests": 2, "rows": 7, "credits": PRICE}
    assert plan.json["lower_bound"] == {"rows": 7, "credits": 71, "reachable_credits": PRICE}
    assert plan.json["fits"] is True
    assert plan.json["naive_credits"] > PRICE
    assert plan.json["allowance"]["remaining"] == 50_000_000


def test_a_complete_load_ends_with_0_and_json_alone_on_stdout(loaded: Loaded) -> None:
    load = loaded.load

    assert load.code == 0, load.err
    assert load.err == ""
    report = load.json
    assert report["complete"] is True
    assert (report["requests"], report["credits"], report["left"]) == (2, PRICE, [])
    assert {one["interval"]: one["stored"] for one in report["series"]} == {"4h": 6, "1d": 1}
    assert all(seconds >= 0 for seconds in report["stages"].values())


def test_the_rows_are_the_vendors_own_example(loaded: Loaded) -> None:
    rows = loaded.oi("sql", EXAMPLE, "--json").lines

    assert len(rows) == 6
    assert rows[:3] == [
        {"timestamp": "2026-03-07T00:00:00Z", "open_interest": 52340.8, "open_interest_usd": 4938475200},
        {"timestamp": "2026-03-07T04:00:00Z", "open_interest": 53100.2, "open_interest_usd": 5015118900},
        {"timestamp": "2026-03-07T08:00:00Z", "open_interest": 51890.45, "open_interest_usd": 4896523050},
    ]


def test_a_second_load_asks_nothing_pays_nothing_and_changes_nothing(loaded: Loaded) -> None:
    asked = len(loaded.simulator.questions)

    again = loaded.oi("load", *ASKED)

    assert again.code == 0, again.err
    assert len(loaded.simulator.questions) == asked
    assert "0 credits in 0 requests" in again.out
    assert "0 new, 0 restated" in again.out
    assert "\x1b" not in again.out + again.err


def test_status_gives_scripts_credits_rows_requests_and_coverage(loaded: Loaded) -> None:
    status = loaded.oi("status", "--json").json

    assert status["credits"]["spent"] == PRICE
    assert status["credits"]["reserved"] == 0
    assert status["credits"]["remaining"] == 50_000_000 - PRICE
    assert status["rows"] == {"stored": 7, "quarantined": 0}
    assert status["requests"] == 2
    assert [(one["symbol"], one["source"], one["interval"], one["covered"]) for one in status["series"]] == [
        ("BTC", "binance_futures", "4h", [["2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z"]]),
        ("BTC", "binance_futures", "1d", [["2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z"]]),
    ]


def test_status_shows_the_same(loaded: Loaded) -> None:
    status = loaded.oi("status").out

    assert f"{PRICE} spent in 2 requests" in status
    assert "7 stored" in status


def test_a_replay_gives_the_same_rows_without_a_request(loaded: Loaded) -> None:
    before, asked = loaded.oi("sql", EXAMPLE, "--json").lines, len(loaded.simulator.questions)

    elsewhere = loaded.oi("replay", "--from", "2026-03-08", "--to", "2026-03-09", "--json")
    replayed = loaded.oi("replay", *DAY, "--json")

    assert elsewhere.json == {"pages": 0, "rows": 0, "loaded": NOTHING, "left": []}, elsewhere.err
    assert replayed.code == 0, replayed.err
    assert (replayed.json["pages"], replayed.json["rows"]) == (2, 7)
    assert len(loaded.simulator.questions) == asked
    assert loaded.oi("sql", EXAMPLE, "--json").lines == before


def test_a_budget_stop_ends_with_3_and_the_same_command_goes_on(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    capped = oi_with_api("load", *ASKED, "--max-credits", "100", "--json")
    rest = oi_with_api("load", *ASKED, "--json")

    assert capped.code == 3, capped.err
    assert capped.json["left"]
    assert capped.json["credits"] <= 100
    assert rest.code == 0, rest.err
    assert simulator.account(KEY).credits == PRICE


def test_a_refused_key_ends_with_1_and_is_not_printed(oi_with_api: Oi) -> None:
    wrong = "not_a_vendor_key_at_all"

    answer = oi_with_api("load", *ASKED, KWERY_API_KEY=wrong)

    assert answer.code == 1
    assert "KWERY_API_KEY" in answer.err
    assert wrong not in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_a_symbol_that_the_vendor_does_not_know_ends_with_1_and_is_named(oi_with_api: Oi) -> None:
    answer = oi_with_api("load", "--symbol", "NOSUCH", "--interval", "1d", *DAY)

    assert answer.code == 1
    assert "NOSUCH" in answer.out + answer.err
