"""Dated Kalshi markets by the thousand: a constant number is open at any time, and each lives for hours to months.

A slot holds one market after another; a slug such as `KXDAY-00042-26MAR0716` names its slot and when it settles, so no
market has to be kept to be known again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from include.domain.clock import EPOCH, HOUR
from include.simulator.noise import key_of
from include.simulator.parameters import Market, Shape

LISTED_AFTER_SETTLEMENT = timedelta(hours=6)
"""How long `/v1/symbols` still names a market that has settled (assumed)."""
_SETTLES = "%y%b%d%H"
_KINDS = (("KXHOUR", 3, 12, 20), ("KXDAY", 24, 48, 45), ("KXWEEK", 168, 336, 25), ("KXMONTH", 720, 2880, 10))
"""Name, shortest and longest life in hours, and share of the slots in percent (assumed)."""


@dataclass(frozen=True, slots=True)
class DatedMarket:
    """One market: rows exist from `since`, and before `until`."""

    slug: str
    since: datetime
    until: datetime

    @property
    def shape(self) -> tuple[Shape, Market]:
        """How its open interest moves: small, quiet, growing until it settles."""
        level = 1_000.0 + key_of("level", self.slug) % 100_000
        return Shape(level, 0.05, 0.005, price_correlation=0.0), Market(0, 3, 0.4, (self.since, self.until))


class DatedMarkets:
    """`slots` markets open at any time; the same seed, the same markets."""

    def __init__(self, seed: int, slots: int) -> None:
        self._seed = seed
        self._slots = slots

    def listed(self, now: datetime) -> Iterator[DatedMarket]:
        """What the vendor's list names at `now`: open markets, and those that settled a little before."""
        for slot in range(self._slots):
            market = self._at(slot, now)
            before = self._at(slot, market.since - HOUR)
            if before.until + LISTED_AFTER_SETTLEMENT > now:
                yield before
            yield market

    def find(self, slug: str, now: datetime) -> DatedMarket | None:
        """The market of that slug; None for an unknown slug, or before the market opens."""
        try:
            _, slot, settles = slug.rsplit("-", 2)
            until = datetime.strptime(settles, _SETTLES).replace(tzinfo=UTC)
            market = self._at(int(slot), until - HOUR)
        except ValueError:
            return None
        is_one = int(slot) < self._slots and market.slug == slug and market.since <= now
        return market if is_one else None

    def _at(self, slot: int, moment: datetime) -> DatedMarket:
        key = key_of(self._seed, "market", slot)
        share, kinds = key % 100, iter(_KINDS)
        kind, shortest, longest, percent = next(kinds)
        while share >= percent:
            share -= percent
            kind, shortest, longest, percent = next(kinds)
        life = (shortest + key // 100 % (longest - shortest + 1)) * HOUR
        offset = (key // 1_000_000 % (life // HOUR)) * HOUR
        since = EPOCH + offset + (moment - EPOCH - offset) // life * life
        until = since + life
        return DatedMarket(f"{kind}-{slot:05d}-{until.strftime(_SETTLES).upper()}", since, until)
