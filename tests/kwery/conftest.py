"""A client that talks to a scripted server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from include.kwery.client import KweryClient
from tests.kwery.pages import KEY
from tests.kwery.scripted_server import Reply, ScriptedServer, serving

Start = Callable[..., tuple[KweryClient, ScriptedServer]]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(reply, ..., **client_options)` gives a client and the server that it asks."""
    with ExitStack() as stack:

        def run(*script: Any, path: str = "", **options: Any) -> tuple[KweryClient, ScriptedServer]:
            replies = script[0] if len(script) == 1 and not isinstance(script[0], Reply) else script
            server = stack.enter_context(serving(replies))
            return stack.enter_context(KweryClient(server.url + path, KEY, **options)), server

        yield run
