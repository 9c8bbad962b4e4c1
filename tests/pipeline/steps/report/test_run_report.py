from __future__ import annotations

from include.pipeline.steps.report.run_report import MAX_SHOWN, fewer


def test_of_many_sentences_of_one_kind_the_first_are_told_and_how_many_more_there_are() -> None:
    sentences = [f"series {number} is left" for number in range(5000)]
    assert fewer(sentences) == [*sentences[:MAX_SHOWN], "and 4,980 more like the last"]
    assert fewer(sentences[:MAX_SHOWN]) == sentences[:MAX_SHOWN]
