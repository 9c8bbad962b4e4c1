"""Text from files and variables: UTF-8 only, without invisible characters."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from pathlib import Path

from include.configuration.errors import SettingsError
from include.domain.invisible import BLANK_LOOKING, DEFAULT_IGNORABLE
from include.domain.market import LONGEST_NAME

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
"""Unicode categories: controls, formats such as a zero-width space, lone surrogates, line breaks, blanks."""
_INVISIBLE_ALL_THE_SAME = re.compile(f"[{DEFAULT_IGNORABLE}{BLANK_LOOKING}]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_BYTES = 8 * 1024 * 1024
"""A larger file is not one that a person wrote; a device such as /dev/zero has no end."""


def read_text(path: Path, remedy: str) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    `remedy` ends the sentence of a file that cannot be opened. Raises SettingsError.
    """
    try:
        data = _read_bytes(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{path} cannot be read ({reason}); {remedy}") from None
    if data.startswith(_UTF16) or b"\0" in data[:4]:  # with and without a byte order mark
        raise SettingsError(f"{path} is UTF-16 or UTF-32; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path} is not UTF-8 (line {line}); save it as UTF-8") from None


def _read_bytes(path: Path) -> bytes:
    """The bytes of a file. A pipe without a writer and a silent device are errors: waiting for them might never end."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is a pipe")
        data = file.read(_MOST_BYTES + 1)
    if data is None:
        raise ValueError("it is a device without an end")
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES // 1024 // 1024} MiB")
    return data


def hidden_character(text: str) -> str | None:
    """The name of the first control, blank or invisible character in `text`, such as `U+200B`; None without one."""
    hidden = next((sign for sign in text if _is_invisible(sign)), None)
    return None if hidden is None else f"U+{ord(hidden):04X}"


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in _INVISIBLE or _INVISIBLE_ALL_THE_SAME.match(sign) is not None


def control_character(text: str) -> str | None:
    """The name of the first control character in `text`, or of a byte that is not UTF-8; None without one."""
    control = next((sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs")), None)
    return None if control is None else f"U+{ord(control):04X}"


def clean_symbol(symbol: str) -> str:
    """A symbol or pattern without the blanks around it.

    Raises ValueError when nothing is left, when it is longer than any symbol, or when a blank or an invisible character
    is inside: another symbol would be bought.
    """
    cleaned = symbol.strip()
    if len(cleaned) > LONGEST_NAME:
        raise ValueError(
            f"the symbol {cleaned[:20]!a}... has {len(cleaned):,} characters; {LONGEST_NAME} at most are one"
        )
    if not cleaned.removeprefix("!"):
        raise ValueError("a symbol must not be empty")
    if hidden := hidden_character(cleaned):
        raise ValueError(f"the symbol {cleaned!a} holds the character {hidden}; write it without")
    return cleaned
