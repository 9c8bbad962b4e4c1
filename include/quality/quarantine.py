"""The quarantined rows as a table, with reasons and the texts received."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa

from include.domain.market import Series
from include.quality.classify import Classification
from include.quality.findings import arrived, steps
from include.quality.model import PageInput
from include.quality.parsed_batch import Flags, Ints, ParsedBatch
from include.quality.raw import raw_rows, read_row
from include.quality.schemas import QUARANTINE
from include.quality.series import Attribution
from include.quality.values import field_text


def quarantine_table(
    batch_id: str, batch: ParsedBatch, attribution: Attribution, classified: Classification
) -> pa.Table:
    """The quarantined rows in order of receipt, each with every rule it broke and its text as received."""
    rows = np.flatnonzero(classified.quarantined)
    raws = raw_texts(batch, rows)
    received = [_fields(raw) for raw in raws]
    series = [attribution.series[s] for s in attribution.series_of[rows].tolist()]
    pages = [batch.pages[p] for p in batch.page[rows].tolist()]
    index = batch.row[rows].tolist()

    def received_or(field: str, otherwise: list[str]) -> list[str]:
        texts = (field_text(row.get(field)) for row in received)
        return [other if text is None else text for text, other in zip(texts, otherwise, strict=True)]

    columns = {
        "quarantine_id": [_id(page.page_path, i) for page, i in zip(pages, index, strict=True)],
        "batch_id": [batch_id] * len(rows),
        "window_id": [page.window_id for page in pages],
        "page_path": [page.page_path for page in pages],
        "row_index": index,
        "symbol": received_or("symbol", [s.symbol for s in series]),
        "source": received_or("source", [s.source for s in series]),
        "interval": received_or("interval", [s.interval.value for s in series]),
        "timestamp_text": received_or("timestamp", [""] * len(rows)),
        "covers": _buckets(rows, series, batch, arrived(batch, classified, steps(attribution))),
        "rules": _rules(rows, classified.broken),
        "raw": raws,
        "known_at": batch.known_at(rows),
    }
    return pa.Table.from_pydict(columns, schema=QUARANTINE)


def _buckets(rows: Ints, series: list[Series], batch: ParsedBatch, placed: Flags) -> list[list[dict[str, Any]]]:
    """The bucket of its series that each row accounts for, as findings count it; none for one that has no place."""
    return [
        [{"symbol": of.symbol, "source": of.source, "interval": of.interval.value, "timestamp": time // 1_000_000}]
        if is_placed
        else []
        for of, time, is_placed in zip(series, batch.timestamp[rows].tolist(), placed[rows].tolist(), strict=True)
    ]


def raw_texts(batch: ParsedBatch, rows: Ints) -> list[str]:
    """The texts of `rows` (ascending) as received; bytes that are not UTF-8 appear escaped."""
    starts = np.flatnonzero(np.diff(batch.page[rows])) + 1
    texts: list[str] = []
    for of_page in filter(len, np.split(rows, starts)):
        texts += _page_texts(batch.pages[batch.page[of_page[0]]], batch.row[of_page].tolist())
    return texts


def _page_texts(page: PageInput, wanted: list[int]) -> list[str]:
    raws = raw_rows(page.body, page.page_path)
    return [raws[i].decode("utf-8", "backslashreplace") for i in wanted]


def _fields(raw: str) -> dict[str, object]:
    row = read_row(raw.encode())
    return row if isinstance(row, dict) else {}


def _id(page_path: str, row_index: int) -> str:
    return hashlib.sha256(f"{page_path}#{row_index}".encode()).hexdigest()[:32]


def _rules(rows: Ints, broken: dict[str, Ints]) -> Any:
    """For each of `rows` the names of the rules it broke, in the order of the rules."""
    names = list(broken)
    row = np.concatenate([np.searchsorted(rows, of_rule) for of_rule in broken.values()])
    rule = np.repeat(np.arange(len(names)), [len(of_rule) for of_rule in broken.values()])
    rule = rule[np.lexsort((rule, row))]
    ends = np.cumsum(np.bincount(row, minlength=len(rows)))
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(names, pa.string()).take(pa.array(rule, pa.int64())))
