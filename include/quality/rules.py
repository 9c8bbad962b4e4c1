"""What a rule is, and the rules that hold for any dataset; those on values lie with their dataset (`open_interest/`).

A rule is one Great Expectations expectation on columns of the frame of measures.
Expectations are written as in the library's gallery, so that any of its kinds fits. Its import takes seconds, and
happens when the first rule is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from include.quality.gx_library import expectations
from include.quality.values import ParseStatus

if TYPE_CHECKING:
    from include.settings.quality import Quality

CLOCK_SKEW_SECONDS = 300
"""How far a timestamp may lie ahead of the receipt of its page before it counts as the future."""
SERIES_BLOCKED = "series_blocked"
Consequence = Literal["quarantine the row", "warn", "quarantine the series", "stop the batch"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name in quarantine and in the results, what it demands, and what happens to what breaks it."""

    name: str
    sentence: str
    expectation: Any
    consequence: Consequence = "quarantine the row"

    @property
    def level(self) -> Literal["row", "batch"]:
        """What it judges: each row, or a batch or series as a whole."""
        return "row" if self.consequence in ("quarantine the row", "warn") else "batch"

    @property
    def severity(self) -> Literal["critical", "warning"]:
        return "warning" if self.consequence == "warn" else "critical"

    @property
    def expectation_name(self) -> str:
        """The name of its expectation in the library's gallery."""
        return type(self.expectation).__name__

    @property
    def arguments(self) -> dict[str, Any]:
        """What its expectation was made with."""
        return dict(self.expectation.dict(exclude_unset=True))

    @property
    def column(self) -> str:
        """The column judged, the first of a pair; empty for a rule on the whole table."""
        return str(self.arguments.get("column") or self.arguments.get("column_A") or "")


def place_rules() -> tuple[Rule, ...]:
    """The rules on what places a row, in any dataset: its timestamp, symbol, source and interval."""
    return (*_timestamp_rules(), *_request_rules())


def key_rules() -> tuple[Rule, ...]:
    """The rules on rows that broke no row rule, compared with each other."""
    gxe = expectations()
    return (
        Rule(
            "conflicting_duplicate",
            "One window gives one value for a source, interval, symbol and timestamp.",
            gxe.ExpectColumnValuesToBeBetween(column="values_at_key", max_value=1),
        ),
    )


def series_rules(settings: Quality) -> tuple[Rule, ...]:
    """The rules on each series of the batch as a whole."""
    gxe = expectations()
    return (
        Rule(
            SERIES_BLOCKED,
            f"At most {settings.max_bad_share:.0%} of a series' rows are bad, "
            f"once it has {settings.min_rows_to_block} rows in the batch.",
            gxe.ExpectColumnValuesToBeBetween(column="bad_share", max_value=settings.max_bad_share),
            "quarantine the series",
        ),
    )


def columns_as_expected(columns: Sequence[str]) -> Rule:
    """The rule that the frame itself is the one that the other rules judge."""
    gxe = expectations()
    return Rule(
        "columns_as_expected",
        "The batch has exactly the columns that the rules judge.",
        gxe.ExpectTableColumnsToMatchSet(column_set=list(columns), exact_match=True),
        "stop the batch",
    )


def _timestamp_rules() -> tuple[Rule, ...]:
    gxe = expectations()
    return (
        Rule("row_is_object", "The row is a readable JSON object.", is_not("timestamp", ParseStatus.NO_OBJECT)),
        Rule("row_keys_unique", "The row repeats no key, at any depth.", is_not("timestamp", ParseStatus.REPEATED_KEY)),
        Rule("timestamp_present", "The row has a timestamp.", is_not("timestamp", ParseStatus.MISSING)),
        Rule(
            "timestamp_readable",
            "The timestamp is an ISO 8601 instant, or Unix time in seconds, milliseconds, microseconds or nanoseconds.",
            is_not("timestamp", ParseStatus.UNREADABLE),
        ),
        Rule(
            "timestamp_on_grid",
            "The timestamp lies on the requested interval's grid, counted from the Unix epoch.",
            gxe.ExpectColumnValuesToBeBetween(column="seconds_off_grid", min_value=0, max_value=0),
        ),
        Rule(
            "timestamp_in_range",
            "The timestamp lies in the years that the warehouse's column holds, 1970 to 7 February 2106.",
            gxe.ExpectColumnValuesToBeBetween(column="epoch_seconds", min_value=0, max_value=2**32 - 1),
        ),
        Rule(
            "timestamp_not_in_future",
            f"The timestamp is at most {CLOCK_SKEW_SECONDS} s later than the receipt of its page, by the later clock.",
            gxe.ExpectColumnValuesToBeBetween(column="seconds_ahead", max_value=CLOCK_SKEW_SECONDS),
        ),
    )


def _request_rules() -> tuple[Rule, ...]:
    sentences = {
        "symbol": "The symbol is the one requested, or an alias of it.",
        "source": "The source is the one requested; where all were requested, one that the vendor sells.",
        "interval": "The interval is the one requested (24h is 1d).",
    }
    gxe = expectations()
    return tuple(
        Rule(
            f"{field}_as_asked",
            sentence,
            gxe.ExpectColumnPairValuesToBeEqual(column_A=field, column_B=f"asked_{field}", ignore_row_if="neither"),
        )
        for field, sentence in sentences.items()
    )


def is_not(field: str, status: ParseStatus) -> Any:
    """The expectation that no row's field was parsed with this status."""
    return expectations().ExpectColumnValuesToNotBeInSet(column=f"{field}_reading", value_set=[status.word])
