"""Cursors: opaque to clients, bound to the query that they continue.

Standard base64 of JSON, as the live service's are, padding included: a client must percent-encode them.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

from include.domain.market import SOURCES
from include.simulator.errors import invalid_cursor
from include.simulator.pages import Position

_EPOCH_SECONDS = range(0, 4_102_444_801)  # 1970 to 2100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a walk stands, and the window it walks (so that an omitted start or end stays where it was)."""

    position: Position
    start: int
    end: int


def query_digest(*parts: str | None) -> str:
    """Names the query that a cursor belongs to: symbol, source, interval, start and end as they were sent."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def write_cursor(cursor: Cursor, digest: str) -> str:
    """The cursor's text for the query named by `digest`."""
    fields = [cursor.position.at, cursor.position.source, cursor.start, cursor.end, digest]
    return b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()


def read_cursor(text: str, digest: str) -> Cursor:
    """Reads a cursor back; raises the 400 of the API where it is garbage or belongs to another query."""
    try:
        fields = json.loads(b64decode(text, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise invalid_cursor("is not a cursor") from None
    match fields:
        case [int(at), str(source), int(start), int(end), str(bound)] if source in SOURCES:
            if bound != digest:
                raise invalid_cursor("belongs to another query: keep every parameter but limit while paging")
            if all(second in _EPOCH_SECONDS for second in (at, start, end)):
                return Cursor(Position(at, source), start, end)
    raise invalid_cursor("is not a cursor")
