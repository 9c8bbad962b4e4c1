from __future__ import annotations

import json
from collections import Counter

import pytest

from include.domain.clock import parse_instant
from include.simulator.faults import FAULTS, describe_faults
from include.simulator.faults.drift import ERROR_SHAPES, SHAPES

from .conftest import MakeCaller

DAY = {"start": "2026-03-07T00:00:00Z", "end": "2026-03-08T00:00:00Z"}


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limit_storm", 429, "rate_limited"),
        ("internal_error", 500, "internal_error"),
        ("unavailable", 503, "unavailable"),
    ],
)
def test_a_refusing_fault_answers_its_error_and_costs_nothing(
    caller: MakeCaller, fault: str, status: int, code: str
) -> None:
    asking = caller(faults={fault: 1.0})
    answer = asking.ask(**DAY)
    assert (answer.status, answer.body["error"], answer.headers["X-Credits-Used"]) == (status, code, "0")
    assert ("Retry-After" in answer.headers) == (status != 500)
    assert asking.page("limits").body["credits"]["used"] == 0


def test_a_fault_strikes_its_share_of_requests_by_the_seed(caller: MakeCaller) -> None:
    """One seed strikes the same requests."""
    first, second, other = (
        [asking.ask(limit=1, **DAY).status for _ in range(300)]
        for asking in (caller(faults={"internal_error": 0.3}, seed=seed) for seed in (7, 7, 8))
    )
    assert first == second != other
    assert 60 < Counter(first)[500] < 120


def test_faults_can_be_replaced_while_running(caller: MakeCaller) -> None:
    asking = caller(faults={"internal_error": 1.0})
    asking.simulator.faults.turn_on({"unavailable": 1.0})
    assert asking.ask(**DAY).status == 503
    asking.simulator.faults.turn_on({})
    assert asking.ask(**DAY).status == 200


@pytest.mark.parametrize("faults", [{"gremlins": 0.5}, {"slow": 1.5}, {"slow": -0.1}])
def test_an_unknown_fault_or_rate_is_refused_by_name(caller: MakeCaller, faults: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"fault '?{next(iter(faults))}"):
        caller(faults=faults)


def test_every_fault_is_described() -> None:
    assert list(describe_faults()) == list(FAULTS)
    assert all(len(text) > 10 and text.endswith(".") for text in describe_faults().values())


@pytest.mark.parametrize("uses", [0, 1, 2])
def test_an_expiring_cursor_works_so_often_and_then_no_more(caller: MakeCaller, uses: int) -> None:
    asking = caller(faults={"expiring_cursor": 1.0}, cursor_uses=uses)
    after = asking.ask(**DAY, limit=5).body["meta"]["next_cursor"]
    answers = [asking.ask(**DAY, limit=5, after=after) for _ in range(uses + 2)]
    assert [answer.status for answer in answers] == [200] * uses + [400, 400]
    assert answers[-1].body["error"] == "invalid_cursor"


def test_a_silent_clip_starts_in_the_middle_and_says_nothing(caller: MakeCaller) -> None:
    answer = caller(faults={"silent_clip": 1.0}).ask(**DAY)
    assert [row["timestamp"][11:13] for row in answer.rows] == [f"{hour}" for hour in range(12, 24)]
    assert "clamped" not in answer.body["meta"]


def test_a_silent_clip_gives_history_in_place_of_the_error(caller: MakeCaller) -> None:
    """To a small plan."""
    asking = caller(key="kwery_test_free_1", faults={"silent_clip": 1.0})
    answer = asking.ask(start="2026-02-01", end="2026-03-20", limit=10)
    assert answer.rows[0]["timestamp"] == "2026-03-13T13:00:00Z"


def test_a_clipped_walk_continues_to_its_end(caller: MakeCaller) -> None:
    pages = caller(faults={"silent_clip": 1.0}).walk(**DAY, limit=5)
    assert [row["timestamp"][11:13] for page in pages for row in page] == [f"{hour}" for hour in range(12, 24)]


def test_a_clamped_answer_says_where_it_starts(caller: MakeCaller) -> None:
    meta = caller(faults={"clamped": 1.0}).ask(**DAY).body["meta"]
    assert meta["clamped"] is True
    assert (meta["original_start"], meta["effective_start"]) == ("2026-03-07T00:00:00Z", "2026-03-07T12:00:00Z")


def test_duplicate_rows_repeat_a_tenth_and_are_charged(caller: MakeCaller) -> None:
    answer = caller(faults={"duplicate_rows": 1.0}).ask(**DAY)
    assert len(answer.rows) == 26
    assert len({row["timestamp"] for row in answer.rows}) == 24
    assert (answer.body["meta"]["returned"], answer.headers["X-Credits-Used"]) == (26, str(50 + 3 * 26))


def test_missing_rows_leave_out_a_tenth(caller: MakeCaller) -> None:
    answer = caller(faults={"missing_rows": 1.0}).ask(**DAY)
    assert (len(answer.rows), answer.headers["X-Rows-Returned"]) == (22, "22")


def test_shuffled_rows_are_the_same_rows_in_another_order(caller: MakeCaller) -> None:
    plain, shuffled = (caller(faults=faults).ask(**DAY).rows for faults in ({}, {"shuffled_rows": 1.0}))
    assert shuffled != plain
    assert sorted(shuffled, key=lambda row: row["timestamp"]) == plain


def test_conflicting_rows_give_two_values_for_one_instant(caller: MakeCaller) -> None:
    rows = caller(faults={"conflicting_rows": 1.0}).ask(**DAY).rows
    assert len(rows) == 26
    assert len({(row["timestamp"], row["open_interest"]) for row in rows}) == 26
    assert len({row["timestamp"] for row in rows}) == 24


def test_malformed_rows_show_every_kind_of_defect(caller: MakeCaller) -> None:
    asking = caller(faults={"malformed_rows": 1.0})
    answers = [asking.ask(start="2026-02-01", end="2026-02-05", limit=90) for _ in range(3)]
    rows = [row for answer in answers for row in answer.rows]
    values = {str(row["open_interest"]) for row in rows}
    assert {"None", "nan", "-1.0", "n/a"} < values
    assert any(row["open_interest_usd"] == -0.01 for row in rows)
    stamps = {row["timestamp"] for row in rows}
    assert {"yesterday", None} < stamps
    assert any(isinstance(stamp, str) and stamp.endswith(":17Z") for stamp in stamps)
    assert any(isinstance(stamp, str) and stamp.startswith("2026-02-05") for stamp in stamps)
    assert any(b"NaN" in answer.encoded() for answer in answers)


def test_a_drifting_envelope_goes_through_every_shape_and_keeps_the_rows(caller: MakeCaller) -> None:
    asking = caller(faults={"drifting_envelope": 1.0})
    answers = [asking.ask(**DAY, interval="1d") for _ in SHAPES]
    metas = [answer.body["meta"] for answer in answers]
    rows = [answer.rows[0] for answer in answers]
    assert any("count" in meta and "returned" not in meta and "has_more" not in meta for meta in metas)
    assert any(set(meta) == {"total", "next_cursor"} for meta in metas)
    assert any("clamped" in meta and meta["clamped"] is None for meta in metas)
    assert {"2026-03-07T00:00:00+00:00", "2026-03-07T00:00:00.000000+00:00"} < {row["timestamp"] for row in rows}
    assert {row["interval"] for row in rows} == {"1d", "24h"}
    assert any(row["open_interest"] == "52340.8" for row in rows)
    assert len({parse_instant(row["timestamp"]) for row in rows}) == 1
    assert {float(row["open_interest"]) for row in rows} == {52340.8}


def test_a_drifting_envelope_changes_headers_too(caller: MakeCaller) -> None:
    """The charge header, and upper and lower case."""
    asking = caller(faults={"drifting_envelope": 1.0})
    named = [set(asking.ask(**DAY).headers) for _ in SHAPES]
    assert any("X-Credits-Charged" in names and "X-Credits-Used" not in names for names in named)
    assert any("x-credits-used" in names for names in named)
    assert any("X-CREDITS-USED" in names for names in named)


def test_a_drifting_envelope_gives_errors_in_every_shape(caller: MakeCaller) -> None:
    asking = caller(faults={"drifting_envelope": 1.0})
    bodies = [asking.ask(symbol="NOPE").body for _ in ERROR_SHAPES]
    assert isinstance(bodies[0]["detail"], dict)
    assert isinstance(bodies[1]["detail"], str)
    assert isinstance(bodies[2]["detail"], list)
    assert set(bodies[3]) == {"message"}
    assert isinstance(bodies[4], str)


def test_odd_coarse_values_differ_from_the_5m_snapshot(caller: MakeCaller) -> None:
    """By a percent; 5m values do not change."""
    plain, odd = caller(), caller(faults={"odd_coarse": 1.0})
    assert odd.ask(**DAY, interval="5m").rows == plain.ask(**DAY, interval="5m").rows
    rows = list(zip(plain.ask(**DAY, interval="1h").rows, odd.ask(**DAY, interval="1h").rows, strict=True))
    changed = [(before, after) for before, after in rows if before != after]
    assert len(changed) == len(rows) // 10
    for before, after in changed:
        for figure in ("open_interest", "open_interest_usd"):
            assert after[figure] == pytest.approx(before[figure] * 1.01)


def test_all_faults_together_still_give_an_answer(caller: MakeCaller) -> None:
    loud = ("internal_error", "unavailable", "rate_limit_storm")
    asking = caller(faults={name: 0.1 if name in loud else 0.7 for name in FAULTS})
    answers = [asking.ask(**DAY, source=None, limit=50) for _ in range(200)]
    assert {answer.status for answer in answers} == {200, 429, 500, 503}
    assert all(isinstance(answer.body, str) or json.loads(answer.encoded()) for answer in answers)


def test_faults_leave_the_account_pages_alone(caller: MakeCaller) -> None:
    assert caller(faults={"internal_error": 1.0}).page("limits").status == 200


def test_the_journal_names_what_struck(caller: MakeCaller) -> None:
    asking = caller(faults={"slow": 1.0, "cut_body": 1.0})
    answer = asking.ask(**DAY)
    assert (answer.delay_seconds, answer.cut) == (1.0, True)
    assert asking.simulator.journal.entries[-1].faults == ("slow", "cut_body")
