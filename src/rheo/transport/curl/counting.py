"""Counts requests by the connection that they came to, once each, as they end."""

from __future__ import annotations

import pycurl

from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.errors import NetworkError


class Counting:
    """The counts of one transport; `counts` is replaced as a whole, so that any thread may read it."""

    def __init__(self) -> None:
        self.counts = ConnectionCounts()

    def ended(self, *, fresh: bool) -> None:
        """Count a request that was sent, over a connection that was made for it or not."""
        made, reused, refused = self.counts
        self.counts = ConnectionCounts(made + fresh, reused + (not fresh), refused)

    def failed(self, handle: pycurl.Curl, error: BaseException) -> None:
        """Count a request that ended without a whole answer, at whatever step."""
        if handle.getinfo(pycurl.REQUEST_SIZE):
            self.ended(fresh=handle.getinfo(pycurl.NUM_CONNECTS) > 0)
        elif isinstance(error, NetworkError):
            made, reused, refused = self.counts
            self.counts = ConnectionCounts(made, reused, refused + 1)
