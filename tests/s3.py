"""An S3 server for tests: the package localbucket behind a check of the signature, in a thread of this process."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from localbucket import S3Error, S3Handler

ACCESS_KEY = "tester"
SECRET_KEY = "s3-secret"
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
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
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
            return is_signed(self.command, self.path, self.headers)

        def _refuse(self, bucket: str, key: str) -> None:
            self._read_body()
            raise S3Error(HTTPStatus.FORBIDDEN, "SignatureDoesNotMatch", "The key or its secret is not known here.")

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


def is_signed(method: str, target: str, headers: Mapping[str, str]) -> bool:
    """Whether a request carries the signature (AWS, version 4) that only who has the secret can make."""
    pattern = rf"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/(\S+), ?SignedHeaders=(\S+), ?Signature=(\w+)"
    found = re.fullmatch(pattern, headers.get("Authorization", ""))
    if not found:
        return False
    scope, names, signature = found.groups()
    url = urlsplit(target)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in sorted(parse_qsl(url.query, keep_blank_values=True))
    )
    signed = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
    asked = "\n".join((method, url.path, query, signed, names, headers["x-amz-content-sha256"]))
    digest = hashlib.sha256(asked.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest))
    key = f"AWS4{SECRET_KEY}".encode()
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(key.hex(), signature)
