"""A cluster of two shards in one engine: both are this process, and each sees the rows that are sharded to it.

The engine has no keeper and cannot reach itself over the network. So ON CLUSTER and replication are left out of what is
executed, both shards share each local table, and a row policy with the table's own sharding key parts it between them.
What is real: routing, reading and FINAL through Distributed tables, and what ClickHouse refuses there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.warehouse import cluster, migrate, scripts
from include.warehouse.session import Session
from include.warehouse.warehouse import Warehouse
from tests.warehouse.roles import queries

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

CLUSTER = "main"
SHARD = """<shard><internal_replication>true</internal_replication>
  <replica><host>127.0.0.1</host><port>9000</port></replica></shard>"""
CONFIG = """<clickhouse>
  <tcp_port>9000</tcp_port>
  <users_config>{users}</users_config>
  <remote_servers><{cluster}>{shards}</{cluster}></remote_servers>
</clickhouse>"""
USERS = """<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users><default>
    <password/><profile>default</profile><quota>default</quota>
    <databases><{database}>{policies}</{database}></databases>{grants}
  </default></users>
</clickhouse>"""
POLICY = "<{table}_local><filter>{key} % 2 = shardNum() - 1</filter></{table}_local>"


class Node:
    """A client that executes on this node what is meant for all of them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def command(self, statement: str, **more: Any) -> Any:
        here = statement.replace(f" ON CLUSTER {CLUSTER}", "").replace("ENGINE = Replicated", "ENGINE = ")
        return self._client.command(here, **more)


def connect_two_shards(folder: Path, database: str, grants: Sequence[str] = ()) -> Client:
    """A client of the cluster, whose user may do all, or what `grants` say."""
    import clickhouse_connect

    folder.mkdir(exist_ok=True)
    users, config = folder / "users.xml", folder / "config.xml"
    policies = "".join(map(_policy, cluster.distributed_tables()))
    rights = f"<grants>{queries(grants)}</grants>" if grants else ""
    users.write_text(USERS.format(database=database, policies=policies, grants=rights))
    config.write_text(CONFIG.format(users=users, cluster=CLUSTER, shards=2 * SHARD))
    return clickhouse_connect.get_client(
        interface="chdb", path=str(folder / "data"), chdb_options={"config-file": str(config)}
    )


@contextmanager
def warehouse_on_two_shards(folder: Path, database: str, grants: Sequence[str] = ()) -> Iterator[Warehouse]:
    """An empty migrated warehouse whose tables lie on two shards."""

    def connect() -> Client:
        return connect_two_shards(folder, database, grants)

    session = Session(Node(connect()), database, CLUSTER)  # type: ignore[arg-type] # all that a session needs
    warehouse = Warehouse(session, connect)
    try:
        migrate.migrate(session)
        yield warehouse
    finally:
        warehouse.close()


def _policy(table: str) -> str:
    match = re.search(r"cityHash64\([^)]*\)", scripts.read(f"cluster/{table}.sql"))
    assert match, table
    return POLICY.format(table=table, key=match[0])
