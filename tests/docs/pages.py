"""The documentation as the tests read it: pages, their headings, links and fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from include.settings import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page or a part of one, in order."""
    return [Block(*found.groups()) for found in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def code_in(text: str) -> list[str]:
    """What a page says in code: each line of its fenced blocks that are for a shell, and each `word` in its prose."""
    shell = [line for block in blocks(text) if block.language == "sh" for line in block.text.splitlines()]
    return [*shell, *_CODE.findall(prose(text))]


def links(text: str) -> list[str]:
    """Where a page's links point to."""
    return _LINK.findall(prose(text))


def headings(text: str, level: int) -> list[str]:
    """The headings of one level, as written."""
    return [title for signs, title in _HEADING.findall(prose(text)) if len(signs) == level]


def section(text: str, title: str) -> str:
    """What stands under a heading, down to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {title!r}"
    return found.group(2)


def anchors(text: str) -> Iterator[str]:
    """The anchors that GitHub makes of a page's headings."""
    seen: dict[str, int] = {}
    for _, title in _HEADING.findall(prose(text)):
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
