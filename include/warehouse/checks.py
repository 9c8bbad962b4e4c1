"""The checks of the marts: queries that answer a sentence for each thing that cannot be right, and else nothing."""

from __future__ import annotations

from include.warehouse import scripts
from include.warehouse.session import Session


def check(session: Session) -> list[str]:
    """The sentences of all checks, in the order of their marts' names."""
    return [str(sentence) for name in shipped() for (sentence,) in session.rows(f"checks/{name}.sql")]


def shipped() -> list[str]:
    """The marts that have a check: all of them."""
    return sorted(path.stem for path in (scripts.SQL / "checks").glob("*.sql"))
