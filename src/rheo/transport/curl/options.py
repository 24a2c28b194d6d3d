"""What a libcurl handle is told: every option that would let it choose is set, so that it decides nothing by itself."""

from __future__ import annotations

from typing import Final

import pycurl

from rheo.transport.base import Request

BUFFER_SIZE: Final = 512 * 1024
"""What libcurl reads from a socket at once; it still hands over at most 16 KiB a call."""


def fix(handle: pycurl.Curl) -> None:
    """Take every decision away from libcurl, once for all requests of this handle."""
    option = handle.setopt
    option(pycurl.NOSIGNAL, 1)
    option(pycurl.FOLLOWLOCATION, 0)
    option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    option(pycurl.PROXY, "")
    option(pycurl.NOPROXY, "")
    option(pycurl.NETRC, pycurl.NETRC_IGNORED)
    option(pycurl.PATH_AS_IS, 1)
    option(pycurl.HTTP09_ALLOWED, 0)
    option(pycurl.SSL_VERIFYPEER, 1)
    option(pycurl.SSL_VERIFYHOST, 2)
    option(pycurl.BUFFERSIZE, BUFFER_SIZE)
    option(pycurl.TCP_KEEPALIVE, 1)


def configure(handle: pycurl.Curl, request: Request, trusted: str | None) -> None:
    """Set a handle up for requests like this one; the URL is another matter."""
    option = handle.setopt
    option(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in request.headers])
    option(pycurl.CONNECTTIMEOUT_MS, max(1, round(request.deadlines.connect * 1000)))
    version = pycurl.CURL_HTTP_VERSION_2TLS if request.multiplexed else pycurl.CURL_HTTP_VERSION_1_1
    option(pycurl.HTTP_VERSION, version)
    option(pycurl.PIPEWAIT, int(request.multiplexed))
    if trusted is not None:
        option(pycurl.CAINFO, trusted)
