"""curl, command and library, goes without a proxy where we do; where we go further, the unit tests say so."""

from __future__ import annotations

import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator

import pycurl
import pytest

from rheo.domain.proxies import parse_no_proxy
from rheo.domain.url import parse_url

LISTS = {
    "www.example.com": (
        "www.example.com",
        "example.com",
        ".example.com",
        "example.com.",
        "EXAMPLE.COM",
        "com",
        "ample.com",
        "a.www.example.com",
        "..example.com",
        "example.com..",
        "*.example.com",
        "*",
        "a,*",
        ".",
        ",",
        "a,b , example.com",
        ",,example.com",
        "example.com\t,a",
        "1.2.3.4/1,a",
    ),
    "www.Example.com.": ("example.com", "example.com.", "www.example.com", "www.example.org"),
    "1.2.3.4": (
        "1.2.3.4",
        "1.2.3.5",
        "01.2.3.4",
        "2.3.4",
        ".1.2.3.4",
        "4",
        "1.2.3.4/32",
        "1.2.3.5/32",
        "1.2.3.5/31",
        "1.2.3.7/30",
        "1.2.3.8/29",
        "1.9.9.9/8",
        "1.9.9.9/08",
        "[1.2.3.4]",
        "a, 1.0.0.0/12",
    ),
    "0x01.131844": ("1.2.3.4", "1.2.3.0/24", "0x01.131844"),
    "[2001:DB8::1]": ("2001:db8::1", "2001:db8::2", "2001:db9::/32", "1.2.3.4,2001:db8::1"),
}
LISTS_OF_THE_LIBRARY = {
    "[2001:db8::1]": (
        "2001:db8:0:0::1",
        "2001:db8::/32",
        "2001:db8::ffff/112",
        "2001:db8::/33",
        "2001:db8:8000::/33",
        "2001:db9::/31",
        "::/1",
        "8000::/1",
    ),
    "[::ffff:1.2.3.4]": ("1.2.3.4", "::ffff:1.2.3.4", "::ffff:102:304", "::ffff:0:0/96"),
}
"""What a command of 2023 (7.88), as Debian has it, does not know of IPv6."""


class Answering(socketserver.StreamRequestHandler):
    """Origin and proxy at once: who is meant shows in what is asked for."""

    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline())
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture(scope="module")
def server() -> Iterator[socketserver.TCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def cases(lists: dict[str, tuple[str, ...]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("host", "listed"), [(host, listed) for host in lists for listed in lists[host]])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@cases(LISTS)
def test_the_command_goes_without_a_proxy_where_we_do(server: socketserver.TCPServer, host: str, listed: str) -> None:
    url, port = f"http://{host}:8080/", server.server_address[1]
    proxy, everywhere = f"http://127.0.0.1:{port}", f"::127.0.0.1:{port}"
    command = ["curl", "-q", "-s", "-m", "20", "--proxy", proxy, "--noproxy", listed, "--connect-to", everywhere, url]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=30, check=False)
    assert parse_no_proxy(listed).covers(parse_url(url)) is went_without(server)


@cases(LISTS | LISTS_OF_THE_LIBRARY)
def test_the_library_goes_without_a_proxy_where_we_do(server: socketserver.TCPServer, host: str, listed: str) -> None:
    url, port = f"http://{host}:8080/", server.server_address[1]
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.PROXY, f"http://127.0.0.1:{port}")
    curl.setopt(pycurl.NOPROXY, listed)
    curl.setopt(pycurl.CONNECT_TO, [f"::127.0.0.1:{port}"])
    curl.setopt(pycurl.TIMEOUT, 20)
    try:
        curl.perform()
    except pycurl.error as error:
        assert "CONNECT" in error.args[1]  # noqa: PT017  (the proxy refuses the tunnel)
    finally:
        curl.close()
    assert parse_no_proxy(listed).covers(parse_url(url)) is went_without(server)


def went_without(server: socketserver.TCPServer) -> bool:
    """Return whether the origin itself was asked, and not the proxy."""
    (request,) = server.asked
    server.asked.clear()
    assert request.startswith((b"GET / ", b"CONNECT "))
    return request.startswith(b"GET / ")
