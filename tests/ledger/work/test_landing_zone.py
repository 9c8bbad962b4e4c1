from __future__ import annotations

from include.ledger.database.engine import Ledger
from include.ledger.work.landing_zone import give_up_until, newest_pages, own_id, spread_pages
from tests.ledger.work.test_batches import landed


def test_some_pages_of_the_whole_history_are_chosen_and_all_in_time(ledger: Ledger) -> None:
    landed(ledger, 100)
    with ledger.write() as connection:
        own_id(connection)
        chosen = [spread_pages(connection, 8, seed) for seed in range(100)]
        assert max(map(len, chosen)) <= 8
        assert {path for paths in chosen for path in paths} == {str(number) for number in range(1, 101)}
        give_up_until(connection, ["97", "3"])
        assert newest_pages(connection, 20) == ["100", "99", "98"]
        assert spread_pages(connection, 8, 1) == ["98", "99", "100"]
