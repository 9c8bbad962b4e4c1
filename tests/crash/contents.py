"""What must be equal, closed, and consistent after any crash.

Ids of windows and batches, and the times of answers, differ from run to run. So windows are compared by what they
request, and a row's `known_at` only has to be the time of one of its landed pages.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.pipeline.vendor.client import client_of, read_account
from include.settings import Settings
from include.warehouse import open_warehouse
from tests.crash.world import World

Rows = list[tuple[Any, ...]]
Contents = dict[str, Rows]

WAREHOUSE = {
    "open_interest": """
        SELECT source, interval, symbol, timestamp, open_interest, open_interest_usd
        FROM market.open_interest ORDER BY ALL""",
    "history": """
        SELECT source, interval, symbol, timestamp, open_interest, open_interest_usd
        FROM market.open_interest_history ORDER BY ALL""",
    "answers kept": "SELECT count() FROM market.open_interest_observations FINAL",
    "quarantine": """
        SELECT symbol, source, interval, timestamp_text, rules, raw, row_index
        FROM market.quarantine ORDER BY ALL""",
    "validated": """
        SELECT rule, expectation, column, max(errored), sum(element_count), sum(unexpected_count)
        FROM market.dq_results WHERE suite = 'rows' GROUP BY ALL ORDER BY ALL""",
    "mart of coverage": "SELECT COLUMNS('.*') EXCEPT (ledger_as_of) FROM bi.coverage ORDER BY ALL",
    "mart of freshness": """
        SELECT symbol, source, interval, newest, last_asked_at FROM bi.freshness ORDER BY ALL""",
    "mart of credits": "SELECT symbol, sum(rows) FROM bi.credits GROUP BY symbol ORDER BY symbol",
    "stages": "SELECT count() FROM system.tables WHERE database = 'market' AND startsWith(name, 'stage_')",
}
LEDGER = {
    "windows": """
        SELECT symbol, interval, source, start, "end", "limit", expected_rows, price_credits, state, next_sequence,
            rows, doubts, note
        FROM windows ORDER BY 1, 2, 3, 4""",
    "pages": """
        SELECT symbol, interval, source, start, sequence, pages.rows, sha256, observed_at
        FROM pages JOIN windows USING (window_id) ORDER BY 1, 2, 3, 4, 5""",
    "findings": """
        SELECT windows.symbol, windows.interval, windows.start, findings.source, sum(received), sum(accepted),
            sum(quarantined), sum(duplicates), sum(outside), max(blocked)
        FROM findings JOIN windows USING (window_id) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
    "coverage": """
        SELECT symbol, source, interval, start, "end", observed_at, found, empty_reads FROM coverage ORDER BY 1, 2, 3, 4
        """,
    "spend": "SELECT sum(rows) FROM spend",
}
PAGES = "SELECT path, sha256 FROM pages"
ARRIVED = "SELECT symbol, interval, known_at FROM pages JOIN windows USING (window_id)"
BROUGHT = {
    "known": "SELECT DISTINCT symbol, interval, toString(known_at) FROM market.open_interest_history",
    "batches": "SELECT DISTINCT batch_id FROM market.open_interest_history",
    "validated": "SELECT DISTINCT batch_id FROM market.dq_results",
}
RESERVED = "SELECT id FROM charges WHERE state IN ('reserved', 'unknown')"
OPEN = {
    "open windows": "SELECT * FROM windows WHERE state != 'settled'",
    "open batches": "SELECT * FROM batches WHERE state != 'settled'",
    "pages in no batch": "SELECT * FROM pages WHERE batch_id IS NULL",
    "open reservations": RESERVED,
    "reserved credits of months": "SELECT * FROM spend WHERE reserved_credits != 0",
    "reserved credits of runs": "SELECT * FROM runs WHERE reserved_credits != 0",
}
SPENT = """
    SELECT charges.lane, symbol, sum(coalesce(charged_credits, 0)),
        sum(CASE WHEN charges.state IN ('reserved', 'unknown') THEN charges.reserved_credits ELSE 0 END),
        count(*) FILTER (WHERE charges.state != 'cancelled')
    FROM charges JOIN windows USING (window_id) GROUP BY 1, 2 ORDER BY 1, 2"""
SPENT_IN_MARTS = """
    SELECT lane, symbol, sum(settled_credits), sum(reserved_credits), sum(requests)
    FROM bi.credits GROUP BY lane, symbol ORDER BY lane, symbol"""
SETTLED_CREDITS = {
    "credits of charges": "SELECT sum(charged_credits) FROM charges",
    "credits of months": "SELECT sum(settled_credits) FROM spend",
    "credits of runs": "SELECT sum(settled_credits) FROM runs",
}


def contents_of(world: World) -> Contents:
    """The outward state of a world by name; reading it proves that landed pages are intact."""
    held = _query(world, WAREHOUSE) | {name: world.ledger(sql) for name, sql in LEDGER.items()}
    return held | {"landed pages": sorted((_without_window(path), sha256) for path, sha256 in _landed(world))}


def differences(world: World, undisturbed: Contents) -> dict[str, tuple[Rows, Rows]]:
    """By name: what only the undisturbed world has, and what only this world has.

    After a replay, rows may have been validated more often.
    """
    found = contents_of(world)
    return {
        name: (_without(undisturbed[name], found[name]), _without(found[name], undisturbed[name]))
        for name in undisturbed
        if found[name] != undisturbed[name] and not (world.replayed and name == "validated")
    }


def loose_ends(world: World) -> dict[str, object]:
    """By name: what is open, or inconsistent between ledger, landing zone, warehouse and account."""
    held = _query(world, BROUGHT | {"spent": SPENT_IN_MARTS})
    ends: dict[str, object] = {
        "reservations of answers that did not die": _reserved_without_cause(world),
        "credits in the marts": _marts_differ(world, held["spent"]),
    }
    read_account_after_the_last_answer(world.settings)
    ends |= {name: world.ledger(sql) for name, sql in OPEN.items()}
    for name, sql in SETTLED_CREDITS.items():
        [(credits,)] = world.ledger(sql)
        ends[name] = credits != world.paid_credits and f"{credits} instead of {world.paid_credits}"
    ends["pages landed or known, not both"] = sorted(set(_landed(world)) ^ set(world.ledger(PAGES)))
    ends |= _unexplained(world, held)
    ends["folders of settled batches"] = [folder.name for folder in (world.home / "batches").iterdir()]
    return {name: end for name, end in ends.items() if end}


def read_account_after_the_last_answer(settings: Settings) -> None:
    """Explains the charges of lost answers without the wait for the vendor's longest answer.

    The request itself keeps the usual deadline: with the short one it is lost, and nothing is explained.
    """
    api = settings.api.model_copy(update={"total_timeout_seconds": 0.001})
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        vendor = read_account(settings.model_copy(update={"api": api}), ledger, client)
    assert vendor.note is None, vendor.note


def _reserved_without_cause(world: World) -> list[int]:
    """Charges that the product left open although no process died with their answer."""
    without = {charge for (charge,) in world.ledger(RESERVED)} - world.lost
    return sorted(without) if len(without) > world.lost_in_tasks else []


def _marts_differ(world: World, in_marts: Rows) -> list[Rows]:
    """What ledger and marts say was spent, where they differ."""
    spent = world.ledger(SPENT)
    return [spent, in_marts] if spent != in_marts else []


def _unexplained(world: World, held: Contents) -> dict[str, object]:
    """Rows without a landed page of their series, and batches that only ledger or warehouse has."""
    arrived = {(symbol, interval, str(at)[:23]) for symbol, interval, at in world.ledger(ARRIVED)}
    batches = {batch for (batch,) in world.ledger("SELECT batch_id FROM batches WHERE rows > 0")}
    unknown = {"rows known at no page's arrival": sorted(set(held["known"]) - arrived)}
    if world.replayed:
        return unknown
    return unknown | {
        "batches of rows that are not the ledger's": sorted({batch for (batch,) in held["batches"]} - batches),
        "batches validated or known, not both": sorted({batch for (batch,) in held["validated"]} ^ batches),
    }


def _query(world: World, queries: dict[str, str]) -> Contents:
    with open_warehouse(world.settings) as warehouse:
        return {name: warehouse.query_rows(sql)[1] for name, sql in queries.items()}


def _landed(world: World) -> Rows:
    store = LandingStore(world.settings.landing_url)
    return [(path, store.read(path).sha256) for path in store.walk()]


def _without(rows: Rows, others: Rows) -> Rows:
    seen = Counter(map(repr, others))
    left = []
    for row in sorted(rows, key=repr):
        seen[repr(row)] -= 1
        if seen[repr(row)] < 0:
            left.append(row)
    return left[:5]


def _without_window(path: str) -> str:
    """A page's path with the sequence in place of window id and sequence."""
    return re.sub(r"/[^/]*-(\d{5})-([0-9a-f]+)\.json\.zst$", r"/\1-\2", path)
