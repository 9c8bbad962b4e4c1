from __future__ import annotations

import json
import time
import traceback
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.configuration.errors import SettingsError
from include.domain.display import secrets_in, shown, shown_json, shown_line, shown_url
from include.domain.next_step import NextStep
from include.kwery.errors import KweryError
from include.landing.errors import LandingDamaged, LandingFailed, LandingUnreachable
from include.landing.store import LandingStore
from include.ledger.database.dialects import LedgerError
from include.pipeline.errors import PipelineError
from include.quality.errors import BodyUnreadable
from include.settings import load_settings
from include.warehouse.errors import WarehouseUnreachable

WRITTEN_SIGNS = "\u0600-\u0605 \u06dd \u070f \u0890 \u0891 \u08e2 \U000110bd \U000110cd"
"""Of the class Cf, but visible: signs that stand around Arabic, Syriac and Kaithi numbers."""


@cache
def unseen() -> list[str]:
    """Half a second's work, which whoever only collects this file is spared."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in hidden]


def is_written(sign: str) -> bool:
    return 0x600 <= ord(sign) <= 0x605 or 0x13430 <= ord(sign) <= 0x1343F or sign in WRITTEN_SIGNS


def test_every_sign_that_is_obeyed_or_hidden_is_escaped() -> None:
    left = [hex(ord(sign)) for sign in unseen() if not is_written(sign) and sign in shown_line(f"a{sign}b")]
    assert left == []
    assert [sign for sign in unseen() if sign in shown(f"a{sign}b") and not is_written(sign)] == ["\n"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\ud83d", r"\ud83d"),
        ("\U000e0041", r"\U000e0041"),
        ("BTC\u3164\u115f\u034f\u2800\ufe0f\u180b\uffa0", r"BTC\u3164\u115f\u034f\u2800\ufe0f\u180b\uffa0"),
        ("naïve ☃ 比特币 🚀", "naïve ☃ 比特币 🚀"),
    ],
)
def test_an_escape_says_which_sign_it_was(text: str, expected: str) -> None:
    assert shown_line(text) == expected


@given(st.text() | st.text(st.deferred(lambda: st.sampled_from(unseen()))))
def test_what_is_shown_can_be_written_and_stays_json(text: str) -> None:
    shown(text).encode()
    line = shown_json(json.dumps({text: [text]}, ensure_ascii=False))
    line.encode()
    [[key, [value]]] = json.loads(line).items()
    assert key.encode("utf-16", "surrogatepass") == value.encode("utf-16", "surrogatepass")
    assert value.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")
    assert not any(sign in line for sign in unseen() if not is_written(sign))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://id:word@bucket/a", "s3://bucket/a"),
        ("postgresql+psycopg2://user:word@db:5432/ledger", "postgresql+psycopg2://db:5432/ledger"),
        ("http://user:wo%40rd@proxy:3128", "http://proxy:3128"),
        ("http://user:w@rd@proxy:3128/x", "http://proxy:3128/x"),
        ("http://user:wo/word@proxy:3128", "http://proxy:3128"),
        ("socks5://word@proxy", "socks5://proxy"),
        ("//user:word@host/path", "//host/path"),
        ("https://h/p?X-Amz-Signature=word&a=1", "https://h/p?X-Amz-Signature=***&a=1"),
        ("https://h/p?a=1&sig=word#b", "https://h/p?a=1&sig=***#b"),
        ("https://h/p?api-key=word", "https://h/p?api-key=***"),
        ("postgresql://db/ledger?password=word&user=a", "postgresql://db/ledger?password=***&user=a"),
        ("http://user:12/word@proxy:3128", "http://proxy:3128"),
        ("http://user:12?word@proxy:3128", "http://proxy:3128"),
        ("http://user:12#word@proxy:3128", "http://proxy:3128"),
        ("http://user:a'word@proxy:3128", "http://proxy:3128"),
        ('http://user:a"word@proxy:3128', "http://proxy:3128"),
        ("http://user:12 word@proxy:3128", "http://proxy:3128"),
        ("http://user:a w@rd word@proxy:3128", "http://proxy:3128"),
        ("http://user:a//word@proxy:3128", "http://proxy:3128"),
        ("http://user:<word>@proxy:3128", "http://proxy:3128"),
        ("user:word@proxy:3128", "proxy:3128"),
        ("user:12w'o/word@[::1]:3128", "[::1]:3128"),
        ("https://h/p?password=a'word&b=1", "https://h/p?password=***&b=1"),
        ("https://h:8080/a", "https://h:8080/a"),
        ("https://h:8080, me@example.com", "https://h:8080, me@example.com"),
        ("http://[::1]:8080 for me@example.com", "http://[::1]:8080 for me@example.com"),
        ("https://h:8080/word@b?after=c", "https://b?after=c"),
        ("https://h/a:b@c", "https://h/a:b@c"),
        ("file:///home/me@work/landing", "file:///home/me@work/landing"),
        ("no URL: me@example.com", "no URL: me@example.com"),
    ],
)
def test_urls_are_shown_without_logins_and_signatures(url: str, expected: str) -> None:
    assert shown_url(url) == expected
    assert shown(f"cannot reach '{url}': refused") == f"cannot reach '{expected}': refused"
    assert "word" not in shown_url(url).replace("password=", "")


def test_each_url_of_a_line_keeps_its_host() -> None:
    text = "neither http://a:1/ nor https://u:p w@b:2/x nor s3://c/d@e nor u:p@f:3 is there: ask me@example.com"
    assert (
        shown_url(text) == "neither http://a:1/ nor https://b:2/x nor s3://c/d@e nor f:3 is there: ask me@example.com"
    )


def test_a_long_text_full_of_addresses_is_shown_at_once() -> None:
    begun = time.process_time()
    for text in ("//a:b" * 20_000 + "@", "a:b " * 20_000 + "@", "//" * 50_000 + "@", "?key='" * 20_000):
        shown_url(text)
    assert time.process_time() - begun < 3


def test_the_secrets_of_an_url_are_known_in_both_spellings() -> None:
    assert secrets_in("http://user:wo%40rd@proxy:3128") == {"wo%40rd", "wo@rd"}
    assert secrets_in("user:12/wo rd@proxy:3128") == set(), "a blank ends an address without a scheme"
    assert secrets_in("http://user:12/w'o@proxy:3128") == {"12/w'o"}
    assert secrets_in("user:word@proxy:3128") == {"word"}
    assert secrets_in("https://h/p?sig=a%2Fb") == {"a%2Fb", "a/b"}
    assert secrets_in("file:///home/me@work") == set()


def test_errors_show_neither_logins_nor_control_characters() -> None:
    place, said = "s3://id:hidden@bucket/landing", "cannot reach https://id:hidden@proxy/\x1b[2J"
    errors = [
        LandingUnreachable(place, said),
        LandingFailed("page.zst", place, said),
        LandingDamaged("page.zst", place, said, said),
        LedgerError(said),
        WarehouseUnreachable(said),
        BodyUnreadable("page.zst", said),
        PipelineError(said, NextStep.RETRY),
        KweryError(said, subject="BTC\nOI: all is well"),
        SettingsError(said),
    ]
    for error in errors:
        text = "".join(traceback.format_exception_only(error))
        assert "hidden" not in text + repr(error), type(error)
        assert "\x1b" not in text, type(error)
    assert "\n" not in str(errors[7])
    assert repr(LandingStore(f"file:///{place}")).count("hidden") == 0


def test_settings_show_no_login(tmp_path: Path) -> None:
    found = load_settings({"OI_HOME": str(tmp_path), "OI_LANDING_URL": "s3://bucket", "LEDGER_URL": "a://b:hidden@c"})
    assert "hidden" not in repr(found)
