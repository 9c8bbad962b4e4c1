"""Content codings (RFC 9110, section 8.4) undone within a bound, so that a small body never expands without end."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

_MOST_CODINGS = 4
"""More codings on one body are not compression: each layer may expand a thousand times."""
_NO_CODING = ("", "identity")
_GZIP_MAGIC = b"\x1f\x8b"
_RAW_DEFLATE, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_STEP_BYTES = 16 * 1024
"""How much is fed at once: what follows the end of a stream is copied, and a body may hold thousands of streams."""


class UnknownCoding(ValueError):
    """The body has a coding that cannot be undone here; the text completes the sentence `but ...`."""


class CodingDamaged(ValueError):
    """The body is not what its coding says; the text completes the sentence `but ...`."""


class TooLarge(ValueError):
    """The body grows beyond the bound; `begins` is its first part."""

    def __init__(self, begins: bytes) -> None:
        self.begins = begins
        super().__init__()


class Decoded(NamedTuple):
    """A body without its codings.

    `unread_bytes` follow the end of the compressed data. They may be the remainder of a damaged body. `note` says what
    else is odd.
    """

    body: bytes
    unread_bytes: int = 0
    note: str | None = None


def undo(wire: bytes, content_encoding: str, most_bytes: int) -> Decoded:
    """The body under its codings.

    Reads gzip (of several members), x-gzip and deflate (with and without the zlib header), in any case and order.
    A body that is plain JSON in spite of its header is taken as it is, and gzip is read without one. No layer grows
    beyond `most_bytes`.
    Raises UnknownCoding, CodingDamaged or TooLarge.
    """
    codings = [name for part in content_encoding.split(",") if (name := part.strip().lower()) not in _NO_CODING]
    if not wire:
        return Decoded(wire)
    if not codings:
        if not wire.startswith(_GZIP_MAGIC):
            return Decoded(wire)
        return _without(["gzip"], wire, most_bytes)._replace(note="the body is gzip, which no header says")
    try:
        return _without(codings, wire, most_bytes)
    except (UnknownCoding, CodingDamaged):
        if not _looks_like_json(wire):
            raise
    return Decoded(wire, note=f"the header names the content coding {_shown(content_encoding)}, but the body is plain")


def _without(codings: list[str], wire: bytes, most_bytes: int) -> Decoded:
    if len(codings) > _MOST_CODINGS:
        raise UnknownCoding(f"the body has {len(codings)} content codings, more than the {_MOST_CODINGS} that are read")
    body, unread_bytes = wire, 0
    for name in reversed(codings):
        if name not in _DECODERS:
            raise UnknownCoding(f"the body has the content coding {_shown(name)}, which cannot be read here")
        body, rest_bytes = _undone(name, body, most_bytes)
        unread_bytes += rest_bytes
    return Decoded(body, unread_bytes)


def _undone(name: str, data: bytes, most_bytes: int) -> tuple[bytes, int]:
    """The data without one coding, and how many bytes follow it."""
    try:
        body, end = _DECODERS[name](data, most_bytes)
    except (zlib.error, EOFError) as error:
        raise CodingDamaged(f"its {name} coding is damaged ({error})") from None
    is_padding = not data[end:].strip(b"\0")  # zeros are common, and harmless
    return body, 0 if is_padding else len(data) - end


def _gunzip(data: bytes, most_bytes: int) -> tuple[bytes, int]:
    """The data of all members (RFC 1952, section 2.2), and where the last one ends."""
    body = bytearray()
    end = _inflate(_GZIP, data, 0, body, most_bytes)
    while data.startswith(_GZIP_MAGIC, end):
        end = _inflate(_GZIP, data, end, body, most_bytes)
    return bytes(body), end


def _inflate_either(data: bytes, most_bytes: int) -> tuple[bytes, int]:
    """`deflate` as RFC 9110 defines it, in the zlib format, or without its header as some servers send it."""
    body = bytearray()
    try:
        end = _inflate(_ZLIB, data, 0, body, most_bytes)
    except (zlib.error, EOFError) as damaged:
        body.clear()
        try:
            end = _inflate(_RAW_DEFLATE, data, 0, body, most_bytes)
        except (zlib.error, EOFError):
            raise damaged from None
    return bytes(body), end


def _inflate(window_bits: int, data: bytes, start: int, body: bytearray, most_bytes: int) -> int:
    """Adds the compressed stream that begins at `start` to `body`; returns where it ends."""
    stream = zlib.decompressobj(window_bits)
    at = start
    while not stream.eof:
        fed = data[at : at + _STEP_BYTES]
        if not fed:
            raise EOFError("it ends before its data does")
        at += len(fed)
        body += stream.decompress(fed, most_bytes + 1 - len(body))
        if len(body) > most_bytes:  # one byte more was allowed, which shows that there is more
            raise TooLarge(bytes(body))
    return at - len(stream.unused_data)


_Decoder = Callable[[bytes, int], tuple[bytes, int]]
_DECODERS: dict[str, _Decoder] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate_either}


def _looks_like_json(wire: bytes) -> bool:
    return wire[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _shown(text: str) -> str:
    return repr(text[:60])
