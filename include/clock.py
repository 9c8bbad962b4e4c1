"""Instants: UTC, timezone-aware, one way to read and to write them."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def utc_now() -> datetime:
    """The worker's clock, UTC, whole milliseconds (the precision every store here keeps)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def parse_instant(text: str) -> datetime:
    """Reads an ISO 8601 date or instant as UTC; a text without an offset is taken as UTC.

    Raises ValueError naming the text and the expected form.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time; write for example 2026-03-07 or 2026-03-07T04:00:00Z"
        ) from None
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies beyond the years 1 to 9999 in UTC") from None


def iso(instant: datetime) -> str:
    """Writes an aware instant the vendor's way: `2026-03-07T00:00:00Z`, fractions only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
