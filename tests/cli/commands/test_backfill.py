"""`./oi backfill`: priced, asked about, bought in order."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from include.cli.app import app
from include.domain.clock import iso
from include.simulator.server import RunningSimulator
from tests import clock
from tests.cli.oi import KEY, SILENCED, Oi

WEEK = ("--symbol", "BTC", "--interval", "5m", "--from", "2026-03-01", "--to", "2026-03-08")


def test_a_dry_run_shows_the_price_and_buys_nothing(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    shown = oi_with_api("backfill", *WEEK, "--dry-run")
    priced = oi_with_api("backfill", *WEEK, "--dry-run", "--json")

    assert shown.code == priced.code == 0, shown.err
    assert f"{priced.json['price']['credits']:,} credits" in shown.out
    floor, naive = priced.json["lower_bound"]["credits"], priced.json["naive_credits"]
    assert f"Lower bound: {floor:,} for 6,048 useful rows in full pages; this plan costs 1.000 times that." in shown.out
    assert f"would pay {naive:,}: {priced.json['price']['credits'] / naive:.3f} times that." in shown.out
    assert "714,150 credits, 0.365 times the 1,956,150 of a naive reader" in shown.out
    assert "Reading time" in shown.out
    assert simulator.questions == []


def test_nobody_to_ask_is_no_consent(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    refused = oi_with_api("backfill", *WEEK)

    assert refused.code == 2
    assert "--yes" in refused.err
    assert simulator.questions == []


def test_a_cap_exits_with_3_and_the_same_command_continues(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    windows_of_a_page = oi_with_api.home.parent / "pipeline.yaml"
    windows_of_a_page.write_text("plan: {window_pages: 1}\napi: {concurrency: 1}\n")
    command = ("backfill", *WEEK, "--yes", "--json")

    capped = oi_with_api(*command, "--max-credits", "7000", OI_CONFIG=str(windows_of_a_page))
    rest = oi_with_api(*command, OI_CONFIG=str(windows_of_a_page))

    assert capped.code == 3, capped.err
    assert capped.json["reached"] > "2026-03-01T00:00:00Z"
    assert f"reached back to {capped.json['reached']}" in capped.err
    assert rest.code == 0, rest.err
    assert rest.json["credits"] <= capped.json["left_price"]["credits"]
    assert simulator.account(KEY).credits == capped.json["credits"] + rest.json["credits"]


def test_max_minutes_ends_it_with_3_between_two_pages(
    oi_with_api: Oi, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, whose clock can be set: the minutes are over when reading begins."""
    minutes = 60
    began = clock.now() - timedelta(minutes=minutes, seconds=1)
    monkeypatch.setattr("include.cli.commands.backfill.utc_now", lambda: began)
    command = ["backfill", *WEEK, "--yes", "--json", "--max-minutes"]
    environment = {**SILENCED, "OI_HOME": str(oi_with_api.home), **oi_with_api.environment}

    ended = CliRunner().invoke(app, [*command, str(minutes)], env=environment)

    assert ended.exit_code == 3, ended.output
    until = iso((began + timedelta(minutes=minutes)).replace(microsecond=0))
    assert f"out of time: reading was to end at {until}" in json.loads(ended.stdout)["left"][0]
    assert simulator.questions == []
    refused = CliRunner().invoke(app, [*command, "0"], env=environment)
    assert refused.exit_code == 2


def test_a_re_read_pays_again_and_says_what_the_vendor_changed(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    day = ("backfill", "--symbol", "BTC", "--interval", "4h", "--from", "2026-03-07", "--to", "2026-03-08", "--yes")
    oi_with_api(*day)
    asked = len(simulator.questions)

    again = oi_with_api(*day, "--json")
    reread = oi_with_api(*day, "--reread", "--json")

    assert asked == 1
    assert (again.json["requests"], reread.json["requests"]) == (0, 1)
    assert reread.code == 0, reread.err
    assert reread.json["loaded"] == {"new": 0, "changed": 0, "unchanged": 18, "quarantined": 0}


def test_an_unknown_order_is_a_usage_error(oi: Oi) -> None:
    answer = oi("backfill", *WEEK, "--order", "cheapest")

    assert answer.code == 2
    assert "newest_first" in answer.err
