"""The bytes could not be fetched: by the network, the server, or what it promised."""

from __future__ import annotations

from rheo.domain.errors.base import RheoError


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


class AttemptTimeoutError(NetworkError):
    """One request took longer than it may."""

    code = "attempt_timeout"


class TimeLimitError(NetworkError):
    """The download took longer than it may; what came is kept."""

    code = "time_limit"
    transient = False


class ProxyError(NetworkError):
    """The proxy could not be reached, or would not go on; transient by its cause."""

    code = "proxy_failed"

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class ProxyLoginError(NetworkError):
    """The proxy wants a login, or another one."""

    code = "proxy_login_refused"
    transient = False


class TlsError(NetworkError):
    """The TLS handshake failed for a reason other than the certificate."""

    code = "tls_failed"

    def __init__(self, message: str, *, transient: bool = True) -> None:
        super().__init__(message)
        self.transient = transient


class CertificateError(NetworkError):
    """The server's certificate was not accepted."""

    code = "certificate_rejected"
    transient = False


class ServerError(TransferError):
    """The server answered, but not with the file."""

    code = "server"


class OriginalFailedError(ServerError):
    """Another line of the list fetches the same URL, and failed; what became of that line says why."""

    code = "original_failed"


TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class HttpStatusError(ServerError):
    """A status that is not success."""

    code = "http_status"

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.transient = status in TRANSIENT_STATUSES
        self.retry_after = retry_after


class HostClosedError(ServerError):
    """The host asked to wait, perhaps by its answer to another download: nothing was sent."""

    code = "host_closed"
    transient = True

    def __init__(self, message: str, *, wait: float, vain: bool) -> None:
        """`wait` are the seconds until it is asked again; `vain` says that it has taken nothing for a while."""
        super().__init__(message)
        self.retry_after = wait
        self.vain = vain


class NoFileError(ServerError):
    """A success that brings no file: 204, 205, an unasked 206 or 304, or a web page in the place of a file's rest."""

    code = "no_file"

    def __init__(self, message: str, *, page: bool = False) -> None:
        """`page` says that a web page or JSON came where the rest of a file was asked for."""
        super().__init__(message)
        self.page = page


class NeedsNewUrlError(ServerError):
    """The URL serves the file no more, or a new one serves another file; what has come is kept for the right one."""

    code = "needs_new_url"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """`status` is that of the answer that refused; None where one came that was no file, or not this one."""
        super().__init__(message)
        self.status = status


class UnusableMetalinkError(ServerError):
    """What a server has as a Metalink is none, or cannot be trusted; the message says where."""

    code = "unusable_metalink"


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
    bad: tuple[tuple[int, int], ...] = ()
    """Bytes of a file on the disk that are known to be wrong, or missing, as ranges `[start, stop)`."""


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
    """The body is coded as nobody asked, or cannot be unpacked within reason."""

    code = "coded_body"
