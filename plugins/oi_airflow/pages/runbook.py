"""The chapter on alarms of docs/operating.md, as HTML."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from include.settings import ROOT

DOCUMENT = ROOT / "docs" / "operating.md"
_CHAPTER = re.compile(r"^## Alarms\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"<h3>(\w+)</h3>")


@cache
def runbook() -> Markup:
    """A heading for each alarm, whose id is the alarm's name; a sentence where the document is not installed."""
    text = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    chapter = _CHAPTER.search(text)
    if chapter is None:
        return Markup("<p>The runbook is docs/operating.md of the project, which is not installed here.</p>")
    html = MarkdownIt("commonmark", {"html": False}).render(chapter[1])
    return Markup(_HEADING.sub(r'<h3 id="\1">\1</h3>', html))  # noqa: S704 - our own document
