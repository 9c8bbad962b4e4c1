"""What only a database server can do: be away, come back, refuse a user, lose a machine in mid-transaction."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import make_url, text

from include.ledger.database import dialects
from include.ledger.database.dialects import LedgerAddressInvalid
from include.ledger.database.engine import Ledger, LedgerError, open_ledger
from tests.postgres import OwnServer, own_postgres

WRITE = text("INSERT INTO spend VALUES ('2026-03', 'daily', 1, 0, 1, 0)")
COUNT = text("SELECT count(*) FROM spend")


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server that a test may stop."""
    with own_postgres() as own:
        yield own


@pytest.fixture
def url(server: OwnServer) -> str:
    return server.new_database()


def open_and_fail(url: str) -> str:
    with pytest.raises(LedgerError) as caught, open_ledger(url):
        pass
    said = str(caught.value)
    assert str(make_url(url).password) not in said
    assert "\n" not in said
    return said


def write_around(ledger: Ledger, between: Callable[[], None]) -> None:
    """A transaction of two writes with something between them."""
    with ledger.write() as connection:
        connection.execute(WRITE)
        between()
        connection.execute(WRITE)


def count_of(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return int(connection.execute(COUNT).scalar_one())


def test_restarted_server_is_used_again(server: OwnServer, url: str) -> None:
    with open_ledger(url) as ledger:
        assert count_of(ledger) == 0
        server.stop()
        server.start()
        with ledger.write() as connection:
            connection.execute(WRITE)
        assert count_of(ledger) == 1


def test_server_that_stops_in_mid_transaction_leaves_nothing(server: OwnServer, url: str) -> None:
    def restart() -> None:
        server.stop(signal.SIGQUIT)
        server.start()

    with open_ledger(url) as ledger:
        with pytest.raises(LedgerError, match="nothing is half-written"):
            write_around(ledger, restart)
        assert count_of(ledger) == 0
        with ledger.write() as connection:
            connection.execute(WRITE)
        assert count_of(ledger) == 1


def test_silent_writer_does_not_lock_out_others(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "IDLE_TIMEOUT_SECONDS", 1)
    with open_ledger(url) as silent, open_ledger(url) as other:

        def others_write() -> None:
            with other.write() as connection:
                connection.execute(WRITE)

        with pytest.raises(LedgerError, match="nothing is half-written"):
            write_around(silent, others_write)
        assert count_of(other) == 1


def test_lock_that_stays_held_is_explained(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "BUSY_TIMEOUT_SECONDS", 1)
    with open_ledger(url) as first, open_ledger(url) as second, first.write():
        second_fails = pytest.raises(LedgerError, match="lock timeout")
        with second_fails, second.write():
            pass


def test_stopped_server_is_explained(server: OwnServer, url: str) -> None:
    server.stop()
    try:
        assert "See that the server is up" in open_and_fail(url)
    finally:
        server.start()


def test_missing_database_is_explained(url: str) -> None:
    assert 'database "nowhere" does not exist' in open_and_fail(url.rpartition("/")[0] + "/nowhere")


def test_wrong_password_is_explained_and_not_shown(url: str) -> None:
    wrong = make_url(url).set(password="correct-horse").render_as_string(hide_password=False)
    assert "password authentication failed" in open_and_fail(wrong)


def test_option_that_the_server_does_not_know_is_a_wrong_address(url: str) -> None:
    with pytest.raises(LedgerAddressInvalid, match="OI_LEDGER_URL"), open_ledger(f"{url}?options=-c%20nonsense=1"):
        pass


def test_user_without_rights_is_explained(server: OwnServer, url: str) -> None:
    with open_ledger(server.new_database()) as ledger, ledger.write() as connection:
        connection.execute(text("CREATE ROLE reader LOGIN PASSWORD 'correct-horse'"))
    reader = make_url(url).set(username="reader", password="correct-horse").render_as_string(hide_password=False)
    said = open_and_fail(reader)
    assert "permission denied" in said
    assert "create tables there" in said
