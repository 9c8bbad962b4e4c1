"""Section `api`: how the vendor is reached."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator

from include.configuration.unquoted import Text
from include.kwery.api_key import ApiKey
from include.kwery.models import MAX_LIMIT
from include.kwery.query import api_root
from include.settings.fields import Seconds, Section

_MOST_IN_FLIGHT_BYTES = 400_000_000
"""What all answers that may arrive at once may have, so that they stay under 1 GB while they are read and landed."""


class Api(Section):
    """How the vendor is reached."""

    base_url: Text = "https://kwery-api.com"
    """With or without `/v1`. Change it for the simulator or a gateway."""
    key: SecretStr | None = None
    """Set it as KWERY_API_KEY, not in the file."""
    auth: Literal["header", "api-key", "api_key"] = "header"
    """How the key travels: the header `X-API-Key`, or for old gateways the query parameter of that name."""
    connect_timeout_seconds: Seconds = 10
    """Raise it on a network that connects slowly."""
    read_timeout_seconds: Seconds = 30
    """Longest silence within an answer."""
    total_timeout_seconds: Seconds = 120
    """Longest time for a whole answer, which may arrive in any number of parts."""
    concurrency: int = Field(16, ge=1, le=32)
    """Windows read at the same time.

    16 reach 20 requests a second while an answer takes at most 0.7 s; raise it where answers are slower.
    """
    attempts: int = Field(4, ge=1, le=20)
    """Tries of one request before its series is left for the next run."""
    max_wait_seconds: Seconds = 60
    """Longest single wait inside a run; a longer Retry-After ends the run cleanly instead."""
    row_cap: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)
    """Rows a page, never above the plan's own cap. Lower it only where large answers fail on the way."""
    max_row_bytes: int = Field(2000, ge=200, le=100_000)
    """Bytes for each row that a page may have, with 256 KB for the rest; a larger page is refused.

    A row has some 170 bytes; raise it should the vendor add long columns. With `concurrency` and `row_cap` it bounds
    the memory of a run.
    """
    harmless_fields: tuple[Text, ...] = ()
    """Fields and headers of an answer, by name or path, that say nothing about its rows.

    Any other unknown flag, or sentence, leaves an empty answer unproven.
    """
    _key_place: str = PrivateAttr("KWERY_API_KEY")

    @property
    def key_place(self) -> str:
        """Where the key is set, for messages."""
        return self._key_place

    def with_key_place(self, place: str) -> Api:
        """The same section, whose messages name `place` as where the key is set."""
        copy = self.model_copy()
        copy._key_place = place
        return copy

    @model_validator(mode="after")
    def _answers_fit_in_memory(self) -> Api:
        """Measured with 16 at once: 1.4 times their bodies."""
        in_flight_bytes = self.concurrency * self.row_cap * self.max_row_bytes
        if in_flight_bytes > _MOST_IN_FLIGHT_BYTES:
            raise ValueError(
                f"max_row_bytes {self.max_row_bytes:,} lets {self.concurrency} answers of {self.row_cap:,} rows take "
                f"{in_flight_bytes:,} bytes together, more than {_MOST_IN_FLIGHT_BYTES:,}: lower concurrency, row_cap "
                "or max_row_bytes"
            )
        return self

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        api_root(value.strip())
        return value.strip().rstrip("/")

    @field_validator("key")
    @classmethod
    def _key_length(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            ApiKey(value.get_secret_value())
        return value
