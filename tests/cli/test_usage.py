"""Wrong input ends with 2 and a sentence that says what to do; nothing is requested and no traceback is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.oi import KEY, ROOT, Oi

DAY = ("--from", "2026-03-07", "--to", "2026-03-08")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("load", *DAY, "--interval", "7m"), "5m, 15m, 1h, 4h, 1d"),
        (("load", *DAY, "--source", "nasdaq"), "binance_futures, hyperliquid, kalshi"),
        (("load", *DAY, "--symbol", " "), "--symbol BTC"),
        (("load", *DAY, "--lane", "fast"), "hourly, daily, backfill"),
        (("load", *DAY, "--max-credits", "-1"), "greater than or equal to 0"),
        (("load", *DAY, "--max-credits", "9" * 26), "less than or equal to 1000000000000000"),
        (("backfill", *DAY, "--max-minutes", "9" * 16), "less than or equal to 527040"),
        (("load", "--from", "yesterday"), "2026-03-07T04:00:00Z"),
        (("load", "--from", "2026-03-08", "--to", "2026-03-07"), "is not before"),
        (("load", "--from", "2026-03-07", "--to", "2026-03-07"), "is not before"),
        (("load",), "--from 2026-03-07"),
        (("plan", "--to", "2026-13-01"), "2026-13-01"),
        (("plan", "--compare", "--symbol", "BTC"), "uses what pipeline.yaml wants"),
        (("api", "--plan", "gold"), "free, pro, business"),
        (("api", "--fault", "cut_body"), "NAME=RATE"),
        (("api", "--fault", "gremlins=1"), "cut_body"),
        (("api", "--now", "noon"), "2026-03-07T04:00:00Z"),
        (("sql", " "), "SELECT"),
        (("laod",), "load"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_expected(oi: Oi, arguments: tuple[str, ...], says: str) -> None:
    answer = oi(*arguments, KWERY_API_KEY=KEY, KWERY_BASE_URL="http://127.0.0.1:9")

    assert answer.code == 2
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_a_missing_key_says_where_to_put_it_and_how_to_do_without(oi: Oi) -> None:
    answer = oi("load", *DAY)

    assert answer.code == 2
    assert "KWERY_API_KEY" in answer.err
    assert "./oi api" in answer.err


def test_settings_problems_are_listed_all_at_once(oi: Oi, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("series: {intervals: [7m]}\napi: {concurrency: 0}\nbudgets: {}\n")

    answer = oi("plan", OI_CONFIG=str(wrong))

    assert answer.code == 2
    assert all(place in answer.err for place in ("series.intervals", "api.concurrency", "budgets"))
    assert "Traceback" not in answer.err


def test_bad_yaml_names_the_file_and_the_line(oi: Oi, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("series: [\n")

    answer = oi("status", OI_CONFIG=str(wrong))

    assert answer.code == 2
    assert str(wrong) in answer.err
    assert "line 2" in answer.err


def test_a_home_that_cannot_be_written_is_named(oi: Oi) -> None:
    answer = oi("status", OI_HOME=str(ROOT / "pipeline.yaml" / "home"))

    assert answer.code == 2
    assert "OI_HOME" in answer.err
    assert "pipeline.yaml/home" in answer.err


def test_an_api_that_does_not_answer_fails_and_says_what_to_check(oi: Oi, tmp_path: Path) -> None:
    impatient = tmp_path / "impatient.yaml"
    impatient.write_text("api: {attempts: 1}\n")

    answer = oi(
        "load", *DAY, "--symbol", "BTC", "--interval", "1d",
        KWERY_API_KEY=KEY, KWERY_BASE_URL="http://127.0.0.1:9", OI_CONFIG=str(impatient),
    )  # fmt: skip

    assert answer.code == 1
    assert "KWERY_BASE_URL" in answer.err
    assert "Traceback" not in answer.err
    assert KEY not in answer.out + answer.err
