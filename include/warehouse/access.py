"""Who may do what on a ClickHouse server: roles and limits, the loader's user, the reader's user.

Migrations run as the loader, who should not be able to make users; the statements here run as an administrator, and
may be repeated: what is there is brought up to date.
"""

from __future__ import annotations

import hashlib
import secrets

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse.connect import open_client
from include.warehouse.errors import QueryFailed, WarehouseError
from include.warehouse.migrate import migrate
from include.warehouse.rebuild import shadow_database
from include.warehouse.session import Session, bi_database

ACCESS_DENIED, NO_PLACE_FOR_USERS, KEPT_IN_A_FILE = 497, 514, 495
EMBEDDED = (
    "the embedded warehouse has no users: whoever may read OI_HOME may read all of it. "
    "Set CLICKHOUSE_HOST to a server to have roles"
)


def grant(settings: Settings) -> list[str]:
    """Makes the roles `oi_loader` and `oi_reader`, their users, and what they load and read; a sentence for each thing.

    A user comes with its password: the loader only where an administrator is set apart from it, the reader only where
    it has one. Passwords leave as salted hashes, bound apart from the statements. Tables and marts are then made by the
    loader, since marts are read with the rights of who made them.

    Raises WarehouseError.
    """
    server = settings.warehouse
    if server.host is None:
        return [EMBEDDED]
    _refuse_one_for_all(server)
    return [*_roles_and_users(settings), _tables_and_marts(settings)]


def _roles_and_users(settings: Settings) -> list[str]:
    server = settings.warehouse
    session = Session(open_client(_as_administrator(settings)), server.database, server.cluster)
    try:
        return _granted(session, server)
    except QueryFailed as error:
        if (refusal := _refusal(error, server)) is None:
            raise
        raise refusal from error
    finally:
        session.close()


def _tables_and_marts(settings: Settings) -> str:
    server = settings.warehouse
    session = Session(open_client(settings), server.database, server.cluster)
    try:
        migrate(session)
        return f"user {server.user} has made what was missing of {session.database} and {session.bi}"
    finally:
        session.close()


def _refusal(error: QueryFailed, server: WarehouseSettings) -> WarehouseError | None:
    if error.code == KEPT_IN_A_FILE:
        return WarehouseError(
            f"{error}: what the server keeps in its own files cannot be changed from here. Change it there, or choose "
            "another name with CLICKHOUSE_USER or CLICKHOUSE_READER_USER, and repeat: what was made is kept"
        )
    if error.code in (ACCESS_DENIED, NO_PLACE_FOR_USERS):
        return WarehouseError(
            f"user {server.admin_user or server.user} cannot make roles and users: {error}. Set CLICKHOUSE_ADMIN_USER "
            "and CLICKHOUSE_ADMIN_PASSWORD to one with access_management, and repeat: what was made is kept"
        )
    return None


def _granted(session: Session, server: WarehouseSettings) -> list[str]:
    shadow = shadow_database(server.database)
    session.define("access/01_roles.sql", shadow=shadow, shadow_bi=bi_database(shadow))
    session.define("access/02_limits.sql")
    if session.cluster:
        session.define("access/03_cluster.sql")
    return [
        f"role oi_loader may make and fill {server.database} and {session.bi}; role oi_reader may read {session.bi}",
        _loader(session, server),
        _reader(session, server),
    ]


def _loader(session: Session, server: WarehouseSettings) -> str:
    if server.admin_user is None:
        return f"user {server.user}, who has done this, loads; it was left as it is"
    _put_user(session, "loader", server.user, server.password.get_secret_value())
    return f"user {server.user} is oi_loader"


def _reader(session: Session, server: WarehouseSettings) -> str:
    password = server.reader_password.get_secret_value()
    if not password:
        return f"user {server.reader_user} was not touched: set CLICKHOUSE_READER_PASSWORD to have it made"
    _put_user(session, "reader", server.reader_user, password)
    return f"user {server.reader_user} is oi_reader"


def _put_user(session: Session, what: str, user: str, password: str) -> None:
    salt = secrets.token_hex(16)
    hashed = hashlib.sha256((password + salt).encode()).hexdigest()
    try:
        session.define(f"access/{what}.sql", {"hash": hashed, "salt": salt}, user=user)
    except ValueError as error:
        raise WarehouseError(
            f"{error}; choose another name for the {what}, and repeat: what was made is kept"
        ) from None


def _refuse_one_for_all(server: WarehouseSettings) -> None:
    if server.reader_user in (server.user, server.admin_user) or server.user == server.admin_user:
        raise WarehouseError(
            f"CLICKHOUSE_USER ({server.user}), CLICKHOUSE_READER_USER ({server.reader_user}) and CLICKHOUSE_ADMIN_USER "
            f"({server.admin_user or 'not set'}) must be different users: each may do something else"
        )


def _as_administrator(settings: Settings) -> Settings:
    server = settings.warehouse
    if server.admin_user is None:
        return settings
    administrator = server.model_copy(update={"user": server.admin_user, "password": server.admin_password})
    return settings.model_copy(update={"warehouse": administrator})
