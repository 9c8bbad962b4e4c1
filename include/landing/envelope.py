"""The inside of a landed file: one line of JSON about the answer, a line break, then the body byte for byte.

`zstdcat page.json.zst | tail -n +2` gives the vendor's answer as it came.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import datetime

import msgspec

from include.domain.dataset import Dataset
from include.domain.market import Interval, Stream
from include.kwery.models import ChargeSource, Page, Request, public_headers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

VERSION = 1
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 1,
    zstd.CompressionParameter.checksum_flag: 1,
}


class Unreadable(ValueError):
    """Bytes that are not a landed page; the text says what they are instead."""


class RequestRecord(msgspec.Struct, omit_defaults=True):
    """The request of a page."""

    symbol: str
    interval: str
    source: str | None
    start: datetime
    end: datetime
    limit: int
    after: str | None
    dataset: str = Dataset.OPEN_INTEREST.value


class Envelope(msgspec.Struct):
    """Everything about an answer but its body."""

    version: int
    window_id: str
    sequence: int
    charge_id: int
    request: RequestRecord
    status: int
    headers: dict[str, str]
    received_at: datetime
    vendor_time: datetime | None
    row_count: int
    next_cursor: str | None
    charge_credits: int
    charge_source: str
    credits_remaining: int | None
    rows_capped: bool
    clamped: bool
    clamped_to: datetime | None
    request_id: str | None
    warnings: tuple[str, ...]
    body_sha256: str
    lane: str | None = None
    """Who paid for it; pages that were landed before it was noted have none."""
    known_at: datetime | None = None
    """When the values count as learned; None in pages landed before this was decided apart from `received_at`."""
    unread_bytes: int = 0
    """What followed the compressed data of the body; pages landed before it was noted only have a warning."""


_DECODER = msgspec.json.Decoder(Envelope)


def sha256_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def pack(window_id: str, sequence: int, charge_id: int, page: Page, body_sha256: str, lane: str | None = None) -> bytes:
    """The bytes of a landed file; headers that may hold a secret are left out (rule 7)."""
    asked = page.request
    envelope = Envelope(
        version=VERSION,
        window_id=window_id,
        sequence=sequence,
        charge_id=charge_id,
        request=RequestRecord(
            symbol=asked.stream.symbol,
            interval=asked.stream.interval.value,
            source=asked.stream.source,
            start=asked.start,
            end=asked.end,
            limit=asked.limit,
            after=asked.after,
            dataset=asked.stream.dataset.value,
        ),
        status=page.status,
        headers=public_headers(page.headers),
        received_at=page.received_at,
        vendor_time=page.vendor_time,
        row_count=page.row_count,
        next_cursor=page.next_cursor,
        charge_credits=page.charge_credits,
        charge_source=page.charge_source.value,
        credits_remaining=page.credits_remaining,
        rows_capped=page.rows_capped,
        clamped=page.clamped,
        clamped_to=page.clamped_to,
        request_id=page.request_id,
        warnings=page.warnings,
        body_sha256=body_sha256,
        lane=lane,
        known_at=page.dated,
        unread_bytes=page.unread_bytes,
    )
    return zstd.compress(msgspec.json.encode(envelope) + b"\n" + page.body, options=_OPTIONS)


def unpack(data: bytes) -> tuple[Envelope, bytes]:
    """Envelope and body of a landed file; Unreadable when the bytes are cut, changed or of another kind."""
    try:
        line, separator, body = zstd.decompress(data).partition(b"\n")
    except zstd.ZstdError as error:
        raise Unreadable(f"{len(data)} bytes that do not decompress ({error})") from None
    try:
        envelope = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"a first line that is not an envelope ({error})") from None
    if envelope.version != VERSION or not separator:
        raise Unreadable(f"an envelope of version {envelope.version}")
    return envelope, body


def page_in(envelope: Envelope, body: bytes) -> Page:
    """The page as it was when it was landed."""
    return Page(
        request=request_in(envelope),
        body=body,
        headers=envelope.headers,
        status=envelope.status,
        received_at=envelope.received_at,
        vendor_time=envelope.vendor_time,
        row_count=envelope.row_count,
        next_cursor=envelope.next_cursor,
        charge_credits=envelope.charge_credits,
        charge_source=ChargeSource(envelope.charge_source),
        credits_remaining=envelope.credits_remaining,
        rows_capped=envelope.rows_capped,
        clamped_to=envelope.clamped_to,
        clamped=envelope.clamped,
        request_id=envelope.request_id,
        unread_bytes=envelope.unread_bytes,
        warnings=envelope.warnings,
        dated=envelope.known_at,
    )


def request_in(envelope: Envelope) -> Request:
    """The request that the page answers."""
    asked = envelope.request
    stream = Stream(asked.symbol, Interval(asked.interval), asked.source, Dataset(asked.dataset))
    return Request(stream, asked.start, asked.end, asked.limit, asked.after)
