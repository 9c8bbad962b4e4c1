"""The share of received rows that went into quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.alarms.alarm import Alarm, Severity, named
from include.kwery.contract import Series


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of one series that were judged lately, and how many of them were rejected."""

    series: Series
    received: int
    quarantined: int

    @property
    def share(self) -> float:
        return self.quarantined / self.received if self.received else 0.0


def quarantine(judged: Iterable[Judged], share: float, blocking_share: float, min_rows: int) -> list[Alarm]:
    """Series with more bad rows than `share`: an error above `blocking_share`, where all of a series is held back.

    A series with fewer than `min_rows` rows is not judged.
    """
    bad = [one for one in judged if one.received >= min_rows and one.share > share]
    bad.sort(key=lambda one: one.share, reverse=True)
    held_back = [one for one in bad if one.share > blocking_share]
    passed = [one for one in bad if one.share <= blocking_share]
    return [
        _alarm(group, severity, share)
        for group, severity in ((held_back, Severity.ERROR), (passed, Severity.WARNING))
        if group
    ]


def _alarm(bad: Sequence[Judged], severity: Severity, share: float) -> Alarm:
    worst = bad[0]
    whose = f" of {worst.series.label}" if len(bad) > 1 else ""
    return Alarm(
        "quarantine",
        severity,
        named([one.series.label for one in bad]),
        f"{worst.quarantined:,} of {worst.received:,} rows ({worst.share:.1%}){whose} were rejected "
        f"lately, where alarms.quarantine_share expects at most {share:.1%}: market.quarantine has "
        "them with the rules that they broke; after a rule or bound is mended, run ./oi replay",
    )
