"""The API key: checked once, never shown (rule 7)."""

from __future__ import annotations

from include.kwery.spellings import Spellings

REMOVED = "[key removed]"


class ApiKey:
    """A key of 10 to 256 printable characters; its text leaves only through `reveal`.

    Raises ValueError, without the key in it, when the key cannot be one.
    """

    __slots__ = ("_spellings", "_value")

    def __init__(self, value: str) -> None:
        if problem := _problem(value):
            raise ValueError(f"the API key {problem}; set KWERY_API_KEY to the key from the vendor's dashboard")
        self._value = value
        self._spellings = Spellings(value)

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def redact(self, text: str) -> str:
        """`text` without the key, in whatever spelling."""
        if self._spellings.are_longer(text):
            return text
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
