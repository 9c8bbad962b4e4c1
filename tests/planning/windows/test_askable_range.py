from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.clock import EPOCH, STORABLE_UNTIL
from include.planning.windows.askable_range import in_future, not_storable

NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (EPOCH, STORABLE_UNTIL, None),
        (EPOCH - SECOND, NOW, "the start of the range, 1969-12-31T23:59:59Z"),
        (NOW, STORABLE_UNTIL + SECOND, "the end of the range, 2106-02-07T06:28:17Z"),
    ],
)
def test_a_range_must_fit_the_timestamp_column(start: datetime, end: datetime, message: str | None) -> None:
    found = not_storable(start, end)
    assert found == message or (message is not None and found is not None and message in found)


def test_a_range_that_begins_now_or_later_lies_in_the_future() -> None:
    assert in_future(NOW - SECOND, NOW) is None
    assert "2026-03-10T06:00:00Z by this machine's clock" in str(in_future(NOW, NOW))
