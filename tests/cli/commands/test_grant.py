from tests.cli.oi import Oi


def test_the_embedded_warehouse_needs_no_grants_and_says_so(oi: Oi) -> None:
    answer = oi("grant")

    assert answer.code == 0, answer.err
    assert "the embedded warehouse has no users" in answer.out + answer.err


def test_a_server_that_does_not_answer_is_reported_without_a_password(oi: Oi) -> None:
    server = {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": "9"}
    answer = oi("grant", **server, CLICKHOUSE_ADMIN_USER="root", CLICKHOUSE_ADMIN_PASSWORD="hidden-word")

    assert answer.code == 1
    assert "CLICKHOUSE_HOST" in answer.err
    assert "hidden-word" not in answer.out + answer.err
