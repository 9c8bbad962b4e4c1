"""What can go wrong with a landed page."""

from __future__ import annotations


class LandingDamaged(Exception):
    """A landed page is missing or is not what was written; `path` is relative to the landing zone."""

    def __init__(self, path: str, root: str, expected: str, got: str) -> None:
        super().__init__(path, root, expected, got)
        self.path = path
        self.root = root
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        return (
            f"landed page {self.path} in {self.root}: expected {self.expected}, got {self.got}. "
            "Next: put the file back from a copy; without one, move it away and re-read its window, "
            "which is paid again."
        )
