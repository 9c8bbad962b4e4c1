"""What answers cost, and what they leave in the account, against what was reserved."""

from __future__ import annotations

import threading
from datetime import datetime

from sqlalchemy import Connection

from include.domain.next_step import NextStep
from include.ledger.credits.observed_charges import observe
from include.ledger.credits.spend_totals import totals
from include.ledger.work import runs
from include.pipeline.progress import Stop
from include.pipeline.steps.extract.pacer import Pacer
from include.planning.credits.worst_case import ObservedCharge
from include.settings.prices import Prices


class CostWatch:
    """Ends the run at a charge above its reservation, and bounds spending by the lowest balance that was seen."""

    def __init__(self, run_id: str, prices: Prices, pacer: Pacer) -> None:
        self.ceiling_credits: int | None = None
        """What the ledger may have settled and reserved in total; None while no answer named a balance."""
        self._run_id = run_id
        self._prices = prices
        self._pacer = pacer
        self._balances: dict[int, int] = {}
        """The balance that an answer named, by its charge, until its page is committed."""
        self._lock = threading.Lock()

    def note_balance(self, charge_id: int, balance_credits: int | None) -> None:
        """Keeps the balance that an answer named until `lower_ceiling` compares it with the ledger."""
        if balance_credits is not None:
            self._balances[charge_id] = balance_credits

    def lower_ceiling(self, connection: Connection, charge_id: int) -> None:
        """Bounds spending by the balance of an answer whose charge is settled now.

        Answers overtake each other, so the lowest sum counts: it never promises what is already spent.
        """
        balance = self._balances.pop(charge_id, None)
        if balance is None:
            return
        ceiling = totals(connection)[0] + balance
        with self._lock:
            self.ceiling_credits = ceiling if self.ceiling_credits is None else min(self.ceiling_credits, ceiling)

    def check(self, connection: Connection, charge_id: int, answer: ObservedCharge, now: datetime) -> None:
        """Ends the run when an answer cost more, or held more rows, than its reservation allowed for."""
        exceeded = observe(connection, charge_id, answer, self._prices, now)
        if exceeded is not None:
            sentence = exceeded.excess(answer)
            runs.note_stop(connection, self._run_id, sentence, now)
            self._pacer.halt(Stop(NextStep.STOP_RUN, sentence, is_failure=True))
