"""From a request to its simulator, and its answer onto the wire: header names in the page's own case, delays, cuts."""

from __future__ import annotations

import asyncio

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from include.simulator.responses import VendorResponse
from include.simulator.simulator import Simulator


class Wire(Response):
    """A response with its header names as given, not lower-cased."""

    def __init__(self, answer: VendorResponse) -> None:
        content_type = "text/plain; charset=utf-8" if isinstance(answer.body, str) else "application/json"
        super().__init__(answer.encoded(), answer.status)
        headers = {"Content-Type": content_type, "Content-Length": str(len(self.body)), **answer.headers}
        self.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


class CutWire(Wire):
    """A response whose body stops half-way; the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})


def simulator_of(request: Request) -> Simulator:
    """The simulator that the request was sent to."""
    served: Simulator = request.app.state.simulator
    return served


async def deliver(answer: VendorResponse) -> Response:
    """The response to send, after the answer's own delay."""
    if answer.delay_seconds:
        await asyncio.sleep(answer.delay_seconds)
    return CutWire(answer) if answer.cut else Wire(answer)
