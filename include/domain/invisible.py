"""Invisible characters that the categories of Unicode do not cover."""

from __future__ import annotations

DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Ranges of a regular expression: the property Default_Ignorable_Code_Point of Unicode 16.0, as its file
DerivedCoreProperties.txt lists it. Fillers, joiners, variation selectors and tags are among them."""
BLANK_LOOKING = "\u2800\U00016fe4\U0001d159"
"""Neither ignorable nor blanks by category, and drawn without ink: the Braille pattern without dots, the Khitan filler
and the musical null notehead."""
