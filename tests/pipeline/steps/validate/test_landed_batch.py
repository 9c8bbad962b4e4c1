from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from include.domain.market import Interval, Stream
from include.pipeline.steps.validate.landed_batch import LandedBatch, LandedFile, LandedWindow

START = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize("symbol", ["BTC", 'a "quoted"\nname', "\u20bf"])
@pytest.mark.parametrize("source", [None, "kalshi"])
def test_a_batch_sent_to_another_process_arrives_as_it_was(symbol: str, source: str | None) -> None:
    """On one line, since the validation process reads one batch a line."""
    files = [LandedFile("dt=2026-03-07/a.json.gz", "0" * 64), LandedFile("dt=2026-03-07/b.json.gz", "1" * 64)]
    until = START + timedelta(hours=5, microseconds=1)
    batch = LandedBatch("b1", [LandedWindow("w1", Stream(symbol, Interval.M5, source), START, until, files)])
    line = msgspec.json.encode(batch)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=LandedBatch) == batch
