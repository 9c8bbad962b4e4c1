"""One statement that reads, with nothing in it that reaches the host: checked before the engine runs it.

ClickHouse itself parses the text and writes it again in its own formatting; that is checked word by word, and that is
what runs. So comments, quotes, heredocs and odd spellings cannot hide a name. Everything is an allow-list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from include.domain.errors import UsageError
from include.readonly_sql.texts import problem_with_texts
from include.readonly_sql.tokens import Token, UnknownText, tokens

RunQuery = Callable[[str, dict[str, str]], Sequence[Sequence[Any]]]
"""Runs one of our own queries, with its parameters, on the engine that is to run the checked text; returns its rows."""

FORMATTED = "SELECT formatQuerySingleLine({query:String})"
FUNCTIONS = "SELECT name FROM system.functions"
VIEWS = (
    "SELECT name FROM system.tables WHERE notEmpty(parameterized_view_parameters) "
    "AND name NOT IN (SELECT name FROM system.table_functions)"
)

TABLE_FUNCTIONS = frozenset(
    (
        "numbers",
        "numbers_mt",
        "zeros",
        "zeros_mt",
        "generateseries",
        "generate_series",
        "values",
        "view",
        "primes",
        "sqlstandardvalues",
    )
)
SYSTEM_TABLES = frozenset(
    (
        "aggregate_function_combinators", "columns", "data_type_families", "databases", "formats", "functions",
        "keywords", "numbers", "numbers_mt", "one", "parts", "table_functions", "tables", "time_zones", "zeros",
    )
)  # fmt: skip
SETTINGS = re.compile(
    r"max_(threads|block_size|execution_time|memory_usage|rows_to_read|bytes_to_read|result_rows|result_bytes"
    r"|rows_to_group_by|bytes_before_external_(group_by|sort)|rows_in_join|bytes_in_join|rows_in_set|subquery_depth"
    r"|recursive_cte_evaluation_depth)"
    r"|(read|result|timeout|group_by|join|set)_overflow_mode"
    r"|join_(use_nulls|algorithm|default_strictness|any_take_last_row)|(union|except|intersect)_default_mode"
    r"|optimize_\w+|query_plan_\w+|enable_(analyzer|optimize_predicate_expression|named_columns_in_function_tuple)"
    r"|use_(query_cache|skip_indexes|skip_indexes_if_final)|session_timezone|final|limit|offset|extremes|totals_mode"
    r"|group_by_use_nulls|transform_null_in|prefer_column_name_to_alias|aggregate_functions_null_for_empty"
    r"|any_join_distinct_right_table_keys|cast_keep_nullable|short_circuit_function_evaluation"
    r"|date_time_output_format|output_format_json_\w+"
    r"|allow_deprecated_error_prone_window_functions|do_not_merge_across_partitions_select_final|compile_(aggregate_)?expressions"
)
_CALLED_KEYWORDS = frozenset(
    (
        "ALL", "AND", "ANTI", "ANY", "APPLY", "AS", "ASOF", "AST", "BETWEEN", "BY", "DISTINCT", "ESTIMATE", "EXCEPT",
        "EXPLAIN", "FILL", "FROM", "HAVING", "ILIKE", "IN", "INTERPOLATE", "INTERSECT", "IS", "JOIN", "LIKE", "LIMIT",
        "MATERIALIZED", "NOT", "OFFSET", "ON", "OR", "OVER", "PIPELINE", "PLAN", "PREWHERE", "QUALIFY", "REGEXP",
        "REPLACE", "SELECT", "SEMI", "SETS", "STALENESS", "STEP", "SYNTAX", "TABLE", "TO", "TREE", "UNION", "USING",
        "WHERE", "WITH", "ROLLUP", "CUBE", "COLUMNS",
    )
)  # fmt: skip
"""Words before a parenthesis that call nothing."""
_SHOWN = (
    "TABLES", "DATABASES", "COLUMNS", "INDEXES", "FUNCTIONS", "FULL TABLES", "FULL COLUMNS", "EXTENDED COLUMNS",
    "EXTENDED FULL COLUMNS", "CREATE TABLE", "CREATE VIEW", "CREATE DATABASE", "ENGINES", "DICTIONARIES",
)  # fmt: skip
_EXPLAINED = ("AST", "SYNTAX", "QUERY TREE", "PLAN", "PIPELINE", "ESTIMATE", "")
_ELSEWHERE = frozenset(("INTO", "INSERT", "INFILE", "OUTFILE", "PARALLEL"))

LONGEST_QUERY_BYTES = 256 * 1024
"""ClickHouse parses no more (max_query_size), and advises to raise a setting that no query here may change."""
TOO_LONG = (
    f"the query is longer than {LONGEST_QUERY_BYTES // 1024} KiB; write a long list of values as a condition or a "
    "range, or ask in several queries"
)
READS_ONLY = (
    "this reads only, and the statement would do something else: write one SELECT, SHOW TABLES, DESCRIBE, EXISTS or "
    "EXPLAIN SELECT. Rows come into the warehouse by loading batches, tables by include/warehouse/sql/migrations"
)


class QueryRefused(UsageError):
    """A text that is not run; the message says what in it is refused, and what to write instead."""


class Guard:
    """Checks what people write for one engine, which must know formatQuerySingleLine (ClickHouse 23.10)."""

    def __init__(self, run_query: RunQuery) -> None:
        self._run_query = run_query
        self._refused: frozenset[str] | None = None

    def accept(self, query: str) -> str:
        """`query` as ClickHouse formats it, which is what may be run.

        Raises QueryRefused; an error of the engine, such as a syntax error, passes through.
        """
        if "\0" in query:
            raise QueryRefused("the query holds a NUL character; remove it")
        if len(query.encode(errors="replace")) > LONGEST_QUERY_BYTES:
            raise QueryRefused(TOO_LONG)
        [[formatted]] = self._run_query(FORMATTED, {"query": query})
        try:
            found = tokens(formatted)
        except UnknownText as text:
            raise QueryRefused(f"this part of the query cannot be checked, so it is not run: {text}") from None
        _check_statement(found)
        _check_words(found)
        self._check_names(found)
        return str(formatted)

    def _check_names(self, found: Sequence[Token]) -> None:
        for place, token in enumerate(found):
            if not token.is_name:
                continue
            member = _sign(found, place - 1) == "."
            if _sign(found, place + 1) == "(":
                self._check_call(token)
                if problem := problem_with_texts(token.text, found[place + 2 :], is_allowed):
                    raise QueryRefused(problem)
            elif not member and token.text.lower() in self._refused_functions():
                raise _refused_name(token.text, "write it with its table, as in t.file, if it is a column")

    def _check_call(self, token: Token) -> None:
        if token.kind == "word" and token.text in _CALLED_KEYWORDS:
            return
        if is_allowed(token.text) or token.text.lower() in TABLE_FUNCTIONS:
            return
        # ClickHouse writes a view's call as one name: `database.view`(moment = ...).
        if token.text.rpartition(".")[2] not in self._views():
            raise _refused_name(f"{token.text}()", "only functions that compute may be called")

    def _views(self) -> frozenset[str]:
        """Parametrised views, which are called like functions."""
        return frozenset(str(row[0]) for row in self._run_query(VIEWS, {}))

    def _refused_functions(self) -> frozenset[str]:
        """Functions that the engine has and nobody may call: arrayMap(file, paths) names one without calling it."""
        if self._refused is None:
            names = (str(row[0]).lower() for row in self._run_query(FUNCTIONS, {}))
            self._refused = frozenset(name for name in names if not is_allowed(name))
        return self._refused


def is_allowed(function: str) -> bool:
    """True for a function that only computes; an aggregate function may have combinators, as in sumIf."""
    name = function.lower()
    if name in _functions():
        return True
    return any(name.endswith(one) and is_allowed(name.removesuffix(one)) for one in _COMBINATORS)


_COMBINATORS = (
    "if", "array", "map", "foreach", "distinct", "ordefault", "ornull", "resample", "argmin", "argmax", "simplestate",
    "state", "merge", "tuple", "mergestate",
)  # fmt: skip


@cache
def _functions() -> frozenset[str]:
    lines = Path(__file__).with_name("functions.txt").read_text(encoding="ascii").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def _check_statement(found: Sequence[Token]) -> None:
    first, rest = _word(found, 0), found[1:]
    if _is_query(found):
        return
    if first == "SHOW" and any(_begins(rest, words) for words in _SHOWN):
        return
    if first == "DESCRIBE" and _begins(rest, "TABLE"):
        return
    if first == "EXISTS" and _word(rest, 0) in ("TABLE", "VIEW", "DATABASE"):
        return
    if first == "EXPLAIN" and _is_query(_explained(rest)):
        return
    raise QueryRefused(READS_ONLY)


def _is_query(found: Sequence[Token]) -> bool:
    """True for SELECT, also in parentheses, as ClickHouse writes the sides of EXCEPT."""
    place = 0
    while _sign(found, place) == "(":
        place += 1
    return _word(found, place) in ("SELECT", "WITH")


def _explained(rest: Sequence[Token]) -> Sequence[Token]:
    """What follows EXPLAIN's kind and its own options."""
    kind = next(words for words in _EXPLAINED if _begins(rest, words))
    rest = rest[len(kind.split()) :]
    while len(rest) > 2 and rest[0].kind == "word" and rest[1].text == "=" and rest[2].kind == "number":
        rest = rest[4:] if _sign(rest, 3) == "," else rest[3:]
    return rest


def _check_words(found: Sequence[Token]) -> None:
    for place, token in enumerate(found):
        member = _sign(found, place - 1) == "."
        if token.kind == "parameter" and token.text.rstrip("}").split(":", 1)[1].strip() == "Identifier":
            raise QueryRefused(f"the parameter {token.text} would stand for a name; write the name itself")
        if token.is_name and not member and token.text.lower() == "system" and _sign(found, place + 1) == ".":
            _check_system_table(found[place + 2].text if place + 2 < len(found) else "")
        if token.kind != "word" or member:
            continue
        if token.text in _ELSEWHERE:
            raise QueryRefused(READS_ONLY)
        if token.text == "FORMAT":
            raise QueryRefused(
                "the query names a FORMAT; leave it out: ./oi sql prints a table, with --json one row per line"
            )
        if token.text == "SETTINGS":
            _check_settings(found[place + 1 :])


def _check_system_table(name: str) -> None:
    if name not in SYSTEM_TABLES:
        known = ", ".join(sorted(SYSTEM_TABLES))
        raise QueryRefused(f"system.{name} is about the host, not about the data, and is not read; these are: {known}")


def _check_settings(rest: Sequence[Token]) -> None:
    for name, value in _settings(rest):
        if not SETTINGS.fullmatch(name) or value.kind not in ("number", "string", "word"):
            raise QueryRefused(f"the setting {name} may not be changed by a query; leave it out of SETTINGS")


def _settings(rest: Sequence[Token]) -> Iterator[tuple[str, Token]]:
    while True:
        if len(rest) < 3 or rest[0].kind != "word" or rest[1].text != "=":
            raise QueryRefused("what follows SETTINGS cannot be checked, so the query is not run; leave SETTINGS out")
        value, length = (rest[3], 4) if _sign(rest, 2) == "-" and len(rest) > 3 else (rest[2], 3)
        yield rest[0].text, value
        if _sign(rest, length) != ",":
            return
        rest = rest[length + 1 :]


def _refused_name(name: str, advice: str) -> QueryRefused:
    return QueryRefused(
        f"{name} is refused: a query reads the warehouse and computes, and reaches no file, network, process or "
        f"setting of the host; {advice}"
    )


def _begins(found: Sequence[Token], words: str) -> bool:
    wanted = words.split()
    return [_word(found, place) for place in range(len(wanted))] == wanted


def _word(found: Sequence[Token], place: int) -> str:
    return found[place].text if 0 <= place < len(found) and found[place].kind == "word" else ""


def _sign(found: Sequence[Token], place: int) -> str:
    return found[place].text if 0 <= place < len(found) and found[place].kind == "sign" else ""
