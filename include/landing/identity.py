"""The note in a landing zone that says which ledger its pages belong to."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

NOTE = ".landing-zone"
"""Its path; it is not a page."""
CLAIMS = ".claim-"
"""What the path of a claim begins with; its ledger follows."""
_MEANT_FOR = "Pages that were paid for are landed here."


@dataclass(frozen=True, slots=True)
class Identity:
    """`ledger_id` names the ledger, `token` what that ledger noted last before it wrote here.

    `in_session` says that a process of that ledger lands pages, or died while it did.
    """

    ledger_id: str
    token: str
    in_session: bool = False

    @property
    def claim(self) -> str:
        """The path of the claim of its ledger."""
        return f"{CLAIMS}{self.ledger_id}"


class _Note(msgspec.Struct):
    ledger: str
    token: str
    meant_for: str = _MEANT_FOR
    in_session: bool = False


_DECODER = msgspec.json.Decoder(_Note)


def pack_identity(identity: Identity) -> bytes:
    """The bytes of the note."""
    return msgspec.json.encode(_Note(identity.ledger_id, identity.token, in_session=identity.in_session)) + b"\n"


def identity_in(data: bytes | None) -> Identity | None:
    """The identity that a note holds; None for no note, or one from before ledgers had names."""
    try:
        note = _DECODER.decode(data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Identity(note.ledger, note.token, note.in_session)
