"""Files on S3, or on a server that speaks its protocol, by the client that comes inside pyarrow.

Key, region and endpoint are AWS's own variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION,
AWS_ENDPOINT_URL), profiles and roles.

A put replaces what lies at its path: the client sends no If-None-Match (pyarrow 26.0 drops the header). So each page is
named by its charge too (`replaces`): two answers to one question never meet at one path.
"""

from __future__ import annotations

import os
from typing import Any

_TIMEOUT_SECONDS = 30
_ATTEMPTS = 4


class S3Files:
    """The objects below s3://bucket/prefix; a put is atomic there, and lists go through as many pages as it takes."""

    def __init__(self, url: str) -> None:
        self._root = url.removeprefix("s3://").strip("/")
        self._bucket = self._root.partition("/")[0]
        self._client: Any = None

    @property
    def replaces(self) -> bool:
        return True

    def read(self, path: str) -> bytes | None:
        try:
            with self._fs.open_input_file(self._full(path)) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        with self._fs.open_output_stream(self._full(path), compression=None) as file:  # else `.zst` is packed once more
            file.write(data)

    def find(self) -> list[str]:
        from pyarrow.fs import FileSelector, FileType

        found = self._fs.get_file_info(FileSelector(self._root, allow_not_found=True, recursive=True))
        return [one.path[len(self._root) + 1 :] for one in found if one.type is FileType.File]

    def starting_with(self, prefix: str) -> list[str]:
        from pyarrow.fs import FileSelector

        folder = self._full(prefix.rpartition("/")[0])
        found = self._fs.get_file_info(FileSelector(folder, allow_not_found=True))
        named = (one.path[len(self._root) + 1 :] for one in found)
        return [path for path in named if path.startswith(prefix)]

    def note(self, path: str, data: bytes) -> None:
        self.write(path, data)

    def hold(self, byte_count: int, file_count: int) -> None:
        """A bucket has no room to be held."""

    def prepare(self, path: str, present: str, file_count: int) -> None:
        """There are no folders to be made, and every put shows whether the next one can be made."""

    @property
    def _fs(self) -> Any:
        """Made when it is first needed: loading pyarrow takes a while."""
        if self._client is None:
            self._client = _connect(self._bucket)
        return self._client

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"


def _connect(bucket: str) -> Any:
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem, resolve_s3_region

    given = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {
        "region": given or (None if endpoint else resolve_s3_region(bucket)),
        "endpoint_override": endpoint,
        "connect_timeout": _TIMEOUT_SECONDS,
        "request_timeout": _TIMEOUT_SECONDS,
        "retry_strategy": AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        "allow_delayed_open": True,  # a page is one put, not a multipart upload of one part
    }
    return S3FileSystem(**options)
