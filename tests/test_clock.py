from __future__ import annotations

from datetime import datetime

import pytest

from tests import clock


@pytest.fixture(scope="session")
def set_up_at() -> datetime:
    return clock.now()


def test_what_a_file_sets_up_for_the_session_lies_in_its_past(set_up_at: datetime) -> None:
    """Else programs that two fixtures start would run in another order than their times say."""
    assert clock.default() <= set_up_at <= clock.now()
