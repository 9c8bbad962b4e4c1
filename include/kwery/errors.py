"""What can go wrong with the vendor, sorted by what happens next (rule 8).

KweryError
├── WAIT         RateLimited           429: the plan's rate is used up
├── RETRY        VendorUnavailable     500, 502, 503, 504 and other 5xx but 501, 408
│                TransportFailed       no answer, or its body was cut
│                ContractBroken        an answer that is not as documented
├── STOP_SERIES  SeriesRefused         400, 404, 422: this symbol, source or interval is not served
│                └── RequestInvalid    refused here, before anything was sent
│                PlanRefused           403: the plan does not hold what was asked
│                └── HistoryDepthExceeded  400 or 403: the range is older than the plan shows
│                CursorRejected        400, 404, 410, 422: the cursor is no longer taken
│                └── CursorTooLong    413, 414, 431, not sent, or dropped: it does not fit in a URL
└── STOP_RUN     CreditsExhausted      402
                 KeyRefused            401, 403
                 EndpointMissing       404, 405, 410, 501
                 RedirectRefused       3xx: the key is never sent after a redirect
                 NoAnswerGiven         3xx that is not a redirect: 304, 300 and 305 without a Location
                 CodingUnknown         a body with a content coding that was not requested (a ContractBroken)
"""

from __future__ import annotations

from typing import ClassVar

from include.domain.display import shown_line
from include.domain.errors import OiError
from include.domain.next_step import NextStep
from include.kwery.models import Request


class KweryError(OiError):
    """A request to the vendor that gave no usable answer.

    `message` says what happened; `str(error)` adds the series and window, and what to do next. Neither holds the key.
    `status` is None when no status line arrived. `charge_credits` is what the request cost: a figure from the answer's
    headers, 0 when the request never left, None when unknown. `answer_seen` is False when no whole, readable answer
    arrived; with `charge_credits` None the vendor may have charged all the same (rule 2). `wait_reason` names
    where `wait_seconds` was found.
    """

    advice: ClassVar[str] = "read the vendor's answer above"

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        request: Request | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        wait_seconds: float | None = None,
        wait_reason: str | None = None,
        charge_credits: int | None = None,
        answer_seen: bool = True,
        required_tier: str | None = None,
    ) -> None:
        super().__init__(message, wait_seconds=wait_seconds)
        self.message = message
        self.subject = subject or (request.label if request else "")
        self.request = request
        self.status = status
        self.code = code
        self.request_id = request_id
        self.wait_reason = wait_reason
        self.charge_credits = charge_credits
        self.answer_seen = answer_seen
        self.required_tier = required_tier

    def __str__(self) -> str:
        where = f"{self.subject}: " if self.subject else ""
        traced = f" (request id {self.request_id})" if self.request_id else ""
        return shown_line(f"{where}{self.message}{traced}. Next: {self._next()}.")

    def _next(self) -> str:
        tier = f" (the vendor names plan {self.required_tier})" if self.required_tier else ""
        if self.wait_seconds is None:
            return self.advice + tier
        return f"{self.advice}{tier}; not before {self.wait_seconds:g} s from now, by {self.wait_reason}"


class RateLimited(KweryError):
    """The plan's request rate is used up."""

    next_step = NextStep.WAIT
    advice = "wait, then ask again; pages that arrived are kept"


class VendorUnavailable(KweryError):
    """The vendor could not answer just now."""

    next_step = NextStep.RETRY
    advice = "ask again a little later; pages that arrived are kept"


class TransportFailed(KweryError):
    """No answer arrived, or only a part of it."""

    next_step = NextStep.RETRY
    advice = "ask again a little later; if it stays, check the network, the proxy and KWERY_BASE_URL"


class ContractBroken(KweryError):
    """An answer arrived that is not as documented; a retry may be charged again."""

    next_step = NextStep.RETRY
    advice = "ask once more; if it stays, show the vendor this answer"


class CodingUnknown(ContractBroken):
    """The body has a content coding that cannot be read; a repeat would only be paid for again."""

    next_step = NextStep.STOP_RUN
    advice = "ask the vendor, or whoever runs the proxy between, to honour Accept-Encoding: identity"


class SeriesRefused(KweryError):
    """The vendor does not serve this symbol, source or interval; other series continue."""

    next_step = NextStep.STOP_SERIES
    advice = "leave this series out, or correct its symbol, source or interval in pipeline.yaml; other series continue"


class RequestInvalid(SeriesRefused):
    """A request that the vendor's documentation rules out; nothing was sent and nothing charged."""

    advice = "correct the requested range, symbol or limit"


class PlanRefused(KweryError):
    """The account's plan does not include what was requested."""

    next_step = NextStep.STOP_SERIES
    advice = "continue without it, or raise the plan"


class HistoryDepthExceeded(PlanRefused):
    """The range begins before the history that the plan shows."""

    advice = "request a later start (see max_history_days of /v1/limits) or raise the plan; other series continue"


class CursorRejected(KweryError):
    """The vendor no longer accepts the cursor."""

    next_step = NextStep.STOP_SERIES
    advice = "resume this window without a cursor, from its last landed timestamp"

    @property
    def why(self) -> str:
        """What is wrong with the cursor, as the beginning of a sentence."""
        return f"the vendor no longer takes the cursor ({self.code or self.status})"


class CursorTooLong(CursorRejected):
    """The vendor's cursor does not fit in a URL: its server, or one in between, refuses or drops the request."""

    @property
    def why(self) -> str:
        length = len(self.request.after or "") if self.request else 0
        status = f" ({self.status})" if self.status else ""
        return f"the vendor's cursor of {length:,} characters is longer than a URL may be{status}"


class CreditsExhausted(KweryError):
    """The account has no credits left."""

    advice = "wait for the next billing period or add credits (GET /v1/limits shows them, free); pages are kept"


class KeyRefused(KweryError):
    """The API key or its account is not accepted."""

    advice = "check the key and KWERY_AUTH, and the state of the key in the vendor's dashboard"


class EndpointMissing(KweryError):
    """The vendor does not have the endpoint."""

    advice = "check KWERY_BASE_URL and whether the vendor still offers this endpoint"


class NoAnswerGiven(KweryError):
    """A 3xx answer that leads nowhere, such as 304: it holds no rows."""

    advice = (
        "see which cache or gateway between here and KWERY_BASE_URL answers in the vendor's place, then run the same "
        "command again; pages that arrived are kept"
    )


class RedirectRefused(KweryError):
    """The vendor answered with a redirect; it was not followed, so that the key stays with the configured host."""

    advice = "if the new host is the vendor's, set KWERY_BASE_URL to it"
