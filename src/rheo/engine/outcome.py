"""What is known of a file once it has its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.promise import Trust
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult, SourceShare, Verification
from rheo.engine.answers.content import suspicious
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.sources.source import Source


def result_of(
    request: DownloadRequest,
    *,
    sources: Sequence[Source],
    file: IncomingFile,
    resource: Resource,
    path: Path,
    size: int,
    resumed: int,
    shares: tuple[SourceShare, ...],
    seconds: float,
    one_version: bool,
    proven: bool,
) -> DownloadResult:
    """Return the result of a file at its path; `resumed` are the bytes of its `size` that an earlier run brought.

    `sources` are those that brought it, the reference first; `proven`: every piece has the digest that was given, or
    told, for it.
    """
    source, answers, promise = sources[0], sources[0].answers, file.assured.promise
    of_pieces = Trust.SAME_SERVER if request.pieces is None else request.trust
    promised = Verification.CONSISTENT if resource.size == size and one_version else Verification.UNVERIFIED
    length = Trust.LENGTH if resource.size == size else Trust.NOTHING
    version = resource if one_version and source.given == request.place else resource.unvouched()  # of the URL's own
    made, reused, insecure = _together(sources)
    return DownloadResult(
        path=path,
        size=size,
        resumed=resumed,
        seconds=seconds,
        url=request.url.text,
        final_url=source.url.text,
        checksums=promise.checksums,
        verification=Verification.VERIFIED if promise or proven else promised,
        trust=promise.trust if promise else of_pieces if proven else length,
        timings=answers.timings,
        content_type=resource.content_type,
        content_suspicious=suspicious(content_type=resource.content_type, name=file.name, beginning=file.beginning),
        sources=shares,
        redirects=source.redirects,
        proxy=answers.proxy,
        address=answers.address,
        insecure=insecure,
        connections_made=made,
        connections_reused=reused,
        http_version=answers.http_version,
        first_http_version=answers.first_http_version,
        etag=version.etag,
        last_modified=version.last_modified,
    )


def _together(sources: Sequence[Source]) -> tuple[int, int, bool]:
    """Return how many connections were made, how many reused, and whether any server was not verified, as wished."""
    made = reused = 0
    insecure = False
    for source in sources:
        answers = source.answers
        made, reused, insecure = made + answers.fresh, reused + answers.reused, insecure or answers.insecure
    return made, reused, insecure
