from __future__ import annotations

from datetime import timedelta

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import replace_coverage
from include.ledger.work.symbols import listed_symbols
from include.pipeline.vendor.symbol_list import CheckedNames, check_names
from include.planning.windows.coverage import Covered
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests import clock
from tests.pipeline.conftest import settings, vendor  # noqa: F401 - fixtures


def test_a_name_that_nobody_lists_is_said_with_the_nearest_one(
    settings: Settings,  # noqa: F811 - a fixture
    vendor: RunningSimulator,  # noqa: F811 - a fixture
) -> None:
    """Patterns mean what is listed, so they are left out; nothing is bought, and the ledger keeps no list."""
    found = check_names(settings, ["BTC", "BTX", "*-PERP", "!ETH"])

    assert found == CheckedNames(["nobody lists the symbol BTX: GET /v1/symbols does not name it; did you mean BTC?"])
    assert vendor.questions == []
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert listed_symbols(connection) == {}


def test_without_a_named_symbol_or_a_key_the_list_is_not_read(settings: Settings) -> None:  # noqa: F811 - a fixture
    keyless = settings.model_copy(update={"api": settings.api.model_copy(update={"key": None})})

    assert check_names(settings, ["*"]) == check_names(keyless, ["BTX"]) == CheckedNames()


def test_a_name_of_the_settings_or_with_rows_is_only_noted(
    settings: Settings,  # noqa: F811 - a fixture
    vendor: RunningSimulator,  # noqa: F811 - a fixture
) -> None:
    """A market that has ended leaves the list; its gaps can still be bought."""
    stretch = TimeRange(clock.now() - timedelta(days=2), clock.now() - timedelta(days=1))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for symbol, covered in (
            ("ENDED", Covered(stretch, clock.now(), "rows")),
            ("EMPTY", Covered(stretch, clock.now(), "empty")),
        ):
            replace_coverage(connection, {Series(symbol, "kalshi", Interval.H1): [covered]})
    wanted = settings.series.model_copy(update={"symbols": ["NAMED"]})

    names = check_names(settings.model_copy(update={"series": wanted}), ["ENDED", "EMPTY", "NAMED"])

    assert [sentence.split()[4] for sentence in names.notes] == ["ENDED:", "NAMED:"]
    assert [sentence.split()[4] for sentence in names.unlisted] == ["EMPTY:"]
