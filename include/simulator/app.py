"""The HTTP surface: routes, where the key is, and errors in the vendor's shape."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from include.domain.market import SOURCES
from include.simulator import control
from include.simulator.delivery import deliver, simulator_of
from include.simulator.plans import ACCOUNT_PAGE_CREDITS
from include.simulator.responses import VendorResponse
from include.simulator.simulator import Simulator

Text = str | None


def build_app(simulator: Simulator) -> FastAPI:
    """The service around `simulator`, which is also found at `app.state.simulator`."""
    app = FastAPI(
        title="Kwery API simulator",
        description="Open interest as the vendor's page documents it.",
        routes=list(_routes()),
    )
    app.state.simulator = simulator

    @app.exception_handler(HTTPException)
    async def no_such_route(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid_parameter")
        body = {"error": code, "message": f"{request.method} {request.url.path}: {error.detail}"}
        return await deliver(simulator.sealed(VendorResponse(error.status_code, body)))

    return app


def key_of_request(request: Request) -> str | None:
    """The API key: the X-API-Key header, else the query parameter api-key, else api_key."""
    places = (request.headers.get("x-api-key"), *(request.query_params.get(name) for name in ("api-key", "api_key")))
    return next((key for key in places if key), None)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The routes of every simulator: FastAPI takes 10 ms to read their signatures, and a test may start hundreds."""
    router = APIRouter()
    _add_open_interest(router)
    for name in ACCOUNT_PAGE_CREDITS:
        _add_account_page(router, name)
    _add_health(router)
    router.include_router(control.router)
    return tuple(router.routes)


def _add_open_interest(router: APIRouter) -> None:
    # The parameters are declared as free text for the generated docs: what is wrong with one is answered by the
    # simulator, in the vendor's own words and order, not by the framework.
    @router.get("/v1/open-interest", tags=["vendor"])
    async def open_interest(
        request: Request,
        api_key: Annotated[Text, Query(alias="api-key", description="Your API key.")] = None,
        x_api_key: Annotated[Text, Header(description="Your API key; wins over the parameter.")] = None,
        symbol: Annotated[Text, Query(description="Asset symbol (required).")] = None,
        source: Annotated[Text, Query(description=f"One of {', '.join(SOURCES)}; default all.")] = None,
        interval: Annotated[Text, Query(description="5m, 15m, 1h, 4h or 1d; default 1h.")] = None,
        start: Annotated[Text, Query(description="ISO 8601, inclusive; default: one page of buckets.")] = None,
        end: Annotated[Text, Query(description="ISO 8601, exclusive; default: now.")] = None,
        limit: Annotated[Text, Query(description="1 to 1000; default 100.")] = None,
        after: Annotated[Text, Query(description="meta.next_cursor of the page before.")] = None,
    ) -> Response:
        """Open interest in ascending order of timestamp and source."""
        simulator = simulator_of(request)
        return await deliver(simulator.open_interest(key_of_request(request), request.query_params))


def _add_account_page(router: APIRouter, name: str) -> None:
    @router.get(f"/v1/{name}", name=name, tags=["vendor"])
    async def account_page(request: Request) -> Response:
        simulator = simulator_of(request)
        return await deliver(simulator.account_page(name, key_of_request(request), request.query_params))


def _add_health(router: APIRouter) -> None:
    @router.get("/v1/health", tags=["vendor"])
    @router.get("/health", tags=["vendor"])
    async def health(request: Request) -> Response:
        return await deliver(simulator_of(request).health())
