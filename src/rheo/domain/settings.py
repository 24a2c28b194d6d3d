"""Settings: everything that can be set, its default, and what is allowed.

A field's name is the keyword in Python, the key in TOML, `RHEO_` and its capitals in the environment, and
the long option with dashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from rheo.domain.network import HttpVersion, IpVersion, TlsVersion
from rheo.domain.proxy import Proxy
from rheo.domain.secret import Secret
from rheo.domain.setting_words import is_command_line, is_given_address, is_no_proxy, is_pin, is_retry_rule
from rheo.domain.strategy import MirrorStrategy
from rheo.domain.timetable import Timetable

T = TypeVar("T")

MEBIBYTE: Final = 1024 * 1024
HOST_LIMIT: Final = 16
"""Connections to one host, where nobody says how many."""


class OnExists(Enum):
    """What to do where a file of the chosen name exists already."""

    RENAME = "rename"
    """Take the next free name: `a.iso`, `a.1.iso`, `a.2.iso` …"""
    SKIP = "skip"
    """Leave it, and call the download done."""
    OVERWRITE = "overwrite"
    """Replace it once the new file is whole and verified."""
    ERROR = "error"
    """Fail."""
    NEWER = "newer"
    """Leave it as long as the server has no other version, else replace it."""
    SAME_SIZE = "skip-same-size"
    """Leave it if it has the size that the server tells, else replace it."""
    SAME_HASH = "skip-same-hash"
    """Leave it if it has a hash that is given or announced, else replace it."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash is a Python call, and this is asked a lot

    @property
    def replaces(self) -> bool:
        """Whether a file that comes takes the place of the one that is there."""
        return self not in {OnExists.RENAME, OnExists.SKIP, OnExists.ERROR}


LEAVING: Final = frozenset({OnExists.SKIP, OnExists.NEWER, OnExists.SAME_SIZE, OnExists.SAME_HASH})
"""Where a file that is there may be left as the download: it must not be another download's then."""


class NameFrom(Enum):
    """Who names a file, where the user does not."""

    URL = "url"
    """The URL that the user gave; a Content-Disposition is not asked."""
    HEADER = "header"
    """The server's Content-Disposition if there is one, else the URL that the user gave."""
    REDIRECT = "redirect"
    """The same, but the URL that the last redirect led to goes before the user's."""


class RestrictFilenames(Enum):
    """What else a name that server or URL suggest must not have; every name is safe without it."""

    WINDOWS = "windows"
    """Nor what Windows' Explorer acts upon: `desktop.ini`, `autorun.inf`, shortcuts and the like."""
    ASCII = "ascii"
    """Nothing but printable ASCII: letters lose their accents, all other characters become `_`."""


class Sync(Enum):
    """When a finished file is synced to the disk."""

    FULL = "full"
    """Each file by itself, before it gets its name, and the folder after."""
    GROUP = "group"
    """Small files together, many at a time; before they get their names."""
    OFF = "off"
    """Never; the operating system writes when it likes, and a power cut may leave an empty file."""


class Verbosity(Enum):
    """How much is told on the terminal."""

    QUIET = "quiet"
    """Nothing but errors."""
    NORMAL = "normal"
    VERBOSE = "verbose"
    """Also each retry, redirect and timing."""


class Verify(Enum):
    """Which hashes a file is held against besides those that are given, which count whatever this says."""

    OFF = "off"
    """None."""
    HEADERS = "headers"
    """Those that the answer's head announces."""
    AUTO = "auto"
    """Where there are none, also those of the lists that lie beside the file, such as `SHA256SUMS`."""


DEFAULT_CONCURRENT: Final = 8
DEFAULT_STREAMS: Final = 64


def _setting(default: T, words: str, **more: object) -> T:
    """Return a field; `words` is its help, the rest what may be written for it."""
    made: T = field(default=default, metadata={"help": words, **more})
    return made


def _proxy(words: str) -> Proxy | None:
    return _setting(None, words, such="a proxy such as http://proxy.example:3128 or socks5h://user@127.0.0.1:1080")


def _limit(words: str) -> Timetable | None:
    return _setting(None, words, such="a rate such as 5M, or a timetable such as Mon-Fri 08:00-18:00 1M; off")


def _seconds(default: float, words: str) -> float:
    return _setting(default, words, least=0.001)


def _no_seconds(words: str) -> float | None:
    return _setting(None, words, least=0.001)


def _auto_size(words: str) -> int | None:
    return _setting(None, words, least=1024, unit="bytes", absent="auto")


def _auto_number(words: str) -> int | None:
    return _setting(None, words, least=1, absent="auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Durations are seconds."""

    directory: Path = _setting(
        Path(), "folder that files go to; created when missing; with a list, a template: {host}/{path}"
    )
    max_concurrent: int | None = _setting(
        None, "files at once; unset: 8, or 64 while they share one HTTP/2 connection", least=1
    )
    connections: int | None = _auto_number(
        "connections for one file; unset: as many as bring more, found out in rounds"
    )
    connections_per_host: int | None = _auto_number(
        "connections to one host, for all files together; unset: 16, or --connections if that is more"
    )
    max_connections: int | None = _setting(None, "connections to all hosts together", least=1)
    min_split_size: int | None = _auto_size(
        "a file is split only where both parts keep this size; unset: 1M, or half a second's worth"
    )
    segment_size: int | None = _auto_size("what one request asks for at the most; unset: as fits the measured speed")
    limit_rate: Timetable | None = _limit(
        "bytes per second of all files together, or a timetable: 'Mon-Fri 08:00-18:00 1M; off'"
    )
    limit_rate_per_download: Timetable | None = _limit("the same of each file")
    request_delay: float = _setting(0.0, "least seconds between two requests to one host", least=0)
    max_memory: int = _setting(
        16 * MEBIBYTE, "what all files together may keep in memory, waiting for the disk", least=MEBIBYTE, unit="bytes"
    )
    resume: bool = _setting(True, "go on with the part that an earlier run left")
    join: bool = _setting(False, "wait for another rheo that fetches the same file, and share its outcome")
    reserve: bool = _setting(True, "reserve the room on the disk before the first byte")
    on_exists: OnExists = _setting(OnExists.RENAME, "what to do where the file exists already")
    mirror_strategy: MirrorStrategy = _setting(
        MirrorStrategy.FASTEST, "which of a file's mirrors gets the next connection"
    )
    name_from: NameFrom = _setting(
        NameFrom.HEADER, "who names the file: the URL, a header before it, or also a redirect"
    )
    restrict_filenames: RestrictFilenames | None = _setting(
        None, "what else to change in names: what Windows acts upon, or all that is not ASCII"
    )
    retry: int = _setting(5, "tries after the first one, without progress; 0: none", least=0)
    retry_max_time: float = _setting(600.0, "seconds that one file may spend failing before we give up", least=0)
    retry_on: tuple[str, ...] = _setting(
        (),
        "statuses and error codes to try again on, or not: 404, !503, certificate_rejected",
        word=is_retry_rule,
        such="statuses and error codes such as 404, !503, certificate_rejected",
    )
    refresh_command: str | None = _setting(
        None,
        "program and its arguments, asked for a new URL where one has expired: JSON in, a URL or JSON out",
        word=is_command_line,
        such="a program and its arguments, with quotes that end",
    )
    refresh_timeout: float = _seconds(60.0, "seconds that whoever is asked for a new URL may take")
    connect_timeout: float = _seconds(10.0, "seconds until a connection stands, to the proxy if there is one")
    tls_timeout: float = _seconds(10.0, "seconds from there until it can be used: a proxy's tunnel, TLS")
    first_byte_timeout: float = _seconds(30.0, "seconds from the request until the answer begins")
    stall_timeout: float = _seconds(20.0, "seconds that may bring less than 1 KiB, or than --lowest-speed-limit allows")
    timeout: float | None = _no_seconds(
        "sets the four timeouts at once, except those that are given beside it or later"
    )
    lowest_speed_limit: int | None = _setting(
        None, "bytes per second below which a connection is replaced, over --stall-timeout", least=1, unit="bytes"
    )
    attempt_timeout: float | None = _no_seconds("seconds that one request may take in all")
    max_time: float | None = _no_seconds("seconds that one file may take in all, with every try")
    idle_timeout: float = _setting(118.0, "seconds that a connection is kept without a request", least=1)
    connection_age: float | None = _setting(None, "seconds after which a connection is used for no more", least=1)
    user_agent: str | None = _setting(None, "what rheo calls itself; unset: rheo/VERSION")
    referer: str | None = _setting(
        None, "the page that the files are said to be linked from", such="a URL", private=True
    )
    max_redirects: int = _setting(20, "redirects that are followed", least=0)
    location_trusted: bool = _setting(False, "send logins, cookies and headers wherever a redirect leads")
    allow_downgrade: bool = _setting(False, "follow redirects from https to http")
    compressed: bool = _setting(
        False, "let servers compress files on the way (gzip, deflate), and unpack them; costs segments and resume"
    )
    netrc: bool = _setting(False, "take logins from ~/.netrc")
    netrc_file: Path | None = _setting(None, "take logins from this file, as .netrc has them")
    cookies: Path | None = _setting(None, "cookies to send, as browsers and curl save them (cookies.txt)")
    save_cookies: Path | None = _setting(None, "where to write the cookies of all answers at the end")
    proxy: Proxy | None = _proxy("proxy for all: http, https, socks4, socks4a, socks5 or socks5h://[USER@]HOST[:PORT]")
    proxy_http: Proxy | None = _proxy("proxy for http only, in the place of --proxy")
    proxy_https: Proxy | None = _proxy("proxy for https only, in the place of --proxy")
    proxy_password: Secret | None = _setting(
        None, "password of the proxies' user: env:NAME, file:PATH, or - to be asked", such="env:NAME or file:PATH"
    )
    noproxy: str | None = _setting(
        None,
        "hosts without a proxy: names, addresses, networks; * is all, '' none",
        word=is_no_proxy,
        such="hosts, addresses and networks such as localhost, .example.com, 10.0.0.0/8",
        may_be_empty=True,
    )
    proxies: bool = _setting(True, "use proxies at all, also those of the environment")
    ca_file: Path | None = _setting(None, "certificates to trust instead of the system's, as PEM")
    ca_dir: Path | None = _setting(None, "the same as a folder, with hashed names")
    pinned_pubkey: str | None = _setting(
        None,
        "keys of which the server must have one: sha256//BASE64",
        word=is_pin,
        such="sha256// and a key's digest in base64; several are joined by ;",
    )
    tls_min: TlsVersion = _setting(TlsVersion.TLS12, "least version of TLS")
    http_version: HttpVersion = _setting(HttpVersion.AUTO, "highest version of HTTP")
    interface: str | None = _setting(
        None,
        "network interface, or address of this machine, to go out from",
        word=str.isascii,
        such="an interface or an address in ASCII",
    )
    ip_version: IpVersion = _setting(IpVersion.ANY, "addresses to use")
    resolve: tuple[str, ...] = _setting(
        (),
        "addresses of a host, not looked up: HOST:PORT:ADDRESS",
        word=is_given_address,
        such="HOST:PORT:ADDRESS, such as example.com:443:[::1]",
    )
    verify: Verify = _setting(
        Verify.HEADERS, "hashes to check besides those given: none, announced ones, or also of lists beside the file"
    )
    follow_metalink: bool = _setting(
        True, "fetch what Metalinks list that URLs lead to, and use mirrors and hashes that servers tell of"
    )
    sync: Sync = _setting(Sync.GROUP, "when finished files are synced to the disk")
    mtime: bool = _setting(True, "give files the time that the server names")
    verbosity: Verbosity = _setting(Verbosity.NORMAL, "how much the command tells")
    hosts: Mapping[str, Mapping[str, object]] = field(default_factory=dict, hash=False)
    """What is set for single hosts, by name or, as `*.example.com`, for all below one; not by name of a setting."""

    @property
    def host_limit(self) -> int:
        """Connections that all downloads of one host may have together."""
        return self.connections_per_host or max(HOST_LIMIT, self.connections or 0)

    def for_host(self, host: str) -> Settings:
        """Return what is set for a host: its own name counts before the nearest name above it."""
        found = self._said_of(host)
        return replace(self, **found) if found else self  # type: ignore[arg-type]  # converted by the loader

    def limit_rate_of(self, host: str) -> Timetable | None:
        """Return what all downloads from a host may have together, beside the limit of all; None: nothing is said."""
        limit = self._said_of(host).get("limit_rate")
        return limit if isinstance(limit, Timetable) else None

    def limit_rate_per_download_of(self, host: str) -> Timetable | None:
        """Return what each download from a host may have; None: nothing is said of it, and it is as elsewhere."""
        said = self._said_of(host)
        limit = said.get("limit_rate_per_download")
        if isinstance(limit, Timetable):
            return limit
        return Timetable() if "limit_rate_per_download" in said else None

    def _said_of(self, host: str) -> Mapping[str, object]:
        if not self.hosts:
            return self.hosts
        above = host.removesuffix(".")
        found = self.hosts.get(above)
        while found is None and "." in above:
            above = above.partition(".")[2]
            found = self.hosts.get(f"*.{above}")
        return found or {}
