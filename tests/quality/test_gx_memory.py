"""What is remembered from batch to batch changes no judgement."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.quality.gx_library import expectations, library, validator_of
from include.quality.gx_memory import remembering

FRAMES = (
    pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 2.0], "name": ["x", "y", "z"]}),
    pd.DataFrame({"a": [1.0, 9.0, None, 9.0], "b": [2.0, 1.0, 1.0, 0.0], "name": ["x", None, "x", "q"]}),
    pd.DataFrame({"a": pd.Series([], dtype="float64"), "b": pd.Series([], dtype="float64"), "name": []}),
    pd.DataFrame({"b": ["1", "2"]}),
    pd.DataFrame({"a": [3.0], "b": [4.0], "name": ["y"]}),
)
"""Good and bad ones, one without rows, one without columns that are judged."""


def gallery() -> list[Any]:
    gxe = expectations()
    return [
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value=0, max_value=5),
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value=0, max_value=9),
        gxe.ExpectColumnValuesToNotBeInSet(column="name", value_set=["q"]),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b", ignore_row_if="neither"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="a", column_B="b", ignore_row_if="either_value_is_missing"
        ),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["a", "name"]),
        gxe.ExpectColumnMedianToBeBetween(column="a", min_value=1, max_value=4),
        gxe.ExpectColumnValuesToBeUnique(column="name"),
        gxe.ExpectTableColumnsToMatchSet(column_set=["a", "b", "name"]),
    ]


def judged(frame: pd.DataFrame, kinds: list[Any], result_format: str) -> list[str]:
    """The results as texts, in which NaN is equal to itself."""
    suite = library().ExpectationSuite("gallery", expectations=kinds)
    results = validator_of(frame, {"result_format": result_format}).validate_expectation_suite(suite).results
    return sorted(str((one.expectation_config.kwargs, one.success, one.result, _messages(one))) for one in results)


def _messages(result: Any) -> list[Any]:
    info = result.to_json_dict()["exception_info"]
    return sorted(
        str(one.get("exception_message")) for one in ([info] if "raised_exception" in info else info.values())
    )


@pytest.mark.parametrize("result_format", ["BASIC", "COMPLETE"])
def test_judgements_are_those_of_the_library_itself(result_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each frame twice, in turn: what is remembered of one must not show in the next."""
    remembered = [judged(frame, [remembering(one) for one in gallery()], result_format) for frame in FRAMES * 2]

    from great_expectations.validator.validation_graph import ValidationGraph

    own: Any = ValidationGraph.build_metric_dependency_graph
    monkeypatch.setattr(ValidationGraph, "build_metric_dependency_graph", own.__wrapped__)
    plain = [judged(frame, gallery(), result_format) for frame in FRAMES]

    assert remembered == plain * 2


def test_the_metrics_of_an_expectation_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the first of many batches."""
    from great_expectations.validator.metric_configuration import MetricConfiguration

    judged(FRAMES[0], [remembering(one) for one in gallery()], "BASIC")
    made: list[Any] = []
    begin = MetricConfiguration.__init__

    def counted(metric: Any, *arguments: Any, **named: Any) -> None:
        made.append(named)
        begin(metric, *arguments, **named)

    monkeypatch.setattr(MetricConfiguration, "__init__", counted)
    judged(FRAMES[1], [remembering(one) for one in gallery()], "BASIC")
    many = len(made)
    made.clear()
    judged(FRAMES[1], gallery(), "BASIC")
    assert many < len(made) / 2
