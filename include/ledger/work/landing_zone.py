"""The ledger's id in its landing zone, and sessions of processes that land pages there.

A process that lands pages opens a session and ends it. Each time it writes a new token into the ledger, then into the
zone. So a zone with a token that the ledger does not know holds pages that were landed after the ledger was copied. A
session that was never ended belongs to a process that died, or to a copy that was made during the session.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from include.ledger.database.models.places import IdentityRow, SessionRow
from include.ledger.database.models.work import PageRow
from include.ledger.database.process_id import is_forsaken

PATIENCE = timedelta(minutes=10)
"""A session that a process on another host leaves open for longer may be over."""
_KEPT = 500
"""How many ended sessions are kept; the token in the zone is among the newest."""


def ledger_id(connection: Connection) -> str | None:
    """The ledger's id; None before its first use with a landing zone."""
    return connection.execute(select(IdentityRow.ledger_id)).scalar()


def own_id(connection: Connection) -> str:
    """The ledger's id, which is made on first use."""
    known = ledger_id(connection)
    if known is not None:
        return known
    new = uuid4().hex
    connection.execute(insert(IdentityRow).values(id=1, ledger_id=new))
    return new


def newest_pages(connection: Connection, count: int) -> list[str]:
    """The paths of the pages that were landed last, at most `count`; none of those that are lost for good."""
    lost_until = select(IdentityRow.lost_until_page).scalar_subquery()
    expected = select(PageRow.path).where(PageRow.id > func.coalesce(lost_until, 0))
    return list(connection.execute(expected.order_by(PageRow.id.desc()).limit(count)).scalars())


def spread_pages(connection: Connection, count: int, seed: int) -> list[str]:
    """The paths of about `count` pages, spread over all that were landed; another `seed` gives others.

    The cost is that of `count` look-ups, however many pages there are. None of those that are lost for good.
    """
    bounds = select(func.coalesce(IdentityRow.lost_until_page, 0), select(func.max(PageRow.id)).scalar_subquery())
    row = connection.execute(bounds).one_or_none()
    after, last = row if row is not None else (0, None)
    stride = max(1, -(-((last or 0) - after) // count))
    chosen = range(after + 1 + Random(seed).randrange(stride), (last or 0) + 1, stride)
    found = select(PageRow.path).where(PageRow.id.in_(list(chosen))).order_by(PageRow.id)
    return list(connection.execute(found).scalars())


def give_up_until(connection: Connection, missing: Collection[str]) -> None:
    """Declares all pages up to the newest one of `missing` lost for good: they need not be in the landing zone."""
    own_id(connection)
    newest = select(func.max(PageRow.id)).where(PageRow.path.in_(missing)).scalar_subquery()
    connection.execute(update(IdentityRow).values(lost_until_page=newest))


def begin(connection: Connection, owner: str, now: datetime) -> str:
    """Opens a session; returns its token."""
    return _note(connection, owner, now, is_open=True)


def end(connection: Connection, token: str | None, owner: str, now: datetime) -> str:
    """Ends a session, if `token` names one; returns a new token."""
    connection.execute(update(SessionRow).where(SessionRow.token == token).values(is_open=False))
    newest = select(SessionRow.token).order_by(SessionRow.noted_at.desc()).limit(_KEPT)
    ended = SessionRow.is_open.is_(False) & SessionRow.token.not_in(newest.scalar_subquery())
    connection.execute(delete(SessionRow).where(ended))
    return _note(connection, owner, now, is_open=False)


def is_in_session(connection: Connection) -> bool:
    """True while any session is open."""
    return connection.execute(select(SessionRow.token).where(SessionRow.is_open).limit(1)).scalar() is not None


def is_known(connection: Connection, token: str) -> bool:
    """True when this ledger wrote the token and was not restored to a time before."""
    known = select(SessionRow.token).where(SessionRow.token == token)
    return connection.execute(known).scalar() is not None


def forsaken(connection: Connection, now: datetime) -> list[str]:
    """The tokens of sessions whose processes are gone."""
    still_open = select(SessionRow.token, SessionRow.owner, SessionRow.noted_at)
    found = connection.execute(still_open.where(SessionRow.is_open))
    return [token for token, owner, since in found if is_forsaken(owner, since, now, PATIENCE)]


def close(connection: Connection, tokens: Collection[str]) -> None:
    """Ends sessions whose pages are all registered."""
    connection.execute(update(SessionRow).where(SessionRow.token.in_(tokens)).values(is_open=False))


def _note(connection: Connection, owner: str, now: datetime, *, is_open: bool) -> str:
    token = uuid4().hex
    connection.execute(insert(SessionRow).values(token=token, owner=owner, noted_at=now, is_open=is_open))
    return token
