"""The warehouse on two shards; what of a cluster is real here, `shards` says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from include.warehouse import Warehouse, WarehouseError, migrate
from include.warehouse.cluster import clustered, distributed_tables
from tests.examples import examples
from tests.warehouse import test_marts
from tests.warehouse.batches import (
    NOON,
    Row,
    accepted,
    at,
    current,
    dq,
    history,
    publish,
    quarantine,
    reset_rows,
    shown,
    stop_merges,
)  # fmt: skip
from tests.warehouse.shards import CLUSTER, warehouse_on_two_shards
from tests.warehouse.test_rebuild import pages

SYMBOLS = [f"S{number}" for number in range(8)]


@pytest.fixture(scope="module")
def two_shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with warehouse_on_two_shards(tmp_path_factory.mktemp("shards"), "sharded") as warehouse:
        stop_merges(warehouse, "{}_local")
        yield warehouse


@pytest.fixture
def sharded(two_shards: Warehouse) -> Warehouse:
    reset_rows(two_shards, "{}_local")
    return two_shards


def rows_of_many_series() -> list[Row]:
    """Eight symbols, two sources, two times, each with two values."""
    return [
        Row(NOON + timedelta(hours=hour), symbol, source, "1h", 1.0 + minute, 2.0 + minute, at(minute))
        for symbol in SYMBOLS
        for source in ("kalshi", "hyperliquid")
        for hour in (0, 1)
        for minute in (0, 5)
    ]


def test_every_table_has_a_sharding_key_and_every_migration_was_applied(sharded: Warehouse):
    files = {one.name for one in (*migrate.shipped(), *migrate.shipped_views(), *migrate.shipped_fills())}
    assert {name for name, _ in sharded._session.rows("migrate/applied.sql")} == files
    sql = "SELECT name FROM system.tables WHERE database = 'sharded' AND engine = 'Distributed' ORDER BY name"
    assert [name for (name,) in sharded.query_rows(sql)[1]] == distributed_tables()


def test_series_and_its_history_live_on_one_shard(sharded: Warehouse):
    """The series spread over both shards."""
    publish(sharded, "b", rows_of_many_series())
    for table in ("open_interest_current", "open_interest_observations"):
        series = "source, interval, symbol"
        sql = f"SELECT {series}, groupUniqArray(_shard_num) FROM {table} GROUP BY {series}"
        _, found = sharded.query_rows(sql)
        assert len(found) == 2 * len(SYMBOLS)
        assert {tuple(shards) for *_, shards in found} == {(1,), (2,)}, "none is on both"


def test_a_batch_is_counted_shown_and_repeated_as_on_one_node(sharded: Warehouse):
    rows = rows_of_many_series()
    findings = quarantine("q1", "q2"), dq("fresh")
    first = sharded.publish("b", accepted(rows), *findings, restatement_share=0.05)
    assert (first.received, first.new, first.changed, first.quarantined) == (len(rows), 32, 32, 2)
    assert {(one.before, one.after) for one in first.restated} == {(1.0, 6.0)}
    before = sharded.checksums()
    assert sharded.publish("b", accepted(rows), *findings) == replace(first, restated=())
    assert sharded.checksums() == before
    assert shown(sharded, "open_interest") == current(rows)
    assert shown(sharded, "open_interest_history") == history(rows)
    assert sharded.counts().quarantined == 2
    assert sharded.check() == []


def test_marts_over_shards_are_what_plain_python_computes(sharded: Warehouse):
    @given(test_marts.loadings())
    @settings(
        max_examples=examples(3),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=test_marts.NO_SHRINKING,
    )
    def holds(loading: test_marts.Loading) -> None:
        reset_rows(sharded, "{}_local")
        test_marts.load(sharded, loading)
        assert shown(sharded, "open_interest") == current(loading.rows)
        assert shown(sharded, "open_interest_history") == history(loading.rows)
        test_marts.assert_marts_are_right(sharded, loading)

    holds()


def test_every_view_can_be_read_over_shards(sharded: Warehouse):
    publish(sharded, "b", rows_of_many_series())
    moment = "(moment = '2026-03-07 12:03:00')"
    sql = "SELECT database || '.' || name FROM system.tables WHERE database LIKE 'sharded%' AND engine = 'View'"
    for (name,) in sharded.query_rows(sql)[1]:
        sharded.query_rows(f"SELECT * FROM {name}{moment if name.endswith('as_of') else ''}")
    _, known = sharded.query_rows(f"SELECT DISTINCT open_interest FROM open_interest_as_of{moment}")
    assert known == [(1.0,)]


def test_a_bad_batch_leaves_nothing(sharded: Warehouse):
    in_two_chunks = pa.concat_tables([accepted([Row()]), accepted([Row(symbol="ETH", open_interest=-1.0)])])
    with pytest.raises(WarehouseError, match="not fit for the table; nothing was published"):
        sharded.publish("b", in_two_chunks.unify_dictionaries(), quarantine(), dq())
    with pytest.raises(WarehouseError, match=r"2 accepted rows are 1 keys.*BTC kalshi 1h 2026-03-07T12:00:00Z \(x2\)"):
        publish(sharded, "b", [Row(), Row(open_interest=2.0)])
    assert sharded.counts().rows == 0
    assert shown(sharded, "open_interest_history") == []


def test_a_batch_validated_again_under_its_old_name_is_stored(sharded: Warehouse):
    publish(sharded, "b", [Row()])
    publish(sharded, "b", [Row(), Row(symbol="ETH")])
    assert sharded.counts().rows == 2


def test_an_empty_database_is_rebuilt_in_place_and_one_with_rows_is_not(sharded: Warehouse):
    with sharded.rebuilding(pages(at(0))) as publish_again:
        publish_again("r", accepted([Row()]), quarantine(), dq())
    assert shown(sharded, "open_interest") == [Row()]
    with (
        pytest.raises(WarehouseError, match="Set CLICKHOUSE_DATABASE to a new name"),
        sharded.rebuilding(pages(at(0))),
    ):
        pass
    assert shown(sharded, "open_interest") == [Row()]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("CREATE TABLE IF NOT EXISTS market.new\n(\n    a Int32\n)\nENGINE = ReplacingMergeTree", "cluster/new.sql"),
        ("DROP TABLE market.open_interest_current", "no form for a cluster: 'DROP TABLE"),
        ("CREATE TABLE market.x AS market.y", "no form for a cluster"),
    ],
)
def test_a_statement_that_would_not_reach_all_nodes_is_refused(statement: str, says: str):
    with pytest.raises(ValueError, match=says):
        clustered(statement, CLUSTER)
