"""The pages as Airflow's plugin manager takes them: nothing is imported before a browser asks for one.

Every process of Airflow loads the plugins; the pages cost those that show none a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

URL_PREFIX = "/open-interest"


class LazyApp:
    """An ASGI application that hands each request to the real one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from oi_airflow.pages.app import app

        await app(scope, receive, send)
