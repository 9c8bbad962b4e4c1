from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from include.configuration.errors import SettingsError
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.settings import ROOT, Settings, load_settings


def load(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    file = tmp_path / "pipeline.yaml"
    file.write_text(text)
    return load_settings({"OI_HOME": str(tmp_path / "oi"), **environment}, file)


def test_without_a_file_or_a_variable_the_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.api.base_url == "https://kwery-api.com"
    assert settings.api.key is None
    assert settings.ledger_url == f"sqlite:///{tmp_path / 'oi' / 'ledger.db'}"
    assert settings.landing_url == (tmp_path / "oi" / "landing").as_uri()


@pytest.mark.parametrize(
    "name", ["a b ü", "100%s pct", "a%20b", "a#b", "a?b", "a:b", "a'b\"c", "a*[b", "a\\b", "$HOME"]
)
def test_ledger_and_pages_lie_in_oi_home_whatever_its_name(name: str, tmp_path: Path) -> None:
    home = tmp_path / name
    home.mkdir()
    settings = load(tmp_path, OI_HOME=str(home), CLICKHOUSE_HOST="db")
    with open_ledger(settings.ledger_url):
        LandingStore(settings.landing_url).check()
    assert {path.name for path in home.iterdir()} >= {"ledger.db", "landing"}
    assert {path.name for path in tmp_path.iterdir()} == {name, "pipeline.yaml"}


def test_every_problem_is_reported_at_once_with_its_place(tmp_path: Path) -> None:
    text = (
        "series: {symbols: [], sources: [nyse]}\nbudget: {monthly_credits: -1}\nquality: {max_bad_share: 2}\nextra: 1\n"
    )
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, KWERY_API_KEY="short", KWERY_BASE_URL="ftp://x", CLICKHOUSE_PORT="ninety")
    message = str(caught.value)
    for place in (
        "series.symbols",
        "series.sources",
        "budget.monthly_credits (OI_MONTHLY_CREDITS)",
        "quality.max_bad_share",
        "extra",
        "api.key (KWERY_API_KEY)",
        "api.base_url (KWERY_BASE_URL)",
        "warehouse.port (CLICKHOUSE_PORT)",
    ):
        assert place in message
    assert message.startswith("8 problem(s)")


def test_rule_7_an_unknown_setting_is_named_without_its_value(tmp_path: Path) -> None:
    """A secret under a mistyped name is a secret all the same."""
    text = "warehouse: {pasword: hidden-1}\napi: {apikey: 12345}\nseries: {groups: [{a: b}]}\n"
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text + "budget: {monthly_credit: 5}\nhom: /x\nKWERY_API_KEY: hidden-2\n")
    message = str(caught.value)
    assert "hidden" not in message
    assert "12345" not in message
    assert "budget.monthly_credit: there is no such setting; did you mean monthly_credits?" in message
    assert "warehouse.pasword: there is no such setting; remove it and set CLICKHOUSE_PASSWORD" in message
    assert "hom: there is no such setting; remove it and set OI_HOME" in message
    assert "series.groups.0.a: there is no such setting; correct its name or remove it" in message


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("api: {key: kwery_live_hidden}", "KWERY_API_KEY"),
        ("warehouse: {password: hidden}", "CLICKHOUSE_PASSWORD"),
        ("warehouse: {reader_password: 12345}", "CLICKHOUSE_READER_PASSWORD"),
        ("warehouse: {admin_password: [hidden]}", "CLICKHOUSE_ADMIN_PASSWORD"),
        ("home: /hidden", "OI_HOME"),
    ],
)
def test_what_only_the_environment_sets_is_refused_in_the_file(tmp_path: Path, text: str, variable: str) -> None:
    with pytest.raises(SettingsError, match=rf"^1 problem(?s:.*): .*remove it there and set {variable}$") as caught:
        load(tmp_path, text)
    assert "hidden" not in str(caught.value)
    assert load(tmp_path, "api: {key: null}", KWERY_API_KEY="kwery_live_from_environment").api.key is not None


def test_a_renamed_setting_is_refused_with_its_new_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"(?s)series: .*inactive_days.*alarms: .*gap_hours"):
        load(tmp_path, "series: {silent_days: 7}\nalarms: {hole_hours: 24}\n")


def test_rarer_hourly_runs_name_the_alarm_bound_that_they_need(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"alarms.fresh_within would always alarm.* set 5m to 108"):
        load(tmp_path, "schedule: {hourly_every_hours: 4}\n")
    bounds = "alarms: {fresh_within: {5m: 108, 15m: 36, 1h: 9}}\n"
    assert load(tmp_path, f"schedule: {{hourly_every_hours: 4}}\n{bounds}").schedule.hourly_every_hours == 4
    with pytest.raises(SettingsError, match=r"schedule.hourly_every_hours: .*1, 2, 3, 4, 6, 8, 12 or 24"):
        load(tmp_path, "schedule: {hourly_every_hours: 5}\n")


@pytest.mark.parametrize("key", ["kwery_test secret", "kwery_test_secret\n", "kwery_test_sécret", "x" * 300])
def test_rule_7_a_key_that_cannot_be_one_is_refused_without_being_shown(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="KWERY_API_KEY") as caught:
        load(tmp_path, KWERY_API_KEY=key)
    assert key not in str(caught.value)


SECRETS = {
    "KWERY_API_KEY": "kwery_test_hidden",
    "CLICKHOUSE_PASSWORD": "hidden-1",
    "CLICKHOUSE_READER_PASSWORD": "hidden-2",
    "CLICKHOUSE_ADMIN_PASSWORD": "hidden-3",
    "OI_NOTIFY_URL": "https://hooks.example.com/hidden",
}


def test_rule_7_settings_do_not_show_what_is_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, **SECRETS)
    assert "hidden" not in settings.model_dump_json()
    with_ledger = load(tmp_path, OI_LEDGER_URL="postgresql+psycopg2://loader:hidden-4@db/ledger", **SECRETS)
    assert "hidden" not in f"{with_ledger!r} {with_ledger}"


@pytest.mark.parametrize("url", ["http://", "http://[::1", "https://user:pw@host", "https://host?x=1", "kwery-api.com"])
def test_a_base_url_that_cannot_be_one_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="KWERY_BASE_URL"):
        load(tmp_path, KWERY_BASE_URL=url)


@pytest.mark.parametrize("url", [" https://host/v1/ ", "HTTP://host", "https://host/gateway"])
def test_a_base_url_may_have_a_path_blanks_around_it_or_capitals(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, KWERY_BASE_URL=url).api.base_url == url.strip().rstrip("/")


def test_the_environment_wins_and_an_empty_value_is_not_set(tmp_path: Path) -> None:
    text = "budget: {monthly_credits: 5}\nwarehouse: {database: file}\n"
    settings = load(tmp_path, text, OI_MONTHLY_CREDITS="7", CLICKHOUSE_DATABASE="")
    assert (settings.budget.monthly_credits, settings.warehouse.database) == (7, "file")


def test_oi_ledger_url_wins_over_ledger_url(tmp_path: Path) -> None:
    here, there = "postgresql+psycopg2://here/ledger", "postgresql+psycopg2://there/ledger"
    assert load(tmp_path, LEDGER_URL=here).ledger_url == here
    assert load(tmp_path, LEDGER_URL=here, OI_LEDGER_URL=there).ledger_url == there
    assert load(tmp_path, OI_LEDGER_URL=there, LEDGER_URL=here).ledger_url == there


def test_a_file_that_is_no_yaml_or_no_mapping_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not valid YAML"):
        load(tmp_path, "a: [")
    with pytest.raises(SettingsError, match="must hold sections"):
        load(tmp_path, "- a")


@pytest.mark.parametrize("name", ["none.yaml", 300 * "x"])
def test_a_named_file_that_cannot_be_found_is_reported(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="OI_CONFIG"):
        load_settings({"OI_CONFIG": str(tmp_path / name)})


def test_answers_in_flight_together_are_bounded(tmp_path: Path) -> None:
    """A larger one must be asked for with fewer at once."""
    with pytest.raises(SettingsError, match=r"1,600,000,000 bytes together.*lower concurrency"):
        load(tmp_path, "api: {max_row_bytes: 100000}")
    assert load(tmp_path, "api: {max_row_bytes: 100000, concurrency: 4}").api.max_row_bytes == 100_000


def test_shares_and_reserve_are_at_most_the_whole_allowance(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "budget: {lane_shares: {backfill: 0.8}}")
    assert "budget: lane_shares and reserve_share together are 1.45 of the allowance" in str(caught.value)
    assert "(hourly 0.5, daily 0.1, backfill 0.8, reserve_share 0.05): lower one of them" in str(caught.value)
    whole = "budget: {lane_shares: {hourly: 0.1, daily: 0.1, backfill: 0.7}, reserve_share: 0.1}"
    assert load(tmp_path, whole).budget.lane_shares.backfill == 0.7


def test_a_group_inherits_sources_and_intervals_by_default(tmp_path: Path) -> None:
    text = (
        "series: {intervals: [1h], groups: [{symbols: [SOL], sources: [kalshi]}, {symbols: ['KX*'], intervals: [24h]}]}"
    )
    with pytest.raises(SettingsError, match=r"series.groups.1.intervals"):
        load(tmp_path, text)
    groups = load(tmp_path, text.replace("24h", "1d")).series.all_groups
    assert [(one.symbols, one.sources, one.intervals) for one in groups] == [
        (["SOL"], ["kalshi"], ["1h"]),
        (["KX*"], ["binance_futures", "hyperliquid", "kalshi"], ["1d"]),
        (["BTC", "ETH", "SOL"], ["binance_futures", "hyperliquid", "kalshi"], ["1h"]),
    ]


@pytest.mark.parametrize("symbols", ["['!KX*']", "['']", "['!']", "[]"])
def test_a_list_of_symbols_that_can_mean_nothing_is_reported(tmp_path: Path, symbols: str) -> None:
    with pytest.raises(SettingsError, match=r"series\.symbols"):
        load(tmp_path, f"series: {{symbols: {symbols}}}")


def test_every_setting_says_what_it_means() -> None:
    """In a docstring below it, which editors show."""
    found = []
    for file in sorted((ROOT / "include" / "settings").glob("[a-z]*.py")):
        for kind in ast.parse(file.read_text()).body:
            if isinstance(kind, ast.ClassDef):
                found += [f"{file.name} {kind.name}.{name}" for name in _undocumented(kind)]
    assert found == []


def _undocumented(kind: ast.ClassDef) -> Iterator[str]:
    for node, following in pairwise([*kind.body, None]):
        documented = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if (
            isinstance(node, ast.AnnAssign)
            and not documented
            and not (name := ast.unparse(node.target)).startswith("_")
        ):
            yield name


@pytest.mark.parametrize("link", ["mailto:data@example.com", "https://chat.example.com/data"])
def test_the_owners_link_is_an_address_that_a_browser_opens(tmp_path: Path, link: str) -> None:
    config = tmp_path / "pipeline.yaml"
    config.write_text(f"alarms: {{owner_link: '{link}'}}")
    assert load_settings({"OI_HOME": str(tmp_path), "OI_CONFIG": str(config)}).alarms.owner_link == link


@pytest.mark.parametrize("link", ["data@example.com", "mailto:@", "javascript:alert(1)", "https://", "http://a b/"])
def test_an_owners_link_that_no_browser_opens_is_refused(tmp_path: Path, link: str) -> None:
    config = tmp_path / "pipeline.yaml"
    config.write_text(f"alarms: {{owner_link: '{link}'}}")
    with pytest.raises(SettingsError, match=r"alarms\.owner_link.*must be mailto: and a mail address"):
        load_settings({"OI_HOME": str(tmp_path), "OI_CONFIG": str(config)})
