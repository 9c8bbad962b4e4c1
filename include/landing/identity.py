"""The note in a landing zone that says which ledger its pages belong to."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

NOTE = ".landing-zone"
"""Its path; it is not a page."""
_MEANT_FOR = "Pages that were paid for are landed here."


@dataclass(frozen=True, slots=True)
class Identity:
    """`ledger_id` names the ledger, `token` what that ledger noted last before it wrote here."""

    ledger_id: str
    token: str


class _Note(msgspec.Struct):
    ledger: str
    token: str
    meant_for: str = _MEANT_FOR


_DECODER = msgspec.json.Decoder(_Note)


def pack_identity(identity: Identity) -> bytes:
    """The bytes of the note."""
    return msgspec.json.encode(_Note(identity.ledger_id, identity.token)) + b"\n"


def identity_in(data: bytes | None) -> Identity | None:
    """The identity that a note holds; None where there is none, or one from before ledgers had names."""
    try:
        note = _DECODER.decode(data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Identity(note.ledger, note.token)
