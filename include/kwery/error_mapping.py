"""Maps an answer that is not a page to the error that says what happens next: by status first, by code second."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from include.kwery.answers.answer import Answer
from include.kwery.answers.headers import retry_after
from include.kwery.error_body import Refusal, plain, read_refusal
from include.kwery.errors import (
    CodingUnknown,
    ContractBroken,
    CreditsExhausted,
    CursorRejected,
    CursorTooLong,
    EndpointMissing,
    HistoryDepthExceeded,
    KeyRefused,
    KweryError,
    NoAnswerGiven,
    PlanRefused,
    RateLimited,
    RedirectRefused,
    RequestInvalid,
    SeriesRefused,
    TransportFailed,
    VendorUnavailable,
)
from include.kwery.http.body import Problem
from include.kwery.models import Request

_KEY_CODES = {
    "unauthorized", "invalid_api_key", "missing_api_key", "api_key_revoked", "api_key_expired", "api_key_paused",
    "account_suspended",
}  # fmt: skip
_BY_STATUS: dict[int, type[KweryError]] = {
    401: KeyRefused,
    402: CreditsExhausted,
    405: EndpointMissing,
    408: VendorUnavailable,
    429: RateLimited,
    501: EndpointMissing,
}
_PLAN_CODES = {"tier_restricted", "plan_required", "upgrade_required"}
_DEPTH_CODES = {"tier_restricted", "invalid_time_range"}
_ANY_PARAMETER_CODES = {None, "invalid_param", "invalid_parameter", "bad_request", "validation_error"}
_ABOUT_DEPTH = re.compile(r"history|depth|range|\bdays?\b|\bstart\b")
_ABOUT_CURSOR = re.compile(r"cursor|[`'\"]after[`'\"]|\bafter parameter|\bparameter after")
_ABOUT_LENGTH = re.compile(r"too (long|large)|length|exceed")
_TOO_LONG_STATUSES = (413, 414, 431)
_ABOUT_REQUEST = re.compile(r"symbol|market|source|interval|slug|ticker")


def refused(answer: Answer, request: Request | None, subject: str) -> KweryError:
    """The error for a whole answer whose status is not 2xx."""
    status = answer.status or 0
    refusal = read_refusal(answer.body)
    seconds, reason = retry_after(status, answer.headers, refusal.retry_after, answer.now)
    kind = _kind(status, refusal, request)
    if kind is RedirectRefused and _is_no_answer(answer):
        kind = NoAnswerGiven
    return kind(
        _sentence(answer, status, refusal),
        subject=subject,
        request=request,
        status=status,
        code=refusal.code,
        request_id=answer.request_id,
        wait_seconds=seconds,
        wait_reason=reason,
        charge_credits=_charged(answer),
        required_tier=refusal.required_tier,
    )


def not_whole(answer: Answer, request: Request | None, subject: str) -> TransportFailed:
    """The error for an answer that did not arrive, or not to its end; a charge header that arrived counts."""
    came = f"the answer ({answer.status}) was cut short" if answer.status else "no answer arrived"
    return TransportFailed(
        f"{came}: {answer.failure}",
        subject=subject,
        request=request,
        status=answer.status,
        request_id=answer.request_id,
        charge_credits=_charged(answer) if answer.sent else 0,
        answer_seen=False,
    )


def unreadable(answer: Answer, problem: Problem, request: Request | None, subject: str) -> KweryError:
    """The error for an answer that is not HTTP, or a 2xx one whose body was cut or cannot be decoded (60 and 61)."""
    if problem.kind == "unknown coding":
        return not_the_contract(answer, request, subject, f"{problem.sentence}; identity was requested", CodingUnknown)
    by_rows = request is not None and problem.kind == "too large"
    hint = "; if the vendor's rows have grown, raise api.max_row_bytes" if by_rows else ""
    return not_the_contract(answer, request, subject, problem.sentence + hint)


def not_the_contract(
    answer: Answer, request: Request | None, subject: str, why: str, kind: type[KweryError] = ContractBroken
) -> KweryError:
    """The error for a 2xx answer that cannot be read (behaviour 46): never an empty result.

    A page of something else in answer to a long cursor is a proxy's way to refuse its URL (behaviour 58).
    """
    begins = plain(answer.body[:500].decode("utf-8", errors="replace").strip())
    empty = "" if answer.problem else "; it is empty"
    came = "an answer came" if answer.status is None else f"the vendor answered {answer.status}"
    is_other = not answer.body.lstrip().startswith((b"{", b"\xef\xbb\xbf"))
    is_page_of_proxy = is_other and (answer.problem is None or answer.problem.kind == "no HTTP")
    if request is not None and request.has_long_cursor and is_page_of_proxy:
        kind = CursorTooLong
    shown = f"; it begins {begins!r}" if begins else empty
    return kind(
        f"{came}, but {why}{shown}",
        subject=subject,
        request=request,
        status=answer.status,
        code=read_refusal(answer.body).code,
        request_id=answer.request_id,
        charge_credits=_charged(answer),
        answer_seen=False,
    )


def invalid(request: Request, why: str) -> RequestInvalid:
    """The error for a request that is not sent (behaviour 4)."""
    return RequestInvalid(f"not sent, because {why}", request=request, charge_credits=0, answer_seen=False)


def cursor_too_long(request: Request, error: KweryError | None = None) -> CursorTooLong:
    """The error for a cursor that is not sent, or whose requests repeatedly end in `error` (behaviour 58)."""
    if error is None:
        message = "not sent, because a URL cannot hold the cursor"
        return CursorTooLong(message, request=request, charge_credits=0, answer_seen=False)
    return CursorTooLong(error.message, request=request, status=error.status, request_id=error.request_id)


def _kind(status: int, refusal: Refusal, request: Request | None) -> type[KweryError]:
    is_long = request is not None and request.has_long_cursor
    if is_long and (300 <= status < 400 or (status in (403, 405, 501) and refusal.code is None)):
        return CursorTooLong  # a firewall before the vendor refuses or redirects long URLs, and names no code
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status in _TOO_LONG_STATUSES and request is not None and request.after is not None:
        return CursorTooLong
    if status >= 500:
        return VendorUnavailable
    if status < 400:
        return RedirectRefused if status >= 300 else ContractBroken
    by_plan = _plan_kind(refusal, request)
    if by_plan is not None:
        return by_plan
    if status == 403:
        about_page = request is None and refusal.code not in _KEY_CODES
        return PlanRefused if about_page else KeyRefused  # an account page may just not be in the plan
    return _refused_request(status, refusal, request) if request else EndpointMissing


def _plan_kind(refusal: Refusal, request: Request | None) -> type[KweryError] | None:
    """The one outcome of all codes for a bound of the plan (behaviour 35): depth, unless they name another bound."""
    if refusal.code not in _PLAN_CODES and refusal.code not in _DEPTH_CODES:
        return None
    about_depth = refusal.code in _DEPTH_CODES or _ABOUT_DEPTH.search(refusal.text)
    about_other = _ABOUT_REQUEST.search(refusal.text)
    return HistoryDepthExceeded if request is not None and (about_depth or not about_other) else PlanRefused


def _refused_request(status: int, refusal: Refusal, request: Request) -> type[KweryError]:
    if request.has_long_cursor and not (refusal.parameters or _ABOUT_REQUEST.search(refusal.text)):
        return CursorTooLong
    if _is_about_cursor(status, refusal, request):
        return CursorTooLong if _ABOUT_LENGTH.search(refusal.text) else CursorRejected
    if status == 410 or (status == 404 and not _ABOUT_REQUEST.search(refusal.text)):
        return EndpointMissing
    return SeriesRefused


def _is_about_cursor(status: int, refusal: Refusal, request: Request) -> bool:
    """Earlier pages took the same parameters, so a complaint that names nothing else is about the cursor."""
    if request.after is None:
        return False
    if "after" in refusal.parameters or _ABOUT_CURSOR.search(refusal.text):
        return True
    named = refusal.parameters or _ABOUT_REQUEST.search(refusal.text)
    vague = status == 410 or (status != 404 and refusal.code in _ANY_PARAMETER_CODES)
    return vague and not named


def _is_no_answer(answer: Answer) -> bool:
    """True for a redirect status without a target; 304 answers a condition, and none was sent."""
    status = answer.status or 0
    return status == 304 or (300 <= status < 400 and not answer.headers.get("location"))


def _sentence(answer: Answer, status: int, refusal: Refusal) -> str:
    code = f" {refusal.code}" if refusal.code else ""
    if _is_no_answer(answer):
        return f"the vendor answered {status} ({_phrase(status)}), which holds no rows and leads nowhere"
    if 300 <= status < 400:
        target = _host(answer.headers.get("location", "")) or "the same host"
        return f"the vendor answered {status}, a redirect to {target}, which is not followed"
    message = refusal.message if refusal.message.lower() != refusal.code else ""
    return f"the vendor answered {status}{code}: {message or _phrase(status)}".rstrip(".")


def _host(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return "an address that cannot be read"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _charged(answer: Answer) -> int | None:
    return answer.charge[0] if answer.charge else None
