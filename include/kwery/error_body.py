"""Finds code and message in a refusal, whatever its shape (behaviour 34)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from include.kwery.answers.lenient_json import loads

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
_UNSEEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<[^>]*>")
_LONGEST = 300

_CODE_NAMES = ("code", "error_code", "error", "type")
_MESSAGE_NAMES = ("message", "detail", "msg", "error_description", "description", "error", "title")
_TIER_NAMES = ("required_tier", "required_plan", "min_tier")
_NESTED_NAMES = ("detail", "error", "errors")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The contents of an error answer. `parameters` are the request parameters that it names as wrong."""

    code: str | None = None
    message: str = ""
    required_tier: str | None = None
    retry_after: str | int | float | None = None
    parameters: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Code and message for a search, in lower case."""
        return f"{self.code or ''} {self.message}".lower()


def read_refusal(body: bytes) -> Refusal:
    """Reads an error body: JSON of any known shape, text, HTML, or nothing."""
    text = body.decode("utf-8", errors="replace").strip()
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return Refusal(message=plain(text))
    return _from_json(value)


def plain(text: str) -> str:
    """One short line of text, without tags, scripts and line breaks."""
    if text.startswith("<"):
        text = html.unescape(_UNSEEN.sub(" ", text))
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _from_json(value: Any) -> Refusal:
    if isinstance(value, dict):
        return _from_object(value)
    if isinstance(value, list):
        return _from_list(value)
    return Refusal(message=plain(value)) if isinstance(value, str) else Refusal()


def _from_object(outer: dict[str, Any]) -> Refusal:
    inner = next(
        (_from_json(outer[name]) for name in _NESTED_NAMES if isinstance(outer.get(name), dict | list)), Refusal()
    )
    code = inner.code or _code(outer)
    retry_after = outer.get("retry_after")
    return Refusal(
        code=code,
        message=inner.message or _first_text(outer, _MESSAGE_NAMES) or "",
        required_tier=inner.required_tier or _first_text(outer, _TIER_NAMES),
        retry_after=retry_after if isinstance(retry_after, str | int | float) else inner.retry_after,
        parameters=inner.parameters,
    )


def _from_list(items: list[Any]) -> Refusal:
    """A list of {loc, msg} or of texts, as validating web frameworks send them."""
    parts, parameters = [], []
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("loc"), list):
            place = [str(step) for step in item["loc"]]
            parameters.extend(place[-1:])
            parts.append(f"{'.'.join(place)}: {item.get('msg', 'refused')}")
        else:
            parts.append(_from_json(item).message)
    return Refusal(message=plain("; ".join(part for part in parts if part)), parameters=tuple(parameters))


def _code(outer: dict[str, Any]) -> str | None:
    for name in (*_CODE_NAMES, "detail"):
        value = outer.get(name)
        if isinstance(value, str) and _CODE.fullmatch(value.strip()):
            return value.strip().lower().replace("-", "_")
    return None


def _first_text(outer: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = outer.get(name)
        if isinstance(value, str) and value.strip():
            return plain(value.strip())
    return None
