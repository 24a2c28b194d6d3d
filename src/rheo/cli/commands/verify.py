"""`rheo verify`: holds a file on the disk against a hash, or against a list that has one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.cli.terminal import say
from rheo.domain.checksum import Checksum, Digests, parse_checksum
from rheo.domain.checksum_list import ChecksumList
from rheo.domain.errors import ChecksumMismatchError, UsageError
from rheo.domain.listed import not_listed
from rheo.domain.settings import Settings
from rheo.domain.text import printable
from rheo.storage.checksum_file import read_checksum_list
from rheo.storage.digesting import read_into
from rheo.wishes import Wishes, is_address, policy_for, request_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on the command line."""

    path: str
    hashes: Sequence[str]
    hash_file: str | None
    """A list of hashes, by path or URL."""
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What the request for a list is to carry, by option."""
    env_file: Path | None
    as_json: bool


def verify(words: Words) -> int:
    """Tell that the file has every hash it should, and return 0; raises the RheoError that says what is wrong."""
    if not words.hashes and words.hash_file is None:
        raise UsageError("verify it against what? give a --hash, or a --hash-file that lists it")
    settings = settings_given(words.flags, words.env_file)
    checksums = [parse_checksum(text) for text in words.hashes]
    if words.hash_file is not None:
        checksums += _listed(words.path, _list(words, words.hash_file, settings))
    _check(words.path, checksums)
    _tell(words.path, checksums, as_json=words.as_json)
    return 0


def _check(path: str, checksums: Sequence[Checksum]) -> None:
    digests = Digests(checksums)
    read_into(path, digests.update)
    try:
        digests.check()
    except ChecksumMismatchError as error:
        message = f"{printable(path)} is not the file that was promised: {error.message}"
        raise ChecksumMismatchError(message, expected=error.expected, actual=error.actual) from error


def _listed(path: str, checksums: ChecksumList) -> tuple[Checksum, ...]:
    names = (Path(path).name,)
    found = checksums.checksums_of(names)
    if not found:
        raise not_listed(checksums, names, cure="; a list has it under its name, to the letter")
    return found


def _list(words: Words, place: str, settings: Settings) -> ChecksumList:
    if not is_address(place):
        return read_checksum_list(Path(place).expanduser())
    from rheo.application.manager import Manager  # noqa: PLC0415  (loads the engine, which files do not need)
    from rheo.session import Session  # noqa: PLC0415

    request = request_for(place, settings, cast(Wishes, http_keywords(words.http)))
    session = Session(settings, policy_for(settings, patient=False))
    session.open()
    with closing(session):
        return session.call(Manager.checksum_list, request).result()


def _tell(path: str, checksums: Sequence[Checksum], *, as_json: bool) -> None:
    if as_json:
        facts = {"type": "verified", "path": path, "checksums": [str(one) for one in checksums], "trust": "given"}
        sys.stdout.write(f"{json.dumps(facts)}\n")
        return
    algorithms = " and ".join(dict.fromkeys(one.algorithm for one in checksums))
    say(f"{path}: {algorithms} verified, hash given by you")
