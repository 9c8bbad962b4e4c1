from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from include.settings import load_settings
from tests.cli.oi import Oi

FREE_KEY = "kwery_test_free_compare"
FINEST = ["5m", "15m", "1h", "4h", "1d"]


def options(compared: Any, derived: bool = False) -> dict[tuple[str, int | None], Any]:
    alike = [one for one in compared["options"] if one["derived"] is derived]
    return {(" ".join(one["intervals"]), one["hourly_every_hours"]): one for one in alike}


def test_without_an_account_options_are_compared_with_all_plans(oi: Oi) -> None:
    compared = oi("plan", "--compare", "--json").json
    assert [one["plan"] for one in compared["allowances"]] == ["free", "pro", "business"]
    now = next(one for one in compared["options"] if one["present"])
    assert (now["intervals"], now["hourly_every_hours"]) == (FINEST, 1)
    assert {plan: share["fits"] for plan, share in now["plans"].items()} == {
        "free": False,
        "pro": True,
        "business": True,
    }
    assert now["credits"] < 0.4 * compared["naive_credits"]
    assert now["plans"]["pro"]["credits"] == now["credits"]
    monthly = oi("plan", "--json").json["monthly"].values()
    assert now["credits"] == sum(lane["credits"] for lane in monthly)
    assert all(0 < lane["reread_credits"] < lane["credits"] for lane in monthly)


def test_with_an_account_one_option_is_the_best_that_fits_it_and_its_pages(oi_with_api: Oi) -> None:
    compared = oi_with_api("plan", "--compare", "--json", KWERY_API_KEY=FREE_KEY).json
    [allowance] = compared["allowances"]
    assert (allowance["plan"], allowance["credits"], allowance["limit"]) == ("free", 150_000, 100)
    [best] = [one for one in compared["options"] if one["plans"]["free"]["best"]]
    assert best["plans"]["free"]["fits"]
    assert best["plans"]["free"]["credits"] == best["credits"] <= 150_000


def test_the_settings_of_an_option_make_it_the_present_one(oi: Oi, tmp_path: Path) -> None:
    compared = oi("plan", "--compare", "--json").json
    for option in (options(compared)["15m 1h 4h 1d", 6], options(compared, derived=True)["5m 15m 1h 4h 1d", 1]):
        _is_present_with_its_settings(oi, option, tmp_path)


def _is_present_with_its_settings(oi: Oi, option: Any, tmp_path: Path) -> None:
    sections: dict[str, dict[str, Any]] = {}
    for setting, value in option["settings"].items():
        section, name = setting.split(".")
        sections.setdefault(section, {})[name] = value
    config = tmp_path / "option.yaml"
    config.write_text(yaml.safe_dump(sections))
    settings = load_settings({}, config)
    assert settings.schedule.hourly_every_hours == option["hourly_every_hours"]
    assert settings.series.derive is option["derived"]
    made = next(
        one for one in oi("plan", "--compare", "--json", OI_CONFIG=str(config)).json["options"] if one["present"]
    )
    assert {**made, "settings": {}, "cheapest_as_fresh": False} == {
        **option,
        "settings": {},
        "present": True,
        "cheapest_as_fresh": False,
    }


def test_the_page_marks_what_is_now_and_says_how_to_have_the_others(oi: Oi) -> None:
    page = oi("plan", "--compare").out
    assert "cheapest as fresh" in page
    assert "best in free: 146,880 credits" in page
    assert "  series: {intervals: [1h]}" in page
    assert "  series: {intervals: [5m, 15m, 1h, 4h, 1d], derive: true}" in page


def test_a_plan_shows_what_repeated_reads_of_provisional_buckets_cost(oi: Oi, tmp_path: Path) -> None:
    config = tmp_path / "longer.yaml"
    config.write_text("plan: {provisional_buckets: {5m: 4, 15m: 4, 1h: 4, 4h: 2, 1d: 2}}\n")
    page, longer = oi("plan"), oi("plan", "--json", OI_CONFIG=str(config)).json["monthly"]
    [heading] = [line for line in page.out.splitlines() if "provisional" in line]
    shown = {cells[0]: cells[-1] for line in page.out.splitlines() if (cells := line.split()) and cells[0] in longer}

    assert heading.split() == ["lane", "requests", "rows", "credits", "of", "them", "for", "provisional", "buckets"]
    assert all(0 < int(shown[lane].replace(",", "")) < longer[lane]["reread_credits"] for lane in longer)
