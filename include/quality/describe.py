"""The rules in words, for the documentation and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.quality.rules import Rule, key_rules, row_rules, series_rules

if TYPE_CHECKING:
    from include.settings import Quality


def rules(settings: Quality | None = None) -> list[Rule]:
    """Every rule with the bounds of `settings` (the defaults without), in the order quarantine names them."""
    if settings is None:
        from include.settings import Quality

        settings = Quality()
    return [*row_rules(settings), *key_rules(), *series_rules(settings)]
