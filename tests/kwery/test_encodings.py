from __future__ import annotations

import base64
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from include.kwery.encodings import in_any_case, in_one_case

ENCODERS: tuple[Callable[[bytes], bytes], ...] = (
    base64.b64encode,
    base64.urlsafe_b64encode,
    base64.b32encode,
    base64.b85encode,
    lambda text: text[::-1],
    lambda text: text.hex().encode(),
)
keys = st.binary(min_size=12, max_size=30).map(lambda text: bytes(byte % 94 + 33 for byte in text))


@given(keys, st.binary(max_size=6), st.sampled_from(ENCODERS), st.sampled_from(ENCODERS[:3]))
def test_rule_7_what_is_encoded_twice_is_known(
    key: bytes, before: bytes, inner: Callable[[bytes], bytes], outer: Callable[[bytes], bytes]
) -> None:
    """Wherever the text begins in what was encoded."""
    encoded = outer(before + inner(key) + b"end")
    assert any(part in encoded for part, _ in in_one_case(key))


@given(keys, st.sampled_from(ENCODERS[4:]), st.sampled_from(ENCODERS[4:]))
def test_rule_7_what_has_no_case_is_known_in_any(
    key: bytes, inner: Callable[[bytes], bytes], outer: Callable[[bytes], bytes]
) -> None:
    if inner is not outer or inner is ENCODERS[4]:
        assert any(part in outer(inner(key)).lower() for part in in_any_case(key))
