"""Every error that rheo raises, in one tree.

    RheoError
    ├── UsageError                      the caller's mistake
    │   ├── InvalidUrlError             invalid_url
    │   ├── InvalidProxyError           invalid_proxy
    │   ├── InvalidChecksumError        invalid_checksum
    │   ├── InvalidDestinationError     invalid_destination
    │   ├── InvalidCookieError          invalid_cookie
    │   ├── SettingsError               invalid_setting
    │   ├── UnknownDownloadError        unknown_download
    │   ├── InvalidTransitionError      invalid_transition
    │   └── ManagerClosedError          manager_closed
    ├── TransferError                   the bytes could not be fetched
    │   ├── NetworkError                                              transient
    │   │   ├── ResolveError            name_not_resolved             by its cause
    │   │   ├── ConnectError            connect_failed
    │   │   ├── ConnectionLostError     connection_lost
    │   │   ├── TruncatedBodyError      truncated_body
    │   │   ├── ConnectTimeoutError     connect_timeout
    │   │   ├── FirstByteTimeoutError   first_byte_timeout
    │   │   ├── StallError              stalled
    │   │   ├── TlsError                tls_failed
    │   │   └── CertificateError        certificate_rejected          permanent
    │   ├── ServerError                                               permanent
    │   │   ├── HttpStatusError         http_status                   by its status
    │   │   ├── NoFileError             no_file
    │   │   ├── ProtocolError           protocol_error
    │   │   ├── RangeMismatchError      range_mismatch
    │   │   └── RedirectError           redirect_refused
    │   └── PromiseError                                              permanent
    │       ├── ChecksumMismatchError   checksum_mismatch
    │       ├── SizeMismatchError       size_mismatch
    │       ├── ChangedOnServerError    changed_on_server
    │       └── CodedBodyError          coded_body
    ├── StorageError                    the bytes could not be kept
    │   ├── DiskFullError               disk_full
    │   ├── PermissionDeniedError       permission_denied
    │   ├── DestinationExistsError      destination_exists
    │   ├── TargetBusyError             target_busy
    │   └── TakenOverError              taken_over
    ├── DownloadCancelledError          cancelled
    ├── DownloadPausedError             paused
    └── InternalError                   internal_error               a bug in rheo

A class says what happened; `code` is the same word for programs and never changes once released.
`transient` tells whether trying again may help, before a policy has had its say.
Messages are sentences for people: what, where, and what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class RheoError(Exception):
    """Anything that rheo can say went wrong."""

    code: ClassVar[str] = "error"
    transient: bool = False
    retry_after: float | None = None
    """Seconds that the server asked us to wait; None where it did not say."""

    @property
    def message(self) -> str:
        """The sentence for people, with whatever notes were added on the way."""
        sentence = str(self.args[0]) if self.args else self.code
        return "; ".join([sentence, *getattr(self, "__notes__", ())])


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


class InvalidDestinationError(UsageError):
    """The place to write to cannot be one."""

    code = "invalid_destination"


class InvalidCookieError(UsageError):
    """A cookie that no request could carry, or a cookie file that cannot be read; none of its content is repeated."""

    code = "invalid_cookie"


class SettingsError(UsageError):
    """A setting's value, or its name, is not allowed; the message names the place that it came from."""

    code = "invalid_setting"


class UnknownDownloadError(UsageError):
    """No download has this id (any more)."""

    code = "unknown_download"


class InvalidTransitionError(UsageError):
    """What was asked is impossible in the download's present state."""

    code = "invalid_transition"


class ManagerClosedError(UsageError):
    """The manager is not open: not yet, no longer, or it lives in the process that this one was forked from."""

    code = "manager_closed"


class TransferError(RheoError):
    """The bytes could not be fetched."""

    code = "transfer"


class NetworkError(TransferError):
    """The network, or the machine at its other end, failed."""

    code = "network"
    transient = True


class ResolveError(NetworkError):
    """The host's name has no address; transient where the answer may be another one later."""

    code = "name_not_resolved"

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class ConnectError(NetworkError):
    """No connection to the host."""

    code = "connect_failed"


class ConnectionLostError(NetworkError):
    """The connection broke before the answer was whole."""

    code = "connection_lost"


class TruncatedBodyError(NetworkError):
    """The body ended before its announced length, or before its last chunk."""

    code = "truncated_body"


class ConnectTimeoutError(NetworkError):
    """Connecting, TLS included, took too long."""

    code = "connect_timeout"


class FirstByteTimeoutError(NetworkError):
    """The server took the request and stayed silent."""

    code = "first_byte_timeout"


class StallError(NetworkError):
    """The body came too slowly to be called progress."""

    code = "stalled"


class TlsError(NetworkError):
    """The TLS handshake failed for a reason other than the certificate."""

    code = "tls_failed"


class CertificateError(NetworkError):
    """The server's certificate was not accepted."""

    code = "certificate_rejected"
    transient = False


class ServerError(TransferError):
    """The server answered, but not with the file."""

    code = "server"


TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class HttpStatusError(ServerError):
    """A status that is not success."""

    code = "http_status"

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.transient = status in TRANSIENT_STATUSES
        self.retry_after = retry_after


class NoFileError(ServerError):
    """A success that brings no file: 204, 205, an unasked 206 or 304."""

    code = "no_file"


class ProtocolError(ServerError):
    """What came is not HTTP as we understand it."""

    code = "protocol_error"


class RangeMismatchError(ServerError):
    """The answer to a request for a range brings another range, or none."""

    code = "range_mismatch"


class RedirectError(ServerError):
    """A redirect that is not followed: too many, to plain http, to another scheme, or to nowhere."""

    code = "redirect_refused"


class PromiseError(TransferError):
    """What arrived is not what was promised."""

    code = "promise"


class ChecksumMismatchError(PromiseError):
    """The bytes have another digest than the one given."""

    code = "checksum_mismatch"

    def __init__(self, message: str, *, expected: str, actual: str) -> None:
        super().__init__(message)
        self.expected = expected
        self.actual = actual


class SizeMismatchError(PromiseError):
    """More bytes arrived than were announced."""

    code = "size_mismatch"


class ChangedOnServerError(PromiseError):
    """The file on the server became another one while it was fetched, again and again."""

    code = "changed_on_server"


class CodedBodyError(PromiseError):
    """The server compressed the body though it was asked not to."""

    code = "coded_body"


class StorageError(RheoError):
    """The bytes could not be kept."""

    code = "storage"


class DiskFullError(StorageError):
    """There is no room on the disk, or in the quota."""

    code = "disk_full"


class PermissionDeniedError(StorageError):
    """The file system does not let us."""

    code = "permission_denied"


class DestinationExistsError(StorageError):
    """A file of that name exists, and the wish was to stop then."""

    code = "destination_exists"


class TargetBusyError(StorageError):
    """Another process is downloading the same file to the same place."""

    code = "target_busy"
    inode: int | None = None
    """Which file that process writes, by the number that stays when it gets its name; None where it is not known."""


class TakenOverError(StorageError):
    """The part file is no longer ours: another process took it over, or somebody took it away."""

    code = "taken_over"


class DownloadCancelledError(RheoError):
    """The download was cancelled or removed."""

    code = "cancelled"


class DownloadPausedError(RheoError):
    """The download was still paused when its manager closed."""

    code = "paused"


class InternalError(RheoError):
    """Something happened that should be impossible; the log has the traceback."""

    code = "internal_error"
