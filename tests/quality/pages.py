"""Small landed pages around one midnight: BTC on Binance Futures by the hour by default."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from include.domain.clock import iso
from include.domain.market import Interval, Stream
from include.planning.windows.series_finding import SeriesFinding
from include.quality import PageInput, ValidationResult, validate
from include.quality.open_interest.rules import row_rules
from include.quality.rules import Rule, key_rules, series_rules
from include.settings.quality import Quality

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
BTC = Stream("BTC", Interval.H1, "binance_futures")
ALL_SOURCES = Stream("BTC", Interval.H1)
TOLERANT = Quality(max_bad_share=1.0)
"""Blocks no series, so that each row's own rules show."""


def row(hour: float = 0, **changes: Any) -> dict[str, Any]:
    """A sound row `hour` hours after midnight; a change to `...` leaves the field out."""
    fields = {
        "timestamp": iso(MIDNIGHT + hour * HOUR),
        "symbol": "BTC",
        "source": "binance_futures",
        "interval": "1h",
        "open_interest": 50_000.25,
        "open_interest_usd": 4_700_000_000.5,
    } | changes
    return {field: value for field, value in fields.items() if value is not ...}


def body(*rows: object) -> bytes:
    """An answer with these rows; a bytes row is put in as it is."""
    texts = [entry if isinstance(entry, bytes) else json.dumps(entry).encode() for entry in rows]
    return b'{"data": [' + b",\n ".join(texts) + b'], "meta": {"next_cursor": null, "has_more": false}}'


def page(*rows: object, **changes: Any) -> PageInput:
    """A page of a day's window, received the day after, and known then."""
    fields: dict[str, Any] = {
        "page_path": "landing/page-0",
        "window_id": "window-0",
        "stream": BTC,
        "start": MIDNIGHT,
        "end": MIDNIGHT + 24 * HOUR,
        "received_at": MIDNIGHT + 25 * HOUR,
        "body": body(*rows),
    }
    fields |= changes
    return PageInput(**{"known_at": fields["received_at"]} | fields)


def judged(*pages: PageInput, settings: Quality = TOLERANT) -> ValidationResult:
    return validate("batch-1", pages, settings)


def every_rule(settings: Quality = TOLERANT) -> list[Rule]:
    """All rules, in the order in which quarantine and results name them."""
    return [*row_rules(settings), *key_rules(), *series_rules(settings)]


def reasons(verdict: ValidationResult) -> dict[int, list[str]]:
    """The rules broken by each quarantined row of a one-page batch."""
    return {entry["row_index"]: entry["rules"] for entry in verdict.quarantine.to_pylist()}


def result(verdict: ValidationResult, rule: str) -> dict[str, Any]:
    """The one dq row of a rule."""
    (found,) = [entry for entry in verdict.dq.to_pylist() if entry["rule"] == rule]
    return dict(found)


def the_finding(verdict: ValidationResult) -> SeriesFinding:
    (finding,) = verdict.findings
    return finding


def assert_reconciled(verdict: ValidationResult, pages: list[PageInput]) -> None:
    """Rule 3: every received row is in exactly one place, by window and in total."""
    for window in {page.window_id for page in pages}:
        received = sum(len(json.loads(page.body)["data"]) for page in pages if page.window_id == window)
        findings = [finding for finding in verdict.findings if finding.window_id == window]
        assert sum(finding.received for finding in findings) == received
    for finding in verdict.findings:
        placed = finding.accepted + finding.quarantined + finding.duplicates + finding.outside
        assert placed == finding.received
    assert sum(finding.accepted for finding in verdict.findings) == verdict.accepted.num_rows
    assert sum(finding.quarantined for finding in verdict.findings) == verdict.quarantine.num_rows
    assert all(verdict.quarantine["rules"].to_pylist())
