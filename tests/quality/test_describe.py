from __future__ import annotations

from include.quality.describe import rules
from include.settings import Quality


def test_every_rule_has_a_name_of_its_own_a_sentence_and_a_consequence() -> None:
    described = rules()
    assert len({rule.name for rule in described}) == len(described)
    assert all(rule.sentence.endswith(".") and rule.consequence for rule in described)


def test_the_sentences_tell_the_bounds_in_force() -> None:
    sentences = {rule.name: rule.sentence for rule in rules(Quality(max_open_interest=123, max_bad_share=0.25))}
    assert "at most 123" in sentences["open_interest_in_range"]
    assert "25%" in sentences["series_blocked"]


def test_only_the_implied_price_is_a_warning() -> None:
    assert [rule.name for rule in rules() if rule.severity == "warning"] == ["implied_price_in_band"]
