"""Reads an answer's body within bounds: a body larger than its rows can be is cut while it arrives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from include.kwery.http.codings import CodingDamaged, TooLarge, UnknownCoding, undo

ENVELOPE_BYTES = 256 * 1024
"""Room for the fields beside the rows of a page."""
REFUSAL_BYTES = 256 * 1024
"""The part of an error answer that is read: its code and message are at the beginning."""
ACCOUNT_BYTES = 8 * 1024 * 1024
"""The bound of an account page: a list of some 40,000 symbols."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a body cannot be read; `sentence` completes `but ...`."""

    kind: Literal["too large", "unknown coding", "damaged coding", "no HTTP"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Body:
    """The payload of an answer, decoded.

    `problem` says why it is not the whole payload (None: it is); the payload is then its beginning, as far as it can
    be shown. `unread_bytes` follow its compressed data. `note` is an oddity that does not harm.
    """

    payload: bytes = b""
    problem: Problem | None = None
    unread_bytes: int = 0
    note: str | None = None


def page_bytes(limit: int, max_row_bytes: int) -> int:
    """The most that the answer to a request for `limit` rows may be."""
    return limit * max_row_bytes + ENVELOPE_BYTES


def most_bytes(status: int, success_bytes: int) -> int:
    """The bound of an answer by its status: a refusal or a redirect has no rows."""
    return success_bytes if 200 <= status < 300 else min(success_bytes, REFUSAL_BYTES)


def read_body(parts: Iterable[bytes], content_encoding: str, bound_bytes: int) -> Body:
    """Reads the parts as they arrive and undoes their codings; neither is done beyond `bound_bytes`."""
    try:
        wire = _whole(parts, bound_bytes)
        decoded = undo(wire, content_encoding, bound_bytes)
    except TooLarge as error:
        sentence = f"the body is larger than {bound_bytes:,} bytes and was cut there"
        return Body(error.begins, Problem("too large", sentence))
    except UnknownCoding as error:
        return Body(problem=Problem("unknown coding", str(error)))
    except CodingDamaged as error:
        return Body(problem=Problem("damaged coding", str(error)))
    return Body(decoded.body, unread_bytes=decoded.unread_bytes, note=decoded.note)


def _whole(parts: Iterable[bytes], bound_bytes: int) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > bound_bytes:
            raise TooLarge(bytes(body))
    return bytes(body)
