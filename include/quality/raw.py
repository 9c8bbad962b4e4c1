"""A page's rows as the exact texts received."""

from __future__ import annotations

from include.kwery.answers.lenient_json import DECODER
from include.kwery.answers.row_texts import row_texts
from include.quality.errors import BodyUnreadable


def raw_rows(body: bytes, page_path: str) -> list[bytes]:
    """The text of each entry of `data`, in order; BodyUnreadable when the body has no such list."""
    try:
        return row_texts(body)
    except ValueError as error:
        raise BodyUnreadable(page_path, str(error)) from None


def read_row(raw: bytes) -> object:
    """The value of one raw row, read tolerantly; None when even that fails."""
    try:
        return DECODER.decode(raw.decode())
    except (ValueError, RecursionError):
        return None
