"""`./oi grant`: roles and users of a ClickHouse server."""

from __future__ import annotations

from include.cli.console import say
from include.cli.settings import settings_for_a_run

EXAMPLES = """Examples:

\b
  CLICKHOUSE_READER_PASSWORD=... ./oi grant
  CLICKHOUSE_ADMIN_USER=admin CLICKHOUSE_ADMIN_PASSWORD=... ./oi grant
"""


def grant() -> None:
    """Create roles, limits, users and tables on a ClickHouse server.

    oi_loader creates and fills the warehouse; oi_reader reads the marts, within limits of time, memory and rows. Run it
    again after a change: it updates what exists, passwords included.
    """
    settings = settings_for_a_run()

    from include.warehouse import grant as grant_all

    for sentence in grant_all(settings):
        say(sentence)
