"""Through every kind of proxy, by the public call and the command: the right file, and no secret elsewhere."""

import json
import shutil
import socket
import subprocess
import threading
from contextlib import closing
from dataclasses import dataclass

import pytest

import rheo
from integration.servers.program import HOST, Log, Login, free_ports
from origin import Authority, File, Generated, Origin, Redirect, Status, cut, paced
from rheo.application.manager import Manager
from rheo.cli.app import run
from rheo.config import load_settings
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for, request_for

NEVER = rheo.RetryPolicy(attempts=0)
LOGIN = Login("ann", "pr0xy-s3cret")
SMALL = b"through the proxy" * 100
SIZE = 3_000_000
DATA = Generated(SIZE)
HALF = 1_500_000
RATE = 2e6
"""Bytes per second of each connection: slow enough that others come."""


@dataclass(frozen=True)
class Way:
    """A running proxy as a user writes it, without the user."""

    scheme: str
    port: int
    log: Log
    login: Login | None = None

    @property
    def plain(self):
        return f"{self.scheme}://{HOST}:{self.port}"

    @property
    def url(self):
        return self.plain if self.login is None else self.by(self.login)

    def by(self, login):
        return f"{self.scheme}://{login.user}:{login.password}@{HOST}:{self.port}"


def by_tinyproxy(get, scheme, login=None):
    proxy = get("tinyproxy")(login=login)
    return Way(scheme, proxy.port, proxy.log, login)


def by_squid(get, scheme, login=None, auth="digest"):
    proxy = get("squid")(login=login, scheme=auth)
    return Way(scheme, proxy.secure if scheme == "https" else proxy.plain, proxy.log, login)


def by_squid_with_basic(get, scheme, login):
    return by_squid(get, scheme, login, "basic")


def by_danted(get, scheme):
    proxy = get("danted")()
    return Way(scheme, proxy.port, proxy.log)


def by_microsocks(get, scheme, login=None):
    proxy = get("microsocks")(login=login)
    return Way(scheme, proxy.port, proxy.log, login)


def by_our_socks4a(get, scheme, login=None):
    proxy = get("socks4a")(user=login.user if login else "")
    return Way(scheme, proxy.port, proxy.log, login)


KINDS = {
    "http, tinyproxy": (by_tinyproxy, "http"),
    "http, tinyproxy, basic": (by_tinyproxy, "http", LOGIN),
    "http, squid": (by_squid, "http"),
    "http, squid, basic": (by_squid_with_basic, "http", LOGIN),
    "http, squid, digest": (by_squid, "http", LOGIN),
    "https, squid": (by_squid, "https"),
    "https, squid, basic": (by_squid_with_basic, "https", LOGIN),
    "https, squid, digest": (by_squid, "https", LOGIN),
    "socks4, danted": (by_danted, "socks4"),
    "socks4a, ours": (by_our_socks4a, "socks4a"),
    "socks4a, ours, user": (by_our_socks4a, "socks4a", LOGIN),
    "socks5, danted": (by_danted, "socks5"),
    "socks5h, danted": (by_danted, "socks5h"),
    "socks5, microsocks": (by_microsocks, "socks5"),
    "socks5, microsocks, login": (by_microsocks, "socks5", LOGIN),
    "socks5h, microsocks": (by_microsocks, "socks5h"),
    "socks5h, microsocks, login": (by_microsocks, "socks5h", LOGIN),
}
WITH_PASSWORD = [kind for kind, (_, _, *login) in KINDS.items() if login and kind != "socks4a, ours, user"]
RESOLVING = [kind for kind, (_, scheme, *_) in KINDS.items() if scheme not in {"socks4", "socks5"}]


@pytest.fixture
def proxy(request):
    """Start the proxy of a kind."""

    def start(kind):
        how, *what = KINDS[kind]
        return how(request.getfixturevalue, *what)

    return start


@pytest.fixture
def secure(authority):
    """An origin over https."""
    with Origin(tls=authority) as server:
        yield server


@pytest.fixture(params=["http", "https"])
def server(request):
    """An origin over http, and one over https."""
    return request.getfixturevalue("secure" if request.param == "https" else "origin")


@pytest.fixture
def fetch(downloads, ca_file):
    def fetched(url, **more):
        more = {"retry_policy": NEVER, "ca_file": ca_file, "directory": downloads} | more
        return rheo.download(url, **more)

    return fetched


def secrets_in(text):
    return [word for word in ("pr0xy", "s3cret", "wr0ng", "YW5u") if word in text]  # the last one is Basic's "ann"


def assert_untouched(origin):
    """What is the proxy's did not go to the origin."""
    for request in origin.requests:
        assert not {name for name in request.headers if name.startswith("proxy")}
        assert secrets_in(repr(request)) == []


# --- each kind


@pytest.mark.parametrize("kind", KINDS)
def test_many_connections_bring_a_file_through_it(proxy, server, fetch, kind):
    way = proxy(kind)
    server.serve("/a", paced(File(DATA, etag='"one"'), rate=RATE))

    result = fetch(server.url("/a"), proxy=way.url, connections=4, min_split_size="64K")

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert (result.proxy, result.address) == (way.plain, HOST)
    assert server.peak > 1
    assert result.connections_made > 1
    assert way.log.shows(str(server.port))
    assert_untouched(server)
    assert secrets_in(repr(result)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_gone_on_with_through_it(proxy, server, fetch, kind):
    way = proxy(kind)
    file = File(DATA, etag='"one"')
    server.serve("/a", [cut(file, after=HALF), file])
    with pytest.raises(rheo.NetworkError):
        fetch(server.url("/a"), proxy=way.url, connections=1)

    result = fetch(server.url("/a"), proxy=way.url, connections=1)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert 0 < result.resumed <= HALF
    assert server.requests[-1].headers["range"].startswith("bytes=1")
    assert_untouched(server)


# --- names


class Lookups:
    """Knows every name, and who was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, host):
        self.asked.append(host)
        return [HOST]


def fetch_with(lookup, url, settings, **wishes):
    """Fetch by a session that has names looked up in this way; return the completed or failed event."""
    session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
    more = threading.Event()
    session.open()
    with closing(session):
        outbox = session.subscribe(more.set)
        session.call(Manager.add, [request_for(url, settings, wishes)]).result(5)
        while True:
            assert more.wait(20)
            more.clear()
            for event in outbox.take():
                if isinstance(event, (rheo.DownloadCompleted, rheo.DownloadFailed)):
                    return event


def named(server):
    """Return the URL of a file at a name, which the hosts file has for the proxy."""
    return server.url("/a").replace(HOST, "localhost")


@pytest.mark.parametrize("kind", RESOLVING)
def test_it_looks_up_the_names_and_we_do_not(proxy, server, downloads, ca_file, kind):
    way, lookup = proxy(kind), Lookups()
    server.serve("/a", File(SMALL))
    settings = Settings(directory=downloads, ca_file=ca_file, retry=0)

    event = fetch_with(lookup, named(server), settings, proxy=way.url)

    assert event.result.path.read_bytes() == SMALL
    assert lookup.asked == []
    assert "danted" in kind or way.log.shows("localhost")  # danted writes down the address that it found


@pytest.mark.parametrize("kind", ["socks4, danted", "socks5, danted", "socks5, microsocks"])
def test_it_is_told_addresses_that_we_looked_up(proxy, origin, downloads, kind):
    way, lookup = proxy(kind), Lookups()
    origin.serve("/a", File(SMALL))
    url = origin.url("/a").replace(HOST, "only-we-know.example")

    event = fetch_with(lookup, url, Settings(directory=downloads, retry=0), proxy=way.url)

    assert event.result.path.read_bytes() == SMALL
    assert lookup.asked == ["only-we-know.example"]
    assert way.log.shows(str(origin.port))
    assert "only-we-know" not in way.log.text()


def test_the_name_of_the_proxy_is_looked_up_here(proxy, origin, downloads):
    way, lookup = proxy("http, tinyproxy, basic"), Lookups()
    origin.serve("/a", File(SMALL))
    settings = Settings(directory=downloads, retry=0)

    event = fetch_with(lookup, named(origin), settings, proxy=way.url.replace(HOST, "proxy.example"))

    assert event.result.path.read_bytes() == SMALL
    assert event.result.proxy == f"http://proxy.example:{way.port}"
    assert lookup.asked == ["proxy.example"]


def test_a_proxy_whose_name_nobody_knows_is_what_fails(origin, downloads):
    event = fetch_with(
        lambda host: [], origin.url("/a"), Settings(directory=downloads, retry=0), proxy="http://proxy.example:3128"
    )

    assert isinstance(event.error, rheo.ProxyError)
    assert "proxy.example" in event.error.message
    assert origin.requests == []


# --- what goes wrong


@pytest.mark.parametrize("kind", WITH_PASSWORD)
@pytest.mark.parametrize("given", [Login("ann", "wr0ng"), None], ids=["wrong", "none"])
def test_a_login_that_it_refuses_is_the_proxys_error_and_never_tried_again(proxy, server, fetch, kind, given):
    way = proxy(kind)
    server.serve("/a", File(SMALL))

    with pytest.raises(rheo.ProxyLoginError) as refused:
        fetch(server.url("/a"), proxy=way.plain if given is None else way.by(given), retry_policy=rheo.RetryPolicy())

    assert way.plain in refused.value.message
    assert ("refused the login" if given else "wants a login") in refused.value.message
    assert secrets_in(f"{refused.value.message} {refused.value!r} {refused.value.__cause__!r}") == []
    assert server.requests == []


@pytest.mark.parametrize("user", ["bob", ""])
def test_socks4_has_a_user_who_may_be_refused(proxy, origin, fetch, user):
    way = proxy("socks4a, ours, user")

    with pytest.raises(rheo.ProxyLoginError) as refused:
        fetch(origin.url("/a"), proxy=f"socks4a://{user}@{HOST}:{way.port}" if user else way.plain)

    assert way.plain in refused.value.message
    assert origin.requests == []


def test_a_401_of_the_origin_is_not_taken_for_the_proxys(proxy, origin, secure, fetch):
    way = proxy("http, tinyproxy, basic")
    for server in (origin, secure):
        server.serve("/a", Status(401, headers={"WWW-Authenticate": 'Basic realm="x"'}))

        with pytest.raises(rheo.HttpStatusError) as refused:
            fetch(server.url("/a"), proxy=way.url)

        assert refused.value.status == 401


@pytest.mark.parametrize("scheme", ["http", "https", "socks4", "socks4a", "socks5", "socks5h"])
def test_a_proxy_that_is_down_is_said_and_may_be_up_later(origin, fetch, scheme):
    [port] = free_ports(1)

    with pytest.raises(rheo.ProxyError) as failed:
        fetch(origin.url("/a"), proxy=f"{scheme}://ann:pr0xy-s3cret@{HOST}:{port}")

    assert failed.value.transient
    assert f"{scheme}://{HOST}:{port}" in failed.value.message
    assert secrets_in(failed.value.message) == []


def test_a_proxy_that_cannot_now_is_asked_again(origin, fetch):
    origin.serve("/a", File(SMALL))
    with Origin() as broken:
        broken.serve("/a", [Status(503), File(SMALL)])

        result = fetch(origin.url("/a"), proxy=broken.url(""), retry_policy=rheo.RetryPolicy(base=0.001, ceiling=0.002))

    assert result.path.read_bytes() == SMALL
    assert len(broken.requests) == 2


def test_a_407_out_of_a_tunnel_is_the_origins(proxy, secure, fetch):
    way = proxy("http, tinyproxy, basic")
    secure.serve("/a", Status(407, headers={"Proxy-Authenticate": "Basic realm=x"}))

    with pytest.raises(rheo.HttpStatusError, match="407"):
        fetch(secure.url("/a"), proxy=way.url)
    assert LOGIN.password not in str(secure.requests)


@pytest.mark.parametrize("name", ["squid", "tinyproxy"])
def test_a_tunnel_may_be_refused(request, secure, fetch, name):
    server = request.getfixturevalue(name)(tunnels=False)
    port = server.plain if name == "squid" else server.port

    with pytest.raises(rheo.ProxyError) as refused:
        fetch(secure.url("/a"), proxy=f"http://{HOST}:{port}")

    assert not refused.value.transient
    assert f"the proxy http://{HOST}:{port} makes no tunnel to {secure.url('')}: status 403" in refused.value.message


@pytest.mark.parametrize("scheme", ["socks4", "socks5", "socks5h"])
def test_a_socks_proxy_may_deny(danted, server, fetch, scheme):
    way = f"{scheme}://{HOST}:{danted(refuses=True).port}"

    with pytest.raises(rheo.ProxyError) as refused:
        fetch(server.url("/a"), proxy=way)

    assert way in refused.value.message
    assert refused.value.transient is (scheme == "socks4")  # which has one word for all that goes wrong
    assert server.requests == []


@pytest.mark.parametrize("kind", ["http, squid", "http, tinyproxy", "socks5, microsocks", "socks4, danted"])
def test_an_origin_that_is_down_behind_it_may_be_up_later(proxy, fetch, kind):
    [port] = free_ports(1)

    with pytest.raises(rheo.TransferError) as failed:
        fetch(f"https://{HOST}:{port}/a", proxy=proxy(kind).url)

    assert failed.value.transient


@pytest.mark.parametrize("kind", ["http, squid", "http, tinyproxy", "https, squid"])
def test_a_server_error_of_its_own_is_said_to_be_that(proxy, origin, fetch, kind):
    way = proxy(kind)
    [port] = free_ports(1)
    origin.serve("/a", Status(503))

    with pytest.raises(rheo.HttpStatusError, match=f"that is the proxy {way.plain} itself"):
        fetch(f"http://{HOST}:{port}/a", proxy=way.url)
    with pytest.raises(rheo.HttpStatusError, match=f"that is the proxy {way.plain} or the server behind it"):
        fetch(origin.url("/a"), proxy=way.url)


def test_the_certificate_of_a_proxy_is_verified(proxy, origin, secure, fetch, tmp_path):
    way = proxy("https, squid, digest")
    stranger = tmp_path / "stranger"
    stranger.mkdir()

    for server in (origin, secure):
        with pytest.raises(rheo.CertificateError) as refused:
            fetch(server.url("/a"), proxy=way.url, ca_file=Authority().ca_file(stranger))

        assert f"the proxy {way.plain}" in refused.value.message
        assert not refused.value.transient
        assert server.requests == []


def test_insecure_is_for_the_origin_and_not_for_the_proxy(proxy, secure, downloads, tmp_path):
    way = proxy("https, squid")
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    secure.serve("/a", File(SMALL))

    with rheo.sync.DownloadManager(directory=downloads, ca_file=Authority().ca_file(stranger), retry=0) as manager:
        handle = manager.add(secure.url("/a"), proxy=way.url, insecure=True)
        with pytest.raises(rheo.CertificateError, match="the proxy"):
            handle.wait()


def test_the_certificate_of_the_origin_is_verified_through_the_tunnel(proxy, fetch):
    way = proxy("http, squid")
    with Origin(tls=Authority()) as unknown, pytest.raises(rheo.CertificateError) as refused:
        fetch(unknown.url("/a"), proxy=way.url)

    assert unknown.url("") in refused.value.message
    assert "the proxy" not in refused.value.message


def test_a_folder_of_certificates_counts_for_the_proxy_too(proxy, secure, fetch, authority, tmp_path):
    way = proxy("https, squid")
    secure.serve("/a", File(SMALL))

    assert fetch(secure.url("/a"), proxy=way.url, ca_file=None, ca_dir=hashed(authority, tmp_path)).size == len(SMALL)


def hashed(authority, folder):
    """Return a folder with the authority's certificate under the name that OpenSSL looks for."""
    certificate = authority.ca_file(folder)
    place = folder / "certificates"
    place.mkdir()
    name = subject_hash(certificate)
    (place / f"{name}.0").write_bytes(certificate.read_bytes())
    return place


def subject_hash(certificate):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(certificate)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


# --- which one


def via(result):
    return result.proxy


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
def test_the_environment_says_which_for_http(proxy, origin, fetch, monkeypatch, name):
    way = proxy("http, tinyproxy, basic")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv(name, way.url)

    assert via(fetch(origin.url("/a"))) == way.plain


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_the_environment_says_which_for_https(proxy, secure, fetch, monkeypatch, name):
    way = proxy("http, tinyproxy, basic")
    secure.serve("/a", File(SMALL))
    monkeypatch.setenv(name, way.url)

    assert via(fetch(secure.url("/a"))) == way.plain


@pytest.mark.parametrize(
    ("name", "value"), [("HTTP_PROXY", "WAY"), ("https_proxy", "WAY"), ("http_proxy", ""), ("no_proxy", HOST)]
)
def test_the_environment_does_not_say_it(origin, fetch, monkeypatch, name, value):
    """HTTP_PROXY may be a stranger's header; and whoever is exempt goes without."""
    [port] = free_ports(1)
    origin.serve("/a", File(SMALL))
    if name == "no_proxy":
        monkeypatch.setenv("all_proxy", f"http://{HOST}:{port}")
    monkeypatch.setenv(name, value.replace("WAY", f"http://{HOST}:{port}"))

    assert via(fetch(origin.url("/a"))) is None


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
def test_what_is_wrong_in_the_environment_harms_nobody_who_does_not_ask_it(origin, fetch, monkeypatch, name):
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv(name, "ftp://127.0.0.1:1")

    assert via(fetch(origin.url("/a"), proxies=False)) is None
    with pytest.raises(rheo.ProxyError, match=f"the proxy http://{HOST}:1"):
        fetch(origin.url("/a"), proxy=f"http://{HOST}:1", output="b")
    with pytest.raises(rheo.InvalidProxyError, match=name):
        fetch(origin.url("/a"), output="c")


def test_a_list_in_the_environment_is_not_read_where_it_does_not_count(proxy, origin, fetch, monkeypatch):
    way = proxy("http, tinyproxy")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("no_proxy", "foo/99")

    assert via(fetch(origin.url("/a"))) is None
    assert via(fetch(origin.url("/a"), proxy=way.url, proxies=False, output="b")) is None
    assert via(fetch(origin.url("/a"), proxy=way.url, noproxy="", output="c")) == way.plain
    with pytest.raises(rheo.InvalidProxyError, match="no_proxy: "):
        fetch(origin.url("/a"), proxy=way.url, output="d")
    monkeypatch.setenv("all_proxy", way.url)
    with pytest.raises(rheo.InvalidProxyError, match="no_proxy: "):
        fetch(origin.url("/a"), output="e")


@pytest.mark.parametrize(
    ("listed", "without"),
    [
        ("127.0.0.0/8", True),
        ("127.0.0.1:PORT", True),
        ("127.0.0.1:1", False),
        ("example.com 127.0.0.1", True),
        ("*", True),
        ("", False),
        ("10.0.0.0/8", False),
    ],
)
def test_a_list_says_who_goes_without(proxy, origin, fetch, listed, without):
    way = proxy("http, tinyproxy")
    origin.serve("/a", File(SMALL))

    result = fetch(origin.url("/a"), proxy=way.url, noproxy=listed.replace("PORT", str(origin.port)))

    assert via(result) == (None if without else way.plain)


def test_an_empty_list_undoes_that_of_the_environment(proxy, origin, fetch, monkeypatch):
    way = proxy("http, tinyproxy")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("http_proxy", way.url)
    monkeypatch.setenv("no_proxy", "*")

    assert via(fetch(origin.url("/a"))) is None
    assert via(fetch(origin.url("/a"), noproxy="", on_exists="overwrite")) == way.plain


def test_without_proxies_none_is_used_whatever_says_so(origin, fetch, monkeypatch):
    [port] = free_ports(1)
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("all_proxy", f"http://{HOST}:{port}")

    assert via(fetch(origin.url("/a"), proxies=False, proxy=f"http://{HOST}:{port}")) is None


def test_a_proxy_for_one_scheme_goes_before_that_for_all(proxy, origin, secure, fetch):
    one, other = proxy("http, tinyproxy"), proxy("socks5h, microsocks")
    for server in (origin, secure):
        server.serve("/a", File(SMALL))

    assert via(fetch(origin.url("/a"), proxy=other.url, proxy_http=one.url)) == one.plain
    assert via(fetch(secure.url("/a"), proxy=other.url, proxy_http=one.url)) == other.plain
    assert via(fetch(secure.url("/a"), proxy=one.url, proxy_https=other.url)) == other.plain


def test_each_download_may_have_its_own(proxy, origin, downloads):
    usual, own = proxy("http, tinyproxy, basic"), proxy("socks5h, microsocks, login")
    origin.serve("/a", File(SMALL))
    ways = [{}, {"proxy": own.url}, {"proxy": None}, {"proxy": "none"}]

    with rheo.sync.DownloadManager(directory=downloads, proxy=usual.url) as manager:
        handles = [manager.add(origin.url(f"/a?{number}"), **way) for number, way in enumerate(ways)]
        results = [handle.wait() for handle in handles]

    assert list(map(via, results)) == [usual.plain, own.plain, None, None]
    assert_untouched(origin)


def test_the_password_may_be_set_apart_from_the_user(proxy, origin, downloads, monkeypatch):
    way = proxy("http, squid, digest")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("PROXY_SECRET", LOGIN.password)
    beside = f"http://ann@{HOST}:{way.port}"

    with rheo.sync.DownloadManager(directory=downloads, proxy=beside, proxy_password="env:PROXY_SECRET") as manager:
        assert via(manager.add(origin.url("/a")).wait()) == way.plain
        assert via(manager.add(origin.url("/a?b"), proxy=beside).wait()) == way.plain


def test_it_is_for_a_proxy_of_the_environment_too(proxy, origin, secure, fetch, monkeypatch):
    way = proxy("http, tinyproxy, basic")
    for server in (origin, secure):
        server.serve("/a", File(SMALL))
    monkeypatch.setenv("all_proxy", f"http://{LOGIN.user}@{HOST}:{way.port}")

    for number, server in enumerate((origin, secure)):
        result = fetch(server.url("/a"), proxy_password=rheo.Secret(LOGIN.password), output=str(number))
        assert via(result) == way.plain


def test_redirects_go_the_way_of_where_they_lead(proxy, origin, secure, fetch):
    way = proxy("http, squid, digest")
    origin.serve("/a", Redirect(secure.url("/b")))
    secure.serve("/b", File(SMALL))

    assert via(fetch(origin.url("/a"), proxy_https=way.url)) == way.plain
    assert via(fetch(origin.url("/a"), proxy_http=way.url)) is None
    for server in (origin, secure):
        assert_untouched(server)


@pytest.fixture
def config(home, downloads, ca_file):
    """Write the config file, and return the settings that come of it."""

    def written(text):
        folder = home / ".rheo"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(f'directory = "{downloads}"\nca_file = "{ca_file}"\n{text}')
        (folder / "config.toml").chmod(0o600)
        return load_settings().settings

    return written


def test_a_host_may_have_its_own(proxy, origin, config):
    usual, own = proxy("http, tinyproxy"), proxy("socks5h, microsocks, login")
    origin.serve("/a", File(SMALL))
    settings = config(
        f'proxy = "{usual.url}"\n[host."localhost"]\nproxy = "{own.url}"\n[host."*.example.com"]\nproxies = false\n'
    )
    lookup = Lookups()

    with rheo.sync.DownloadManager(settings) as manager:
        assert via(manager.add(origin.url("/a")).wait()) == usual.plain
        assert via(manager.add(named(origin)).wait()) == own.plain
    event = fetch_with(lookup, origin.url("/a").replace(HOST, "files.example.com"), settings)
    assert (via(event.result), lookup.asked) == (None, ["files.example.com"])


def test_the_table_of_proxies_says_what_options_do(proxy, origin, secure, config, monkeypatch):
    one, other = proxy("http, squid, digest"), proxy("http, tinyproxy")
    monkeypatch.setenv("PROXY_SECRET", LOGIN.password)
    for server in (origin, secure):
        server.serve("/a", File(SMALL))
    settings = config(
        f'[proxy]\nhttp = "http://ann@{HOST}:{one.port}"\n'
        f'password = "env:PROXY_SECRET"\nall = "{other.url}"\nexcept = "localhost"\n'
    )

    with rheo.sync.DownloadManager(settings) as manager:
        ways = [via(manager.add(url).wait()) for url in (origin.url("/a"), secure.url("/a"), named(origin))]

    assert ways == [one.plain, other.plain, None]


# --- the command


@pytest.fixture
def command(capfd, downloads, ca_file):
    """Run the command in this process; return its exit code and what it says."""

    def ran(*arguments):
        capfd.readouterr()
        code = run(["-d", str(downloads), "--ca-file", str(ca_file), "--retry", "0", *arguments])
        return code, *capfd.readouterr()

    return ran


def told_way(out):
    [completed] = [line for line in map(json.loads, out.splitlines()) if line["type"] == "completed"]
    return completed["proxy"]


@pytest.mark.parametrize("kind", WITH_PASSWORD)
def test_the_command_goes_through_it_with_a_password_by_reference(proxy, secure, command, monkeypatch, kind):
    way = proxy(kind)
    secure.serve("/a", File(SMALL))
    monkeypatch.setenv("PROXY_SECRET", LOGIN.password)

    code, out, err = command(
        secure.url("/a"), "--json", "--proxy", f"{way.scheme}://ann@{HOST}:{way.port}", "--proxy-password",
        "env:PROXY_SECRET",
    )  # fmt: skip

    assert (code, told_way(out), secrets_in(out + err)) == (0, way.plain, [])


@pytest.mark.parametrize("options", [(), ("--no-proxy",), ("--noproxy", "127.0.0.1,a"), ("--noproxy", "example.com")])
def test_the_command_heeds_the_environment_and_its_options_go_before(proxy, origin, command, monkeypatch, options):
    way = proxy("http, tinyproxy, basic")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("http_proxy", way.url)

    through = options in {(), ("--noproxy", "example.com")}

    code, out, err = command(origin.url("/a"), "--json", *options)

    assert (code, told_way(out), secrets_in(out + err)) == (0, way.plain if through else None, [])


def test_the_command_says_that_it_was_the_proxy(proxy, origin, command):
    way = proxy("http, tinyproxy, basic")

    code, out, err = command(origin.url("/a"), "--proxy", way.by(Login("ann", "wr0ng")))

    assert code != 0
    assert f"the proxy {way.plain} refused the login" in err
    assert secrets_in(out + err) == []


def test_an_empty_list_of_the_command_undoes_that_of_the_environment(proxy, origin, command, monkeypatch):
    way = proxy("http, tinyproxy")
    origin.serve("/a", File(SMALL))
    monkeypatch.setenv("http_proxy", way.url)
    monkeypatch.setenv("no_proxy", HOST)

    assert told_way(command(origin.url("/a"), "--json", "--noproxy", "")[1]) == way.plain


@pytest.mark.parametrize(
    "text",
    [
        "gopher://ann:s3cret@x:1",
        "http://ann:s3cret@",
        "http://ann:s3cret@x:y",
        "http://ann:s3cret\n@x",
        "http://ann:s3/cret@x",
    ],
)
def test_the_command_refuses_what_is_no_proxy_before_anything_is_sent(origin, command, text):
    code, out, err = command(origin.url("/a"), "--proxy", text)

    assert code == 2
    assert secrets_in(out + err) == []
    assert origin.requests == []


def test_a_proxy_is_not_told_what_we_are_made_of(downloads):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heads = []
        listening.settimeout(10)

        def hear():
            connection, _ = listening.accept()
            with connection:
                heads.append(connection.recv(4096).decode())

        hearing = threading.Thread(target=hear)
        hearing.start()
        proxy = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(rheo.NetworkError):
            rheo.download("https://origin.example/a", directory=downloads, proxy=proxy, retry=0, user_agent="mine")
        hearing.join()

    assert heads[0].startswith("CONNECT origin.example:443")
    assert "user-agent" not in heads[0].lower()


def test_a_digest_for_the_proxy_is_made_anew_where_that_forgot_what_it_was_made_with(origin, downloads):
    """As after its restart."""
    nonce = ["one"]

    def passing(request):
        if f'nonce="{nonce[0]}"' in request.headers.get("proxy-authorization", ""):
            return File(b"x" * 100)
        return Status(407, headers={"Proxy-Authenticate": f'Digest realm="x", nonce="{nonce[0]}", qop="auth"'})

    origin.serve("/a", passing)
    proxy = f"http://ann:s3cret@127.0.0.1:{origin.port}"
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER, proxy=proxy) as manager:
        manager.add("http://a.example/a", output="1").wait()
        nonce[0] = "two"
        assert manager.add("http://a.example/a", output="2").wait().size == 100
        asked = len(origin.requests)
        origin.serve("/a", Status(407, headers={"Proxy-Authenticate": 'Digest realm="x", nonce="3", qop="auth"'}))
        with pytest.raises(rheo.ProxyLoginError):
            manager.add("http://a.example/a", output="3").wait()

    assert len(origin.requests) - asked == 3  # as before; then asking how, and as the refusal wants
