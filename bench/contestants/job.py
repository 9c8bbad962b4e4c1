"""A contestant's job: where to read, what to read, and where to store it. Needs the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

BATCH_ROWS = 250_000
"""Rows stored together, as many as this project's loader publishes together."""


@dataclass(frozen=True)
class Job:
    """The rows of all streams in `[start, end)` (ISO, UTC), from `url`, into `folder`, which is empty."""

    url: str
    key: str
    start: str
    end: str
    symbols: list[str]
    intervals: list[str]
    folder: str
    limit: int = 1000

    @classmethod
    def read(cls, text: str) -> Job:
        return cls(**json.loads(text))

    def write(self) -> str:
        return json.dumps(asdict(self))

    def streams(self) -> Iterator[dict[str, str]]:
        """The parameters of the first page of each stream."""
        for symbol in self.symbols:
            for interval in self.intervals:
                bounds = {"start": self.start, "end": self.end, "limit": str(self.limit)}
                yield {"symbol": symbol, "interval": interval, **bounds}

    def page_url(self, parameters: dict[str, str]) -> str:
        return f"{self.url}/v1/open-interest?{urlencode(parameters)}"
