from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.configuration.errors import SettingsError
from include.configuration.text import clean_symbol, hidden_character, read_text

BLANK_LOOKING = (
    *("\u3164", "\u115f", "\u1160", "\u034f", "\u2800", "\ufe0f", "\ufe00", "\u180b", "\u180f", "\uffa0", "\u17b4"),
    *("\u200b", "\u00ad", "\u2065", "\ufff0", "\u061c"),
)
"""Fillers, joiners and selectors that a font draws without ink."""


@pytest.mark.parametrize(
    "sign", [*BLANK_LOOKING, "\u00a0", "\u3000", "\U000e0100", "\U0001d173", "\U0001d159", "\t"], ids=ascii
)
def test_a_symbol_with_a_sign_nobody_sees_is_refused(sign: str) -> None:
    """The vendor would take it for another symbol, and charge for it."""
    for symbol in (f"B{sign}TC", f"{sign}*TC", f"!B{sign}*"):
        if symbol == symbol.strip():
            with pytest.raises(ValueError, match="holds the character U\\+"):
                clean_symbol(symbol)


@given(st.characters(categories=("L", "N", "P", "S")))
def test_a_sign_that_is_seen_is_kept(sign: str) -> None:
    names = ("FILLER", "BRAILLE PATTERN BLANK", "NULL NOTEHEAD", "VOWEL INHERENT")
    seen = not any(name in unicodedata.name(sign, "") for name in names)
    assert (hidden_character(f"B{sign}") is None) == seen


def test_a_text_longer_than_any_symbol_is_refused() -> None:
    """It fits in no index of PostgreSQL."""
    assert clean_symbol("x" * 500) == "x" * 500
    with pytest.raises(ValueError, match="501 characters"):
        clean_symbol("x" * 501)


def test_a_file_without_an_end_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to was waited for, and a device took all memory."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    for path, reason in ((pipe, "a pipe"), (Path("/dev/zero"), "larger than 8 MiB"), (large, "larger than 8 MiB")):
        with pytest.raises(SettingsError, match=rf"{path.name} cannot be read \(it is {reason}\); remove it"):
            read_text(path, "remove it")
    assert read_text(Path(os.devnull), "remove it") == ""
