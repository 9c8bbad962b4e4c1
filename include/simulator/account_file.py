"""Where a simulator keeps what its accounts have used, so that a later one continues from there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

FORM = 1
"""The form of the file, noted in it."""


@dataclass(slots=True)
class Usage:
    """What one account has used: requests, rows and credits in all, and credits by calendar month (`2026-03`)."""

    requests: int = 0
    rows: int = 0
    credits: int = 0
    months: dict[str, int] = field(default_factory=dict)


class AccountFile:
    """The usage of accounts by their id, in one small JSON file that is replaced as a whole.

    Raises ValueError where the file holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.usage = self._read()
        self._written = self._text()

    def write(self) -> None:
        """Returns once what was used is on the disk; writes nothing where nothing changed."""
        text = self._text()
        if text == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with open(part, "w", opener=_private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._path)
        self._written = text

    def _text(self) -> str:
        return json.dumps({"form": FORM, "accounts": {name: asdict(one) for name, one in self.usage.items()}})

    def _read(self) -> dict[str, Usage]:
        try:
            kept = json.loads(self._path.read_bytes())
            if kept["form"] != FORM:
                raise ValueError(f"form {kept['form']!r} is not {FORM}")
            return {name: Usage(**one) for name, one in kept["accounts"].items()}
        except FileNotFoundError:
            return {}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{self._path} does not hold a simulator's accounts ({error}); remove it, and the simulator starts "
                "with accounts that have used nothing"
            ) from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
