"""The real servers do what their fixtures promise, asked by libcurl itself: what other tests stand on."""

import socket

import pycurl
import pytest

from integration.servers.application import body
from integration.servers.asking import ask
from integration.servers.program import Login, find, free_ports

CONTENT = bytes(range(256)) * 400
LOGIN = Login("ann", "s3cret")
RIGHT = {"PROXYUSERNAME": LOGIN.user, "PROXYPASSWORD": LOGIN.password}
WRONG = {"PROXYUSERNAME": LOGIN.user, "PROXYPASSWORD": "wr0ng"}
PEER_FAILED_VERIFICATION = 60
REFUSED_BY_SOCKS = 97


@pytest.fixture
def web(nginx):
    server = nginx()
    server.publish("file", CONTENT)
    return server


def urls(server):
    """A file of nginx over http, which a proxy reads, and over https, which goes through a tunnel."""
    return f"http://127.0.0.1:{server.plain}/file", f"https://127.0.0.1:{server.secure}/file"


# nginx


def test_nginx_serves_ranges_over_http_1_1_and_http_2_and_writes_them_down(web, ca_file):
    plain, secure = urls(web)

    assert ask(plain, RANGE="5-9").body == CONTENT[5:10]
    answer = ask(secure, ca_file=ca_file, RANGE="5-9")

    assert (answer.status, answer.body, answer.version) == (206, CONTENT[5:10], pycurl.CURL_HTTP_VERSION_2_0)
    assert web.log.shows('HTTP/2.0 GET /file 206 range="bytes=5-9"')
    assert 'HTTP/1.1 GET /file 206 range="bytes=5-9"' in web.log.text()


@pytest.mark.parametrize(("version", "shown"), [("TLSv1.2", "TLSv1.2"), ("TLSv1.3", "TLSv1.3")])
def test_nginx_speaks_the_version_of_tls_that_it_is_told(nginx, ca_file, version, shown):
    server = nginx(tls=version, http2=False)
    server.publish("file", CONTENT)

    answer = ask(urls(server)[1], ca_file=ca_file)

    assert (answer.status, answer.version) == (200, pycurl.CURL_HTTP_VERSION_1_1)
    assert server.log.shows(f'tls="{shown}"')


def test_nginx_with_tls_1_2_alone_refuses_who_wants_more(nginx, ca_file):
    server = nginx(tls="TLSv1.2")

    assert ask(urls(server)[1], ca_file=ca_file, SSLVERSION=pycurl.SSLVERSION_TLSv1_3).error == 35


def test_nginx_asks_for_a_login(nginx):
    server = nginx(login=LOGIN)
    server.publish("file", CONTENT)
    plain, _ = urls(server)

    assert ask(plain).status == 401
    assert ask(plain, USERNAME="ann", PASSWORD="wr0ng").status == 401
    assert ask(plain, USERNAME="ann", PASSWORD="s3cret").body == CONTENT
    assert server.log.shows('GET /file 200 range="-"')
    assert 'authorization="Basic ' in server.log.text()


def test_nginx_asks_for_a_client_certificate(nginx, ca_file, client_certificate):
    server = nginx(client_certificates=True)
    server.publish("file", CONTENT)
    secure = urls(server)[1]
    certificate = {"SSLCERT": str(client_certificate), "SSLKEY": str(client_certificate)}

    assert ask(secure, ca_file=ca_file).status == 400
    assert ask(secure, ca_file=ca_file, **certificate).body == CONTENT
    assert server.log.shows("O=trustme")


def test_nginx_refuses_one_connection_too_many(nginx):
    server = nginx(connections=1)
    server.publish("file", bytes(50_000_000))
    plain, _ = urls(server)

    with socket.create_connection(("127.0.0.1", server.plain)) as first:
        first.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.recv(12) == b"HTTP/1.1 200"
        assert ask(plain).status == 503


def test_nginx_without_ranges_sends_all(nginx):
    server = nginx(max_ranges=0)
    server.publish("file", CONTENT)

    answer = ask(urls(server)[0], RANGE="5-9")

    assert (answer.status, answer.body) == (200, CONTENT)


# HTTP proxies


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_squid_lets_pass_who_is_known(squid, web, ca_file, scheme, auth):
    proxy = squid(login=LOGIN, scheme=auth)
    how = {
        "ca_file": ca_file,
        "RANGE": "5-9",
        "PROXY": f"{scheme}://127.0.0.1:{proxy.plain if scheme == 'http' else proxy.secure}",
        "PROXY_CAINFO": str(ca_file),
        "PROXYAUTH": {"digest": pycurl.HTTPAUTH_DIGEST, "basic": pycurl.HTTPAUTH_BASIC}[auth],
    }
    plain, secure = urls(web)

    assert [ask(url, **how, **RIGHT).body for url in (plain, secure)] == [CONTENT[5:10]] * 2
    wrong = [ask(url, **how, **WRONG) for url in (plain, secure)]

    assert [(answer.status, answer.connect_status) for answer in wrong] == [(407, 0), (0, 407)]
    assert proxy.log.shows(f'GET {plain} 206 user="ann" Proxy-Authorization:%20{auth.capitalize()}%20')
    assert proxy.log.shows(f'CONNECT 127.0.0.1:{web.secure} 200 user="ann"')


def test_squid_without_a_login_lets_everybody_pass(squid, web, ca_file):
    proxy = squid()

    answers = [ask(url, ca_file=ca_file, PROXY=f"http://127.0.0.1:{proxy.plain}") for url in urls(web)]

    assert [answer.body == CONTENT for answer in answers] == [True, True]


def test_a_proxy_over_tls_is_verified_by_what_is_trusted_for_proxies(squid, web, ca_file):
    proxy = squid()

    answer = ask(urls(web)[0], ca_file=ca_file, PROXY=f"https://127.0.0.1:{proxy.secure}")

    assert (answer.error, answer.lines) == (PEER_FAILED_VERIFICATION, [])


@pytest.mark.parametrize("kind", ["squid", "tinyproxy"])
def test_a_proxy_may_refuse_tunnels(request, web, ca_file, kind):
    proxy = request.getfixturevalue(kind)(tunnels=False)
    port = proxy.plain if kind == "squid" else proxy.port

    answer = ask(urls(web)[1], ca_file=ca_file, PROXY=f"http://127.0.0.1:{port}")

    assert (answer.error, answer.connect_status, answer.status) == (7, 403, 0)
    assert ask(urls(web)[0], PROXY=f"http://127.0.0.1:{port}").body == CONTENT


@pytest.mark.parametrize("way", [0, 1], ids=["read", "tunnel"])
def test_tinyproxy_lets_pass_who_is_known(tinyproxy, web, ca_file, way):
    """It answers a wrong password as if it were an origin, with 401; none at all with 407."""
    proxy = tinyproxy(login=LOGIN)
    how = {"ca_file": ca_file, "PROXY": f"http://127.0.0.1:{proxy.port}", "RANGE": "5-9"}
    url = urls(web)[way]

    assert ask(url, **how, **RIGHT).body == CONTENT[5:10]
    wrong = ask(url, **how, **WRONG)
    none = ask(url, **how)

    assert (wrong.statuses, none.statuses) == ([401], [407])
    assert CONTENT[5:10] not in wrong.body + none.body
    assert proxy.log.shows(f"GET {url}" if way == 0 else f"CONNECT 127.0.0.1:{web.secure}")


def test_tinyproxy_without_a_login_lets_everybody_pass(tinyproxy, web, ca_file):
    proxy = tinyproxy()

    answers = [ask(url, ca_file=ca_file, PROXY=f"http://127.0.0.1:{proxy.port}") for url in urls(web)]

    assert [answer.body == CONTENT for answer in answers] == [True, True]


def test_squid_before_nginx_is_a_server_that_asks_for_digest(squid, web, ca_file):
    server = squid(login=LOGIN, origin=web.plain)
    how = {"RANGE": "5-9", "USERNAME": "ann", "HTTPAUTH": pycurl.HTTPAUTH_DIGEST}

    for url in urls(server):
        right = ask(url, ca_file=ca_file, PASSWORD="s3cret", **how)
        wrong = ask(url, ca_file=ca_file, PASSWORD="wr0ng", **how)

        assert (right.statuses, right.body) == ([401, 206], CONTENT[5:10])
        assert wrong.statuses == [401, 401]
    assert server.log.shows('206 user="ann" Authorization:%20Digest')


# SOCKS proxies


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_microsocks_lets_pass_who_is_known(microsocks, web, ca_file, scheme):
    proxy = microsocks(login=LOGIN)
    how = {"ca_file": ca_file, "PROXY": f"{scheme}://127.0.0.1:{proxy.port}", "RANGE": "5-9"}

    for url, port in zip(urls(web), (web.plain, web.secure), strict=True):
        assert ask(url, **how, **RIGHT).body == CONTENT[5:10]
        assert proxy.log.shows(f"connected to 127.0.0.1:{port}")
        assert [ask(url, **how, **login).error for login in (WRONG, {})] == [REFUSED_BY_SOCKS] * 2


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_microsocks_without_a_login_lets_everybody_pass(microsocks, web, scheme):
    proxy = microsocks()

    assert ask(urls(web)[0], PROXY=f"{scheme}://127.0.0.1:{proxy.port}").body == CONTENT


@pytest.mark.parametrize("scheme", ["socks4", "socks5", "socks5h"])
def test_danted_passes_on_or_refuses(danted, web, ca_file, scheme):
    willing, unwilling = danted(), danted(refuses=True)

    for url, port in zip(urls(web), (web.plain, web.secure), strict=True):
        answer = ask(url, ca_file=ca_file, PROXY=f"{scheme}://127.0.0.1:{willing.port}", RANGE="5-9")
        refused = ask(url, ca_file=ca_file, PROXY=f"{scheme}://127.0.0.1:{unwilling.port}")

        assert (answer.status, answer.body) == (206, CONTENT[5:10])
        assert (refused.error, refused.lines) == (REFUSED_BY_SOCKS, [])
        assert all(proxy.log.shows(f" 127.0.0.1.{port}") for proxy in (willing, unwilling))
    assert unwilling.log.shows("block(")


def test_our_socks4a_looks_the_name_up_and_knows_its_user(socks4a, web, ca_file):
    proxy = socks4a(user="ann")
    how = {"ca_file": ca_file, "PROXY": f"socks4a://127.0.0.1:{proxy.port}"}
    url = f"https://localhost:{web.secure}/file"

    assert ask(url, RANGE="5-9", PROXYUSERNAME="ann", **how).body == CONTENT[5:10]
    assert ask(url, PROXYUSERNAME="bob", **how).error == REFUSED_BY_SOCKS
    assert proxy.log.shows(f"user='ann' name=localhost port={web.secure}")


# HTTP/3


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        (pycurl.CURL_HTTP_VERSION_3ONLY, pycurl.CURL_HTTP_VERSION_3),
        (pycurl.CURL_HTTP_VERSION_2TLS, pycurl.CURL_HTTP_VERSION_2_0),
        (pycurl.CURL_HTTP_VERSION_1_1, pycurl.CURL_HTTP_VERSION_1_1),
    ],
    ids=["3", "2", "1.1"],
)
def test_hypercorn_serves_every_version_with_ranges_and_without(hypercorn, ca_file, asked, got):
    server = hypercorn()
    content = body(300_000).read(0, 300_000)
    url = f"https://127.0.0.1:{server.secure}"

    part = ask(f"{url}/ranged/300000", ca_file=ca_file, HTTP_VERSION=asked, RANGE="70000-199999")
    whole = ask(f"{url}/whole/300000", ca_file=ca_file, HTTP_VERSION=asked, RANGE="70000-199999")
    beyond = ask(f"{url}/ranged/300000", ca_file=ca_file, HTTP_VERSION=asked, RANGE="300000-")

    assert (part.status, part.version, part.body == content[70_000:200_000]) == (206, got, True)
    assert (whole.status, whole.version, whole.body == content) == (200, got, True)
    assert beyond.status == 416
    assert server.log.shows("GET /ranged/300000")
    assert "range='bytes=70000-199999'" in server.log.text()


def test_hypercorn_speaks_plain_http_and_names_its_http_3_over_tls(hypercorn, ca_file):
    server = hypercorn()

    assert len(ask(f"http://127.0.0.1:{server.plain}/whole/1000").body) == 1000
    answer = ask(f"https://127.0.0.1:{server.secure}/whole/1000", ca_file=ca_file)

    assert any(line.startswith("alt-svc:") and f'h3=":{server.secure}"' in line for line in answer.lines)


# What the fixtures themselves promise


def test_a_program_that_is_missing_skips_its_tests_and_fails_them_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no-such-server is not installed \(Debian's package nothing\)"):
        find("no-such-server", package="nothing")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"Debian's package nothing"):
        find("no-such-server", package="nothing")


def test_a_server_is_gone_after_its_block(nginx, servers):
    server = nginx()
    servers.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.plain))


def test_free_ports_differ():
    assert len(set(free_ports(20))) == 20
