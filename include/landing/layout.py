"""Where a page lies: a relative path that follows from the question alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from include.domain.clock import iso
from include.domain.dataset import Dataset
from include.kwery.models import Request

SUFFIX = ".json.zst"
FOLDERS = ("symbol=", "dataset=")
"""Prefixes of the names of the top-level folders."""
_LONGEST_NAME = 120
"""Longer quoted names are cut and get a hash: file systems stop at 255 bytes."""


@lru_cache(maxsize=256)  # needed before a request is sent, when its answer lands, and when it is committed
def page_path(window_id: str, sequence: int, request: Request) -> str:
    """`symbol=BTC/interval=1h/source=kalshi/<start>--<end>/<window>-<sequence>-<fingerprint>.json.zst`.

    A second answer to the same question, and every answer where writes replace files, has its charge after that name.

    Pages of other datasets than open interest lie under `dataset=<name>/`.
    """
    span = f"{_compact(request.start)}--{_compact(request.end)}"
    name = f"{quoted(window_id)}-{sequence:05d}-{request.fingerprint}{SUFFIX}"
    stream = request.stream
    source = quoted(stream.source or "all")
    folder = "" if stream.dataset is Dataset.OPEN_INTEREST else f"dataset={quoted(stream.dataset)}/"
    return f"{folder}symbol={quoted(stream.symbol)}/interval={stream.interval}/source={source}/{span}/{name}"


def beside(path: str, charge_id: int) -> str:
    """The path for a second answer to the same question, so that neither replaces the other."""
    return f"{path.removesuffix(SUFFIX)}-{charge_id}{SUFFIX}"


def answers_among(paths: Iterable[str], path: str) -> list[str]:
    """The paths of all answers to one request: `path` itself first, then those beside it, by charge."""
    beside_it = re.compile(rf"{re.escape(path.removesuffix(SUFFIX))}(-\d+)?{re.escape(SUFFIX)}")
    return sorted(filter(beside_it.fullmatch, paths), key=lambda found: (len(found), found))


@lru_cache(maxsize=256)
def quoted(text: str) -> str:
    """`text` as a part of a path on any store: percent-encoded, short, and never a dot or a slash alone."""
    name = quote(text, safe="")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:80]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _compact(instant: datetime) -> str:
    return iso(instant).replace("-", "").replace(":", "")
