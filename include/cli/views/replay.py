"""What a replay rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.cli.console import print_message, say


def print_replayed(replayed: Mapping[str, Any]) -> None:
    """The page of `./oi replay`."""
    loaded = replayed["loaded"]
    say(f"Replayed {replayed['pages']:,} landed pages with {replayed['rows']:,} rows; no request was made.")
    say(
        f"Rows: {loaded['new']:,} new, {loaded['changed']:,} restated, {loaded['unchanged']:,} as known before, "
        f"{loaded['quarantined']:,} in quarantine."
    )


def print_left(replayed: Mapping[str, Any]) -> None:
    """What was not judged again, one sentence each, on stderr."""
    if replayed["left"]:
        print_message("Left as it was:")
    for sentence in replayed["left"]:
        print_message(f"  - {sentence}")
