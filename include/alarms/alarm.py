"""An alarm, and how many alarms of one kind are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from include.domain.text import named

_SHOWN = 5
"""How many alarms of one kind are shown one by one."""


class Severity(StrEnum):
    """`error`: somebody must act, or data or money is lost; `warning`: worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding of the check `name`; `sentence` says what was found, what was expected, and what to do next."""

    name: str
    severity: Severity
    subject: str
    sentence: str

    @property
    def text(self) -> str:
        """The alarm on one line."""
        return f"{self.severity} {self.name}: {self.subject}: {self.sentence}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def errors_first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The same alarms, errors before warnings, otherwise in the order given."""
    return sorted(alarms, key=lambda alarm: alarm.severity is not Severity.ERROR)


def first_of_each_kind(alarms: Sequence[Alarm]) -> list[Alarm]:
    """The alarms for a person: the first ones of each kind, and one that counts the others."""
    kept: list[Alarm] = []
    for name in dict.fromkeys(alarm.name for alarm in alarms):
        same = [alarm for alarm in alarms if alarm.name == name]
        kept += same[:_SHOWN]
        if more := same[_SHOWN:]:
            sentence = f"there are {len(more):,} more of this kind: ./oi status --json lists them"
            kept.append(Alarm(name, errors_first(more)[0].severity, named([one.subject for one in more]), sentence))
    return errors_first(kept)
