from __future__ import annotations

from include.domain.clock import Clocks
from include.ledger.credits.reconcile import Explained
from include.pipeline.steps.plan.remaining import plan_notes
from include.pipeline.vendor.client import VendorNow
from include.planning.windows.plan import Plan
from tests.pipeline.conftest import NOW


def notes(unexplained_credits: int) -> list[str]:
    vendor = VendorNow(None, Clocks(NOW), Explained(unexplained_credits=unexplained_credits))
    return plan_notes(vendor, Plan((), {}))


def test_foreign_use_of_the_account_is_named() -> None:
    [note] = notes(122)
    assert note.startswith("the account shows 122 credits that this ledger did not spend")
    assert "another program may be using the key" in note
    assert notes(0) == []


def test_an_account_that_counts_less_than_was_spent_blames_nobody() -> None:
    [note] = notes(-122)
    assert "122 credits less than this ledger spent" in note
    assert "-" not in note
    assert "another program" not in note
