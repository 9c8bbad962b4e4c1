"""An S3 server for tests: the package localbucket behind a check of the access key, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from localbucket import S3Error, S3Handler

ACCESS_KEY = "tester"
BUCKET = "market-data"


@dataclass(frozen=True)
class S3Server:
    """A server with one bucket, whose objects are files of `folder`; `asked` are its requests, `PUT /bucket/key`."""

    endpoint: str
    folder: Path
    asked: list[str]

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to know."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "s3-secret",
            "AWS_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def url(self, prefix: str) -> str:
        return f"s3://{BUCKET}/{prefix}"


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """A server on 127.0.0.1 that ends with the block."""
    asked: list[str] = []

    class Handler(S3Handler):  # type: ignore[misc] # the package ships no types
        data_root = folder

        def _dispatch(self, action: Any) -> None:
            asked.append(f"{self.command} {self.path}")
            super()._dispatch(action if self._is_known() else self._refuse)

        def _is_known(self) -> bool:
            return f"Credential={ACCESS_KEY}/" in self.headers.get("Authorization", "")

        def _refuse(self, bucket: str, key: str) -> None:
            self._read_body()
            raise S3Error(HTTPStatus.FORBIDDEN, "InvalidAccessKeyId", "The access key is not known here.")

    (folder / BUCKET).mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="s3", daemon=True)
    thread.start()
    try:
        yield S3Server(f"http://127.0.0.1:{server.server_address[1]}", folder, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
