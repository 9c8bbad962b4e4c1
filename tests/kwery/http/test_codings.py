from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kwery.http.codings import CodingDamaged, Decoded, TooLarge, UnknownCoding, undo

BODY = b'{"data": [1, 2, 3], "meta": {}}' * 20
MOST = 100_000


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def members(data: bytes, size: int = 100) -> bytes:
    return b"".join(gzip.compress(data[at : at + size]) for at in range(0, len(data), size))


def with_name_and_comment(data: bytes) -> bytes:
    """A gzip header with FNAME and FCOMMENT (RFC 1952, section 2.3)."""
    plain = gzip.compress(data)
    return plain[:3] + bytes([0b00011000]) + plain[4:10] + b"page.json\0a comment\0" + plain[10:]


def nested(times: int, data: bytes) -> bytes:
    for _ in range(times):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("", bytes),
        ("identity", bytes),
        (" Identity ,", bytes),
        ("gzip", gzip.compress),
        ("GZip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", members),
        ("gzip", with_name_and_comment),
        ("deflate", zlib.compress),
        ("Deflate", raw_deflate),
        ("gzip, gzip", partial(nested, 2)),
        ("identity, gzip,, x-gzip", partial(nested, 2)),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("gzip, deflate", lambda data: raw_deflate(gzip.compress(data))),
    ],
)
def test_every_coding_of_the_standards_is_undone(coding: str, compress: Callable[[bytes], bytes]) -> None:
    assert undo(compress(BODY), coding, MOST) == Decoded(BODY)


def test_gzip_is_read_where_no_header_names_it() -> None:
    assert undo(members(BODY), "identity", MOST) == Decoded(BODY, note="the body is gzip, which no header says")


@given(st.binary(max_size=3000), st.integers(1, 400))
def test_a_body_cut_into_members_is_the_same_body(data: bytes, size: int) -> None:
    assert undo(members(data, size), "gzip", MOST)[0] == data


@given(st.binary(min_size=1, max_size=300))
def test_deflate_is_read_with_and_without_its_header(data: bytes) -> None:
    for compress in (zlib.compress, raw_deflate):
        assert undo(compress(data), "deflate", MOST)[0] == data


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "aws-chunked", "gzip, br", "br, gzip", "none"])
def test_an_unknown_coding_is_named(coding: str) -> None:
    with pytest.raises(UnknownCoding, match=r"content coding '(br|zstd|compress|aws-chunked|none)'"):
        undo(gzip.compress(BODY), coding, MOST)


@pytest.mark.parametrize("coding", ["br", "gzip", "utf-8", "deflate"])
def test_plain_json_under_a_wrong_header_is_taken_as_it_is(coding: str) -> None:
    decoded = undo(b"\xef\xbb\xbf " + BODY, coding, MOST)
    assert decoded.body.endswith(BODY)
    assert coding in (decoded.note or "")


def test_more_layers_than_any_server_needs_are_refused() -> None:
    with pytest.raises(UnknownCoding, match="5 content codings"):
        undo(nested(5, BODY), "gzip," * 5, MOST)


@pytest.mark.parametrize("rest", [b"\0" * 512, b""])
def test_padding_with_zeros_is_no_oddity(rest: bytes) -> None:
    assert undo(gzip.compress(BODY) + rest, "gzip", MOST) == Decoded(BODY)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_garbage_after_the_data_is_left_out_and_counted(compress: Callable[[bytes], bytes]) -> None:
    coding = "gzip" if compress is gzip.compress else "deflate"
    assert undo(compress(BODY) + b"garbage", coding, MOST) == Decoded(BODY, 7)
    assert undo(gzip.compress(compress(BODY) + b"garbage") + b"more", f"{coding}, gzip", MOST) == Decoded(BODY, 11)


def _flipped(data: bytes) -> bytes:
    return data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]


@pytest.mark.parametrize(
    "wire",
    [
        gzip.compress(BODY)[:-1],
        gzip.compress(BODY)[:30],
        gzip.compress(BODY) + gzip.compress(BODY)[:-3],
        _flipped(gzip.compress(BODY)),
        b"\x1f\x8b",
        b"<html>busy</html>",
    ],
    ids=["cut", "cut early", "second member cut", "changed", "magic only", "no gzip"],
)
def test_damaged_data_is_never_taken_for_a_body(wire: bytes) -> None:
    with pytest.raises(CodingDamaged, match="gzip coding is damaged"):
        undo(wire, "gzip", MOST)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_body_is_never_expanded_beyond_its_bound(layers: int) -> None:
    """A gigabyte of zeros in a hundred members, each of them compressed a thousand times."""
    wire = nested(layers - 1, gzip.compress(bytes(10_000_000)) * 100)
    with pytest.raises(TooLarge) as caught:
        undo(wire, ",".join(["gzip"] * layers), MOST)
    assert len(caught.value.begins) == MOST + 1


@pytest.mark.parametrize("size", [MOST, MOST + 1])
def test_the_bound_is_exact(size: int) -> None:
    wire = members(bytes(size), 30_000)
    if size > MOST:
        with pytest.raises(TooLarge):
            undo(wire, "gzip", MOST)
    else:
        assert undo(wire, "gzip", MOST) == Decoded(bytes(size))


def test_thousands_of_empty_members_are_read_in_linear_time() -> None:
    """Each step copies what follows its member: 16 KB, not the whole rest of 2 MB."""
    wire = gzip.compress(b"") * 100_000 + gzip.compress(BODY)
    assert undo(wire, "gzip", MOST)[0] == BODY
