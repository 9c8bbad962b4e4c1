"""The API key: checked once, never shown (rule 7)."""

from __future__ import annotations

from functools import lru_cache

from include.kwery.spellings import Spellings

REMOVED = "[key removed]"
_LONGEST_REPEATED = 100
"""Characters of a text that is remembered once it is searched."""


class ApiKey:
    """A key of 10 to 256 printable characters; its text leaves only through `reveal`.

    Raises ValueError, without the key in it, when the key cannot be one.
    """

    __slots__ = ("_redact_short", "_spellings", "_value")

    def __init__(self, value: str) -> None:
        if problem := _problem(value):
            raise ValueError(f"the API key {problem}; set KWERY_API_KEY to the key from the vendor's dashboard")
        self._value = value
        self._spellings = Spellings(value)
        # All answers of a second have the same Date, and most of their other headers in common.
        self._redact_short = lru_cache(maxsize=64)(self._redact)

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def redact(self, text: str) -> str:
        """`text` without the key, in whatever spelling."""
        if self._spellings.are_longer(text):
            return text
        return self._redact_short(text) if len(text) <= _LONGEST_REPEATED else self._redact(text)

    def _redact(self, text: str) -> str:
        return self.redact_bytes(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def redact_bytes(self, body: bytes) -> bytes:
        """`body` without the key, in whatever spelling; the same object when the key is not in it."""
        places = self._spellings.places(body)
        if not places:
            return body
        parts, last = [], 0
        for start, end in places:
            parts.append(body[last:start])
            last = end
        return REMOVED.encode().join((*parts, body[last:]))


def _problem(value: str) -> str | None:
    if not 10 <= len(value) <= 256:
        return f"must have 10 to 256 characters, not {len(value)}"
    if not (value.isascii() and value.isprintable()) or " " in value:
        return "has a space, a line break or another character that no key has"
    return None
