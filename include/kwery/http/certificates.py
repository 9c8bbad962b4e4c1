"""The authorities that this machine trusts, and the variables that name others."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from include.domain.errors import UsageError

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""How OpenSSL looks a certificate up in a folder."""


class CertificatesUnusable(UsageError):
    """A variable names certificates that cannot be read; the text says which."""


def problems_with_certificates(environment: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE, by variable; empty when all can be used."""
    problems: dict[str, str] = {}
    if file := environment.get("SSL_CERT_FILE"):
        _note(problems, "SSL_CERT_FILE", _problem_with_file(file))
    elif folders := environment.get("SSL_CERT_DIR"):
        _note(problems, "SSL_CERT_DIR", _problem_with_folders(folders))
    if log := environment.get("SSLKEYLOGFILE"):
        _note(problems, "SSLKEYLOGFILE", _problem_with_log(log))
    return problems


def check_certificates(environment: Mapping[str, str]) -> None:
    """Raises CertificatesUnusable with every problem of `problems_with_certificates`."""
    problems = problems_with_certificates(environment)
    if problems:
        raise CertificatesUnusable("; ".join(f"{variable}: {problem}" for variable, problem in problems.items()))


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The authorities that this machine trusts, or the environment names: read once, for it takes a while.

    Raises CertificatesUnusable.
    """
    check_certificates(os.environ)
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    if folders := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folders)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _note(problems: dict[str, str], variable: str, problem: str | None) -> None:
    if problem is not None:
        problems[variable] = problem


def _problem_with_file(file: str) -> str | None:
    try:
        seen = os.stat(file)
        _read_certificates(file, (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
    except ssl.SSLError:
        return f"{file} holds no certificates; name a file of certificates in PEM form, or unset the variable"
    except OSError as error:
        return f"{file} cannot be read ({error.strerror}); name a file of certificates in PEM form, or unset it"
    return None


@lru_cache(maxsize=4)
def _read_certificates(file: str, version: tuple[int, ...]) -> None:
    """Reads a version of a file once: a system's file takes 10 ms, and settings are loaded at each look at a page.

    What it raises is not remembered.
    """
    del version
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)


def _problem_with_folders(folders: str) -> str | None:
    unreadable = None
    for folder in filter(None, folders.split(os.pathsep)):
        try:
            if any(_HASHED.fullmatch(one.name) for one in Path(folder).iterdir()):
                return None
        except OSError as error:  # OpenSSL passes over it, so one of several may be missing
            unreadable = error
    if unreadable is not None:
        return (
            f"{unreadable.filename} cannot be read ({unreadable.strerror}); name a folder of certificates, or unset it"
        )
    return f"{folders} holds no certificates under their hashes; run 'openssl rehash' there, or unset it"


def _problem_with_log(log: str) -> str | None:
    try:
        with open(log, "ab"):
            return None
    except OSError as error:
        return f"{log} cannot be written ({error.strerror}); name a file that can be, or unset the variable"
