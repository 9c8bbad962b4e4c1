"""What can go wrong with a landed page."""

from __future__ import annotations

import errno

from include.domain.display import shown
from include.domain.errors import OiError
from include.domain.next_step import NextStep

_PASSING = frozenset({errno.EIO, errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT, errno.ESTALE, errno.ECONNRESET})
"""What may be over in a minute: a network file system, a store that was down."""

NO_COPY = "Where there is none, ./oi heal --damaged gives the page up and buys its time again"


class LandingError(OiError):
    """A page cannot be kept, or cannot be read back."""

    @property
    def sentence(self) -> str:
        """What failed, where, and what to do; `str` gives it without logins and control characters."""
        return Exception.__str__(self)

    def __str__(self) -> str:
        return shown(self.sentence)


class LandingFailed(LandingError):
    """A page could not be written; it was paid for and has to be requested again."""

    def __init__(self, path: str, root: str, reason: str) -> None:
        super().__init__(path, root, reason)
        self.path = path
        self.root = root
        self.reason = reason

    @property
    def sentence(self) -> str:
        return (
            f"page {self.path} could not be written to {self.root}: {self.reason}. This one page was paid for and is "
            "lost; all pages before it are kept. Next: free space there (or correct the rights), then run the same "
            "command again."
        )


class LandingUnreachable(LandingError):
    """The landing zone cannot be read or written at all.

    A scheduler tries again where the system's error number says that it may be over soon; a full disk or one that must
    not be written needs a person.
    """

    def __init__(self, root: str, reason: str, number: int | None = None) -> None:
        super().__init__(root, reason)
        self.root = root
        self.reason = reason
        if number is None or number in _PASSING:
            self.next_step = NextStep.RETRY

    @property
    def sentence(self) -> str:
        return (
            f"the landing zone {self.root} cannot be used: {' '.join(self.reason.split())}. What was landed "
            "there before is kept. Next: see that OI_LANDING_URL names a folder or a bucket that exists and may be "
            "written (for S3 by AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL where it is "
            "not Amazon's), then run the same command again."
        )


class LandingFull(LandingError):
    """The landing zone has no room for the pages that may be in flight; no page is lost by it."""

    def __init__(self, root: str, byte_count: int, page_count: int, reason: str) -> None:
        super().__init__(root, byte_count, page_count, reason)
        self.root = root
        self.byte_count = byte_count
        self.page_count = page_count
        self.reason = reason

    @property
    def sentence(self) -> str:
        return (
            f"the landing zone {self.root} has no room for {self.page_count:,} pages that may be in flight at once "
            f"({self.byte_count / 2**20:.1f} MiB): {self.reason}. Nothing more is bought, and no page is lost by it. "
            "Next: free space there, set OI_LANDING_URL to a larger place (copy what is landed), or lower "
            "api.concurrency; then run the same command again."
        )


class LandingDamaged(LandingError):
    """A landed page is missing or is not what was written; `path` is relative to the landing zone."""

    def __init__(self, path: str, root: str, expected: str, got: str) -> None:
        super().__init__(path, root, expected, got)
        self.path = path
        self.root = root
        self.expected = expected
        self.got = got

    @property
    def finding(self) -> str:
        return shown(f"landed page {self.path} in {self.root}: expected {self.expected}, got {self.got}")

    @property
    def sentence(self) -> str:
        return (
            f"{self.finding}. Next: put the file back from a copy; its batch waits for it, "
            f"everything else continues. {NO_COPY}"
        )
