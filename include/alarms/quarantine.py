"""The share of received rows that went into quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from include.alarms.alarm import Alarm, Severity
from include.domain.facts import ValidatedRows
from include.domain.text import named


def quarantine(validated: Iterable[ValidatedRows], share: float, min_rows: int) -> list[Alarm]:
    """One error for all series with a larger share of bad rows than `share`, the worst first.

    Series with less than `min_rows` received rows do not count.
    """
    bad = [one for one in validated if one.received >= min_rows and one.quarantined_share > share]
    bad.sort(key=lambda one: one.quarantined_share, reverse=True)
    return [_alarm(bad, share)] if bad else []


def _alarm(bad: Sequence[ValidatedRows], share: float) -> Alarm:
    worst = bad[0]
    whose = f" of {worst.series.label}" if len(bad) > 1 else ""
    return Alarm(
        "quarantine",
        Severity.ERROR,
        named([one.series.label for one in bad]),
        f"{worst.quarantined:,} of {worst.received:,} rows ({worst.quarantined_share:.1%}){whose} were rejected "
        f"recently, where alarms.quarantine_share expects at most {share:.1%}: the table quarantine has "
        "them with the rules that they broke; after you correct a rule or bound, run ./oi replay",
    )
