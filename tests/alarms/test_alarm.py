from __future__ import annotations

from include.alarms.alarm import Alarm, Severity, errors_first, named


def test_errors_come_first_and_keep_their_order() -> None:
    alarms = [Alarm(str(n), severity, "s", "t") for n, severity in enumerate(["warning", "error", "warning", "error"])]
    by_severity = [Alarm(one.name, Severity(one.severity), one.subject, one.sentence) for one in alarms]
    assert [alarm.name for alarm in errors_first(by_severity)] == ["1", "3", "0", "2"]


def test_many_labels_are_named_by_three_and_a_count() -> None:
    assert named(["a", "b", "c"]) == "a, b, c"
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_an_alarm_is_one_line() -> None:
    alarm = Alarm("holes", Severity.ERROR, "BTC kalshi 5m", "12 grid points are missing")
    assert alarm.text == "error holes: BTC kalshi 5m: 12 grid points are missing"
    assert alarm.to_dict()["severity"] == "error"
