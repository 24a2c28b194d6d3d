"""Which connection a request gets: a warm one, a new one that resumes a TLS session, or none; and what is counted."""

import asyncio
import re
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

import rheo
from integration.servers.program import free_ports
from origin import Closed, File, Generated, Origin, Redirect, Wait, cut, paced, self_signed, stalled
from rheo.domain.errors import TruncatedBodyError
from rheo.domain.login import AuthScheme, Login
from rheo.domain.network import ClientCertificate, HttpVersion, Route, Tls
from rheo.domain.secret import Secret
from rheo.domain.url import parse_url
from rheo.transport.addresses import Addresses
from rheo.transport.base import Deadlines, Flow, Request
from rheo.transport.curl import CurlTransport
from rheo.transport.resolver import Resolver

NEVER = rheo.RetryPolicy(attempts=0)
SIZE = 300_000


class Taking:
    """A receiver that has enough after so many bytes; None: takes all."""

    def __init__(self, enough=None):
        self.count = 0
        self._enough = enough

    def begin(self, head, exchange):
        return Flow.GO_ON

    def chunk(self, data):
        self.count += len(data)
        return Flow.STOP if self._enough is not None and self.count >= self._enough else Flow.GO_ON

    def tick(self, now):
        pass


@asynccontextmanager
async def opened():
    async with CurlTransport(addresses=Addresses(Resolver(deadline=5.0))) as transport:
        yield transport


def asked(url, **more):
    deadlines = Deadlines(connect=5, tls=5, first_byte=5, stall=5)
    return Request(url=parse_url(url), deadlines=deadlines, **{"headers": (), **more})


def fetched(*requests, enough=None):
    """Fetch one after the other; return for each whether a connection was made for it. Only the first may be broken."""

    async def main():
        async with opened() as transport:
            fresh = []
            for number, request in enumerate(requests):
                before = transport.connections
                with suppress(TruncatedBodyError):
                    await transport.fetch(request, Taking(None if number else enough))
                fresh.append(transport.connections.made > before.made)
            return fresh

    return asyncio.run(main())


@pytest.fixture(params=["http", "https", "nginx", "nginx, HTTP/2", "hypercorn, HTTP/3"])
def asking(request, authority, ca_file):
    """What asks a server for a file, over a version of HTTP."""
    route = Route(tls=Tls(ca_file=ca_file))
    if request.param == "hypercorn, HTTP/3":
        port = request.getfixturevalue("hypercorn")().secure
        yield asked(f"https://localhost:{port}/ranged/{SIZE}", route=route, http_version=HttpVersion.HTTP3)
    elif request.param.startswith("nginx"):
        server = request.getfixturevalue("nginx")()
        server.publish("a", Generated(SIZE).read(0, SIZE))
        version = HttpVersion.HTTP2 if "HTTP/2" in request.param else HttpVersion.HTTP1
        yield asked(f"https://localhost:{server.secure}/a", route=route, http_version=version)
    else:
        with Origin(tls=authority if request.param == "https" else None) as origin:
            origin.serve("/a", File(Generated(SIZE)))
            yield asked(origin.url("/a"), route=route)


# --- warm connections


def test_a_connection_is_handed_to_the_next_request_of_its_host(asking):
    assert fetched(asking, asking, asking) == [True, False, False]


def test_a_connection_is_handed_on_after_a_range_that_came_to_its_end(asking):
    ranged = replace(asking, headers=(("Range", "bytes=1000-200999"),))
    assert fetched(ranged, ranged, asking) == [True, False, False]


def test_a_connection_on_which_an_answer_was_broken_off_is_not_used_again_unless_it_multiplexes(asking):
    # There the end of a stream is not that of its connection.
    multiplexes = asking.http_version in {HttpVersion.HTTP2, HttpVersion.HTTP3}
    assert fetched(asking, asking, enough=1) == [True, not multiplexes]


def test_a_connection_on_which_an_answer_was_cut_is_not_used_again(origin):
    origin.serve("/a", [cut(File(b"x" * 1000), after=10), File(b"x")])
    assert fetched(asked(origin.url("/a")), asked(origin.url("/a"))) == [True, True]


def test_files_of_one_host_that_come_one_after_the_other_share_a_connection(origin, downloads):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        for name in ("/a", "/b", "/c"):
            origin.serve(name, File(Generated(SIZE)))
            manager.add(origin.url(name)).wait()
        assert manager.connections == rheo.ConnectionCounts(made=1, reused=2)
    assert origin.connections == 1


def test_segments_leave_their_connections_to_the_next_file(origin, downloads):
    for name in ("/a", "/b"):
        origin.serve(name, paced(File(Generated(4_000_000), etag='"1"'), rate=8_000_000))
    with rheo.sync.DownloadManager(directory=downloads, connections=4, segment_size=500_000) as manager:
        manager.add(origin.url("/a")).wait()
        before = manager.connections
        manager.add(origin.url("/b")).wait()
        after = manager.connections
    assert before.made >= 4
    assert after.made - before.made < 4  # the first answer, which asks for all, is broken off at its segment's end
    assert after.made == origin.connections


def test_each_of_seventeen_hosts_finds_its_connection_warm_after_all_others_were_asked(servers, downloads):
    origins = [servers.enter_context(Origin()) for _ in range(17)]
    for number, origin in enumerate(origins):
        for file in range(3):
            origin.serve(f"/{number}.{file}", File(b"x" * 1000))
    urls = [origin.url(f"/{number}.{file}") for file in range(3) for number, origin in enumerate(origins)]
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        manager.add_many(urls)
    assert [origin.connections for origin in origins] == [1] * 17
    assert manager.connections == (17, 34, 0)


def test_small_files_over_sixteen_connections_make_no_seventeenth(origin, downloads):
    for number in range(64):
        origin.serve(f"/{number}", File(b"x" * 1000))
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=16) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(64)])
        manager.wait()
        counts = manager.connections
    assert origin.connections == counts.made <= 16
    assert counts == (counts.made, 64 - counts.made, 0)


# --- sessions of TLS


def connections_of(server, requests):
    """Return for each connection whether it resumed a session, as `r`, or not, as `.`, in their order."""
    found = (re.search(r'connection=(\d+) resumed="(.)"', line) for line in server.log.lines(requests))
    return list({match[1]: match[2] for match in found}.values())


SESSIONS = ("ssl_session_cache shared:sessions:1m",)
CLOSING = ("keepalive_timeout 0",)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_next_connection_to_a_host_resumes_a_session(nginx, ca_file, version):
    server = nginx(tls=version, http2=False, directives=(*SESSIONS, *CLOSING))
    server.publish("a", b"x" * 1000)
    request = asked(f"https://localhost:{server.secure}/a", route=Route(tls=Tls(ca_file=ca_file)))

    assert fetched(*[request] * 4) == [True] * 4
    assert connections_of(server, 4) == [".", "r", "r", "r"]


def test_of_several_connections_at_once_two_find_a_ticket(nginx, ca_file):
    server = nginx(tls="TLSv1.3", http2=False, directives=CLOSING)
    server.publish("a", b"x" * 1000)
    request = asked(f"https://localhost:{server.secure}/a", route=Route(tls=Tls(ca_file=ca_file)))

    async def main():
        async with opened() as transport:
            await transport.fetch(request, Taking())
            await asyncio.gather(*(transport.fetch(request, Taking()) for _ in range(4)))

    asyncio.run(main())
    assert connections_of(server, 5).count("r") >= 2  # and more where those of the first come in time


def test_nothing_is_sent_before_the_handshake_is_over(nginx, ca_file):
    server = nginx(tls="TLSv1.3", http2=False, directives=("ssl_early_data on", *CLOSING))
    server.publish("a", b"x" * 1000)
    request = asked(f"https://localhost:{server.secure}/a", route=Route(tls=Tls(ca_file=ca_file)))

    fetched(request, request)

    assert connections_of(server, 2) == [".", "r"]
    assert all('early="-"' in line for line in server.log.lines(2))


def routes(authority, folder):
    """Return what tells identities apart, and leads to the same host."""
    ca_file = authority.ca_file(folder)
    other = folder / "other.pem"
    other.write_bytes(ca_file.read_bytes())
    certificate = folder / "client.pem"
    authority.ca.issue_cert("client@example.org").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    tls = Tls(ca_file=ca_file)
    return {
        "trust": {"route": Route(tls=Tls(ca_file=other))},
        "unverified": {"route": Route(tls=tls._replace(verified=False))},
        "client certificate": {"route": Route(tls=tls._replace(certificate=ClientCertificate(certificate)))},
        "interface": {"route": Route(tls=tls, interface="host!127.0.0.1")},
        "login": {"route": Route(tls=tls), "login": Login("ann", Secret("s3cret"), AuthScheme.DIGEST)},
    }


@pytest.mark.parametrize("differing", ["trust", "unverified", "client certificate", "interface", "login"])
def test_no_session_is_resumed_by_another_identity(nginx, authority, tmp_path, differing):
    server = nginx(http2=False, directives=(*SESSIONS, *CLOSING))
    server.publish("a", b"x" * 1000)
    other = routes(authority, tmp_path)[differing]
    request = asked(f"https://localhost:{server.secure}/a", route=Route(tls=Tls(ca_file=tmp_path / "ca.pem")))

    fetched(request, replace(request, **other), replace(request, **other))

    assert connections_of(server, 3) == [".", ".", "r"]


# --- what is counted


def counted(url, downloads, **settings):
    """Return the counts of a manager that was asked for one file, after its end."""
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER, **settings) as manager:
        assert manager.connections == (0, 0, 0)
        manager.add(url)
    return manager.connections


def test_a_host_that_refuses(downloads):
    (port,) = free_ports(1)
    assert counted(f"http://127.0.0.1:{port}/a", downloads) == (0, 0, 1)


def test_a_host_that_shakes_no_hands(downloads):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/a"
        assert counted(url, downloads, tls_timeout=0.2) == (0, 0, 1)


def test_a_certificate_that_is_not_accepted(downloads):
    with Origin(tls=self_signed()) as origin:
        assert counted(origin.url("/a"), downloads) == (0, 0, 1)


def test_a_proxy_that_refuses_and_one_that_makes_no_tunnel(tinyproxy, origin, downloads):
    (port,) = free_ports(1)
    assert counted(origin.url("/a"), downloads, proxy=f"http://127.0.0.1:{port}") == (0, 0, 1)
    strict = tinyproxy(tunnels=False)
    assert counted("https://localhost:1/a", downloads, proxy=f"http://127.0.0.1:{strict.port}") == (0, 0, 1)


def test_a_name_that_is_not_known_is_no_attempt():
    def unknown(host):
        raise OSError(host)

    async def main():
        async with CurlTransport(addresses=Addresses(Resolver(deadline=5.0, lookup=unknown))) as transport:
            with pytest.raises(rheo.ResolveError):
                await transport.fetch(asked("http://nowhere.example/a"), Taking())
            return transport.connections

    assert asyncio.run(main()) == (0, 0, 0)


def test_an_answer_that_is_cut_or_refuses_or_redirects_came_over_a_connection(origin, downloads):
    origin.serve("/cut", cut(File(b"x" * 1000), after=10))
    origin.serve("/moved", Redirect("/a"))
    origin.serve("/a", File(b"x"))
    assert counted(origin.url("/cut"), downloads) == (1, 0, 0)
    assert counted(origin.url("/missing"), downloads) == (1, 0, 0)
    assert counted(origin.url("/moved"), downloads) == (1, 1, 0)


def test_a_kept_connection_that_was_closed_is_made_anew(origin, downloads):
    origin.serve("/a", Closed(File(b"x")))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        for name in ("one", "two"):
            manager.add(origin.url("/a"), output=name).wait()
    assert manager.connections == (2, 0, 0)


def test_what_is_broken_off_counts_where_it_was_sent_and_nowhere_else(origin):
    origin.serve("/a", stalled(File(b"x"), after=0))

    async def broken_off(transport, url):
        fetching = asyncio.create_task(transport.fetch(asked(url), Taking()))
        held = origin.held
        await asyncio.to_thread(origin.wait_for, lambda origin: origin.held > held)
        fetching.cancel()
        with suppress(asyncio.CancelledError):
            await fetching
        return transport.connections

    async def main():
        async with opened() as transport:
            return [await broken_off(transport, url) for url in (unsecured, origin.url("/a"))]

    origin.greet(Wait())  # no handshake for the first one
    unsecured = origin.url("/a").replace("http:", "https:")
    assert asyncio.run(main()) == [(0, 0, 0), (1, 0, 0)]


def test_each_stream_over_http_2_but_the_first_reuses_its_connection(nginx, ca_file, downloads):
    server = nginx()
    for number in range(100):
        server.publish(str(number), b"x" * 1000)
    urls = [f"https://localhost:{server.secure}/{number}" for number in range(100)]

    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file, http_version="2") as manager:
        manager.add_many(urls)

    counts = manager.connections
    assert counts.made == len(connections_of(server, 100)) < 5
    assert counts == (counts.made, 100 - counts.made, 0)


def test_both_faces_tell_while_open_and_after_closing(origin, downloads):
    origin.serve("/a", File(b"x"))

    async def main():
        manager = rheo.DownloadManager(directory=downloads)
        told = [manager.connections]
        async with manager:
            await (await manager.add(origin.url("/a"))).wait()
            told.append(manager.connections)
        return [*told, manager.connections]

    assert asyncio.run(main()) == [(0, 0, 0), (1, 0, 0), (1, 0, 0)]
