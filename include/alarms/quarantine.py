"""The share of received rows that went into quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.alarms.alarm import Alarm, Severity
from include.domain.market import Series
from include.domain.text import named


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of one series that were judged lately, and how many of them were rejected."""

    series: Series
    received: int
    quarantined: int

    @property
    def share(self) -> float:
        return self.quarantined / self.received if self.received else 0.0


def quarantine(judged: Iterable[Judged], share: float, min_rows: int) -> list[Alarm]:
    """Series with more bad rows than `share`, the worst first, told as one; with less than `min_rows` rows none is."""
    bad = [one for one in judged if one.received >= min_rows and one.share > share]
    bad.sort(key=lambda one: one.share, reverse=True)
    return [_alarm(bad, share)] if bad else []


def _alarm(bad: Sequence[Judged], share: float) -> Alarm:
    worst = bad[0]
    whose = f" of {worst.series.label}" if len(bad) > 1 else ""
    return Alarm(
        "quarantine",
        Severity.ERROR,
        named([one.series.label for one in bad]),
        f"{worst.quarantined:,} of {worst.received:,} rows ({worst.share:.1%}){whose} were rejected "
        f"lately, where alarms.quarantine_share expects at most {share:.1%}: market.quarantine has "
        "them with the rules that they broke; after a rule or bound is mended, run ./oi replay",
    )
