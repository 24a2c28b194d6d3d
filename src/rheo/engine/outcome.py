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
    answers = source.answers
    return DownloadResult(
        path=path,
        size=size,
        resumed=resumed,
        seconds=seconds,
        url=request.url.text,
        final_url=source.url.text,
        checksums=request.checksums,
        verification=Verification.VERIFIED if request.checksums else promised,
        timings=answers.timings,
        content_type=resource.content_type,
        content_suspicious=suspicious(content_type=resource.content_type, name=file.name, beginning=file.beginning),
        redirects=source.redirects,
        proxy=answers.proxy,
        address=answers.address,
        insecure=answers.insecure,
        connections_made=answers.fresh,
        connections_reused=answers.reused,
        http_version=answers.http_version,
        first_http_version=answers.first_http_version,
    )
