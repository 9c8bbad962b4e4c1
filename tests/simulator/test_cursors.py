from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.simulator.config import SimulatorConfig
from include.simulator.cursors import Cursor, read_cursor, write_cursor
from include.simulator.errors import ApiError
from include.simulator.pages import Position
from include.simulator.simulator import Simulator

from .conftest import NOW, Caller

CALLER = Caller(Simulator(SimulatorConfig(now=NOW, enforce_rates=False)))
WINDOW = {"start": "2026-03-07T00:00:00Z", "end": "2026-03-09T00:00:00Z"}


def test_a_cursor_survives_its_text() -> None:
    cursor = Cursor(Position(1_772_841_600, "kalshi"), 1_772_800_000, 1_772_900_000)
    assert read_cursor(write_cursor(cursor, "abc"), "abc") == cursor


def test_cursors_are_padded_base64_as_the_live_ones_are() -> None:
    texts = [write_cursor(Cursor(Position(10**n, "kalshi"), 0, 1), "abc") for n in range(3)]
    assert any(text.endswith("=") for text in texts)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="is not a cursor") as caught:
        read_cursor(text, "abc")
    assert (caught.value.status, caught.value.body["error"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "json", ["{}", "[1]", "null", '[1,"kalshi",0,1,2]', '[1,"okx",0,1,"abc"]', '[-1,"kalshi",0,1,"abc"]',
             '[99999999999999,"kalshi",0,1,"abc"]', "[" * 5000]
)  # fmt: skip
def test_well_formed_base64_of_something_else_is_refused(json: str) -> None:
    with pytest.raises(ApiError, match="is not a cursor"):
        read_cursor(b64encode(json.encode()).decode(), "abc")


@pytest.mark.parametrize(
    "other",
    [{"symbol": "ETH"}, {"source": None}, {"interval": "15m"}, {"start": "2026-03-07T01:00:00Z"}, {"end": None}],
)
def test_a_cursor_belongs_to_its_question(other: dict[str, str | None]) -> None:
    after = CALLER.ask(**WINDOW, limit=5).body["meta"]["next_cursor"]
    assert CALLER.ask(**WINDOW, limit=9, after=after).status == 200
    answer = CALLER.ask(**{**WINDOW, **other}, limit=5, after=after)
    assert (answer.status, answer.body["error"]) == (400, "invalid_cursor")
