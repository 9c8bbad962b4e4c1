"""Params that a run was triggered with, beyond what Airflow checks: unknown names, and instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from include.domain.clock import parse_instant
from include.domain.display import shown_line
from include.domain.errors import UsageError

INSTANT_FORMAT = "time in UTC such as 2026-03-07 or 2026-03-07T04:00:00Z"
"""The JSON schema format of `from` and `to`. Airflow's refusal is: 'yesterday' is not a '(this text)'."""
_ENOUGH_ALIKE = 0.6


class RunRefused(UsageError):
    """The params ask for nothing that can be read; the same run cannot succeed."""


def know_instants() -> None:
    """Makes this process check INSTANT_FORMAT; where nothing does, the first task refuses what it cannot read."""
    from jsonschema import FormatChecker

    FormatChecker.checkers[INSTANT_FORMAT] = (_is_instant, ValueError)


def _is_instant(value: object) -> bool:
    """True for nothing, too: whether it may be left out is not a question of format."""
    return not isinstance(value, str) or not value.strip() or bool(parse_instant(value))


def refuse_unknown(context: Mapping[str, Any]) -> None:
    """Raises RunRefused where the run was triggered with a param that its DAG does not have.

    Airflow ignores such a param, and a mistyped `dry_run` or `max_credits` would buy for real.
    """
    known = list(context["dag"].params)
    unknown = [name for name in context["dag_run"].conf or {} if name not in known]
    if unknown:
        sentences = [_unknown(name, known) for name in unknown]
        raise RunRefused(
            "\n".join(sentences)
            + f"\nThe params of {context['dag'].dag_id} are {', '.join(known)}."
            + "\nNothing was bought. Next: trigger it again with these names only."
        )


def _unknown(name: str, known: Iterable[str]) -> str:
    nearest = nearest_to(name, known)
    return f"Unknown param `{shown_line(name)}`." + (f" Did you mean `{nearest}`?" if nearest else "")


def nearest_to(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most resembles, without regard to case, dashes and underscores; None if none does."""
    plain = {_plain(one): one for one in known}
    found = get_close_matches(_plain(name), plain, n=1, cutoff=_ENOUGH_ALIKE)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
