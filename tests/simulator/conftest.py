"""A simulator asked without HTTP; the wire itself is tested in test_server.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from include.simulator.config import SimulatorConfig
from include.simulator.responses import VendorResponse
from include.simulator.simulator import Simulator

NOW = datetime(2026, 3, 20, 12, 34, 56, tzinfo=UTC)


@dataclass
class Caller:
    """One key's view of a simulator."""

    simulator: Simulator
    key: str | None = "kwery_test_business_1"

    def ask(self, **query: object) -> VendorResponse:
        """Asks for BTC on Binance Futures by default; None leaves a parameter out."""
        asked = {"symbol": "BTC", "source": "binance_futures", **query}
        return self.simulator.open_interest(self.key, {k: str(v) for k, v in asked.items() if v is not None})

    def page(self, name: str, **query: object) -> VendorResponse:
        return self.simulator.account_page(name, self.key, {k: str(v) for k, v in query.items()})

    def walk(self, **query: object) -> list[list[dict[str, Any]]]:
        """Every page of a question, by its cursors."""
        pages, after = [], None
        while True:
            answer = self.ask(**query, after=after)
            assert answer.status == 200, answer.body
            pages.append(answer.rows)
            after = answer.body["meta"]["next_cursor"]
            if after is None:
                return pages

    def using(self, key: str | None) -> Caller:
        return Caller(self.simulator, key)


MakeCaller = Callable[..., Caller]


@pytest.fixture
def caller() -> MakeCaller:
    """Makes a caller of a new simulator, pinned to 20 March 2026 and without request rates."""

    def make(key: str | None = "kwery_test_business_1", **settings: Any) -> Caller:
        return Caller(Simulator(SimulatorConfig(**{"now": NOW, "enforce_rates": False, **settings})), key)

    return make
