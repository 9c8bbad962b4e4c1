"""Text from outside as people may see it: no character that a terminal obeys, no login and no signature of a URL.

What the vendor, a row, a listing, a file name or a library's error holds is shown through one of these functions.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from include.domain.invisible import BLANK_LOOKING, DEFAULT_IGNORABLE

_UNSEEN = (
    "\x00-\x1f\x7f-\x9f"  # control characters: ESC and CSI among them
    "\u2028-\u2029\ufff9-\ufffb"  # line ends of Unicode, and marks of annotations
    "\ud800-\udfff"  # halves of a pair, which no encoding can write
    f"{DEFAULT_IGNORABLE}{BLANK_LOOKING}"  # invisible, or turning the direction of text
)
_CONTROL = re.compile(f"[{_UNSEEN}]")
_CONTROL_IN_LINES = re.compile(f"(?!\n)[{_UNSEEN}]")

_LOGIN = re.compile(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:)?//
        (?P<login> [^\s/?\#:@'"<>]*@                             # a user, or a token
        | [^\s/?\#:@'"<>\[]*:                                    # user:password, as people write it:
          (?! \d+ (?:['"]?[>,;.:)\]}]+ | ['"]) (?:\s|$) )        #   not a port that ends its word,
          (?=\S) (?: \S | [^\S\n](?!\S*//) ){0,300}@ )          #   but anything on the line, until the next URL
      | (?<![^\s'"<>=(,]) (?P<bare> [^\s/:@'"<>=(,]+ : [^\s@/]\S{0,300}@ ) (?=[\w\[])    # user:password@proxy:3128
    """,
    re.VERBOSE | re.MULTILINE,
)
"""It errs on the side of hiding: what may be a login is not shown, even where a port and a path could read so."""
_SECRET_PARAMETER = re.compile(
    r"""(?P<name>[?&;][\w.%-]*(?:sig|signature|token|passw(?:or)?d|pwd|secret|key|credential|auth)[\w.%-]*=)
    (?: [^&;\s'"<>\#] | ['"](?=[^\s&;'"<>\#:,.)\]}]) )+""",
    re.IGNORECASE | re.VERBOSE,
)
_LIKE_A_URL = re.compile(r"[@?&;]")


def shown(text: object) -> str:
    """`text` with its line breaks, and every other character that a terminal would obey, or hide, written as an escape.

    URLs in it lose logins and signatures.
    """
    return _CONTROL_IN_LINES.sub(_escaped, shown_url(str(text)))


def shown_line(text: object) -> str:
    """As `shown`, on one line: line breaks are escapes too."""
    return _CONTROL.sub(_escaped, shown_url(str(text)))


def shown_json(text: str) -> str:
    """A JSON text in which such characters are JSON's own escapes, so that it means the same."""
    return _CONTROL_IN_LINES.sub(_escaped_in_json, text)


def shown_url(text: str) -> str:
    """`text` with each URL in it shown without user, password, and secret parameters such as a signature."""
    if not _LIKE_A_URL.search(text):
        return text
    return _SECRET_PARAMETER.sub(r"\g<name>***", _LOGIN.sub(_without_login, text))


def secrets_in(url: str) -> set[str]:
    """The password and the secret parameters of a URL, as they stand there and decoded."""
    found = {match[0].partition("=")[2] for match in _SECRET_PARAMETER.finditer(url)}
    if login := _LOGIN.search(url):
        found.add((login["login"] or login["bare"]).removesuffix("@").partition(":")[2])
    return {text for secret in found for text in (secret, unquote(secret)) if text}


def _without_login(match: re.Match[str]) -> str:
    return "" if match["bare"] else f"{match['scheme'] or ''}//"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in _SHORT:
        return _SHORT[match[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped_in_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
