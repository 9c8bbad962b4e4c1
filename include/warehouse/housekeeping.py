"""Keeps the embedded warehouse small on disk.

Merging leaves the old parts behind, and the engine removes them about a second after it starts. Sessions shorter than
that would let them pile up, and each one slows the next opening: so now and then a session stays that second.
"""

from __future__ import annotations

import time

from include.warehouse.session import Session

MANY_PARTS = 500
"""Some twenty hourly batches; opening takes 0.05 s with none left behind, 0.6 s with 3,000."""
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.1


def wait_for_part_removal(session: Session, many: int = MANY_PARTS, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Waits until old parts are removed when there are `many`; returns how many are left."""
    left = _old_parts(session)
    if left < many:
        return left
    deadline = time.monotonic() + patience_seconds
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = _old_parts(session)
    return left


def _old_parts(session: Session) -> int:
    return int(session.rows("housekeeping.sql", {"database_name": session.database})[0][0])
