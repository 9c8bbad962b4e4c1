"""The API key: checked once, never shown (rule 7)."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, quote_plus

REMOVED = "[key removed]"


class ApiKey:
    """A key of 10 to 256 printable characters; its text leaves only through `reveal`.

    Raises ValueError, without the key in it, when the key cannot be one.
    """

    __slots__ = ("_forms", "_value")

    def __init__(self, value: str) -> None:
        if problem := _problem(value):
            raise ValueError(f"the API key {problem}; set KWERY_API_KEY to the key from the vendor's dashboard")
        self._value = value
        self._forms = _spellings(value)

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def redact(self, text: str) -> str:
        """`text` without the key, however a vendor may have spelt it."""
        for form in self._forms:
            text = text.replace(form, REMOVED)
        return text

    def redact_bytes(self, body: bytes) -> bytes:
        """`body` without the key; the same object when it is not in there."""
        for form in self._forms:
            if form.encode() in body:
                body = body.replace(form.encode(), REMOVED.encode())
        return body


def _problem(value: str) -> str | None:
    if not 10 <= len(value) <= 256:
        return f"must have 10 to 256 characters, not {len(value)}"
    if not (value.isascii() and value.isprintable()) or " " in value:
        return "has a space, a line break or another character that no key has"
    return None


def _spellings(value: str) -> tuple[str, ...]:
    """The key as it is, percent-encoded, in JSON (with or without escaped slashes) and in HTML; longest first."""
    escaped = json.dumps(value)[1:-1]
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), one) for one in encoded}
    spelt = {value, escaped, escaped.replace("/", r"\/"), html.escape(value), *encoded, *lower}
    return tuple(sorted(spelt, key=len, reverse=True))
