from __future__ import annotations

from include.alarms.alarm import Alarm, Severity, errors_first, first_of_each_kind
from include.domain.text import named


def test_errors_come_first_and_keep_their_order() -> None:
    alarms = [Alarm(str(n), severity, "s", "t") for n, severity in enumerate(["warning", "error", "warning", "error"])]
    by_severity = [Alarm(one.name, Severity(one.severity), one.subject, one.sentence) for one in alarms]
    assert [alarm.name for alarm in errors_first(by_severity)] == ["1", "3", "0", "2"]


def test_many_labels_are_named_by_three_and_a_count() -> None:
    assert named(["a", "b", "c"]) == "a, b, c"
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_an_alarm_is_one_line() -> None:
    alarm = Alarm("gaps", Severity.ERROR, "BTC kalshi 5m", "12 grid points are missing")
    assert alarm.text == "error gaps: BTC kalshi 5m: 12 grid points are missing"
    assert alarm.to_dict()["severity"] == "error"


def test_many_alarms_of_one_kind_are_cut_and_counted() -> None:
    gaps = [Alarm("gaps", Severity.WARNING, f"S{number}", "gap") for number in range(8)]
    grave = Alarm("gaps", Severity.ERROR, "grave", "gap")
    other = Alarm("pace", Severity.WARNING, "account", "soon used up")
    shortened = first_of_each_kind([*gaps, grave, other])
    assert [alarm.subject for alarm in shortened] == ["S5, S6, S7 and 1 more", "S0", "S1", "S2", "S3", "S4", "account"]
    assert (shortened[0].name, shortened[0].severity) == ("gaps", Severity.ERROR)
    assert "4 more of this kind" in shortened[0].sentence
    assert first_of_each_kind([*gaps[:5], other]) == [*gaps[:5], other]
