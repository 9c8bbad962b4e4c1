"""The tokens of a query in ClickHouse's own formatting, where no comment, heredoc or second spelling is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "string", "number", "parameter", "sign"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | `(?P<quoted>(?:[^`\\]|\\.|``)*)`
    | (?P<string>'(?:[^'\\]|\\.|'')*')
    | (?P<number>(?:\d[0-9_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<parameter>\{[A-Za-z_]\w*:[^{}'`]*\})
    | (?P<sign>->|[-()\[\],.+*/%=!<>?:|^&~@])
    )""",
    re.VERBOSE | re.DOTALL,
)
_END = re.compile(r"\s*\Z")


class UnknownText(ValueError):
    """Text that is not a token of a formatted query."""


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is without backquotes. A `word` may be a keyword, a `quoted` name never is one."""

    kind: Kind
    text: str

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "quoted")


def tokens(query: str) -> list[Token]:
    """The tokens in order. Raises UnknownText where something else begins."""
    return list(_tokens(query))


def _tokens(query: str) -> Iterator[Token]:
    place = 0
    while not _END.match(query, place):
        found = _TOKEN.match(query, place)
        if found is None:
            raise UnknownText(query[place : place + 20].strip())
        kind: Kind = found.lastgroup  # type: ignore[assignment] # one of the group names
        yield Token(kind, found[kind])
        place = found.end()
