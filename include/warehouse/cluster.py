"""One node's statements as a cluster needs them: everywhere, replicated, and each table once more over all shards.

A table `t` of one node is, on a cluster, `t_local` on each shard (ReplicatedReplacingMergeTree, at the servers' own
`default_replica_path`) and a Distributed `t` over them, from `sql/cluster/t.sql`. What is read and written is called
`t` in both, so no other statement differs.

A series lives on one shard. So FINAL, which each shard does for itself, sees all of a key's versions. Other subqueries
over shards need GLOBAL or must be views of their own; ClickHouse refuses those that have neither.
"""

from __future__ import annotations

import re

from include.warehouse import scripts

EVERYWHERE = re.compile(
    r"(?:CREATE (?:DATABASE|TABLE) IF NOT EXISTS|CREATE OR REPLACE (?:TABLE|VIEW)|DROP VIEW IF EXISTS|ALTER TABLE"
    r"|(?:CREATE (?:ROLE|USER|QUOTA|SETTINGS PROFILE) IF NOT EXISTS|ALTER (?:ROLE|USER|QUOTA|SETTINGS PROFILE))) [\w.]+"
    r"|GRANT(?= )"
)
NAMED_TABLE = re.compile(
    r"(?P<verb>CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE TABLE|ALTER TABLE) (?P<database>\w+)\.(?P<table>\w+)"
)
SETTINGS = {
    "distributed_foreground_insert": "1",  # stored on its shards when the call returns
    "insert_quorum": "auto",  # and on most replicas of each
    "load_balancing": "in_order",  # what was written is read from the replica that has it
}
"""A client's settings on a cluster."""


def clustered(statement: str, cluster: str) -> list[str]:
    """The statements that do on `cluster` what `statement` does on one node.

    Raises ValueError for a statement of another kind than the migrations and grants here are made of.
    """
    if not EVERYWHERE.match(statement):
        raise ValueError(
            f"no form for a cluster: {statement.splitlines()[0]!r}. Write it like the other migrations, or add "
            "its form to include/warehouse/cluster.py"
        )
    named = NAMED_TABLE.match(statement)
    if named is None or named["table"] not in distributed_tables():
        if named is not None and named["verb"] != "ALTER TABLE":
            raise ValueError(f"no sharding key: add include/warehouse/sql/cluster/{named['table']}.sql")
        return [_everywhere(statement, cluster)]
    local = _everywhere(_local(statement, named), cluster)
    if named["verb"] == "ALTER TABLE":  # a table over all shards stores nothing
        return [local] if "MODIFY SETTING" in statement else [local, _everywhere(statement, cluster)]
    names = {"database": named["database"], "cluster": cluster}
    over_all_shards = scripts.fill(scripts.read(f"cluster/{named['table']}.sql"), names).strip()
    return [local, over_all_shards.replace("CREATE TABLE IF NOT EXISTS", named["verb"], 1)]


def distributed_tables() -> list[str]:
    """The tables that lie on shards: all but views."""
    return sorted(path.stem for path in (scripts.SQL / "cluster").glob("*.sql"))


def _everywhere(statement: str, cluster: str) -> str:
    return EVERYWHERE.sub(lambda match: f"{match[0]} ON CLUSTER {cluster}", statement, count=1)


def _local(statement: str, named: re.Match[str]) -> str:
    table = f"{named['database']}.{named['table']}"
    renamed = f"{statement[: named.end()]}_local{statement[named.end() :]}"
    renamed = re.sub(rf"(?<=FROM ){re.escape(table)}\Z", f"{table}_local", renamed)  # replaced by its own rows
    return renamed.replace("\nENGINE = ReplacingMergeTree", "\nENGINE = ReplicatedReplacingMergeTree")
