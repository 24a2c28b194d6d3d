"""rheo: a download manager; one engine as a library and a command.

    result = rheo.download("https://example.com/a.iso", checksum="sha256:…")

The public names are those in `__all__`; each is loaded when it is first used, so that importing rheo costs
nothing. Everything below is internal.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""What type checkers believe to be true; `typing`, which says so, takes longer to load than all of `rheo --version`."""

if TYPE_CHECKING:
    from typing import Final

    from rheo import sync as sync
    from rheo.aio import DownloadManager as DownloadManager
    from rheo.api import download as download
    from rheo.api import download_async as download_async
    from rheo.api import probe as probe
    from rheo.api import probe_async as probe_async
    from rheo.api import verify as verify
    from rheo.api import verify_async as verify_async
    from rheo.config import load_settings as load_settings
    from rheo.domain.announced_digest import AnnouncedDigest as AnnouncedDigest
    from rheo.domain.batch.result import BatchResult as BatchResult
    from rheo.domain.batch.result import Left as Left
    from rheo.domain.batch.terms import Check as Check
    from rheo.domain.batch.terms import Duplicates as Duplicates
    from rheo.domain.checksum import Checksum as Checksum
    from rheo.domain.connection_counts import ConnectionCounts as ConnectionCounts
    from rheo.domain.connections import Connections as Connections
    from rheo.domain.connections import ConnectionsReason as ConnectionsReason
    from rheo.domain.download import DownloadId as DownloadId
    from rheo.domain.download import DownloadState as DownloadState
    from rheo.domain.download import Wait as Wait
    from rheo.domain.download import WaitReason as WaitReason
    from rheo.domain.errors import AttemptTimeoutError as AttemptTimeoutError
    from rheo.domain.errors import BadLineError as BadLineError
    from rheo.domain.errors import CertificateError as CertificateError
    from rheo.domain.errors import ChangedOnServerError as ChangedOnServerError
    from rheo.domain.errors import ChecksumMismatchError as ChecksumMismatchError
    from rheo.domain.errors import CodedBodyError as CodedBodyError
    from rheo.domain.errors import ConnectError as ConnectError
    from rheo.domain.errors import ConnectionLostError as ConnectionLostError
    from rheo.domain.errors import ConnectTimeoutError as ConnectTimeoutError
    from rheo.domain.errors import DestinationExistsError as DestinationExistsError
    from rheo.domain.errors import DiskFullError as DiskFullError
    from rheo.domain.errors import DownloadCancelledError as DownloadCancelledError
    from rheo.domain.errors import DownloadPausedError as DownloadPausedError
    from rheo.domain.errors import FirstByteTimeoutError as FirstByteTimeoutError
    from rheo.domain.errors import HostClosedError as HostClosedError
    from rheo.domain.errors import HttpStatusError as HttpStatusError
    from rheo.domain.errors import InternalError as InternalError
    from rheo.domain.errors import InvalidChecksumError as InvalidChecksumError
    from rheo.domain.errors import InvalidCookieError as InvalidCookieError
    from rheo.domain.errors import InvalidDestinationError as InvalidDestinationError
    from rheo.domain.errors import InvalidHashFileError as InvalidHashFileError
    from rheo.domain.errors import InvalidLedgerError as InvalidLedgerError
    from rheo.domain.errors import InvalidListError as InvalidListError
    from rheo.domain.errors import InvalidMetalinkError as InvalidMetalinkError
    from rheo.domain.errors import InvalidProxyError as InvalidProxyError
    from rheo.domain.errors import InvalidTransitionError as InvalidTransitionError
    from rheo.domain.errors import InvalidUrlError as InvalidUrlError
    from rheo.domain.errors import ManagerClosedError as ManagerClosedError
    from rheo.domain.errors import NeedsNewUrlError as NeedsNewUrlError
    from rheo.domain.errors import NetworkError as NetworkError
    from rheo.domain.errors import NoFileError as NoFileError
    from rheo.domain.errors import OriginalFailedError as OriginalFailedError
    from rheo.domain.errors import PermissionDeniedError as PermissionDeniedError
    from rheo.domain.errors import PromiseError as PromiseError
    from rheo.domain.errors import ProtocolError as ProtocolError
    from rheo.domain.errors import ProxyError as ProxyError
    from rheo.domain.errors import ProxyLoginError as ProxyLoginError
    from rheo.domain.errors import RangeMismatchError as RangeMismatchError
    from rheo.domain.errors import RedirectError as RedirectError
    from rheo.domain.errors import ResolveError as ResolveError
    from rheo.domain.errors import RheoError as RheoError
    from rheo.domain.errors import ServerError as ServerError
    from rheo.domain.errors import SettingsError as SettingsError
    from rheo.domain.errors import SizeMismatchError as SizeMismatchError
    from rheo.domain.errors import StallError as StallError
    from rheo.domain.errors import StorageError as StorageError
    from rheo.domain.errors import TakenOverError as TakenOverError
    from rheo.domain.errors import TargetBusyError as TargetBusyError
    from rheo.domain.errors import TimeLimitError as TimeLimitError
    from rheo.domain.errors import TlsError as TlsError
    from rheo.domain.errors import TransferError as TransferError
    from rheo.domain.errors import TruncatedBodyError as TruncatedBodyError
    from rheo.domain.errors import UnknownDownloadError as UnknownDownloadError
    from rheo.domain.errors import UnsupportedError as UnsupportedError
    from rheo.domain.errors import UnusableMetalinkError as UnusableMetalinkError
    from rheo.domain.errors import UsageError as UsageError
    from rheo.domain.events import DeadlineEndangered as DeadlineEndangered
    from rheo.domain.events import DownloadAdded as DownloadAdded
    from rheo.domain.events import DownloadCancelled as DownloadCancelled
    from rheo.domain.events import DownloadCompleted as DownloadCompleted
    from rheo.domain.events import DownloadFailed as DownloadFailed
    from rheo.domain.events import DownloadFollowed as DownloadFollowed
    from rheo.domain.events import DownloadPaused as DownloadPaused
    from rheo.domain.events import DownloadQueued as DownloadQueued
    from rheo.domain.events import DownloadRemoved as DownloadRemoved
    from rheo.domain.events import DownloadStarted as DownloadStarted
    from rheo.domain.events import DownloadWaiting as DownloadWaiting
    from rheo.domain.events import Event as Event
    from rheo.domain.events import Lagged as Lagged
    from rheo.domain.events import ProgressSampled as ProgressSampled
    from rheo.domain.information import Information as Information
    from rheo.domain.link import DeadLink as DeadLink
    from rheo.domain.login import AuthScheme as AuthScheme
    from rheo.domain.login import Bearer as Bearer
    from rheo.domain.login import Login as Login
    from rheo.domain.metalink.values import Metalink as Metalink
    from rheo.domain.metalink.values import MetalinkFile as MetalinkFile
    from rheo.domain.metalink.values import MetalinkSource as MetalinkSource
    from rheo.domain.naming import NameSource as NameSource
    from rheo.domain.network import ClientCertificate as ClientCertificate
    from rheo.domain.network import HttpVersion as HttpVersion
    from rheo.domain.network import IpVersion as IpVersion
    from rheo.domain.network import TlsVersion as TlsVersion
    from rheo.domain.pieces import Pieces as Pieces
    from rheo.domain.progress import Phase as Phase
    from rheo.domain.progress import Progress as Progress
    from rheo.domain.promise import Trust as Trust
    from rheo.domain.proxy import Proxy as Proxy
    from rheo.domain.result import DownloadResult as DownloadResult
    from rheo.domain.result import Redirect as Redirect
    from rheo.domain.result import SourceShare as SourceShare
    from rheo.domain.result import Timings as Timings
    from rheo.domain.result import Verification as Verification
    from rheo.domain.secret import Secret as Secret
    from rheo.domain.settings import NameFrom as NameFrom
    from rheo.domain.settings import OnExists as OnExists
    from rheo.domain.settings import RestrictFilenames as RestrictFilenames
    from rheo.domain.settings import Settings as Settings
    from rheo.domain.settings import Sync as Sync
    from rheo.domain.settings import Verbosity as Verbosity
    from rheo.domain.settings import Verify as Verify
    from rheo.domain.strategy import Candidate as Candidate
    from rheo.domain.strategy import MirrorStrategy as MirrorStrategy
    from rheo.domain.strategy import Strategy as Strategy
    from rheo.domain.timetable import Timetable as Timetable
    from rheo.domain.tls_session import Certificate as Certificate
    from rheo.domain.tls_session import TlsSession as TlsSession
    from rheo.domain.verified import VerifiedFile as VerifiedFile
    from rheo.engine.retries.retry import RetryPolicy as RetryPolicy
    from rheo.handle import DownloadHandle as DownloadHandle
    from rheo.wishes.metalink import read_metalink as read_metalink

__version__ = "0.1.0"

_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "rheo.aio": ("DownloadManager",),
    "rheo.api": ("download", "download_async", "probe", "probe_async", "verify", "verify_async"),
    "rheo.config": ("load_settings",),
    "rheo.domain.checksum": ("Checksum",),
    "rheo.domain.download": ("DownloadId", "DownloadState", "Wait", "WaitReason"),
    "rheo.domain.errors": (
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
        "InvalidMetalinkError",
        "InvalidHashFileError",
        "InvalidLedgerError",
        "InvalidListError",
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
    ),
    "rheo.domain.events": (
        "DeadlineEndangered",
        "DownloadAdded",
        "DownloadCancelled",
        "DownloadCompleted",
        "DownloadFailed",
        "DownloadFollowed",
        "DownloadPaused",
        "DownloadQueued",
        "DownloadRemoved",
        "DownloadStarted",
        "DownloadWaiting",
        "Event",
        "Lagged",
        "ProgressSampled",
    ),
    "rheo.domain.batch.result": ("BatchResult", "Left"),
    "rheo.domain.batch.terms": ("Check", "Duplicates"),
    "rheo.domain.connection_counts": ("ConnectionCounts",),
    "rheo.domain.connections": ("Connections", "ConnectionsReason"),
    "rheo.domain.information": ("Information",),
    "rheo.domain.metalink.values": ("Metalink", "MetalinkFile", "MetalinkSource"),
    "rheo.domain.announced_digest": ("AnnouncedDigest",),
    "rheo.domain.naming": ("NameSource",),
    "rheo.domain.pieces": ("Pieces",),
    "rheo.domain.progress": ("Phase", "Progress"),
    "rheo.domain.result": ("DownloadResult", "Redirect", "SourceShare", "Timings", "Verification"),
    "rheo.domain.settings": ("NameFrom", "OnExists", "RestrictFilenames", "Settings", "Sync", "Verbosity", "Verify"),
    "rheo.domain.strategy": ("Candidate", "MirrorStrategy", "Strategy"),
    "rheo.domain.link": ("DeadLink",),
    "rheo.domain.login": ("AuthScheme", "Bearer", "Login"),
    "rheo.domain.network": ("ClientCertificate", "HttpVersion", "IpVersion", "TlsVersion"),
    "rheo.domain.promise": ("Trust",),
    "rheo.domain.proxy": ("Proxy",),
    "rheo.domain.secret": ("Secret",),
    "rheo.domain.timetable": ("Timetable",),
    "rheo.domain.tls_session": ("Certificate", "TlsSession"),
    "rheo.domain.verified": ("VerifiedFile",),
    "rheo.engine.retries.retry": ("RetryPolicy",),
    "rheo.handle": ("DownloadHandle",),
    "rheo.wishes.metalink": ("read_metalink",),
}

__all__ = ["__version__", "sync"]
__all__ += [name for names in _HOMES.values() for name in names]
__all__.sort()


def __getattr__(name: str) -> object:
    """Load a public name from where it is defined (PEP 562)."""
    from importlib import import_module  # noqa: PLC0415  (not even this is needed to tell the version)

    if name == "sync":
        return import_module("rheo.sync")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'rheo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
