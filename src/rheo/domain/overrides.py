"""Settings as keywords of the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from rheo.domain.network import HttpVersion, IpVersion, TlsVersion
from rheo.domain.proxy import Proxy
from rheo.domain.secret import Secret
from rheo.domain.settings import NameFrom, OnExists, RestrictFilenames, Sync, Verbosity, Verify
from rheo.domain.strategy import MirrorStrategy


class SettingsButCookies(TypedDict, total=False):
    """The same settings as keywords: each as its value, or as the text that may stand for it in a file.

    All but one, whose name means another thing where it is said of one download.
    """

    directory: Path | str
    max_concurrent: int | str | None
    connections: int | str | None
    connections_per_host: int | str | None
    request_delay: float | str
    min_split_size: int | str | None
    segment_size: int | str | None
    resume: bool | str
    join: bool | str
    reserve: bool | str
    on_exists: OnExists | str
    mirror_strategy: MirrorStrategy | str
    name_from: NameFrom | str
    restrict_filenames: RestrictFilenames | str | None
    retry: int | str
    retry_max_time: float | str
    retry_on: Sequence[str | int] | str
    refresh_command: str | None
    refresh_timeout: float | str
    connect_timeout: float | str
    first_byte_timeout: float | str
    stall_timeout: float | str
    timeout: float | str | None
    ca_file: Path | str | None
    verify: Verify | str
    follow_metalink: bool | str
    sync: Sync | str
    mtime: bool | str
    verbosity: Verbosity | str
    max_connections: int | str | None
    tls_timeout: float | str
    lowest_speed_limit: int | str | None
    attempt_timeout: float | str | None
    max_time: float | str | None
    idle_timeout: float | str
    connection_age: float | str | None
    user_agent: str | None
    referer: str | None
    max_redirects: int | str
    location_trusted: bool | str
    allow_downgrade: bool | str
    compressed: bool | str
    netrc: bool | str
    netrc_file: Path | str | None
    save_cookies: Path | str | None
    proxy: Proxy | str | None
    proxy_http: Proxy | str | None
    proxy_https: Proxy | str | None
    proxy_password: Secret | str | None
    noproxy: str | None
    proxies: bool | str
    ca_dir: Path | str | None
    pinned_pubkey: str | None
    tls_min: TlsVersion | str
    http_version: HttpVersion | str
    interface: str | None
    ip_version: IpVersion | str
    resolve: Sequence[str] | str


class SettingsOverrides(SettingsButCookies, total=False):
    """All settings as keywords."""

    cookies: Path | str | None
