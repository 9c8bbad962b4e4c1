"""Pages that were paid for and could not be landed, or are no longer where they were landed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from include.alarms.alarm import Alarm, Severity
from include.domain.facts import UnlandedPages
from include.domain.text import counted


def unlanded(lost: UnlandedPages, span: timedelta) -> list[Alarm]:
    """An error where any answer of the last `span` could not be landed: each was paid for, and is bought again."""
    if not lost.pages:
        return []
    return [
        _error(
            f"{counted(lost.pages, 'paid answer')} of the last {span // timedelta(hours=1):,} hours could not be "
            f"written and {'is' if lost.pages == 1 else 'are'} lost: {lost.credits:,} credits, and the next run buys "
            "their time again. See that OI_LANDING_URL is writable and has room; until then runs end before they buy",
        )
    ]


def gone(missing: Sequence[str], looked_for: int, url: str) -> list[Alarm]:
    """An error where any of the pages that were looked for is `missing`."""
    if not missing:
        return []
    return [
        _error(
            f"{url} lacks {counted(len(missing), 'landed page')} of {looked_for:,} that were looked for, such as "
            f"{missing[0]}. Rows that were loaded stay, but no replay can rebuild them. Restore the files from a copy; "
            "where they are lost for good, ./oi heal --damaged --lost-for-good continues without them",
        )
    ]


def unreadable(problem: str) -> Alarm:
    """An error where the landing zone cannot be looked at."""
    return _error(problem)


def _error(sentence: str) -> Alarm:
    return Alarm("landing", Severity.ERROR, "landing zone", sentence)
