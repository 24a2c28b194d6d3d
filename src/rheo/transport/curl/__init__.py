"""The transport on libcurl, which moves bytes and decides nothing by itself."""

from rheo.transport.curl.pool import Keeping
from rheo.transport.curl.transport import CurlTransport

__all__ = ["CurlTransport", "Keeping"]
