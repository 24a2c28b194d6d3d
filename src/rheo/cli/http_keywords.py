"""What the options of requests mean as wishes, with secrets in the place of what refers to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from rheo.config import read_secret
from rheo.domain.errors import UsageError
from rheo.domain.login import AuthScheme, Bearer, Login
from rheo.domain.network import ClientCertificate
from rheo.domain.secret import Secret
from rheo.domain.text import printable
from rheo.wishes.http import HttpKeywords, check_header

_BLANKS: Final = " \t"
"""What may stand around a value; line breaks are refused."""
_MOST_DATA: Final = 64 * 1024 * 1024
"""Bytes; they are held in memory, as a login may have them sent again."""


def http_keywords(given: Mapping[str, Any]) -> HttpKeywords:
    """Return the wishes that the options mean, with secrets in the place of what refers to them; raises UsageError."""
    keywords: HttpKeywords = {
        "headers": list(_headers(given["header"] or ())),
        "public_headers": list(_headers(given["public_header"] or ())),
        "cookies": list(_cookies(given["cookie"] or ())),
        "login": _login(given),
        "certificate": _certificate(given),
        "insecure": given["insecure"],
    }
    if given["auth"] is not None and keywords["login"] is None:
        keywords["auth"] = _scheme(given["auth"])
    if given["method"] is not None:
        keywords["method"] = given["method"]
    if given["data"] is not None:
        keywords["data"] = _data(given["data"])
    return keywords


def ask(prompt: str) -> str:
    """Ask on the terminal, unseen; raises UsageError where there is none."""
    from getpass import getpass  # noqa: PLC0415  (hardly ever)

    if not sys.stdin.isatty():
        raise UsageError(
            f"the {prompt.rstrip(': ')} cannot be asked for, as there is no terminal: env:NAME or file:PATH"
        )
    return getpass(prompt)


def _secret(text: str, what: str) -> Secret:
    return read_secret(text, what=what, environment=os.environ, ask=ask)


def _headers(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("@"):
            yield from _headers_of(line[1:])
        else:
            yield _header(line)


def _headers_of(path: str) -> Iterator[tuple[str, str]]:
    """Yield those of a file, a line each; what is wrong is said with file and line, and nothing of its content."""
    place = "standard input" if path == "-" else printable(path)
    for number, line in enumerate(_content(path).decode(errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            name, value = _header(line.removesuffix("\r"))
            check_header(name, value)
        except UsageError as error:
            raise UsageError(f"{place}, line {number}: {error.message}") from None
        yield name, value


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise UsageError("a header must have a colon: --header 'Name: value'")  # all of it may be a secret
    return name, _revealed(value.strip(_BLANKS), f"value of the header {name}")


def _cookies(pairs: Iterable[str]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        for one in filter(None, (piece.strip(_BLANKS) for piece in pair.split(";"))):
            name, equals, value = one.partition("=")
            if not equals:
                raise UsageError("a cookie must be NAME=VALUE; --cookies takes a file of them")
            yield name, _revealed(value, f"value of the cookie {name}")


def _revealed(value: str, what: str) -> str:
    refers = value.startswith(("env:", "file:"))
    return _secret(value, what).reveal() if refers else value


def _data(text: str) -> bytes:
    return _content(text[1:]) if text.startswith("@") else os.fsencode(text)


def _content(path: str) -> bytes:
    """Return what a file, or standard input for `-`, has."""
    if not path:
        raise UsageError("a file's name must follow the @, or - for standard input")
    if path == "-":
        return _whole(sys.stdin.buffer, "standard input")
    try:
        with Path(path).expanduser().open("rb") as file:
            return _whole(file, printable(path))
    except OSError as error:
        raise UsageError(f"{printable(path)} cannot be read: {error.strerror}") from None


def _whole(file: BinaryIO, name: str) -> bytes:
    content = file.read(_MOST_DATA + 1)
    if len(content) > _MOST_DATA:
        raise UsageError(f"{name} is larger than the 64 MiB that can be sent")
    return content


def _login(given: Mapping[str, Any]) -> Login | Bearer | None:
    user, bearer, auth = given["user"], given["bearer"], given["auth"]
    if user is not None and bearer is not None:
        raise UsageError("--user and --bearer contradict each other; leave one of them out")
    if bearer is not None:
        return Bearer(_secret(bearer, "token"))
    scheme = _scheme(auth)
    if user is None:
        return Login("", Secret(""), scheme) if scheme is AuthScheme.NEGOTIATE else None
    name, colon, password = user.partition(":")
    if not colon and scheme is not AuthScheme.NEGOTIATE:
        password = "-"  # noqa: S105  (to be asked for)
    if not name and scheme is not AuthScheme.NEGOTIATE:
        raise UsageError("--user must begin with a user's name: USER or USER:PASSWORD")
    what = f"password of {name}" if password == "-" else "password of --user"  # noqa: S105  (to be asked for)
    return Login(name, _secret(password, what) if password else Secret(""), scheme)


def _scheme(auth: str | None) -> AuthScheme:
    try:
        return AuthScheme(auth or AuthScheme.ANY)
    except ValueError:
        raise UsageError(f"--auth must be one of {', '.join(scheme.value for scheme in AuthScheme)}") from None


def _certificate(given: Mapping[str, Any]) -> ClientCertificate | None:
    certificate, key, password = given["cert"], given["key"], given["key_password"]
    if certificate is None:
        if key is not None or password is not None:
            raise UsageError("--key and --key-password belong to a certificate; name it with --cert")
        return None
    return ClientCertificate(
        Path(certificate).expanduser(),
        None if key is None else Path(key).expanduser(),
        None if password is None else _secret(password, "password of the key"),
    )
