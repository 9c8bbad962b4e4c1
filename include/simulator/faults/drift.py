"""A fault that answers in the shapes of other versions of the vendor's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from include.domain.clock import parse_instant
from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from include.simulator.responses import VendorResponse


class DriftingEnvelope(Fault):
    """Rotates through the shapes of other versions: meta, timestamps, 24h, text numbers, headers, nested errors."""

    def reshape(self, answer: VendorResponse) -> None:
        shapes = SHAPES if answer.status == 200 else ERROR_SHAPES
        shapes[self.number % len(shapes)](answer)


def count_instead_of_returned(answer: VendorResponse) -> None:
    meta = _meta(answer)
    answer.body = {"data": answer.rows, "meta": {_COUNTED.get(k, k): v for k, v in meta.items() if k != "has_more"}}


def total_and_cursor_alone(answer: VendorResponse) -> None:
    meta = {"total": len(answer.rows), "next_cursor": _meta(answer)["next_cursor"]}
    answer.body = {"data": answer.rows, "meta": meta}


def extra_fields(answer: VendorResponse) -> None:
    for row in answer.rows:
        row |= {"exchange": row["source"], "contracts": None}
    unclamped = dict.fromkeys(("clamped", "clamped_reason", "original_start", "effective_start"))
    answer.body = {"data": answer.rows, "meta": {**unclamped, **_meta(answer), "notes": ["generation 3"]}}


def offset_timestamps(answer: VendorResponse) -> None:
    for row in _timed(answer):
        row["timestamp"] = parse_instant(row["timestamp"]).isoformat()


def microsecond_timestamps(answer: VendorResponse) -> None:
    for row in _timed(answer):
        row["timestamp"] = parse_instant(row["timestamp"]).isoformat(timespec="microseconds")


def day_as_24h(answer: VendorResponse) -> None:
    for holder in (*answer.rows, _meta(answer)):
        if holder["interval"] == "1d":
            holder["interval"] = "24h"


def text_numbers(answer: VendorResponse) -> None:
    for row in answer.rows:
        row |= {name: str(row[name]) for name in ("open_interest", "open_interest_usd") if row[name] is not None}


def charged_header(answer: VendorResponse) -> None:
    answer.headers["X-Credits-Charged"] = answer.headers.pop("X-Credits-Used")


def lower_case_headers(answer: VendorResponse) -> None:
    answer.headers = {name.lower(): value for name, value in answer.headers.items()}


def upper_case_headers(answer: VendorResponse) -> None:
    answer.headers = {name.upper(): value for name, value in answer.headers.items()}


def nested_detail(answer: VendorResponse) -> None:
    answer.body = {"detail": answer.body}


def detail_text(answer: VendorResponse) -> None:
    answer.body = {"detail": _message(answer)}


def detail_list(answer: VendorResponse) -> None:
    answer.body = {"detail": [{"loc": ["query"], "msg": _message(answer), "type": "value_error"}]}


def message_alone(answer: VendorResponse) -> None:
    answer.body = {"message": _message(answer)}


def plain_text(answer: VendorResponse) -> None:
    answer.body = _message(answer)


SHAPES: tuple[Callable[[VendorResponse], None], ...] = (
    count_instead_of_returned,
    total_and_cursor_alone,
    extra_fields,
    offset_timestamps,
    microsecond_timestamps,
    day_as_24h,
    text_numbers,
    charged_header,
    lower_case_headers,
    upper_case_headers,
)
ERROR_SHAPES: tuple[Callable[[VendorResponse], None], ...] = (
    nested_detail,
    detail_text,
    detail_list,
    message_alone,
    plain_text,
)
_COUNTED = {"returned": "count"}


def _meta(answer: VendorResponse) -> dict[str, Any]:
    meta: dict[str, Any] = answer.body["meta"] if isinstance(answer.body, dict) else {}
    return meta


def _timed(answer: VendorResponse) -> list[dict[str, Any]]:
    """The rows whose timestamp another fault has left readable."""
    return [row for row in answer.rows if isinstance(row["timestamp"], str) and row["timestamp"].endswith("Z")]


def _message(answer: VendorResponse) -> str:
    return str(answer.body["message"]) if isinstance(answer.body, dict) else str(answer.body)
