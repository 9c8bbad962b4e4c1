"""Section `warehouse`: where ClickHouse is."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from include.configuration.addresses import clickhouse_host
from include.configuration.unquoted import Text
from include.settings.fields import Count, Seconds, Section

IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
"""A name that SQL takes without quotes."""
_OF_CLICKHOUSE = {"system", "information_schema", "_temporary_and_external_tables"}
"""Databases that every ClickHouse has, and in which nobody creates tables."""


class WarehouseSettings(Section):
    """A ClickHouse server where `host` is set, else chDB inside OI_HOME."""

    host: Text | None = None
    """The server's name or address alone. Without one a single process at a time can use the warehouse."""
    port: int = Field(8123, ge=1, le=65535)
    """The port of ClickHouse's HTTP interface; 8443 is usual with `secure`."""
    user: Text = "default"
    """Creates and fills the tables; give it rights of its own with `./oi grant`."""
    password: SecretStr = SecretStr("")
    """Set it as CLICKHOUSE_PASSWORD, not in the file."""
    secure: bool = False
    """Connects by https."""
    reader_user: Text = Field("reader", pattern=IDENTIFIER)
    """The user of BI tools, who may only read the marts; `./oi grant` creates it."""
    reader_password: SecretStr = SecretStr("")
    """Set it as CLICKHOUSE_READER_PASSWORD."""
    admin_user: Text | None = None
    """Creates users and roles in `./oi grant`; without one `user` does, and needs the right to."""
    admin_password: SecretStr = SecretStr("")
    """Set it as CLICKHOUSE_ADMIN_PASSWORD."""
    database: Text = Field("market", pattern=IDENTIFIER)
    """The database of the tables; the marts of `market` are in `bi`, those of another name in `<name>_bi`."""
    cluster: Text | None = Field(None, pattern=IDENTIFIER)
    """The cluster that holds the tables; null: the server alone. Set it before the first load."""
    batch_rows: Count = 250_000
    """Rows validated and published together. Lower it where memory is short."""
    lock_timeout_seconds: Seconds = 300
    """Longest wait for another process that has the embedded warehouse open."""
    query_timeout_seconds: Seconds = 60
    """Longest run of a query that a person writes, in `./oi sql` (ten times as long with --csv or --json) and in the
    dashboard over the embedded warehouse. Raise it for heavy questions."""
    query_memory_mb: Count = 4_000
    """Memory that one such query may use, in megabytes; in `./oi sql` that of the whole process. Lower it where memory
    is short: half of it remains for the query, however much the engine takes by itself (some 400)."""

    @property
    def query_memory_bytes(self) -> int:
        return self.query_memory_mb * 1_000_000

    @field_validator("database")
    @classmethod
    def _not_of_clickhouse(cls, value: str) -> str:
        if value.lower() in _OF_CLICKHOUSE:
            raise ValueError("it is ClickHouse's own database, which takes no tables; name another, such as market")
        return value

    @field_validator("host")
    @classmethod
    def _host_alone(cls, value: str | None) -> str | None:
        return None if value is None else clickhouse_host(value)
