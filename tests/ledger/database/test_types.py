"""Instants are stored as SQLAlchemy itself would store them."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from include.domain.clock import EPOCH
from include.ledger.database.types import UtcInstant

SQLITE: Any = sqlite
WRITE: Any = UtcInstant().bind_processor(SQLITE.dialect())
AS_SQLALCHEMY_WRITES: Any = SQLITE.DATETIME().bind_processor(SQLITE.dialect())
SINCE_1970 = st.timedeltas(timedelta(days=-700_000), timedelta(days=2_900_000))
ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


@given(SINCE_1970, ZONES)
def test_sqlite_text_of_an_instant(since: timedelta, zone: timezone) -> None:
    instant = EPOCH + since
    assert WRITE(instant.astimezone(zone)) == AS_SQLALCHEMY_WRITES(instant.replace(tzinfo=None))


def test_no_instant_and_one_without_a_zone() -> None:
    assert WRITE(None) is None
    with pytest.raises(ValueError, match="has no time zone"):
        WRITE(EPOCH.replace(tzinfo=None))
