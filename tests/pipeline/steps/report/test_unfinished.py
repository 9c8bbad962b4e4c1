from __future__ import annotations

from include.pipeline.steps.report.unfinished import MAX_SHOWN, shortened


def test_many_sentences_of_one_kind_are_shortened() -> None:
    """The first stay, and the last says how many more there are."""
    sentences = [f"series {number} is left" for number in range(5000)]
    assert shortened(sentences) == [*sentences[:MAX_SHOWN], "and 4,980 more like the last"]
    assert shortened(sentences[:MAX_SHOWN]) == sentences[:MAX_SHOWN]
