"""The transport on libcurl, which moves bytes and decides nothing by itself."""

from rheo.transport.curl.transport import CurlTransport

__all__ = ["CurlTransport"]
