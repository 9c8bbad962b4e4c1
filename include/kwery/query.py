"""Writes a Request as the vendor's query string, and refuses what must not be sent."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from include.domain.clock import iso
from include.domain.hosts import is_host
from include.domain.market import Stream
from include.kwery.models import MAX_LIMIT, Request


def api_root(base_url: str) -> str:
    """`https://host/v1` from a base URL with or without /v1 and a trailing slash (behaviour 3).

    Raises ValueError, without showing the URL, when it is not an http(s) URL or carries a login, a query or a fragment.
    """
    if any(sign in base_url for sign in "@?#"):
        raise ValueError("the base URL must have no login, query or fragment; the key goes in KWERY_API_KEY")
    url = base_url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:  # brackets or a port that cannot be read
        usable = False
    if not usable or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise ValueError("the base URL must look like https://kwery-api.com; correct KWERY_BASE_URL")
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}/v1"


def query_of(request: Request) -> str:
    """All parameters, so that no server default counts (behaviour 5). The cursor is percent-encoded."""
    query = _without_cursor(request.stream, request.start, request.end, request.limit)
    return query if request.after is None else f"{query}&after={quote(request.after, safe='')}"


@lru_cache(maxsize=256)  # the pages of a window share it
def _without_cursor(stream: Stream, start: datetime, end: datetime, limit: int) -> str:
    parameters = {
        "symbol": stream.symbol,
        "interval": stream.interval.value,
        "start": iso(start),
        "end": iso(end),
        "limit": str(limit),
    }
    if stream.source is not None:
        parameters["source"] = stream.source
    return urlencode(parameters, quote_via=quote, safe="")


def problem_with(request: Request) -> str | None:
    """Why a request must not be sent, or None (behaviour 4)."""
    stream = request.stream
    if not stream.symbol.strip():
        return "the symbol is empty"
    if request.start.tzinfo is None or request.end.tzinfo is None:
        return "start and end need a time zone"
    if request.start >= request.end:
        return f"start {iso(request.start)} is not before end {iso(request.end)}"
    if not 1 <= request.limit <= MAX_LIMIT:
        return f"limit {request.limit} is not within 1 to {MAX_LIMIT}"
    return None
