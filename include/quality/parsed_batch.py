"""A batch of pages as parallel arrays, one entry per received row, beside what each request asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include.domain.clock import EPOCH
from include.domain.market import INTERVAL_ALIASES, SOURCES
from include.quality.decode import PageColumns, decode_page
from include.quality.model import UNKNOWN_SOURCE, PageInput
from include.quality.open_interest.fields import NUMBER_FIELDS, NumberField
from include.quality.values import MICROSECOND, ParseStatus, read_microseconds

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

NO_TIME = np.iinfo(np.int64).min
"""Stands for an instant that is missing or unreadable, in arrays of microseconds."""
EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
ANY_SOURCE = "any source sold"
"""Stands for the requested source where all were; a row with this very text names no source."""
PARSED_TOGETHER = 1000
"""Distinct timestamps cast at once; one unreadable text sends all of them to the slow reader."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A text column as codes into `words` (-1: the row has none), and the codes of what was requested."""

    words: list[str]
    codes: Codes
    asked: Codes


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number column (NaN for a missing one) and the parse status of each."""

    values: Floats
    statuses: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Row i is row `row[i]` of page `page[i]`; pages are in order of `known_at`, so rows are too.

    `timestamp` counts microseconds since the epoch (NO_TIME for a missing one).
    """

    pages: list[PageInput]
    page: Ints
    row: Ints
    timestamp: Ints
    timestamp_status: npt.NDArray[np.int8]
    symbol: TextColumn
    source: TextColumn
    interval: TextColumn
    numbers: dict[NumberField, Numbers]

    def __len__(self) -> int:
        return len(self.page)

    def known_at(self, rows: Ints) -> Any:
        """When the values of `rows` were learned, in Arrow, milliseconds."""
        learned = self.of_page(lambda page: microseconds(page.known_at) // 1000)
        return pa.array(learned[rows]).cast(pa.timestamp("ms", "UTC"))

    def of_page(self, value: Callable[[PageInput], int]) -> Ints:
        """A figure of each row's page."""
        return np.array([value(page) for page in self.pages], np.int64)[self.page]


def microseconds(instant: datetime) -> int:
    """Microseconds since the Unix epoch of an aware instant."""
    return (instant - EPOCH) // MICROSECOND


def decode_pages(pages: Sequence[PageInput]) -> list[tuple[PageInput, PageColumns]]:
    """Decodes the pages in order of `known_at`; BodyUnreadable names a page that cannot be read."""
    ordered = sorted(pages, key=lambda page: (page.known_at, page.page_path))
    return [(page, decode_page(page.body, page.page_path)) for page in ordered]


def assemble(decoded: Sequence[tuple[PageInput, PageColumns]], symbol_aliases: Mapping[str, str]) -> ParsedBatch:
    """Joins decoded pages row by row; at least one of them has a row."""
    ordered = [page for page, _ in decoded]
    columns = [columns for _, columns in decoded]
    counts = np.array([page.rows for page in columns], np.int64)
    first = np.cumsum(counts) - counts
    page = np.repeat(np.arange(len(ordered)), counts)
    rejected = _rows_of(columns, first, "row")
    timestamp, timestamp_status = _timestamps(columns)
    for status, rows in rejected.items():
        timestamp_status[rows] = status
    whole_rows = np.concatenate([np.empty(0, np.int64), *rejected.values()])
    unplaced = whole_rows[timestamp[whole_rows] == NO_TIME]
    asked_symbols = {page.stream.symbol for page in ordered}
    aliases = {alias: symbol for alias, symbol in symbol_aliases.items() if alias not in asked_symbols}

    def words(field: str, normal: Mapping[str, str], asked: Callable[[PageInput], str]) -> TextColumn:
        return _words(columns, field, normal, [asked(p) for p in ordered], page, unplaced)

    return ParsedBatch(
        pages=ordered,
        page=page,
        row=np.arange(len(page)) - first[page],
        timestamp=timestamp,
        timestamp_status=timestamp_status,
        symbol=words("symbol", aliases, lambda p: p.stream.symbol),
        source=_any_source(words("source", {ANY_SOURCE: UNKNOWN_SOURCE}, lambda p: p.stream.source or ANY_SOURCE)),
        interval=words("interval", INTERVAL_ALIASES, lambda p: p.stream.interval.value),
        numbers={field: _numbers(columns, first, field, rejected) for field in NUMBER_FIELDS},
    )


def _rows_of(columns: list[PageColumns], first: Ints, field: str) -> dict[ParseStatus, Ints]:
    """The rows of the batch whose `field` could not be read, by why."""
    rows: dict[ParseStatus, list[int]] = {}
    for page, start in zip(columns, first, strict=True):
        for oddity in page.oddities:
            if oddity.field == field:
                rows.setdefault(oddity.status, []).append(int(start) + oddity.row)
    return {status: np.array(of_status, np.int64) for status, of_status in rows.items()}


def _numbers(
    columns: list[PageColumns], first: Ints, field: NumberField, rejected: Mapping[ParseStatus, Ints]
) -> Numbers:
    values = pa.chunked_array([page.numbers[field] for page in columns if page.rows], pa.float64()).to_numpy()
    values = values + 0.0  # -0.0 becomes 0.0: they are equal, but two groups to a database
    statuses = np.where(np.isnan(values), ParseStatus.MISSING, ParseStatus.VALUE).astype(np.int8)
    for status, rows in _rows_of(columns, first, field).items():
        statuses[rows] = status
    for status, rows in rejected.items():
        statuses[rows] = status
    return Numbers(values, statuses)


def _encoded(columns: list[PageColumns], field: str) -> tuple[Any, Codes]:
    """The distinct texts of a field and each row's position among them, -1 where it has none."""
    chunks = pa.chunked_array([page.texts[field] for page in columns if page.rows], pa.string())
    encoded: Any = chunks.dictionary_encode().combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded.dictionary, codes.astype(np.int32, copy=False)


def _words(
    columns: list[PageColumns],
    field: str,
    normal: Mapping[str, str],
    asked: Sequence[str],
    page: Ints,
    unplaced: Ints,
) -> TextColumn:
    received, positions = _encoded(columns, field)
    codes_of: dict[str, int] = {}
    asked_codes = np.array([codes_of.setdefault(text, len(codes_of)) for text in asked], np.int32)[page]
    table = [codes_of.setdefault(normal.get(text, text), len(codes_of)) for text in received.to_pylist()]
    codes = np.array([*table, -1], np.int32)[positions]  # position -1 is the last entry: no text, no code
    codes[unplaced] = asked_codes[unplaced]  # such a row breaks one rule, not all
    return TextColumn(list(codes_of), codes, asked_codes)


def _any_source(source: TextColumn) -> TextColumn:
    """Where all sources were requested, each source that the vendor sells matches."""
    sold = np.array([*(word in SOURCES for word in source.words), False], np.bool_)[source.codes]
    asks_any = np.array([word == ANY_SOURCE for word in source.words], np.bool_)[source.asked]
    return TextColumn(source.words, source.codes, np.where(sold & asks_any, source.codes, source.asked))


def _timestamps(columns: list[PageColumns]) -> tuple[Ints, npt.NDArray[np.int8]]:
    texts, positions = _encoded(columns, "timestamp")
    parts = [_parse(texts.slice(at, PARSED_TOGETHER)) for at in range(0, len(texts), PARSED_TOGETHER)]
    instants = np.concatenate([*parts, [NO_TIME]])  # position -1 is the last entry: no text, no time
    timestamp = instants[positions]
    statuses = np.where(timestamp == NO_TIME, ParseStatus.UNREADABLE, ParseStatus.VALUE).astype(np.int8)
    statuses[positions < 0] = ParseStatus.MISSING
    return timestamp, statuses


def _parse(texts: Any) -> Ints:
    """Arrow reads the usual spellings at once, as `parse_instant` does; it reads no other, and other years too."""
    try:
        instants: Ints = texts.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        instants = np.empty(0, np.int64)
    if len(instants) and instants.min() >= EARLIEST and instants.max() <= LATEST:
        return instants
    read = (read_microseconds(text) for text in texts.to_pylist())
    return np.array([NO_TIME if us is None else us for us in read], np.int64)
