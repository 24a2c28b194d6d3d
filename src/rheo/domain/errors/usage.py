"""The caller's mistakes."""

from __future__ import annotations

from rheo.domain.errors.base import RheoError


class UsageError(RheoError):
    """The caller asked for something that cannot be."""

    code = "usage"


class InvalidUrlError(UsageError):
    """The text is not a URL that rheo can fetch."""

    code = "invalid_url"


class InvalidProxyError(UsageError):
    """The text is not a proxy, or not a list of hosts that go without one."""

    code = "invalid_proxy"


class InvalidChecksumError(UsageError):
    """The text is not a checksum: unknown algorithm or a digest of the wrong form."""

    code = "invalid_checksum"


class InvalidHashFileError(UsageError):
    """A list of checksums that cannot be read, or that does not tell of the file."""

    code = "invalid_hash_file"


class InvalidListError(UsageError):
    """A list of what to fetch that cannot be read."""

    code = "invalid_list"


class InvalidLedgerError(UsageError):
    """What is named as the ledger of a batch is none, not this batch's, in use, or cannot be read or made."""

    code = "invalid_ledger"


class BadLineError(UsageError):
    """A line of a list that says nothing that can be fetched; the others are."""

    code = "bad_line"


class InvalidDestinationError(UsageError):
    """The place to write to cannot be one."""

    code = "invalid_destination"


class InvalidCookieError(UsageError):
    """A cookie that no request could carry, or a cookie file that cannot be read; none of its content is repeated."""

    code = "invalid_cookie"


class InvalidMetalinkError(UsageError):
    """The document is no Metalink, or one that cannot be trusted; the message says where."""

    code = "invalid_metalink"


class SettingsError(UsageError):
    """A setting's value, or its name, is not allowed; the message names the place that it came from."""

    code = "invalid_setting"


class UnsupportedError(UsageError):
    """Neither rheo nor its libcurl can do that."""

    code = "unsupported"


class UnknownDownloadError(UsageError):
    """No download has this id (any more)."""

    code = "unknown_download"


class InvalidTransitionError(UsageError):
    """What was asked is impossible in the download's present state."""

    code = "invalid_transition"


class ManagerClosedError(UsageError):
    """The manager is not open: not yet, no longer, or it lives in the process that this one was forked from."""

    code = "manager_closed"
