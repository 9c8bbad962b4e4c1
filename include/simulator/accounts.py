"""Accounts: who a key is, what its plan allows, what it has used."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from include.simulator.account_file import AccountFile, Usage
from include.simulator.errors import credits_exhausted, unauthorized
from include.simulator.plans import PLANS, AccountPlan
from include.simulator.rates import SlidingWindows

_KEY = re.compile(r"kwery_[A-Za-z0-9_\-]+", re.ASCII)
_KEY_LENGTHS = range(10, 257)
_PLAN_IN_KEY = re.compile(rf"kwery_test_({'|'.join(PLANS)})_.+")


@dataclass(slots=True)
class Account:
    """One key's account; the counters cover all that it ever used, `used_credits` one billing cycle."""

    id: str
    plan: AccountPlan
    allowance_credits: int
    windows: SlidingWindows
    usage: Usage = field(default_factory=Usage)
    refused: int = 0

    @property
    def requests(self) -> int:
        return self.usage.requests

    @property
    def rows(self) -> int:
        return self.usage.rows

    @property
    def credits(self) -> int:
        return self.usage.credits

    def used_credits(self, now: datetime) -> int:
        """Credits used in the cycle of `now`; cycles are calendar months, UTC."""
        return self.usage.months.get(_month(now), 0)

    def remaining_credits(self, now: datetime) -> int:
        return self.allowance_credits - self.used_credits(now)

    def pay(self, cost: int, now: datetime) -> None:
        """Takes `cost` credits; raises 402 where the rest of the allowance cannot pay it."""
        remaining = self.remaining_credits(now)
        if cost > remaining:
            raise credits_exhausted(cost, remaining)
        self.usage.months[_month(now)] = self.used_credits(now) + cost
        self.usage.credits += cost


class Accounts:
    """Every account seen so far; each distinct key is one of its own. What they use is kept in `file`, if given."""

    def __init__(self, default_plan: str, allowance_credits: int | None, file: AccountFile | None = None) -> None:
        self._default_plan = default_plan
        self._allowance_credits = allowance_credits
        self._file = file
        self.by_id: dict[str, Account] = {}

    def keep(self) -> None:
        """Writes what was used to the file, if given."""
        if self._file is not None:
            self._file.write()

    def of(self, key: str | None) -> Account:
        """The account of `key`, opened when first seen; raises 401 where the key is missing or badly formed."""
        if key is None or len(key) not in _KEY_LENGTHS or not _KEY.fullmatch(key):
            raise unauthorized()
        found = self.by_id.get(account_id(key))
        return found if found is not None else self._open(key)

    def _open(self, key: str) -> Account:
        named = _PLAN_IN_KEY.fullmatch(key)
        plan = PLANS[named.group(1) if named else self._default_plan]
        allowance = plan.monthly_credits if self._allowance_credits is None else self._allowance_credits
        account = Account(account_id(key), plan, allowance, SlidingWindows(plan.rates))
        if self._file is not None:
            account.usage = self._file.usage.setdefault(account.id, account.usage)
        self.by_id[account.id] = account
        return account


def _month(now: datetime) -> str:
    return f"{now:%Y-%m}"


def account_id(key: str) -> str:
    """How the control surface names the account of `key`, without showing the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]
