from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from include.domain.market import Series
from include.domain.time_range import TimeRange
from include.quality import BodyUnreadable, RulesFailed, classify
from tests.quality.fresh_process import run
from tests.quality.pages import HOUR, MIDNIGHT, every_rule, judged, page, reasons, result, row, the_finding


def test_a_clean_page_is_accepted_whole_with_its_receipt_as_known_at() -> None:
    verdict = judged(page(*(row(hour) for hour in range(24))))

    assert verdict.accepted.num_rows == 24
    assert verdict.accepted.slice(3, 1).to_pylist() == [
        {
            "timestamp": MIDNIGHT + 3 * HOUR,
            "symbol": "BTC",
            "source": "binance_futures",
            "interval": "1h",
            "open_interest": 50_000.25,
            "open_interest_usd": 4_700_000_000.5,
            "known_at": MIDNIGHT + 25 * HOUR,
        }
    ]
    finding = the_finding(verdict)
    assert finding.series == Series("BTC", "binance_futures", page().stream.interval)
    assert finding.found == [TimeRange(MIDNIGHT, MIDNIGHT + 24 * HOUR)]
    assert verdict.quarantine.num_rows == 0


def test_every_rule_leaves_one_result_in_the_order_it_is_described() -> None:
    verdict = judged(page(row(0), row(1, open_interest=-3)))

    assert verdict.dq["rule"].to_pylist() == [rule.name for rule in every_rule()]
    assert set(verdict.dq["validated_at"].to_pylist()) == {MIDNIGHT + 25 * HOUR}
    broken = result(verdict, "open_interest_in_range")
    assert (broken["success"], broken["errored"], broken["level"], broken["severity"]) == (
        False,
        False,
        "row",
        "critical",
    )
    assert (broken["element_count"], broken["unexpected_count"], broken["missing_count"]) == (2, 1, 0)
    assert (broken["expectation"], broken["column"]) == ("ExpectColumnValuesToBeBetween", "open_interest")
    assert '"open_interest": -3' in broken["sample"]
    assert "1000000000000000.0" in broken["kwargs"]


def test_a_page_that_holds_no_rows_list_stops_the_batch_and_is_named() -> None:
    for body in (b"", b"oops", b"[]", b"{}", b'{"data": null}', b'{"data": [', b'{"data": []} more', b"\xff", b"NaN"):
        with pytest.raises(BodyUnreadable, match=r"landing/rotten.*report this"):
            judged(page(row(0)), page(page_path="landing/rotten", body=body))


def test_one_bad_literal_costs_its_row_not_its_page() -> None:
    verdict = judged(page(row(0), b'{"timestamp": NaN}', b'{"open_interest": -Infinity}', row(1)))
    assert verdict.accepted.num_rows == 2
    assert verdict.quarantine["raw"].to_pylist() == ['{"timestamp": NaN}', '{"open_interest": -Infinity}']


def test_a_rule_that_raises_blocks_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail closed: no rule that could not be judged is taken as passed."""
    measures = classify.measures
    monkeypatch.setattr(classify, "measures", lambda *args: measures(*args).drop(columns="open_interest"))

    with pytest.raises(
        RulesFailed, match="rule open_interest_in_range could not be judged for batch batch-1"
    ) as caught:
        judged(page(row(0)))

    results = {entry["rule"]: entry for entry in caught.value.dq.to_pylist()}
    assert results["open_interest_in_range"]["errored"]
    assert "open_interest" in results["open_interest_in_range"]["error"]
    assert results["columns_as_expected"]["success"] is False
    assert results["timestamp_on_grid"]["success"] is True


def test_a_frame_with_another_shape_than_the_rules_expect_blocks_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    measures = classify.measures
    monkeypatch.setattr(classify, "measures", lambda *args: measures(*args).assign(surprise=1))
    with pytest.raises(RulesFailed, match=r"columns_as_expected.*surprise"):
        judged(page(row(0)))


def test_no_rows_give_empty_results_with_the_same_columns() -> None:
    """No pages, and empty pages."""
    full = judged(page(row(0)))
    for empty in (judged(), judged(page(), page(page_path="p2"))):
        assert (empty.accepted.num_rows, empty.quarantine.num_rows, empty.dq.num_rows, empty.findings) == (0, 0, 0, [])
        assert (empty.accepted.schema, empty.quarantine.schema, empty.dq.schema) == (
            full.accepted.schema,
            full.quarantine.schema,
            full.dq.schema,
        )


def test_an_empty_batch_never_imports_the_rule_engine(tmp_path: Path) -> None:
    """The room itself imports nothing heavy."""
    code = (
        "import sys, include.quality, include.quality.rules\n"
        "heavy = {'great_expectations', 'pandas', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from include.settings import Quality\n"
        "from tests.quality.pages import page\n"
        "include.quality.validate('b', [], Quality())\n"
        "include.quality.validate('b', [page()], Quality())\n"
        "heavy = {'great_expectations', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run(code, tmp_path)


def test_validation_prints_nothing_writes_nothing_and_starts_no_thread(tmp_path: Path) -> None:
    code = (
        "import gc, logging, threading\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "from include.quality import validate, warm_up\n"
        "from include.settings import Quality\n"
        "from tests.quality.pages import page, row\n"
        "warm_up()\n"
        "validate('b', [page(row(0), row(1, open_interest=-1), None)], Quality())\n"
        "assert gc.isenabled()\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = run(code, tmp_path)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("zero", [b"-0", b"-0.0", b"-0e5", b'"-0"', b'"-0.0"', b"-1e-400"])
def test_a_negative_zero_is_stored_as_zero(zero: bytes) -> None:
    """They are equal, but a database groups them apart and finds only one of them with IN (0)."""
    text = json.dumps(row(0, open_interest="?", open_interest_usd="?")).encode().replace(b'"?"', zero)
    verdict = judged(page(text, row(1)))
    stored = [verdict.accepted[field][0].as_py() for field in ("open_interest", "open_interest_usd")]
    assert [(value, math.copysign(1, value)) for value in stored] == [(0, 1)] * 2


def test_a_row_that_repeats_a_key_covers_its_bucket_and_is_kept() -> None:
    """It arrived, so that its hour is not empty; which of its values is meant, nobody knows."""
    text = json.dumps(row(5)).encode().replace(b'"open_interest":', b'"open_interest": 1, "open_interest":', 1)
    verdict = judged(page(row(4), text, row(6)))
    assert the_finding(verdict).found == [TimeRange(MIDNIGHT + 4 * HOUR, MIDNIGHT + 7 * HOUR)]
    assert reasons(verdict) == {1: ["row_keys_unique"]}
    assert verdict.quarantine["raw"][0].as_py() == text.decode()
    assert verdict.accepted.num_rows == 2
