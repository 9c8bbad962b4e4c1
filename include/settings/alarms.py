"""Section `alarms`: when an alarm is raised."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from include.configuration.addresses import contact, webhook
from include.domain.market import Interval
from include.settings.fields import Count, Credits, Hours, Section, Share

FRESH_WITHIN = {Interval.M5: 36, Interval.M15: 12, Interval.H1: 3, Interval.H4: 8, Interval.D1: 2}
"""Three hours where the hourly DAG reads, a day and some hours more where the daily one does."""
SHORTEST_TOKEN = 16


def fresh_within(interval: Interval, hourly_every_hours: int) -> int:
    """The bound for an interval of the hourly lane that tolerates one missed run, and an hour."""
    return (2 * hourly_every_hours + 1) * 3600 // interval.seconds


class Alarms(Section):
    """Bounds of the alarms in `./oi status`, of the checks that end the DAGs, and of messages to `notify_url`."""

    renamed = {"hole_hours": "gap_hours"}

    fresh_within: dict[Interval, Count] = FRESH_WITHIN
    """Maximum age, in intervals, of the newest row of a series that is kept current."""
    gap_hours: Hours = 24
    """Maximum age of a gap that scheduled runs reach back to."""
    recent_days: int = Field(3, ge=1, le=365)
    """Days for which quarantined rows, refusals and possibly clipped answers raise an alarm."""
    quarantine_share: Share = 0.05
    """Maximum share of bad rows of a series that has `quality.min_rows_to_block` rows."""
    pace_after_days: float = Field(5, gt=0, le=31)
    """Days of the billing cycle before its spending is extrapolated to its end."""
    unexplained_credits: Credits = 100
    """Credits a day that the account may use beyond the ledger. Raise it where other programs use the account."""
    charge_tolerance: float = Field(0.05, ge=0, le=1)
    """Share of the listed price by which a charge may differ from it."""
    stuck_hours: Hours = 6
    """Hours that an unfinished window may wait for a process."""
    refusals: Count = 3
    """Refusals of a stream from which it raises an alarm."""
    notify_url: SecretStr | None = None
    """A webhook that takes `{"text": ...}`; null: alarms go to the log only. Set it as OI_NOTIFY_URL."""
    metrics_token: SecretStr | None = None
    """A word with which Prometheus may read the metrics without a login. Set it as OI_METRICS_TOKEN."""

    owner_link: str | None = None
    """Where the owner of the DAGs is reached, a link in Airflow: mailto:data@example.com, or the page of a chat."""

    @field_validator("owner_link")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        return None if value is None else contact(value)

    @field_validator("fresh_within")
    @classmethod
    def _every_interval(cls, value: dict[Interval, int]) -> dict[Interval, int]:
        return {**FRESH_WITHIN, **value}

    @field_validator("metrics_token")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters: openssl rand -hex 24 makes one")
        return value

    @field_validator("notify_url")
    @classmethod
    def _http(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(webhook(value.get_secret_value()))
