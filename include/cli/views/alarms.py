"""Alarms, and the ledger beside the account, at the top of `./oi status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from include.alarms.alarm import Alarm, Severity, first_of_each_kind
from include.cli.console import say
from include.domain.clock import iso
from include.domain.text import counted


def print_alarms(alarms: Sequence[Mapping[str, Any]]) -> None:
    """One line for each alarm, or one line that there are none."""
    if not alarms:
        say("No alarms.")
        return
    say(f"{counted(len(alarms), 'alarm')} (docs/operating.md#alarms has a runbook for each):")
    for alarm in first_of_each_kind([Alarm(**{**one, "severity": Severity(one["severity"])}) for one in alarms]):
        say(f"  {alarm.severity.upper()} {alarm.name}: {alarm.subject}: {alarm.sentence}")


def print_reconciliation(found: Mapping[str, Any] | None) -> None:
    """The account's use of credits beside the ledger's."""
    if found is None:
        return
    say(
        f"Account from {_seconds(found['since'])} to {_seconds(found['until'])}: "
        f"{found['account_used']:,} credits used, "
        f"{found['ledger_settled']:,} of them by this ledger, {found['unexplained']:,} unexplained."
    )
    if found["lost_settled"] or found["lost_released"]:
        say(
            f"  Answers lost in crashes: {found['lost_settled']:,} credits of them were charged, "
            f"{found['lost_released']:,} released."
        )
    if found["price_differences"]:
        say(f"  Charges differ from `prices` in pipeline.yaml by {found['price_differences']:+,} credits.")
    if found["unexplained"] and found["table_priced"]:
        say(f"  {counted(found['table_priced'], 'answer')} named no charge and were booked by `prices`.")


def _seconds(moment: datetime) -> str:
    return iso(moment.replace(microsecond=0))
