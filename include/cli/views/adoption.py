"""Landed pages that the ledger lacks, and what was registered of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.cli.console import print_message, say
from include.domain.clock import iso
from include.domain.text import counted


def print_adoptable(found: Mapping[str, Any]) -> None:
    """The page of `./oi ledger adopt --dry-run`."""
    if found["of_another_ledger"]:
        say("The landing zone belongs to another ledger: adopt nothing while that one is in use.")
    if not found["pages"] and not found["repeated"]:
        say("The ledger knows every landed page.")
    else:
        say(f"Landed, and unknown to the ledger: {_sums(found)}.")
        say(f"Adopting them saves the {counted(found['credits'], 'credit')} that they would cost again.")
    _print_left(found)


def print_adopted(done: Mapping[str, Any]) -> None:
    """The page of `./oi ledger adopt`."""
    if not done["pages"] and not done["repeated"]:
        say("The ledger knows every landed page; there was nothing to register.")
    else:
        say(f"Registered: {_sums(done)}. No request was made.")
        say("Next: ./oi load over their range, or the next run of a DAG; it loads them and does not buy them again.")
    _print_left(done)


def _sums(found: Mapping[str, Any]) -> str:
    span = f"received {_second(found['first_received'])} to {_second(found['last_received'])}"
    repeated = f", and {counted(found['repeated'], 'repeated page')}" if found["repeated"] else ""
    return (
        f"{counted(found['pages'], 'page')}{repeated} of {counted(found['windows'], 'window')} with "
        f"{counted(found['rows'], 'row')}, paid with {counted(found['credits'], 'credit')}, {span}"
    )


def _second(moment: Any) -> str:
    return iso(moment.replace(microsecond=0))


def _print_left(found: Mapping[str, Any]) -> None:
    for sentence in (*found["in_use"], *found["unreadable"]):
        print_message(f"Left: {sentence}")
