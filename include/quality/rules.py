"""The rules, as data: each is one Great Expectations expectation on one or two columns of `measures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from include.quality.values import Reading

if TYPE_CHECKING:
    from include.settings import Quality

CLOCK_SKEW_SECONDS = 300
"""How far a timestamp may lie ahead of the receipt of its page before it counts as the future."""

Consequence = Literal["quarantine the row", "warn", "quarantine the series", "stop the batch"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name in quarantine and in the results, what it demands, and what happens to what breaks it."""

    name: str
    sentence: str
    level: Literal["row", "batch"]
    consequence: Consequence
    expectation: str
    arguments: dict[str, Any]

    @property
    def severity(self) -> Literal["critical", "warning"]:
        return "warning" if self.consequence == "warn" else "critical"

    @property
    def column(self) -> str:
        """The column judged, the first of a pair; empty for a rule on the whole table."""
        return str(self.arguments.get("column") or self.arguments.get("column_A") or "")


def row_rules(settings: Quality) -> tuple[Rule, ...]:
    """The rules that every received row is judged by."""
    return (*_timestamp_rules(), *_asked_rules(), *_open_interest_rules(settings), *_usd_rules(settings), COLUMNS)


def key_rules() -> tuple[Rule, ...]:
    """The rules on rows that broke no row rule, compared with each other."""
    return (
        Rule(
            "conflicting_duplicate",
            "One window gives one value for a source, interval, symbol and timestamp.",
            "row",
            "quarantine the row",
            "ExpectColumnValuesToBeBetween",
            {"column": "values_at_key", "max_value": 1},
        ),
    )


def series_rules(settings: Quality) -> tuple[Rule, ...]:
    """The rules on each series of the batch as a whole."""
    return (
        Rule(
            SERIES_BLOCKED,
            f"At most {settings.max_bad_share:.0%} of a series' rows are bad, "
            f"once it has {settings.min_rows_to_block} rows in the batch.",
            "batch",
            "quarantine the series",
            "ExpectColumnValuesToBeBetween",
            {"column": "bad_share", "max_value": settings.max_bad_share},
        ),
    )


SERIES_BLOCKED = "series_blocked"

MEASURES = (
    "timestamp_reading",
    "epoch_seconds",
    "seconds_off_grid",
    "seconds_ahead",
    "symbol",
    "asked_symbol",
    "source",
    "asked_source",
    "interval",
    "asked_interval",
    "open_interest_reading",
    "open_interest",
    "open_interest_usd_reading",
    "open_interest_usd",
    "kalshi_usd_error",
    "implied_price_ratio",
)
"""The columns of the frame that the row rules judge."""

COLUMNS = Rule(
    "columns_as_expected",
    "The batch has exactly the columns that the rules judge.",
    "batch",
    "stop the batch",
    "ExpectTableColumnsToMatchSet",
    {"column_set": list(MEASURES), "exact_match": True},
)


def _timestamp_rules() -> tuple[Rule, ...]:
    return (
        _not_reading("row_is_object", "The row is a readable JSON object.", "timestamp", Reading.NO_OBJECT),
        _not_reading("row_keys_unique", "The row repeats no key, at any depth.", "timestamp", Reading.REPEATED_KEY),
        _not_reading("timestamp_present", "The row has a timestamp.", "timestamp", Reading.MISSING),
        _not_reading(
            "timestamp_readable",
            "The timestamp is an ISO 8601 instant, or Unix time in seconds, milliseconds, microseconds or nanoseconds.",
            "timestamp",
            Reading.UNREADABLE,
        ),
        _between(
            "timestamp_on_grid",
            "The timestamp lies on the asked interval's grid, counted from the Unix epoch.",
            "seconds_off_grid",
            minimum=0,
            maximum=0,
        ),
        _between(
            "timestamp_in_range",
            "The timestamp lies in the years that the warehouse's column holds, 1970 to 7 February 2106.",
            "epoch_seconds",
            minimum=0,
            maximum=2**32 - 1,
        ),
        _between(
            "timestamp_not_in_future",
            f"The timestamp is at most {CLOCK_SKEW_SECONDS} s later than the receipt of its page, by the later clock.",
            "seconds_ahead",
            maximum=CLOCK_SKEW_SECONDS,
        ),
    )


def _asked_rules() -> tuple[Rule, ...]:
    return (
        _as_asked("symbol", "The symbol is the one asked, or an alias of it."),
        _as_asked("source", "The source is the one asked; where all were asked, one that the vendor sells."),
        _as_asked("interval", "The interval is the one asked (24h is 1d)."),
    )


def _open_interest_rules(settings: Quality) -> tuple[Rule, ...]:
    field, words = "open_interest", "open interest"
    return (
        _not_reading("open_interest_present", f"The row has an {words}.", field, Reading.MISSING),
        _not_reading("open_interest_numeric", f"The {words} is a number or a numeric text.", field, Reading.UNREADABLE),
        _not_reading("open_interest_finite", f"The {words} is finite.", field, Reading.NOT_FINITE),
        _between(
            "open_interest_in_range",
            f"The {words} is at least 0 and at most {settings.max_open_interest:g}.",
            field,
            minimum=0,
            maximum=settings.max_open_interest,
        ),
    )


def _usd_rules(settings: Quality) -> tuple[Rule, ...]:
    field, words, band = "open_interest_usd", "USD open interest, if any,", settings.implied_price_band
    return (
        _not_reading(f"{field}_numeric", f"The {words} is a number or a numeric text.", field, Reading.UNREADABLE),
        _not_reading(f"{field}_finite", f"The {words} is finite.", field, Reading.NOT_FINITE),
        _between(
            f"{field}_in_range",
            f"The {words} is at least 0 and at most {settings.max_open_interest_usd:g}.",
            field,
            minimum=0,
            maximum=settings.max_open_interest_usd,
        ),
        _between(
            "kalshi_usd_is_contracts",
            "On Kalshi the USD open interest, if any, is the contracts x $1, within 1 cent or 1 in a million.",
            "kalshi_usd_error",
            maximum=1,
        ),
        _between(
            "implied_price_in_band",
            f"USD per unit is within a factor {band:g} of its series' median in the batch; "
            "else the unit may have changed.",
            "implied_price_ratio",
            minimum=1 / band,
            maximum=band,
            consequence="warn",
        ),
    )


def _not_reading(name: str, sentence: str, field: str, reading: Reading) -> Rule:
    arguments = {"column": f"{field}_reading", "value_set": [reading.word]}
    return Rule(name, sentence, "row", "quarantine the row", "ExpectColumnValuesToNotBeInSet", arguments)


def _as_asked(field: str, sentence: str) -> Rule:
    arguments = {"column_A": field, "column_B": f"asked_{field}", "ignore_row_if": "neither"}
    return Rule(
        f"{field}_as_asked", sentence, "row", "quarantine the row", "ExpectColumnPairValuesToBeEqual", arguments
    )


def _between(
    name: str,
    sentence: str,
    column: str,
    *,
    minimum: float | None = None,
    maximum: float,
    consequence: Consequence = "quarantine the row",
) -> Rule:
    arguments = {"column": column, "min_value": minimum, "max_value": maximum}
    return Rule(name, sentence, "row", consequence, "ExpectColumnValuesToBeBetween", arguments)
