"""String arguments that ClickHouse reads as SQL of their own, in which functions that are refused could hide."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from include.readonly_sql.tokens import Token

AGGREGATING = frozenset(("arrayreduce", "arrayreduceinranges", "initializeaggregation"))
"""Functions whose first argument names an aggregate function."""
_EXPRESSION = re.compile(r"\b(ALIAS|DEFAULT|EPHEMERAL|MATERIALIZED|TTL)\b", re.IGNORECASE)
"""What begins an expression in a list of columns."""
_AGGREGATE = re.compile(r"'(\w+)(\([\d., ]*\))?'")
_LITERAL_SIGNS = frozenset("()[],-")


def problem_with_texts(name: str, arguments: Sequence[Token], is_allowed: Callable[[str], bool]) -> str | None:
    """What is wrong with the first argument of the function `name`; None where it hides nothing.

    `arguments` are the tokens from the first argument on.
    """
    name, first = name.lower(), _first_argument(arguments)
    if name == "values" and not (_is_row(first) or all(map(_is_plain, first))):
        return "values() must begin with a row, or with a literal list of names and types, without DEFAULT or ALIAS"
    if name == "format" and not (_is_one_string(first) and "{" in first[0].text):  # a table function has this name, too
        return "format() must begin with a literal pattern that has braces, as in format('{} {}', a, b)"
    if name in AGGREGATING and not (_is_one_string(first) and _names_allowed(first[0].text, is_allowed)):
        return f"{name}() must begin with the literal name of an aggregate function that only computes"
    return None


def _first_argument(arguments: Sequence[Token]) -> Sequence[Token]:
    depth = 0
    for place, token in enumerate(arguments):
        sign = token.text if token.kind == "sign" else ""
        if depth == 0 and sign in (",", ")"):
            return arguments[:place]
        depth += (sign in ("(", "[")) - (sign in (")", "]"))
    return arguments


def _is_row(argument: Sequence[Token]) -> bool:
    """True for a tuple of two values or more, which is no list of columns."""
    inner = _first_argument(argument[1:])
    return argument[:1] == [Token("sign", "(")] and argument[len(inner) + 1] == Token("sign", ",")


def _is_plain(token: Token) -> bool:
    """True for a token of literals, whose strings list no column with an expression."""
    if token.kind == "string":
        return not _EXPRESSION.search(token.text)
    return token.kind == "number" or token.text in _LITERAL_SIGNS or token.text in ("NULL", "true", "false")


def _is_one_string(argument: Sequence[Token]) -> bool:
    return len(argument) == 1 and argument[0].kind == "string"


def _names_allowed(text: str, is_allowed: Callable[[str], bool]) -> bool:
    named = _AGGREGATE.fullmatch(text)
    return named is not None and is_allowed(named[1])
