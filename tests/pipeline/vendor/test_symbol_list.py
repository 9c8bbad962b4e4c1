from __future__ import annotations

from include.ledger.database.engine import open_ledger
from include.ledger.work.symbols import listed_symbols
from include.pipeline.vendor.symbol_list import unlisted
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import settings, vendor  # noqa: F401 - fixtures


def test_a_name_that_nobody_lists_is_said_with_the_nearest_one(
    settings: Settings,  # noqa: F811 - a fixture
    vendor: RunningSimulator,  # noqa: F811 - a fixture
) -> None:
    """Patterns mean what is listed, so they are left out; nothing is bought, and the ledger keeps no list."""
    [sentence] = unlisted(settings, ["BTC", "BTX", "*-PERP", "!ETH"])

    assert sentence == "nobody lists the symbol BTX: GET /v1/symbols does not name it; did you mean BTC?"
    assert vendor.questions == []
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert listed_symbols(connection) == {}


def test_without_a_named_symbol_or_a_key_the_list_is_not_read(settings: Settings) -> None:  # noqa: F811 - a fixture
    keyless = settings.model_copy(update={"api": settings.api.model_copy(update={"key": None})})

    assert unlisted(settings, ["*"]) == []
    assert unlisted(keyless, ["BTX"]) == []
