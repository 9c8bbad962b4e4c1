"""A server that answers at once: every row is built before the first request, so it is never what is measured.

It speaks just enough HTTP/1.1 for one well-behaved client, checks no key and limits no rate.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from bench.dataset import START, SYMBOLS, Dataset
from include.domain.clock import parse_instant
from include.domain.market import SOURCES, Interval
from include.kwery.models import MAX_LIMIT

ALLOWANCE_CREDITS = 10**12
LIMITS = {
    "plan": "business",
    "credits": {"used": 0, "limit": ALLOWANCE_CREDITS, "remaining": ALLOWANCE_CREDITS},
    "rate_limits": {"requests_per_second": 100_000, "requests_per_minute": 6_000_000},
    "features": {},
    "max_rows_per_request": MAX_LIMIT,
    "max_history_days": None,
}


class Pages:
    """All rows of a dataset as JSON text, cut into pages on demand."""

    def __init__(self, dataset: Dataset) -> None:
        self.end = dataset.end
        self.streams = {
            (symbol, interval): dataset.stream(symbol, interval) for symbol in SYMBOLS for interval in Interval
        }
        self.used_credits = 0

    def page(self, query: dict[str, str]) -> tuple[bytes, list[str]]:
        """The body and the credit headers of one `/v1/open-interest` answer."""
        interval = Interval(query["interval"])
        first, last = (interval.points(START, parse_instant(query[name])) * len(SOURCES) for name in ("start", "end"))
        rows = self.streams[query["symbol"], interval][first:last]
        if source := query.get("source"):
            rows = rows[SOURCES.index(source) :: len(SOURCES)]
        begin = int(query.get("after", "0"))
        chunk = rows[begin : begin + int(query["limit"])]
        following = begin + len(chunk)
        cursor = str(following) if following < len(rows) else None
        credits = 50 + 3 * len(chunk)
        self.used_credits += credits
        meta = {"returned": len(chunk), "next_cursor": cursor, "has_more": cursor is not None}
        body = b'{"data":[' + b",".join(chunk) + b'],"meta":' + json.dumps(meta).encode() + b"}"
        remaining = ALLOWANCE_CREDITS - self.used_credits
        return body, [
            f"X-Credits-Used: {credits}",
            f"X-Credits-Remaining: {remaining}",
            f"X-Rows-Returned: {len(chunk)}",
        ]


class Connection(asyncio.Protocol):
    """One kept-alive connection."""

    transport: asyncio.Transport

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, self.received = self.received.split(b"\r\n\r\n", 1)
            self.transport.writelines(self._answer(head.split(b" ", 2)[1].decode()))

    def _answer(self, target: str) -> list[bytes]:
        url = urlsplit(target)
        if url.path == "/v1/open-interest":
            body, headers = self.pages.page({name: values[0] for name, values in parse_qs(url.query).items()})
            return [_head(200, len(body), headers), body]
        if url.path == "/v1/limits":
            body = json.dumps(LIMITS).encode()
            return [_head(200, len(body), []), body]
        body = b'{"error":"not_found","message":"the benchmark serves open interest and limits only"}'
        return [_head(404, len(body), []), body]


def _head(status: int, length: int, headers: list[str]) -> bytes:
    date = format_datetime(datetime.now(UTC), usegmt=True)
    lines = [
        f"HTTP/1.1 {status} -",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        f"Date: {date}",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def serve(rows: int) -> None:
    """Serves on a free loopback port, whose number is the first line on stdout, until stdin is closed.

    The last line on stdout is the CPU seconds spent on answering.
    """
    pages = Pages(Dataset.of_at_least(rows))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pages), "127.0.0.1", 0)
    built_seconds = _cpu_seconds()
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(_cpu_seconds() - built_seconds, flush=True)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
