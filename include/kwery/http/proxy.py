"""Which proxy the environment names for a host, by curl's rules, and what cannot be one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from include.domain.errors import UsageError
from include.domain.hosts import is_host

SCHEMES = ("http", "https", "socks5", "socks5h")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProxyUnusable(UsageError):
    """A variable names a proxy that cannot be one; `variable` is its name, the text does not show its value."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{problem}; write for example http://proxy.example.com:3128 or socks5://proxy:1080")
        self.variable = variable


def proxy_for(root: str, environment: Mapping[str, str]) -> str | None:
    """The proxy for requests to `root`, as a URL with a scheme; None to connect directly.

    The lower-case variable wins, then that of the scheme over ALL_PROXY; NO_PROXY excepts hosts. This machine itself is
    never reached through a proxy. Raises ProxyUnusable.
    """
    target = urlsplit(root)
    host = (target.hostname or "").rstrip(".")
    if _is_loopback(host) or is_excepted(host, target.port or _DEFAULT_PORTS[target.scheme], environment):
        return None
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            value = environment.get(variable)
            if value is not None and value.strip():
                return _usable(value.strip(), variable)
            if value is not None and variable == name:
                break  # an empty lower-case variable switches the upper-case one off
    return None


def is_excepted(host: str, port: int, environment: Mapping[str, str]) -> bool:
    """True when NO_PROXY names the host: `*`, a name (with the names below it), an address, a network, each with or
    without a port.
    """
    listed = environment.get("no_proxy")
    if listed is None:
        listed = environment.get("NO_PROXY", "")
    return any(_matches(entry.lower(), host.lower(), port) for entry in re.split(r"[,\s]+", listed) if entry)


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, only_port = _split_port(entry)
    if only_port not in (None, port):
        return False
    address = _address(host)
    if address is not None:
        return _holds(name, host)
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(entry: str) -> tuple[str, int | None]:
    """The name without brackets, and the port; an IPv6 address without brackets has none."""
    if match := re.fullmatch(r"\[([^\]]*)\](?::(\d+))?", entry):
        return match[1], int(match[2]) if match[2] else None
    name, colon, port = entry.rpartition(":")
    return (name, int(port)) if colon and ":" not in name and port.isdecimal() else (entry, None)


def _holds(network: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:  # a name never means an address
        return False


def _address(host: str) -> object | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _usable(value: str, variable: str) -> str:
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        valid = _has_host_and_port(parts)
    except ValueError:
        raise ProxyUnusable(variable, "it is not the address of a proxy") from None
    if parts.scheme not in SCHEMES:
        raise ProxyUnusable(variable, f"{parts.scheme}:// is not a kind of proxy known here ({', '.join(SCHEMES)})")
    if not valid or any(sign <= " " for sign in url):
        raise ProxyUnusable(variable, "it is not the address of a proxy")
    return f"{parts.scheme}://{parts.netloc}"


def _has_host_and_port(parts: SplitResult) -> bool:
    """Raises ValueError for a port that cannot be one."""
    return is_host(parts.hostname or "") and parts.port != 0
