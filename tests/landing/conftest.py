"""A page as the client gives it, and the places that it lands in."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.kwery.models import ChargeSource, Page, Request
from include.landing.store import LandingStore
from tests.kwery.pages import request
from tests.s3 import S3Server

WINDOW = "w1"
NOON = datetime(2026, 3, 7, 12, 0, 0, 123_000, tzinfo=UTC)


def page_of(body: bytes = b'{"data": []}', asked: Request | None = None, **changes: Any) -> Page:
    page = Page(
        request=asked or request(after="eyJvZmZzZXQiOiAxfQ=="),
        body=body,
        headers={"x-credits-used": "59", "date": "Sat, 07 Mar 2026 12:00:00 GMT"},
        status=200,
        received_at=NOON,
        vendor_time=NOON.replace(microsecond=0),
        row_count=3,
        next_cursor="a+b/c==",
        charge_credits=59,
        charge_source=ChargeSource.USED,
        credits_remaining=941,
        rows_capped=True,
        clamped_to=NOON - timedelta(days=1),
        clamped=True,
        request_id="r-1",
        warnings=("meta.returned says 6, but data has 3 rows",),
    )
    return replace(page, **changes)


@pytest.fixture(params=["file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LandingStore:
    if request.param == "s3":
        bucket: S3Server = request.getfixturevalue("s3")
        return LandingStore(bucket.url(f"{uuid.uuid4().hex}/landing zone"))
    where = tmp_path.as_uri() if request.param == "file" else f"memory://{uuid.uuid4().hex}"
    return LandingStore(f"{where}/landing zone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def on_disk(folder: Path) -> LandingStore:
    return LandingStore(folder.as_uri())
