"""Every error that rheo raises, in one tree.

    RheoError
    ├── UsageError                      the caller's mistake
    │   ├── InvalidUrlError             invalid_url
    │   ├── InvalidProxyError           invalid_proxy
    │   ├── InvalidChecksumError        invalid_checksum
    │   ├── InvalidHashFileError        invalid_hash_file
    │   ├── InvalidListError            invalid_list
    │   ├── InvalidLedgerError          invalid_ledger
    │   ├── BadLineError                bad_line
    │   ├── InvalidDestinationError     invalid_destination
    │   ├── InvalidCookieError          invalid_cookie
    │   ├── InvalidMetalinkError        invalid_metalink
    │   ├── SettingsError               invalid_setting
    │   ├── UnsupportedError            unsupported
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
    │   │   ├── AttemptTimeoutError     attempt_timeout
    │   │   ├── TimeLimitError          time_limit                    permanent
    │   │   ├── ProxyError              proxy_failed                  by its cause
    │   │   ├── ProxyLoginError         proxy_login_refused           permanent
    │   │   ├── TlsError                tls_failed
    │   │   └── CertificateError        certificate_rejected          permanent
    │   ├── ServerError                                               permanent
    │   │   ├── HttpStatusError         http_status                   by its status
    │   │   ├── OriginalFailedError     original_failed
    │   │   ├── HostClosedError         host_closed                   transient
    │   │   ├── NoFileError             no_file
    │   │   ├── NeedsNewUrlError        needs_new_url
    │   │   ├── UnusableMetalinkError   unusable_metalink
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

from rheo.domain.errors.base import (
    DownloadCancelledError,
    DownloadPausedError,
    InternalError,
    RheoError,
)
from rheo.domain.errors.storage import (
    DestinationExistsError,
    DiskFullError,
    PermissionDeniedError,
    StorageError,
    TakenOverError,
    TargetBusyError,
)
from rheo.domain.errors.transfer import (
    AttemptTimeoutError,
    CertificateError,
    ChangedOnServerError,
    ChecksumMismatchError,
    CodedBodyError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    FirstByteTimeoutError,
    HostClosedError,
    HttpStatusError,
    NeedsNewUrlError,
    NetworkError,
    NoFileError,
    OriginalFailedError,
    PromiseError,
    ProtocolError,
    ProxyError,
    ProxyLoginError,
    RangeMismatchError,
    RedirectError,
    ResolveError,
    ServerError,
    SizeMismatchError,
    StallError,
    TimeLimitError,
    TlsError,
    TransferError,
    TruncatedBodyError,
    UnusableMetalinkError,
)
from rheo.domain.errors.usage import (
    BadLineError,
    InvalidChecksumError,
    InvalidCookieError,
    InvalidDestinationError,
    InvalidHashFileError,
    InvalidLedgerError,
    InvalidListError,
    InvalidMetalinkError,
    InvalidProxyError,
    InvalidTransitionError,
    InvalidUrlError,
    ManagerClosedError,
    SettingsError,
    UnknownDownloadError,
    UnsupportedError,
    UsageError,
)

__all__ = [
    "AttemptTimeoutError",
    "BadLineError",
    "CertificateError",
    "ChangedOnServerError",
    "ChecksumMismatchError",
    "CodedBodyError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "DestinationExistsError",
    "DiskFullError",
    "DownloadCancelledError",
    "DownloadPausedError",
    "FirstByteTimeoutError",
    "HostClosedError",
    "HttpStatusError",
    "InternalError",
    "InvalidChecksumError",
    "InvalidCookieError",
    "InvalidDestinationError",
    "InvalidHashFileError",
    "InvalidLedgerError",
    "InvalidListError",
    "InvalidMetalinkError",
    "InvalidProxyError",
    "InvalidTransitionError",
    "InvalidUrlError",
    "ManagerClosedError",
    "NeedsNewUrlError",
    "NetworkError",
    "NoFileError",
    "OriginalFailedError",
    "PermissionDeniedError",
    "PromiseError",
    "ProtocolError",
    "ProxyError",
    "ProxyLoginError",
    "RangeMismatchError",
    "RedirectError",
    "ResolveError",
    "RheoError",
    "ServerError",
    "SettingsError",
    "SizeMismatchError",
    "StallError",
    "StorageError",
    "TakenOverError",
    "TargetBusyError",
    "TimeLimitError",
    "TlsError",
    "TransferError",
    "TruncatedBodyError",
    "UnknownDownloadError",
    "UnsupportedError",
    "UnusableMetalinkError",
    "UsageError",
]
