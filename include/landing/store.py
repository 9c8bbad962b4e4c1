"""The landing zone: pages as received, on this machine or an object store; all after it can be replayed from it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from include.domain.display import shown_url
from include.kwery.models import Page, Request
from include.landing.envelope import Envelope, Unreadable, pack, page_in, sha256_of, unpack
from include.landing.errors import LandingDamaged, LandingFailed, LandingFull, LandingUnreachable
from include.landing.files import files_at
from include.landing.identity import CLAIMS, NOTE, Identity, identity_in, pack_identity
from include.landing.layout import SUFFIX, answers_among, beside, page_path
from include.landing.room import FILES_A_PAGE, HEADERS_BYTES, OUT_OF_ROOM, HeldRoom

__all__ = ["LandedPage", "LandingDamaged", "LandingStore"]

_PROBE = ".probe"
_PROBED_BYTES = 64 * 1024
"""A page of 1,000 rows takes some 20 KB."""


@dataclass(frozen=True, slots=True)
class LandedPage:
    """A page in the landing zone: `path` is relative to it, `sha256` is of the body, `bytes` is the stored size."""

    path: str
    sha256: str
    bytes: int
    page: Page
    window_id: str
    sequence: int
    charge_id: int
    lane: str | None = None
    """Who paid for it; None where it was landed before pages said so."""


class LandingStore:
    """Pages under a URL such as file:///data/landing or s3://bucket/prefix; may be used by several threads.

    A page is one file that appears whole or not at all: on this machine by fsync and rename, on object stores because
    a put is atomic there. No answer is ever replaced by another one, or deleted.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with self._reached():
            self._files = files_at(url)
        self._room: HeldRoom | None = None
        self._pages_in_flight = 0
        self._bytes_in_flight = 0
        self._full: str | None = None
        """Why nothing more may be requested: the room that was held is in use."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"LandingStore({shown_url(self._url)!r})"

    @property
    def url(self) -> str:
        """Where the pages are landed."""
        return self._url

    def check(self, page_count: int = 1) -> None:
        """Writes a file as large as that many pages, then a small one in its place; neither is a page.

        Raises LandingFull or LandingUnreachable when pages could not be landed either.
        """
        with self._reached():
            for data in (bytes(page_count * _PROBED_BYTES), b"Written to see that pages can be landed here.\n"):
                self._files.note(_PROBE, data)

    def identity(self) -> Identity | None:
        """Which ledger the pages belong to; None before one has written here. Raises LandingUnreachable."""
        with self._reached():
            return identity_in(self._files.read(NOTE))

    def identify(self, identity: Identity) -> None:
        """Notes which ledger the pages belong to. Raises LandingUnreachable."""
        with self._reached():
            self._files.note(NOTE, pack_identity(identity))

    def claim(self, identity: Identity, instead_of: str | None) -> bool:
        """Notes which ledger the pages belong to, unless another ledger does so at the same moment: False then.

        `instead_of` is a ledger that may have noted so before. Raises LandingUnreachable.

        No store here writes a note only where it is unchanged. So each process first writes a claim of its ledger, then
        looks for those of others, and empties its own once the note is written. Of two ledgers, one sees the other's
        claim or note. Nothing is deleted, since those who land pages may lack that right.
        """
        token = identity.token.encode()
        with self._reached():
            self._files.note(identity.claim, token)
            others = [path for path in self._files.starting_with(CLAIMS) if path != identity.claim]
            noted = identity_in(self._files.read(NOTE))
            is_taken = noted is not None and noted.ledger_id not in (identity.ledger_id, instead_of)
            if is_taken or any(self._files.read(path) for path in others):
                if self._files.read(identity.claim) == token:  # else of another process of the same ledger
                    self._files.note(identity.claim, b"")
                return False
            self._files.note(NOTE, pack_identity(identity))
            self._files.note(identity.claim, b"")
            return True

    def forget_claims(self) -> None:
        """Empties the claims of processes that died between the claim and the note. Raises LandingUnreachable."""
        with self._reached():
            for path in self._files.starting_with(CLAIMS):
                self._files.note(path, b"")

    @contextmanager
    def room_held(self, page_count: int, body_bytes: int) -> Iterator[None]:
        """Holds room for that many pages inside the block, each with a body of `body_bytes` at most.

        What is in flight can be landed then, also on a disk that has filled up meanwhile. An object store has no room
        to be held: there it only sees that as much can be written now as pages in flight usually take.

        Raises LandingFull, or LandingUnreachable, when room is lacking.
        """
        self._pages_in_flight, self._bytes_in_flight = page_count, page_count * (body_bytes + HEADERS_BYTES)
        try:
            with self._reached():
                self._room = self._files.hold(self._bytes_in_flight, page_count * FILES_A_PAGE)
            if self._room is None:
                self.check(page_count)
            yield
        finally:
            if self._room is not None:
                self._room.release()

    def see_room(self, window_id: str, sequence: int, request: Request) -> None:
        """Raises LandingFull or LandingUnreachable where the answer to a request that is about to leave could not land.

        On an object store each put that succeeds shows that; here it looks at the disk, the folder and its rights.
        """
        if self._full is not None:
            raise self._without_room(self._full)
        path = page_path(window_id, sequence, request)
        with self._reached():
            self._files.prepare(path, NOTE, self._pages_in_flight * FILES_A_PAGE)

    def land(self, window_id: str, sequence: int, charge_id: int, page: Page, lane: str | None = None) -> LandedPage:
        """Writes a page; from the return on it survives a crash (rule 1). `lane` says who paid for it.

        LandingFailed when it cannot be written, also not in the room that is held.
        When another answer to the same question lies there already, this one is put beside it: `path` says where.
        """
        sha256 = sha256_of(page.body)
        data = pack(window_id, sequence, charge_id, page, sha256, lane)
        path = page_path(window_id, sequence, page.request)
        try:
            path = self._write_beside(path, charge_id, data)
        except OSError as error:
            raise LandingFailed(path, self._url, error.strerror or str(error)) from error
        return LandedPage(path, sha256, len(data), page, window_id, sequence, charge_id, lane)

    def _write_beside(self, path: str, charge_id: int, data: bytes) -> str:
        """Writes a page at `path`, or beside a page that is there already; returns the path used.

        Where a write replaces a file, every page gets a path of its own: another may land at the same moment.
        """
        if self._files.replaces:
            path = beside(path, charge_id)
            self._write(path, data)
            return path
        while True:
            try:
                self._write(path, data)
                return path
            except FileExistsError:
                if self._files.read(path) == data:
                    return path
                path = beside(path, charge_id)

    def _write(self, path: str, data: bytes) -> None:
        """Writes a page, on a full disk into the room that was held for what is in flight."""
        try:
            self._files.write(path, data)
        except OSError as error:
            if error.errno not in OUT_OF_ROOM or self._room is None:
                raise
            with self._lock:
                self._full = error.strerror or str(error)
                self._room.release()
            self._files.write(path, data)

    def read(self, path: str, sha256: str | None = None) -> LandedPage:
        """The page at `path`, proven intact.

        LandingDamaged when it is missing, changed, or its body is not the one with `sha256`.
        """
        data = self._bytes(path)
        if data is None:
            raise self._damaged(path, "a page", "no file")
        return self._landed(path, data, sha256)

    def find(self, window_id: str, sequence: int, request: Request) -> LandedPage | None:
        """The answer to `request` if it has landed, so that a crash before the ledger's commit costs nothing (rule 1).

        LandingDamaged when the file is there but not intact.
        """
        for path in self._answers(page_path(window_id, sequence, request)):
            data = self._bytes(path)
            if data is not None:
                return self._found(path, data, window_id, sequence, request)
        return None

    def differs_from_another(self, landed: LandedPage) -> bool:
        """True when another landed answer to the same request is damaged or has a different body."""
        others = self._answers(page_path(landed.window_id, landed.sequence, landed.page.request))
        return any(path != landed.path and self.damage(path, landed.sha256) is not None for path in others)

    def _answers(self, path: str) -> list[str]:
        """The paths of the answers to the request of `path`; just `path` on a store that replaces nothing."""
        if not self._files.replaces:
            return [path]
        with self._reached():
            return answers_among(self._files.starting_with(path.removesuffix(SUFFIX)), path)

    def _found(self, path: str, data: bytes, window_id: str, sequence: int, request: Request) -> LandedPage:
        landed = self._landed(path, data, None)
        if (landed.window_id, landed.sequence, landed.page.request) != (window_id, sequence, request):
            raise self._damaged(path, f"the answer to {request.label}", f"an answer to {landed.page.request.label}")
        return landed

    def damage(self, path: str, sha256: str) -> str | None:
        """What is wrong with the page at `path`, as a sentence; None when it is intact."""
        try:
            self.read(path, sha256)
        except LandingDamaged as damaged:
            return damaged.finding
        return None

    def has(self, path: str) -> bool:
        """True when a file lies at `path`, intact or not."""
        return self._bytes(path) is not None

    def walk(self) -> Iterator[str]:
        """The paths of all pages, sorted; for replay."""
        with self._reached():
            found = self._files.find()
        for path in sorted(found):
            if path.endswith(SUFFIX):
                yield path

    def _bytes(self, path: str) -> bytes | None:
        with self._reached():
            return self._files.read(path)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in OUT_OF_ROOM:
                raise self._without_room(reason) from error
            raise LandingUnreachable(self._url, reason, error.errno) from error

    def _without_room(self, reason: str) -> LandingFull:
        return LandingFull(self._url, self._bytes_in_flight, self._pages_in_flight, reason)

    def _landed(self, path: str, data: bytes, sha256: str | None) -> LandedPage:
        try:
            envelope, body = unpack(data)
        except Unreadable as error:
            raise self._damaged(path, "a page", str(error)) from None
        return self._checked(path, envelope, body, len(data), sha256)

    def _checked(self, path: str, envelope: Envelope, body: bytes, size: int, sha256: str | None) -> LandedPage:
        got = sha256_of(body)
        for expected in (envelope.body_sha256, sha256):
            if expected not in (None, got):
                raise self._damaged(path, f"a body with SHA-256 {expected}", f"one with {got}")
        page = page_in(envelope, body)
        named = envelope.window_id, envelope.sequence, envelope.charge_id
        return LandedPage(path, got, size, page, *named, envelope.lane)

    def _damaged(self, path: str, expected: str, got: str) -> LandingDamaged:
        return LandingDamaged(path, self._url, expected, got)
