"""What is known of a file once it has its name."""

from __future__ import annotations

from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult, Verification
from rheo.engine.content import suspicious
from rheo.engine.incoming import IncomingFile
from rheo.engine.source import Source


def result_of(
    request: DownloadRequest,
    *,
    source: Source,
    file: IncomingFile,
    resource: Resource,
    path: Path,
    size: int,
    resumed: int,
    seconds: float,
    one_version: bool,
) -> DownloadResult:
    """Return the result of a file at its path; `resumed` are the bytes of its `size` that an earlier run brought."""
    promised = Verification.CONSISTENT if resource.size == size and one_version else Verification.UNVERIFIED
    return DownloadResult(
        path=path,
        size=size,
        resumed=resumed,
        seconds=seconds,
        url=request.url.text,
        final_url=source.url.text,
        checksums=request.checksums,
        verification=Verification.VERIFIED if request.checksums else promised,
        timings=source.timings,
        content_type=resource.content_type,
        content_suspicious=suspicious(content_type=resource.content_type, name=file.name, beginning=file.beginning),
        redirects=source.redirects,
        proxy=source.proxy,
        address=source.address,
        insecure=source.insecure,
        connections_made=source.fresh,
        connections_reused=source.reused,
        http_version=source.http_version,
        first_http_version=source.first_http_version,
    )
