"""An engine whose only user has a shipped role: what `sql/access` grants, put into the engine's own file of users.

The embedded engine checks rights and limits like a server, but keeps no users and has no log-in: its one user is
`default`. What another user may do is found through a view that is read with that user's rights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from include.warehouse import scripts

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SECONDS = {"minute": 60, "hour": 3600}
NAMES = {"database": "market", "bi": "bi", "shadow": "market_rebuild", "shadow_bi": "market_rebuild_bi"}
USERS = """<clickhouse>
  <profiles><default/><limited>{limits}</limited></profiles>
  <quotas><default/><limited><keyed/>{quota}</limited></quotas>
  <roles>{roles}</roles>
  <users>
    <default><password/><profile>{profile}</profile><quota>{profile}</quota><grants>{grants}</grants></default>
    <reader>
      <password/><profile>limited</profile><quota>limited</quota>
      <grants><query>GRANT oi_reader</query></grants>
    </reader>
  </users>
</clickhouse>"""
CONFIG = """<clickhouse>
  <users_config>{users}</users_config>
  <user_directories><users_xml><path>{users}</path></users_xml></user_directories>
</clickhouse>"""


def shipped_statements(script: str) -> list[str]:
    """The statements of a file in sql/access, names filled in."""
    return scripts.statements(scripts.fill(scripts.read(f"access/{script}.sql"), {**NAMES, "user": "somebody"}))


def grants_of(role: str, script: str = "01_roles") -> list[str]:
    """What the role is granted, as the file of users wants it."""
    found = [re.match(rf"(GRANT .*) TO {role}$", one, re.DOTALL) for one in shipped_statements(script)]
    return [match[1] for match in found if match]


def limits() -> dict[str, str]:
    """The reader's settings, without how far they may be changed."""
    return dict(re.findall(r"(\w+) = '?(\w+)'?", _profile()))


def quota() -> dict[int, dict[str, int]]:
    """What the reader may use in that many seconds."""
    (statement,) = [one for one in shipped_statements("02_limits") if one.startswith("ALTER QUOTA")]
    found = re.findall(r"FOR INTERVAL (\d+) (\w+) MAX (\w+) = (\d+)", statement)
    return {int(count) * SECONDS[unit]: {name: int(most)} for count, unit, name, most in found}


def _profile() -> str:
    (statement,) = [one for one in shipped_statements("02_limits") if one.startswith("ALTER SETTINGS PROFILE")]
    return statement


def _constraints() -> str:
    bounded = re.findall(r"(\w+) = \d+ MIN (\d+) MAX (\d+)", _profile())
    constant = re.findall(r"(\w+) = \S+ CONST", _profile())
    return "".join(
        [f"<{name}><min>{low}</min><max>{high}</max></{name}>" for name, low, high in bounded]
        + [f"<{name}><readonly/></{name}>" for name in constant]
    )


@contextmanager
def engine_of(folder: Path, role: str, *more: str, **lowered: int) -> Iterator[Client]:
    """The engine on `folder`, whose user has `role` (a reader its limits too), and may do `more`.

    `lowered` are parts of the reader's quota, small enough for a test to use up.
    """
    import clickhouse_connect

    folder.mkdir(exist_ok=True)
    users, config = folder / "users.xml", folder / "config.xml"
    users.write_text(_users(role, more, lowered))
    config.write_text(CONFIG.format(users=users))
    with clickhouse_connect.get_client(
        interface="chdb", path=str(folder / "data"), chdb_options={"config-file": str(config)}
    ) as client:
        yield client


def _users(role: str, more: tuple[str, ...], lowered: dict[str, int]) -> str:
    settings = "".join(f"<{name}>{value}</{name}>" for name, value in limits().items())
    roles = "".join(f"<{one}><grants>{queries(grants_of(one))}</grants></{one}>" for one in ("oi_loader", "oi_reader"))
    return USERS.format(
        limits=f"{settings}<constraints>{_constraints()}</constraints>",
        quota="".join(_interval(seconds, parts, lowered) for seconds, parts in quota().items()),
        roles=roles,
        profile="limited" if role == "oi_reader" else "default",
        grants=queries([f"GRANT {role}", *more]),
    )


def _interval(seconds: int, parts: dict[str, int], lowered: dict[str, int]) -> str:
    most = "".join(f"<{name}>{lowered.get(name, value)}</{name}>" for name, value in parts.items())
    return f"<interval><duration>{seconds}</duration>{most}</interval>"


def queries(grants: Sequence[str]) -> str:
    return "".join(f"<query>{grant}</query>" for grant in grants)
