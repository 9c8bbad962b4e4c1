from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from include.cli.scope import chosen_range
from include.domain.clock import EPOCH
from include.settings import Settings
from tests import clock

SETTINGS = Settings(home=Path("/unused"))


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("1960-01-01", None, "the start of the range"),
        ("1960-01-01", "1961-01-01", "outside 1970-01-01T00:00:00Z to 2106-02-07T06:28:16Z"),
        (None, "0001-01-02", "the end of the range"),
        ("2026-01-01", "2106-02-08", "the end of the range"),
        ("2105-01-01", "2105-01-02", "lies in the future"),
        ("2106-03-01", None, "the start of the range"),
    ],
)
def test_a_range_that_holds_no_row_is_refused(start: str | None, end: str | None, message: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        chosen_range(SETTINGS, start, end)
    assert message in str(refused.value) or "comes first" in str(refused.value)


def test_a_range_partly_in_the_future_and_the_first_storable_day_are_taken() -> None:
    start = clock.now().replace(microsecond=0) - timedelta(hours=1)
    end = start + timedelta(days=3)
    assert chosen_range(SETTINGS, start.isoformat(), end.isoformat()) == (start, end)
    assert chosen_range(SETTINGS, None, "1970-01-02")[0] == EPOCH
    assert chosen_range(SETTINGS, "2020-01-01", "2020-01-02")[0] == datetime(2020, 1, 1, tzinfo=UTC)
