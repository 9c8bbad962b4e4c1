"""Values that the vendor changed by much after they were loaded."""

from __future__ import annotations

from collections.abc import Sequence

from include.alarms.alarm import Alarm, Severity
from include.domain.text import counted, named


def restated(sentences: Sequence[str], share: float) -> list[Alarm]:
    """One warning for recently loaded values that differ from earlier ones by more than `share`.

    `sentences` come oldest first; each begins with the series, and ` at ` before the moment.
    """
    if not sentences:
        return []
    series = dict.fromkeys(sentence.partition(" at ")[0] for sentence in sentences)
    return [
        Alarm(
            "restated",
            Severity.WARNING,
            named(list(series)),
            f"{counted(len(sentences), 'value')} changed by more than quality.restatement_share ({share:.0%}), the "
            f"last one: {sentences[-1]}. Both are kept: the view open_interest_restatements has them",
        )
    ]
