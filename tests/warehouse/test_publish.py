from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from include.warehouse import Published, Warehouse, WarehouseError
from tests.warehouse.batches import (
    NOON,
    Row,
    accepted,
    at,
    current,
    dq,
    history,
    publish,
    quarantine,
    reset_rows,
    shown,
)

OUTWARD = ("open_interest", "open_interest_history", "quarantine", "dq_results")
STORAGE = ("open_interest_current", "open_interest_observations")


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def hours(count: int, **fields) -> list[Row]:
    return [Row(timestamp=NOON + timedelta(hours=hour), open_interest=10.0 + hour, **fields) for hour in range(count)]


def tables(warehouse: Warehouse) -> set[str]:
    return {row[0] for row in warehouse.query_rows(f"SHOW TABLES FROM {warehouse.database}")[1]}


def test_rows_are_stored_as_sent_and_counted(warehouse: Warehouse):
    rows = hours(24)
    assert publish(warehouse, "b1", rows) == Published(received=24, new=24, changed=0, unchanged=0, quarantined=0)
    assert shown(warehouse, "open_interest") == shown(warehouse, "open_interest_history") == rows


def test_a_batch_is_counted_against_what_was_known_before_it(warehouse: Warehouse):
    publish(warehouse, "b1", hours(4))
    again = [row._replace(known_at=at(5)) for row in hours(6)]
    again[0] = again[0]._replace(open_interest=99.0)
    again[1] = again[1]._replace(open_interest_usd=5.0)
    assert publish(warehouse, "b2", again) == Published(received=6, new=2, changed=2, unchanged=2, quarantined=0)


def test_counts_are_exact_where_batches_touch_or_enclose_each_other(warehouse: Warehouse):
    """A batch that is alone in its time is counted without a look at each row."""
    day = hours(24)
    eth = [row._replace(symbol="ETH") for row in day]
    later = [row._replace(known_at=at(5), open_interest=99.0) for row in day]
    batches = {
        "alone": (day[2:4], 2, 0),
        "behind it": (day[6:8], 2, 0),
        "between them": (day[4:6], 2, 0),
        "around all": ([day[0], day[23]], 2, 0),
        "another series": (eth, 24, 0),
        "at its first row": ([later[0]], 0, 1),
        "at its last row": ([later[23]], 0, 1),
        "in a gap": (later[8:10], 2, 0),
        "over a gap and rows": (later[3:11], 3, 5),
        "two answers": ([day[12], later[12]], 1, 1),
    }
    for name, (rows, new, changed) in batches.items():
        for _ in range(2):
            published = publish(warehouse, name, rows)
            assert (published.new, published.changed) == (new, changed), name
            assert published.received == len(rows)


def test_publishing_a_batch_ten_times_stores_and_counts_the_same(warehouse: Warehouse):
    rows = [*hours(5), *[row._replace(known_at=at(5), open_interest=7.0) for row in hours(2)]]
    first = publish(warehouse, "b1", rows)
    before = warehouse.checksums()
    assert {publish(warehouse, "b1", rows) for _ in range(9)} == {first}
    assert warehouse.checksums() == before
    assert before["open_interest"].rows == 5
    assert before["open_interest_history"].rows == 7


def test_rule_6_value_restated_there_and_back_keeps_three_steps(warehouse: Warehouse):
    steps = [Row(open_interest=value, known_at=at(minute)) for minute, value in enumerate([1.0, 2.0, 1.0])]
    for number, step in enumerate(steps):
        publish(warehouse, f"b{number}", [step])
    assert shown(warehouse, "open_interest") == [steps[2]]
    assert shown(warehouse, "open_interest_history") == steps


def test_there_and_back_survives_block_deduplication(warehouse: Warehouse, request: pytest.FixtureRequest):
    for table in STORAGE:
        altered, name = f"ALTER TABLE {warehouse.database}.{table}", "non_replicated_deduplication_window"
        request.addfinalizer(partial(warehouse._session.command, f"{altered} RESET SETTING {name}"))
        warehouse._session.command(f"{altered} MODIFY SETTING {name} = 1000")
    steps = [Row(open_interest=value, known_at=at(minute)) for minute, value in enumerate([1.0, 2.0, 1.0])]
    for number, step in enumerate(steps):
        publish(warehouse, f"b{number}", [step])
    assert shown(warehouse, "open_interest") == [steps[2]]
    reset_rows(warehouse)
    publish(warehouse, "b0", steps[:1])
    assert shown(warehouse, "open_interest") == shown(warehouse, "open_interest_history") == steps[:1]


def test_rule_5_late_older_answer_changes_history_not_the_current_row(warehouse: Warehouse):
    newer, older = Row(open_interest=2.0, known_at=at(9)), Row(open_interest=1.0, known_at=at(3))
    publish(warehouse, "newer", [newer])
    publish(warehouse, "older", [older])
    assert shown(warehouse, "open_interest") == [newer]
    assert shown(warehouse, "open_interest_history") == [older, newer]


def test_repeated_value_becomes_a_change_after_a_late_answer_between(warehouse: Warehouse):
    a1, a3 = Row(known_at=at(1)), Row(known_at=at(3))
    b2 = Row(open_interest=5.0, known_at=at(2))
    publish(warehouse, "a1", [a1])
    publish(warehouse, "a3", [a3])
    assert shown(warehouse, "open_interest_history") == [a1]
    publish(warehouse, "b2", [b2])
    assert shown(warehouse, "open_interest_history") == [a1, b2, a3]


def test_one_batch_may_hold_successive_answers_for_a_key(warehouse: Warehouse):
    rows = [Row(open_interest=float(minute), known_at=at(minute)) for minute in (3, 1, 2)]
    assert publish(warehouse, "b1", rows) == Published(received=3, new=1, changed=2, unchanged=0, quarantined=0)
    assert shown(warehouse, "open_interest") == [rows[0]]
    assert shown(warehouse, "open_interest_history") == sorted(rows, key=lambda row: row.known_at)


def test_sources_and_intervals_at_one_instant_stay_apart(warehouse: Warehouse):
    rows = [
        Row(source=source, interval=interval)
        for source in ("binance_futures", "hyperliquid", "kalshi")
        for interval in ("5m", "1h", "1d")
    ]
    publish(warehouse, "b1", rows)
    assert shown(warehouse, "open_interest") == sorted(rows)
    one = warehouse.query_rows("SELECT count() FROM open_interest WHERE source = 'hyperliquid' AND interval = '5m'")
    assert one[1] == [(1,)]


def test_usd_that_appears_or_disappears_is_a_change(warehouse: Warehouse):
    """Staying null is none."""
    values = [None, None, 0.0, 3.5, None]
    steps = [Row(open_interest_usd=usd, known_at=at(minute)) for minute, usd in enumerate(values)]
    for number, step in enumerate(steps):
        publish(warehouse, f"b{number}", [step])
    assert shown(warehouse, "open_interest") == [steps[-1]]
    assert shown(warehouse, "open_interest_history") == [steps[0], *steps[2:]]


def test_reads_are_exact_while_nothing_has_been_merged(warehouse: Warehouse):
    for table in STORAGE:
        warehouse._session.command(f"SYSTEM STOP MERGES {warehouse.database}.{table}")
    batches = [
        [row._replace(known_at=at(minute), open_interest=row.open_interest + (minute % 2)) for row in hours(50)]
        for minute in (1, 2, 2, 3, 5, 4)
    ]
    for number, rows in enumerate(batches):
        publish(warehouse, f"b{number}", rows)
    everything = [row for rows in batches for row in rows]
    physical = warehouse.query_rows("SELECT count() FROM open_interest_current")[1][0][0]
    assert physical == len(everything)
    assert shown(warehouse, "open_interest") == current(everything)
    assert shown(warehouse, "open_interest_history") == history(everything)
    filtered = warehouse.query_rows("SELECT count() FROM open_interest WHERE open_interest < 11")
    assert filtered[1] == [(sum(row.open_interest < 11 for row in current(everything)),)]


def test_a_batch_with_no_accepted_rows_stores_its_findings(warehouse: Warehouse):
    published = warehouse.publish("b1", accepted([]), quarantine("q1", "q2"), dq("fresh"))
    assert published == Published(received=0, new=0, changed=0, unchanged=0, quarantined=2)
    assert [warehouse.checksums()[view].rows for view in OUTWARD] == [0, 0, 2, 1]


def test_rule_4_quarantine_and_results_are_stored_once_as_last_judged(warehouse: Warehouse):
    warehouse.publish("b1", accepted([]), quarantine("q1", "q2"), dq("on_grid", "fresh"))
    later = dq("fresh", success=False, validated_at=at(5))
    warehouse.publish("b1", accepted([]), quarantine("q2", rules=("on_grid", "in_window")), later)
    found = warehouse.query_rows("SELECT quarantine_id, rules FROM quarantine ORDER BY quarantine_id")[1]
    assert found == [("q1", ["open_interest_is_numeric"]), ("q2", ["on_grid", "in_window"])]
    results = warehouse.query_rows("SELECT rule, success, missing_count, sample FROM dq_results ORDER BY rule")[1]
    assert results == [("fresh", False, None, ""), ("on_grid", True, None, "")]


def test_duplicate_key_is_refused_by_name_and_nothing_is_published(warehouse: Warehouse):
    publish(warehouse, "b1", hours(2))
    before = warehouse.checksums()
    with pytest.raises(WarehouseError, match=r"batch b2.*BTC kalshi 1h 2026-03-07T12:00:00Z \(x2\).*duplicates"):
        publish(warehouse, "b2", [*hours(3, known_at=at(9)), Row(open_interest=5.0, known_at=at(9))])
    assert warehouse.checksums() == before


@pytest.mark.parametrize("column", ["timestamp", "symbol", "open_interest", "known_at"])
def test_a_missing_value_is_refused_rather_than_stored_as_zero(warehouse: Warehouse, column: str):
    with pytest.raises(WarehouseError, match=f"1 of 2 accepted rows have no {column}"):
        publish(warehouse, "b1", [hours(2)[1], Row(**{column: None})])  # type: ignore[arg-type] # a null, which is refused
    assert warehouse.counts().rows == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"open_interest": -1.0},
        {"open_interest": float("inf")},
        {"open_interest": float("nan")},
        {"open_interest_usd": -1.0},
        {"symbol": ""},
    ],
)
def test_a_value_that_no_rule_should_pass_is_refused_by_the_table_itself(warehouse: Warehouse, bad: dict):
    with pytest.raises(WarehouseError, match=r"batch b1: an accepted row is not fit.*Constraint.*quarantine"):
        publish(warehouse, "b1", [*hours(2), Row(known_at=at(1), **bad)])
    assert warehouse.counts().rows == 0
    assert shown(warehouse, "open_interest_history") == []


def test_a_table_with_other_columns_is_refused_by_name(warehouse: Warehouse):
    renamed = accepted(hours(1)).rename_columns(["time", *accepted([]).column_names[1:]])
    with pytest.raises(WarehouseError, match=r"accepted table lacks \['timestamp'\] and has \['time'\]"):
        warehouse.publish("b1", renamed, quarantine(), dq())


def test_no_stage_outlives_its_batch(warehouse: Warehouse):
    before = tables(warehouse)
    publish(warehouse, "hourly/2026-03-07T12:00:00+00:00", hours(2))
    with pytest.raises(WarehouseError):
        publish(warehouse, "b2", [Row(), Row()])
    assert tables(warehouse) == before


def test_reset_empties_the_rows_and_the_same_batches_fill_them_again(warehouse: Warehouse):
    def load() -> None:
        warehouse.publish("b1", accepted(hours(3)), quarantine("q1"), dq("fresh"))
        publish(warehouse, "b2", [row._replace(known_at=at(1)) for row in hours(3)])

    load()
    before = warehouse.checksums()
    reset_rows(warehouse)
    assert [one.rows for one in warehouse.checksums().values()] == [0, 0, 0, 0]
    load()
    assert warehouse.checksums() == before


def test_large_restatement_is_reported_with_both_values(warehouse: Warehouse) -> None:
    """A small one is not reported."""
    rows = [Row(symbol=symbol, open_interest=100.0, known_at=at(0)) for symbol in ("BTC", "ETH", "SOL")]
    publish(warehouse, "stated", rows)
    changed = [
        Row(symbol="BTC", open_interest=104.0, known_at=at(1)),
        Row(symbol="ETH", open_interest=50.0, known_at=at(1)),
    ]
    published = warehouse.publish("restated", accepted(changed), quarantine(), dq(), restatement_share=0.05)
    assert published.changed == 2
    assert [(one.symbol, one.before, one.after) for one in published.restated] == [("ETH", 100.0, 50.0)]
