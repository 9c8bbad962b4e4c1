"""`pipeline.yaml` as people write it: nothing is dropped, and no word becomes another value by its look."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.configuration.errors import SettingsError
from include.settings import Settings, load_settings


def load(tmp_path: Path, text: str | bytes, **environment: str) -> Settings:
    file = tmp_path / "pipeline.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings({"OI_HOME": str(tmp_path / "oi"), **environment}, file)


def refusal(tmp_path: Path, text: str | bytes, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, **environment)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("series: {symbols: [BTC]}\nbudget: {}\nseries: {symbols: [ETH]}\n", "series", (1, 3)),
        ("budget:\n  monthly_credits: 1000\n  monthly_credits: 90000000\n", "monthly_credits", (2, 3)),
        ("budget:\n  lane_shares:\n    daily: 0.1\n    daily: 0.2\n", "daily", (3, 4)),
        ("series:\n  groups:\n  - symbols: [A]\n    symbols: [B]\n", "symbols", (3, 4)),
        ("quality: {symbol_aliases: {A: B, 'A': C}}\n", "A", (1, 1)),
    ],
)
def test_a_repeated_key_is_refused_with_both_lines(text: str, key: str, lines: tuple[int, int], tmp_path: Path) -> None:
    message = refusal(tmp_path, text)
    assert f"line {lines[1]}" in message
    assert f"'{key}' is there already, in line {lines[0]}" in message


@pytest.mark.parametrize("word", ["NO", "ON", "y", "true", "1", "1_0", "0x1F", "1:30", "1.5", ".nan", "2026-03-07"])
@pytest.mark.parametrize(
    "text",
    [
        "series:\n  symbols: [BTC, {}]\n",
        "series:\n  groups: [{{symbols: [{}]}}]\n",
        "quality:\n  symbol_aliases: {{{}: BTC}}\n",
        "quality:\n  symbol_aliases: {{BTCUSDT: {}}}\n",
        "warehouse:\n  user: {}\n",
    ],
)
def test_text_that_yaml_takes_for_something_else_must_be_quoted(text: str, word: str, tmp_path: Path) -> None:
    if word == "y":  # YAML 1.1 names it, its parser does not
        load(tmp_path, text.format(word))
        return
    message = refusal(tmp_path, text.format(word))
    assert f"{word} in line 2 means" in message
    assert f"quote it: '{word}'" in message
    load(tmp_path, text.format(f"'{word}'"))


@pytest.mark.parametrize(
    "word", ["no", "on", "1:30", "0o17", "0x10", "1e3", "1.5", "2026-03-07", "[1]", "{a: 1}", "ten"]
)
def test_a_number_that_is_none_is_refused_with_its_value(word: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, f"budget:\n  monthly_credits: {word}\n")
    assert "budget.monthly_credits" in message
    assert word[0] in "[{" or f"not '{word}'" in message


@pytest.mark.parametrize("word", [".nan", ".inf", "-.inf", "nan", "inf", "1e400", "yes", "-1", "1e300"])
def test_an_amount_without_a_sane_size_is_refused(word: str, tmp_path: Path) -> None:
    assert "plan.recheck_gap_hours" in refusal(tmp_path, f"plan: {{recheck_gap_hours: {word}}}\n")


@pytest.mark.parametrize(
    ("word", "credits"), [("1_000", 1000), ("010", 10), ("'1000'", 1000), ("null", None), ("", None)]
)
def test_a_whole_number_means_its_digits(word: str, credits: int | None, tmp_path: Path) -> None:
    """In YAML 1.1 a leading zero alone would make it octal."""
    assert load(tmp_path, f"budget: {{monthly_credits: {word}}}\n").budget.monthly_credits == credits


@pytest.mark.parametrize("symbol", ["'BTC '", "' BTC'", '"BTC\\t"', '"\\u00a0BTC"', "[' BTC ', BTC]"])
def test_blanks_around_a_symbol_make_no_other_symbol(symbol: str, tmp_path: Path) -> None:
    symbols = symbol if symbol.startswith("[") else f"[{symbol}]"
    assert load(tmp_path, f"series: {{symbols: {symbols}}}\n").series.symbols == ["BTC"]


@pytest.mark.parametrize(
    "symbol", ['"B\\u200bTC"', '"BTC\\x07X"', "'B TC'", '"BTC\\ufeff"', '"\\u202eCTB"', "' '", "'! KX'"]
)
def test_a_symbol_with_a_character_that_nobody_sees_is_refused(symbol: str, tmp_path: Path) -> None:
    assert "series.symbols" in refusal(tmp_path, f"series: {{symbols: [{symbol}]}}\n")
    assert "symbol_aliases" in refusal(tmp_path, f"quality: {{symbol_aliases: {{X: {symbol}}}}}\n")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"series: {symbols: [\xff]}\n", "not UTF-8"),
        ("series: {}\n".encode("utf-16"), "UTF-16"),
        ("series: {}\n".encode("utf-16-le"), "UTF-16"),
        ("series: {}\n".encode("utf-32-be"), "UTF-32"),
        (b"series:\n\tsymbols: [BTC]\n", "line 2, column 1"),
        (b"series: {}\n---\nseries: {}\n", "line 2"),
        (b"? [a]\n: b\n", "a key must be one word"),
        (b": b\n", "pipeline.yaml"),
        (b"a: &a [*a]\n", "an alias holds itself"),
        (b"a: *nowhere\n", "line 1"),
        (b"a: !!python/object:os.system x\n", "line 1"),
        (b"- a\n", "must hold sections"),
        (b"no\n", "must hold sections"),
        (b"a: " + b"[" * 5000, "not valid YAML"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused_by_name(data: bytes, place: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, data)
    assert "pipeline.yaml" in message
    assert place in message


def test_aliases_that_stand_for_billions_of_values_are_refused(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "it stands for more than 20,000 values" in refusal(tmp_path, "\n".join(rows))


def test_anchors_merges_a_mark_and_empty_sections_are_read(tmp_path: Path) -> None:
    text = "\ufeffseries:\nbudget: &b {monthly_credits: 5}\n"
    assert load(tmp_path, text).budget.monthly_credits == 5
    assert load(tmp_path, "series: {symbols: &s [BTC], groups: [{symbols: *s}]}\n").series.groups[0].symbols == ["BTC"]
    merged = "budget:\n  lane_shares: {<<: {daily: 0.2, hourly: 0.2}, hourly: 0.3}\n"
    assert load(tmp_path, merged).budget.lane_shares.hourly == 0.3


def test_a_section_that_is_a_word_is_named(tmp_path: Path) -> None:
    assert "budget: must be a section with settings in it, not 'no' in line 1" in refusal(tmp_path, "budget: no\n")
