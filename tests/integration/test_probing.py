"""Probing through the library: the same ways as a download's, to real servers."""

import asyncio

import pytest

import rheo
from integration.servers.program import Login
from origin import File, Origin, Redirect, Status
from rheo import AuthScheme, ConnectionsReason, NameSource, Secret

MIB = 1024 * 1024


def test_a_probe_tells_what_a_download_would_find(origin):
    origin.serve("/a.bin", File(b"x" * 3 * MIB, etag='"v"'))

    known = rheo.probe(origin.url("/a.bin"))

    assert (known.status, known.size, known.ranges, known.etag, known.error) == (206, 3 * MIB, True, '"v"', None)
    assert (known.name, known.name_source) == ("a.bin", NameSource.URL)
    assert known.connections.reason is ConnectionsReason.ROUNDS


def test_a_probe_works_on_any_loop(origin):
    origin.serve("/a.bin", File(b"x"))

    assert asyncio.run(rheo.probe_async(origin.url("/a.bin"))).size == 1


def test_managers_probe_beside_their_downloads(origin, downloads):
    origin.serve("/a.bin", File(b"x" * 10))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(origin.url("/a.bin"))
        known = manager.probe(origin.url("/a.bin"), name_from="url")
        size = handle.wait().size

    assert known.size == size == 10


def test_keywords_are_settings_and_wishes(origin, tmp_path):
    (tmp_path / "cookies.txt").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\t1\n")
    with Origin() as other:
        other.serve("/a", File(b"x" * 4 * MIB))

        known = rheo.probe(other.url("/a"), headers={"X-Key": "k"}, cookies={"a": "b"}, connections=2, user_agent="me")
        sent = other.requests[0].headers
    rheo.probe(origin.url("/a"), cookies=tmp_path / "cookies.txt")

    assert (sent["x-key"], sent["cookie"], sent["user-agent"]) == ("k", "a=b", "me")
    assert known.connections.most == 2
    assert origin.requests[0].headers["cookie"] == "kept=1"


def test_a_download_takes_the_same_keywords(origin, downloads):
    origin.serve("/a", File(b"x"))

    rheo.download(
        origin.url("/a"),
        directory=downloads,
        headers={"X-Key": "k"},
        cookies={"a": "b"},
        login=rheo.Bearer(Secret("t")),
        referer="http://page.example/",
    )

    sent = origin.requests[0].headers
    assert (sent["x-key"], sent["cookie"], sent["authorization"]) == ("k", "a=b", "Bearer t")
    assert sent["referer"] == "http://page.example/"


def test_a_refusal_is_no_exception_but_what_does_not_come_is(origin):
    origin.serve("/gone", Status(410))

    known = rheo.probe(origin.url("/gone"))

    assert (known.status, known.meaning) == (410, "gone for good")
    assert isinstance(known.error, rheo.HttpStatusError)
    with pytest.raises(rheo.ConnectError):
        rheo.probe("http://127.0.0.1:1/")
    with pytest.raises(rheo.InvalidUrlError):
        rheo.probe("gopher://127.0.0.1/")


def test_nothing_is_known_of_a_silent_server_within_max_time(origin):
    origin.serve("/loop", Redirect("/loop"))

    with pytest.raises(rheo.TimeLimitError, match=r"after 0\.001 s"):
        rheo.probe(origin.url("/loop"), max_time=0.001, max_redirects=1000)


def test_data_is_sent_once(origin):
    origin.serve("/a", File(b"x"))

    known = rheo.probe(origin.url("/a"), data={"a": "b"})

    assert known.connections.reason is ConnectionsReason.ONE_STREAM
    assert [(request.method, request.headers.get("range")) for request in origin.requests] == [("POST", None)]


def test_nginx_over_tls_tells_of_its_connection(nginx, ca_file):
    server = nginx()
    server.publish("a.bin", b"x" * 4 * MIB)
    url = f"https://localhost:{server.secure}/a.bin"

    known = rheo.probe(url, ca_file=ca_file)
    older = nginx(tls="TLSv1.2")
    older.publish("a.bin", b"x")
    second = rheo.probe(f"https://localhost:{older.secure}/a.bin", ca_file=ca_file, http_version="2")

    assert (known.http_version, known.tls.version, known.port) == ("1.1", "TLSv1.3", server.secure)
    assert known.tls.cipher.startswith("TLS_")
    assert known.tls.certificate.names == ("localhost", "127.0.0.1")
    assert known.tls.certificate.valid_until.year == 3000
    assert known.server.startswith("nginx")
    assert known.etag_is_strong
    assert known.last_modified is not None
    assert 0 < known.timings.connect < known.timings.tls < known.timings.first_byte
    assert (second.http_version, second.tls.version) == ("2", "TLSv1.2")
    assert server.log.shows("GET /a.bin")


def test_every_hop_over_tls_has_a_connection_of_its_own(authority, ca_file):
    with Origin(tls=authority) as origin:
        origin.serve("/1", Redirect("/2"))
        origin.serve("/2", File(b"x"))

        known = rheo.probe(origin.url("/1"), ca_file=ca_file)

        assert origin.connections == 2
    assert known.tls.certificate is not None
    assert known.timings.tls is not None


def test_a_download_between_two_probes_changes_nothing(authority, ca_file, downloads):
    with Origin(tls=authority) as origin:
        origin.serve("/a", File(b"x"))

        with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
            first = manager.probe(origin.url("/a"))
            result = manager.add(origin.url("/a")).wait()
            second = manager.probe(origin.url("/a"))

    assert first.tls == second.tls
    assert first.tls.certificate is not None
    assert result.connections_made == 1


def test_a_server_that_serves_no_ranges_gets_one_connection(nginx):
    server = nginx(max_ranges=0)
    server.publish("a.bin", b"x" * 4 * MIB)

    known = rheo.probe(f"http://127.0.0.1:{server.plain}/a.bin")

    assert (known.status, known.ranges, known.size) == (200, False, 4 * MIB)
    assert (known.connections.most, known.connections.reason) == (1, ConnectionsReason.NO_RANGES)


def test_a_login_that_the_server_chooses_the_way_of(nginx, ca_file):
    server = nginx(login=Login("me", "canary"))
    server.publish("a.bin", b"x")
    url = f"https://localhost:{server.secure}/a.bin"

    without = rheo.probe(url, ca_file=ca_file)
    known = rheo.probe(url, ca_file=ca_file, login=rheo.Login("me", Secret("canary"), AuthScheme.ANY))

    assert (without.status, known.status) == (401, 206)
    assert "canary" not in repr(known)


def test_hypercorn_is_asked_over_http_3(hypercorn, ca_file):
    server = hypercorn()

    known = rheo.probe(f"https://localhost:{server.secure}/", ca_file=ca_file, http_version="3")

    assert (known.http_version, known.tls.version) == ("3", "TLSv1.3")
    assert known.tls.certificate.names == ("localhost", "127.0.0.1")
    assert known.http3 == ("localhost", server.secure)


def test_a_proxy_is_told_without_its_login(nginx, squid, ca_file):
    server, proxy = nginx(), squid()
    server.publish("a.bin", b"x")

    known = rheo.probe(
        f"https://localhost:{server.secure}/a.bin", ca_file=ca_file, proxy=f"http://127.0.0.1:{proxy.plain}"
    )

    assert (known.status, known.proxy, known.port) == (206, f"http://127.0.0.1:{proxy.plain}", proxy.plain)
    assert known.tls.certificate.names == ("localhost", "127.0.0.1")
