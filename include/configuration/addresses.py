"""Addresses that people write: what each setting takes, judged before anything is opened."""

from __future__ import annotations

import importlib.util
import re
from contextlib import suppress
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from include.configuration.text import hidden_character
from include.domain.hosts import is_host

_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs", "oss": "ossfs"}
"""Object stores beside S3, and the package that each needs."""
_BUILT_IN = ("file", "s3")
_FORMS = "write file:///path/to/landing or s3://bucket/prefix"
_S3_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PORT_OR_BRACKET = re.compile(r"[:\[\]]")


def landing_url(value: str) -> str:
    """The address of a landing zone without blanks around it. Raises ValueError, without showing the value."""
    url = value.strip()
    if hidden_character(url.replace(" ", "")):
        raise ValueError(f"it holds a control or an invisible character; {_FORMS}")
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError(f"it is not the address of a landing zone; {_FORMS}")
    scheme = scheme.lower()
    if scheme in _PACKAGES:
        _check_package(scheme, _PACKAGES[scheme])
    elif scheme not in _BUILT_IN:
        raise ValueError(f"no pages can be landed at {scheme!a}://; {_FORMS}")
    if scheme == "file" and not rest.startswith("/"):
        raise ValueError(f"a file address has three slashes before the path; {_FORMS}")
    if scheme != "file" and not rest.partition("/")[0]:
        raise ValueError(f"it names no bucket; write for example {scheme}://bucket/prefix")
    if scheme == "s3" and not _S3_BUCKET.fullmatch(rest.partition("/")[0]):
        raise ValueError(
            "it must name a bucket alone, without a login, a port or a query; write s3://bucket/prefix, with the login "
            "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and a server of your own in AWS_ENDPOINT_URL"
        )
    return f"{scheme}://{rest}"


def ledger_url(value: str) -> str:
    """The address of the ledger's database. Raises ValueError, without showing the value, for a file that moves with
    the working folder or is gone with the process: what was paid for would be bought again.
    """
    url = value.strip()
    scheme, _, rest = url.partition("://")
    if scheme.startswith("sqlite") and not rest.startswith("//"):
        raise ValueError("it must name a file by its absolute path; write sqlite:////path/to/ledger.db")
    if scheme.startswith("sqlite") and "?" in rest:
        raise ValueError(
            "a question mark in it begins options of the driver, so that another file would be opened; write %3F for "
            "one in the path, and leave options out"
        )
    return url


def clickhouse_host(value: str) -> str:
    """A host name or address alone, an IPv6 address in brackets. Raises ValueError."""
    host = value.strip()
    address = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    with suppress(ValueError):
        return f"[{IPv6Address(address)}]"
    if not is_host(host) or _PORT_OR_BRACKET.search(host) or hidden_character(host):
        raise ValueError(
            "it must be a host name alone, such as clickhouse.example.com; the port goes in CLICKHOUSE_PORT, and "
            "CLICKHOUSE_SECURE=true stands for https"
        )
    return host


def webhook(value: str) -> str:
    """The address of a webhook. Raises ValueError, without showing the value, which works like a password."""
    url = value.strip()
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        valid = False
    if not valid or hidden_character(url):
        raise ValueError("the webhook's address must begin with http:// or https:// and name a host")
    return url


def contact(value: str) -> str:
    """The address at which a person is reached: mailto:, http:// or https://. Raises ValueError."""
    link = value.strip()
    try:
        parts = urlsplit(link)
        valid = is_host(parts.hostname or "") if parts.scheme in ("http", "https") else "@" in parts.path.strip("@")
    except ValueError:
        valid = False
    if not valid or parts.scheme not in ("mailto", "http", "https") or hidden_character(link):
        raise ValueError("must be mailto: and a mail address, or begin with http:// or https:// and name a host")
    return link


def _check_package(scheme: str, package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ValueError(
            f"{scheme}:// needs the package {package}, which is not installed; run .venv/bin/pip install {package}"
        )
