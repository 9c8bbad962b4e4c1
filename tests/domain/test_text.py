from __future__ import annotations

import pytest

from include.domain.text import about, counted


def test_one_is_counted_without_an_s() -> None:
    assert (counted(1, "row"), counted(0, "row"), counted(2000, "row")) == ("1 row", "0 rows", "2,000 rows")
    assert (counted(1, "batch"), counted(0, "batch")) == ("1 batch", "0 batches")


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "unknown"),
        (0.4, "under a minute"),
        (1.2, "about 1 minute"),
        (119, "about 119 minutes"),
        (150, "about 2 hours"),
        (2880, "about 2 days"),
    ],
)
def test_a_length_of_time_is_shown_in_the_unit_that_people_use(minutes: float | None, text: str) -> None:
    assert about(minutes) == text
