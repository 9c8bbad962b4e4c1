"""A webhook on this machine that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Webhook:
    """The texts that arrived, in order; `answers` is the status that it gives."""

    url: str = ""
    answers: int = 200
    texts: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Webhook]:
    """A webhook on a free port while the block runs; its address holds a secret, as those of chats do."""
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.texts.append(json.loads(body)["text"])
            self.send_response(webhook.answers)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        webhook.url = f"http://127.0.0.1:{server.server_port}/hooks/s3cret-of-the-chat"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield webhook
        finally:
            server.shutdown()
            thread.join()
