from __future__ import annotations

from include.pipeline.reporting import MOST_TOLD, fewer


def test_of_many_sentences_of_one_kind_the_first_are_told_and_how_many_more_there_are() -> None:
    sentences = [f"series {number} is left" for number in range(5000)]
    assert fewer(sentences) == [*sentences[:MOST_TOLD], "and 4,980 more like the last"]
    assert fewer(sentences[:MOST_TOLD]) == sentences[:MOST_TOLD]
