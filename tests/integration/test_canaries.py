"""Random secrets of every kind on every path: each arrives where it is for, and a search finds it nowhere else.

What may be read aloud is searched for all of them. The query of a URL alone may stand where the URL itself is told: in
handles, events and results. It stands in no log, error, file or foreign server.
"""

import base64
import logging
import secrets
import threading
import traceback
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

import rheo
from cli.command import ended, started
from integration.servers.program import HOST, Login, free_ports
from origin import File, Generated, Origin, Part, Redirect, Status, cut, gated
from rheo.cli.app import run
from rheo.domain.proxy import parse_proxy
from rheo.wishes import request_for

SIZE = 3_000_000
DATA = Generated(SIZE)
HALF = SIZE // 2
QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
NEVER = rheo.RetryPolicy(attempts=0)
HOME = "home.example"
ELSEWHERE = "elsewhere.example"


# --- the secrets, and the search


def canary(kind):
    return f"{kind.replace('_', '')[:6]}{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Canaries:
    """One secret of each kind."""

    header: str = field(default_factory=lambda: canary("header"))
    cookie: str = field(default_factory=lambda: canary("cookie"))
    cookie_file: str = field(default_factory=lambda: canary("jar"))
    set_cookie: str = field(default_factory=lambda: canary("set"))
    user: str = field(default_factory=lambda: canary("user"))
    password: str = field(default_factory=lambda: canary("pass"))
    token: str = field(default_factory=lambda: canary("token"))
    referer: str = field(default_factory=lambda: canary("refer"))
    data: str = field(default_factory=lambda: canary("data"))
    key_password: str = field(default_factory=lambda: canary("key"))
    proxy_user: str = field(default_factory=lambda: canary("puser"))
    proxy_password: str = field(default_factory=lambda: canary("ppass"))
    query: str = field(default_factory=lambda: canary("query"))

    def found_in(self, text, *, but=()):
        """Return the kinds that stand in a text: as they are, or in base64, at whatever place of it."""
        kinds = [one.name for one in fields(self) if one.name not in but]
        return [kind for kind in kinds if any(form in text for form in forms(getattr(self, kind)))]


def forms(secret):
    """Return how a secret looks: plainly, and in the middle of something that is in base64."""
    yield secret
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        yield coded[4 if before else 0 : -4]


PROXYS = ("proxy_user", "proxy_password")
GIVEN = ("header", "cookie", "cookie_file", "query")
"""What goes with each request of these tests, besides a login."""


@pytest.mark.parametrize("kind", [one.name for one in fields(Canaries)])
@pytest.mark.parametrize("prefix", ["", "a", "ab:", "ann:", "x=y&z="])
def test_the_search_finds_what_it_is_for(kind, prefix):
    found = Canaries()
    text = f"{prefix}{getattr(found, kind)}:rest"

    assert found.found_in(text) == [kind]
    assert found.found_in(base64.b64encode(text.encode()).decode()) == [kind]
    assert Canaries().found_in(text) == []


@pytest.fixture
def canaries():
    return Canaries()


# --- who is there


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


@dataclass
class World:
    """The origin that the secrets are for, the strangers, and where they seem to live."""

    origins: dict[str, Origin]
    """Home, home over https, and the strangers by what of their origin is another one."""
    canaries: Canaries
    settings: rheo.Settings
    folder: Path
    """Of the user."""
    caplog: pytest.LogCaptureFixture

    @property
    def home(self):
        return self.origins["home"]

    @property
    def strangers(self):
        return {kind: self.origins[kind] for kind in ("port", "host", "scheme")}

    def url(self, target="/start"):
        return self.home.url(target).replace(HOST, HOME)

    def stranger_url(self, kind, target):
        host = ELSEWHERE if kind == "host" else HOME
        return self.origins[kind].url(target).replace(HOST, host)

    def on_disk(self):
        """Return what is on the disk now, names included; what vanishes meanwhile is looked at the next time."""
        texts = []
        for path in (*self.settings.directory.rglob("*"), *self.folder.rglob("*")):
            texts.append(str(path))
            with suppress(FileNotFoundError):
                texts.append(path.read_bytes().decode("latin-1") if path.is_file() else "")
        return "\n".join(texts)


@pytest.fixture
def origins(stack, authority):
    secure = authority.context(HOME, ELSEWHERE, HOST)
    kinds = {"home": None, "port": None, "host": None, "scheme": secure, "secure home": secure}
    return {kind: stack.enter_context(Origin(tls=tls)) for kind, tls in kinds.items()}


@pytest.fixture
def settings(canaries, downloads, ca_file, tmp_path):
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(f"# Netscape HTTP Cookie File\n{HOME}\tFALSE\t/\tFALSE\t0\tkept\t{canaries.cookie_file}\n")
    cookies.chmod(0o600)
    return rheo.Settings(
        directory=downloads,
        ca_file=ca_file,
        cookies=cookies,
        referer=f"https://ann:{canaries.referer}@page.example/",
        connections=4,
        min_split_size=65536,
    )


@pytest.fixture
def world(origins, canaries, settings, home, caplog):
    places = [(ELSEWHERE if kind == "host" else HOME, origin.port) for kind, origin in origins.items()]
    resolve = tuple(f"{host}:{port}:{HOST}" for host, port in places)
    caplog.set_level(logging.DEBUG)
    return World(origins, canaries, replace(settings, resolve=resolve), home, caplog)


LOGINS = ["basic", "digest", "bearer", "bearer asked for", "url"]


def wishes_with(canaries, login):
    """Return what is given for a download, but for the login that stands in the URL."""
    wishes = {
        "headers": {"X-Api-Key": canaries.header},
        "public_headers": {"X-Public": "everybody"},
        "cookies": {"given": canaries.cookie},
    }
    password = rheo.Secret(canaries.password)
    match login:
        case "basic":
            wishes["login"] = rheo.Login(canaries.user, password, rheo.AuthScheme.BASIC)
        case "digest":
            wishes["login"] = rheo.Login(canaries.user, password)
        case "bearer":
            wishes["login"] = rheo.Bearer(rheo.Secret(canaries.token))
        case "bearer asked for":
            wishes["login"] = rheo.Bearer(lambda: canaries.token)
    return wishes


def url_with(canaries, world, login):
    url = f"{world.url()}?key={canaries.query}"
    return url.replace("://", f"://{canaries.user}:{canaries.password}@") if login == "url" else url


CHALLENGE = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'}


def asking(reply):
    """Return the reply to those who log in, by Digest where nothing else is said."""

    def answer(request):
        return reply if "authorization" in request.headers else Status(401, headers=CHALLENGE)

    return answer


def setting_a_cookie(canaries, location):
    return Redirect(location, headers={"Set-Cookie": f"session={canaries.set_cookie}; Path=/"})


# --- what was said


class Told:
    """All that a program or a person can read of a manager: logs, events, handles, results and errors."""

    def __init__(self, manager, caplog):
        self._caplog = caplog
        self.events = []
        self.errors = []
        manager.on(rheo.Event, self.events.append)

    def outcome_of(self, handle):
        """Return the result or error of a download."""
        try:
            return handle.wait()
        except rheo.RheoError as error:
            self.errors.append(error)
            return error

    @property
    def aloud(self):
        """What names no URL in full."""
        of_events = [event.error for event in self.events if isinstance(event, rheo.DownloadFailed)]
        of_waits = [event.wait.error for event in self.events if isinstance(event, rheo.DownloadWaiting)]
        traces = ["".join(traceback.format_exception(error)) for error in (*self.errors, *of_events, *of_waits)]
        records = [f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in self._caplog.records]
        reprs = [f"{error!r} {error.message} {vars(error)}" for error in (*self.errors, *of_events, *of_waits)]
        return "\n".join([*records, *traces, *reprs])

    def of_urls(self, *more):
        """What may name the URL, and so its query."""
        return "\n".join(map(repr, [*self.events, *more]))


def received_by(server):
    return "\n".join(f"{request!r} {request.body!r}" for request in server.requests)


def assert_home_has_all(canaries, world, login):
    """The secrets were sent where they belong: else nothing is shown by a search that finds none."""
    text = received_by(world.home)
    expected = {"header", "cookie", "cookie_file", "query"}
    expected |= {"token"} if login.startswith("bearer") else {"user"}
    expected |= {"password"} if login == "basic" else set()
    assert expected <= set(canaries.found_in(text))
    assert "referer" not in canaries.found_in(text)
    assert any("referer" in request.headers for request in world.home.requests)


def assert_strangers_have_none(canaries, world):
    for server in world.strangers.values():
        assert canaries.found_in(received_by(server)) == []
        for request in server.requests:
            assert {"authorization", "cookie", "referer", "x-api-key"} & request.headers.keys() == set()
            assert request.headers["x-public"] == "everybody"


# --- the library


@pytest.mark.parametrize("stranger", ["port", "host", "scheme"])
@pytest.mark.parametrize("login", LOGINS)
def test_redirects_retries_segments_and_resuming_tell_nobody(world, login, stranger):
    """A file at a stranger, which is asked for again and again, and goes on in another run."""
    canaries, settings = world.canaries, world.settings
    file, gate = File(DATA, etag='"one"'), threading.Event()
    server = world.strangers[stranger]
    world.home.serve("/start", asking(setting_a_cookie(canaries, world.stranger_url(stranger, "/file"))))
    server.serve("/file", [Status(503), cut(file, after=HALF // 2), gated(file, gate, after=HALF, part=Part.RESOURCE)])
    url, wishes = url_with(canaries, world, login), wishes_with(canaries, login)

    with rheo.sync.DownloadManager(settings, retry_policy=QUICK) as manager:
        told = Told(manager, world.caplog)
        handle = manager.add(url, **wishes)
        server.wait_for(lambda server: server.held >= 1)
        assert canaries.found_in(world.on_disk()) == []
        handle.pause()
        assert canaries.found_in(world.on_disk()) == []
        gate.set()
    assert canaries.found_in(told.of_urls(handle, manager), but=("query",)) == []
    assert canaries.found_in(told.aloud) == []
    assert list(settings.directory.glob("*.part.json")) != []

    with rheo.sync.DownloadManager(settings, retry_policy=QUICK) as manager:
        told = Told(manager, world.caplog)
        result = told.outcome_of(manager.add(url, **wishes))
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.resumed > 0
    assert "X-Api-Key" in result.redirects[0].withheld
    assert canaries.found_in(told.of_urls(result), but=("query",)) == []
    assert canaries.found_in(told.aloud + world.on_disk()) == []
    assert_home_has_all(canaries, world, login)
    assert_strangers_have_none(canaries, world)


@pytest.mark.parametrize("login", LOGINS)
def test_a_chain_through_strangers_and_home_again_gives_each_its_own(world, login):
    canaries, settings = world.canaries, world.settings
    first, second = world.stranger_url("port", "/b"), world.stranger_url("host", "/c")
    world.home.serve("/start", asking(setting_a_cookie(canaries, first)))
    world.strangers["port"].serve("/b", Redirect(second))
    world.strangers["host"].serve("/c", Redirect(f"{world.url('/last')}?key={canaries.query}"))
    world.home.serve("/last", asking(File(b"x")))

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        result = told.outcome_of(manager.add(url_with(canaries, world, login), **wishes_with(canaries, login)))

    assert result.path.read_bytes() == b"x"
    assert canaries.found_in(told.of_urls(result), but=("query",)) == []
    assert canaries.found_in(told.aloud + world.on_disk()) == []
    assert canaries.set_cookie in received_by(world.home)
    assert_home_has_all(canaries, world, login)
    assert_strangers_have_none(canaries, world)


@pytest.mark.parametrize("run_again", [False, True], ids=["meanwhile", "between runs"])
def test_a_file_that_became_another_one_is_told_without_its_query(world, run_again):
    """The part makes way, and the log says of which URL."""
    canaries, settings = world.canaries, world.settings
    old, new = File(DATA, etag='"old"'), File(Generated(SIZE, 2), etag='"new"')
    world.home.serve("/start", [cut(old, after=HALF), new])
    settings = replace(settings, connections=1)
    url = url_with(canaries, world, "url")

    for policy in (NEVER, QUICK) if run_again else (QUICK,):
        with rheo.sync.DownloadManager(settings, retry_policy=policy) as manager:
            told = Told(manager, world.caplog)
            outcome = told.outcome_of(manager.add(url, **wishes_with(canaries, "url")))

    assert outcome.path.read_bytes() == Generated(SIZE, 2).read(0, SIZE)
    assert f"{world.url()}: " in world.caplog.text
    assert canaries.found_in(told.of_urls(outcome), but=("query",)) == []
    assert canaries.found_in(told.aloud + world.on_disk()) == []


REFUSALS = {
    "404": Status(404),
    "401": Status(401, headers=CHALLENGE),
    "401 basic": Status(401, headers={"WWW-Authenticate": 'Basic realm="r"'}),
    "401 ntlm": Status(401, headers={"WWW-Authenticate": "NTLM, Negotiate"}),
    "429": Status(429, headers={"Retry-After": "1000"}),
    "a page": File(b"<html>", content_type="text/html", headers={"Content-Encoding": "gzip"}),
    "nowhere": Status(302),
    "another scheme": Redirect("ftp://ftp.example/file"),
    "garbage": Redirect("http://[::1/file"),
}


@pytest.mark.parametrize("at", ["home", "port", "scheme"])
@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("login", ["basic", "bearer asked for", "url"])
def test_errors_tell_nobody(world, login, refusal, at):
    canaries, settings = world.canaries, world.settings
    if at == "home":
        world.home.serve("/start", REFUSALS[refusal])
    else:
        world.home.serve("/start", asking(Redirect(world.stranger_url(at, f"/file?key={canaries.query}"))))
        world.strangers[at].serve("/file", REFUSALS[refusal])

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        error = told.outcome_of(manager.add(url_with(canaries, world, login), **wishes_with(canaries, login)))

    assert isinstance(error, rheo.RheoError)
    assert canaries.found_in(told.of_urls(), but=("query",)) == []
    assert canaries.found_in(told.aloud) == []
    for server in world.strangers.values():
        assert canaries.found_in(received_by(server), but=("query",)) == []  # the query was in the redirect itself


def test_a_location_with_a_login_and_a_query_is_not_repeated(world):
    """What a server writes into a redirect may be a secret as well."""
    canaries, settings = world.canaries, world.settings
    locations = [
        f"ftp://{canaries.user}:{canaries.password}@ftp.example/file?key={canaries.query}",
        f"http://{canaries.user}:{canaries.password}@[::1/file?key={canaries.query}",
        f"http://{canaries.user}:{canaries.password}@:0/?key={canaries.query}",
        f"mailto:{canaries.user}@x?key={canaries.query}",
        f"http://home.example:99999/{'x' * 500}?key={canaries.query}",
    ]
    for number, location in enumerate(locations):
        world.home.serve(f"/{number}", Redirect(location))

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        outcomes = [told.outcome_of(manager.add(world.url(f"/{number}"))) for number in range(len(locations))]

    assert all(isinstance(outcome, rheo.RedirectError) for outcome in outcomes)
    assert canaries.found_in(told.aloud + told.of_urls()) == []


def test_a_login_in_a_location_is_dropped(world):
    canaries, settings = world.canaries, world.settings
    target = world.stranger_url("host", "/file").replace("://", f"://{canaries.user}:{canaries.password}@")
    world.home.serve("/start", Redirect(target))
    world.strangers["host"].serve("/file", asking(File(b"x")))

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        error = told.outcome_of(manager.add(world.url()))

    assert error.status == 401
    assert canaries.found_in(told.aloud + told.of_urls() + world.on_disk()) == []
    assert canaries.found_in(received_by(world.strangers["host"])) == []


@pytest.mark.parametrize("status", [301, 303, 307, 308])
@pytest.mark.parametrize("stranger", ["port", "host", "scheme"])
def test_data_stays_at_home(world, status, stranger):
    canaries, settings = world.canaries, world.settings
    world.home.serve("/start", Redirect(world.stranger_url(stranger, "/file"), status=status))
    world.strangers[stranger].serve("/file", File(b"x"))
    settings = replace(settings, connections=None)

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        wishes = wishes_with(canaries, "basic")
        outcome = told.outcome_of(manager.add(world.url(), data={"key": canaries.data}, **wishes))

    assert isinstance(outcome, rheo.RedirectError) is (status in {307, 308})
    assert "data" in canaries.found_in(received_by(world.home))
    assert canaries.found_in(told.aloud + told.of_urls(outcome)) == []
    assert_strangers_have_none(canaries, world)


def test_what_is_asked_for_and_set_shows_no_secret(world, client_certificate, locked):
    canaries, settings = world.canaries, world.settings
    settings = replace(
        settings,
        connections=None,
        proxy=rheo.Proxy("http", "proxy.example", 3128, (canaries.proxy_user, canaries.proxy_password)),
        proxy_password=rheo.Secret(canaries.proxy_password),
    )
    certificate = rheo.ClientCertificate(client_certificate, locked, rheo.Secret(canaries.key_password))
    for login in LOGINS:
        wishes = wishes_with(canaries, login) | {"certificate": certificate, "proxy": settings.proxy}
        url = url_with(canaries, world, login)
        request = request_for(url, settings, wishes | {"data": {"key": canaries.data}})
        assert canaries.found_in(f"{request!r} {request} {request.http!r}", but=("query",)) == []
        assert canaries.found_in(f"{wishes['login']!r} {wishes['login']}" if "login" in wishes else "") == []
    assert canaries.found_in(f"{settings!r} {settings} {settings.proxy!r} {settings.proxy} {certificate!r}") == [
        "referer"  # a setting is shown as it is; what is sent has no user info
    ]


# --- proxies


@pytest.fixture
def through(request, canaries):
    """Start a proxy with a login; return its URL and its log."""

    def started_by(kind):
        login = Login(canaries.proxy_user, canaries.proxy_password)
        name, scheme, more = {
            "squid, digest": ("squid", "http", {"scheme": "digest"}),
            "squid, basic": ("squid", "http", {"scheme": "basic"}),
            "squid over TLS": ("squid", "https", {"scheme": "digest"}),
            "tinyproxy": ("tinyproxy", "http", {}),
            "microsocks": ("microsocks", "socks5", {}),
        }[kind]
        proxy = request.getfixturevalue(name)(login=login, **more)
        port = {"http": "plain", "https": "secure"}[scheme] if name == "squid" else "port"
        return f"{scheme}://{login.user}:{login.password}@{HOST}:{getattr(proxy, port)}", proxy.log

    return started_by


PROXIES = ["squid, digest", "squid, basic", "squid over TLS", "tinyproxy", "microsocks"]


@pytest.mark.parametrize("given", ["setting", "download", "environment"])
@pytest.mark.parametrize("kind", PROXIES)
def test_a_proxy_and_an_origin_learn_nothing_of_each_other(world, monkeypatch, through, kind, given):
    """The origin is reached by a tunnel: what went through is nobody's to read."""
    canaries, settings, secure_home = world.canaries, world.settings, world.origins["secure home"]
    proxy, log = through(kind)
    secure_home.serve("/start", asking(Redirect("/file")))
    secure_home.serve("/file", [Status(503), cut(File(DATA, etag='"one"'), after=HALF), File(DATA, etag='"one"')])
    wishes = wishes_with(canaries, "basic")
    if given == "setting":
        settings = replace(settings, proxy=parse_proxy(proxy))
    elif given == "download":
        wishes["proxy"] = proxy
    else:
        monkeypatch.setenv("https_proxy", proxy)
    url = f"{secure_home.url('/start')}?key={canaries.query}"  # by its address: the proxy does not know its name
    settings.cookies.write_text(settings.cookies.read_text().replace(HOME, HOST))

    with rheo.sync.DownloadManager(settings, retry_policy=QUICK) as manager:
        told = Told(manager, world.caplog)
        result = told.outcome_of(manager.add(url, **wishes))

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert canaries.found_in(told.of_urls(result), but=("query",)) == []
    assert canaries.found_in(told.aloud + world.on_disk()) == []
    assert log.shows(str(secure_home.port))
    assert canaries.found_in(log.text(), but=PROXYS) == []
    seen = canaries.found_in(received_by(secure_home))
    assert {"header", "cookie", "cookie_file", "user", "password", "query"} <= set(seen)
    assert set(seen) & set(PROXYS) == set()


@pytest.mark.parametrize("kind", PROXIES)
@pytest.mark.parametrize("stranger", ["port", "scheme"])
def test_the_proxys_login_is_for_the_proxy_alone(world, through, kind, stranger):
    """Plain http goes through it, and https without it."""
    canaries, settings = world.canaries, world.settings
    proxy, _ = through(kind)
    settings = replace(settings, proxy_http=parse_proxy(proxy))
    server = world.strangers[stranger]
    world.home.serve("/start", asking(Redirect(server.url("/file"))))
    server.serve("/file", File(DATA, etag='"one"'))

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        result = told.outcome_of(manager.add(world.home.url("/start"), **wishes_with(canaries, "basic")))

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert (result.proxy is None) is (stranger == "scheme")
    assert canaries.found_in(told.aloud + told.of_urls(result) + world.on_disk()) == []
    assert set(canaries.found_in(received_by(world.home))) & set(PROXYS) == set()
    assert_strangers_have_none(canaries, world)


@pytest.mark.parametrize("scheme", ["http", "https", "socks4", "socks4a", "socks5", "socks5h"])
@pytest.mark.parametrize("wrong", ["nobody there", "not a proxy"])
def test_a_proxy_that_fails_is_told_without_its_login(world, scheme, wrong):
    canaries, settings = world.canaries, world.settings
    port = free_ports(1)[0] if wrong == "nobody there" else world.strangers["port"].port
    proxy = rheo.Proxy(scheme, HOST, port, (canaries.proxy_user, canaries.proxy_password))
    settings = replace(settings, proxy=proxy, tls_timeout=1.0)  # a server that is no proxy waits for more

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        target = f"{world.strangers['scheme'].url('/start')}?key={canaries.query}"
        error = told.outcome_of(manager.add(target, **wishes_with(canaries, "basic")))

    assert isinstance(error, rheo.RheoError)
    assert canaries.found_in(told.of_urls(), but=("query",)) == []
    assert canaries.found_in(told.aloud) == []
    for server in world.strangers.values():
        assert canaries.found_in(received_by(server), but=PROXYS) == []  # it is called a proxy, and gets its login


@pytest.mark.parametrize("kind", PROXIES)
def test_a_login_that_a_proxy_refuses_is_not_told(world, through, kind):
    canaries, settings = world.canaries, world.settings
    proxy, _ = through(kind)
    settings = replace(settings, proxy=parse_proxy(proxy.replace(canaries.proxy_password, canaries.key_password)))

    for server in (world.home, world.strangers["scheme"]):
        with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
            told = Told(manager, world.caplog)
            error = told.outcome_of(manager.add(server.url("/start")))

        assert isinstance(error, rheo.ProxyLoginError)
        assert canaries.found_in(told.aloud + told.of_urls()) == []
        assert server.requests == []


# --- client certificates


@pytest.fixture
def locked(client_certificate, canaries, tmp_path):
    """A client certificate whose key has a password."""
    key = load_pem_private_key(client_certificate.read_bytes(), None)
    path = tmp_path / "locked.pem"
    locks = BestAvailableEncryption(canaries.key_password.encode())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locks))
    return path


def test_the_password_of_a_key_is_told_nobody(nginx, world, client_certificate, locked):
    """The certificate is shown to its origin, and to no stranger."""
    canaries, settings = world.canaries, world.settings
    owner, stranger = nginx(client_certificates=True), nginx(client_certificates=True)
    owner.publish("file", b"x")
    password = rheo.Secret(canaries.key_password)
    certificate = rheo.ClientCertificate(client_certificate, locked, password)

    with rheo.sync.DownloadManager(settings, retry_policy=NEVER) as manager:
        told = Told(manager, world.caplog)
        outcome = told.outcome_of(manager.add(f"https://{HOST}:{owner.secure}/file", certificate=certificate))
        with Origin() as leading:
            leading.serve("/start", Redirect(f"https://{HOST}:{stranger.secure}/file"))
            led = told.outcome_of(manager.add(leading.url("/start"), certificate=certificate))

    assert outcome.path.read_bytes() == b"x"
    assert owner.log.shows("O=trustme")
    assert led.status == 400
    assert stranger.log.shows("/file 400")
    assert "trustme" not in stranger.log.text()
    assert canaries.found_in(told.aloud + told.of_urls(outcome) + world.on_disk()) == []


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_key_that_does_not_open_is_refused_before_anything_is_sent(world, client_certificate, locked, password):
    """OpenSSL would ask for the password on the terminal, and hold up every download meanwhile."""
    given = None if password is None else rheo.Secret(f"{world.canaries.key_password}{password}")
    certificate = rheo.ClientCertificate(client_certificate, locked, given)

    with (
        rheo.sync.DownloadManager(world.settings) as manager,
        pytest.raises(rheo.SettingsError, match="cannot be read with the password") as told,
    ):
        manager.add(world.url(), certificate=certificate)

    assert world.canaries.found_in(told.value.message) == []
    assert world.home.requests == []


# --- the command


@pytest.fixture
def referred(canaries, tmp_path):
    """The secrets as the command is told them: each in a variable and a file, by the name of its kind."""
    for one in fields(Canaries):
        path = tmp_path / f"secret-{one.name}"
        path.write_text(getattr(canaries, one.name))
        path.chmod(0o600)
    headers = tmp_path / "headers"
    headers.write_text(f"X-Api-Key: {canaries.header}\n")
    headers.chmod(0o600)
    return {f"CANARY_{one.name.upper()}": getattr(canaries, one.name) for one in fields(Canaries)}


def processes(leader):
    """Return what everybody can read of a process and all that it started: their command lines."""
    found = {leader}
    lines = []
    for _ in range(3):
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                parent = next(line for line in status.read_text().splitlines() if line.startswith("PPid:"))
                found |= {int(status.parent.name)} if int(parent.split()[1]) in found else set()
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue
    for number in found:
        lines.append(Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace"))
        lines += [task.read_text() for task in Path(f"/proc/{number}/task").glob("*/comm")]
    return "\n".join(lines)


LOGINS_OF_THE_COMMAND = {
    "basic": ("--user", "ann:env:CANARY_PASSWORD", "--auth", "basic"),
    "digest": ("--user", "ann:file:TMP/secret-password"),
    "bearer": ("--bearer", "file:TMP/secret-token"),
    "netrc": ("--netrc-file", "TMP/netrc"),
}


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
@pytest.mark.parametrize("voice", ["-v", "--json", "-q"])
@pytest.mark.parametrize("login", LOGINS_OF_THE_COMMAND)
def test_the_command_tells_nobody(world, referred, through, login, voice):
    canaries, settings = world.canaries, world.settings
    tmp_path = settings.cookies.parent
    proxy, log = through("squid, digest")
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOME} login ann password {canaries.password}\n")
    netrc.chmod(0o600)
    file, gate = File(DATA, etag='"one"'), threading.Event()
    world.home.serve("/start", asking(setting_a_cookie(canaries, world.strangers["scheme"].url("/file"))))
    server = world.strangers["scheme"]
    server.serve("/file", [Status(503), cut(file, after=HALF // 2), gated(file, gate, after=HALF, part=Part.RESOURCE)])
    options = [
        "-d", str(settings.directory), "--ca-file", str(settings.ca_file), voice, "--connections", "2",
        "--min-split-size", "64K", "--header", f"@{tmp_path}/headers", "--public-header", "X-Public: everybody",
        "--cookie", "given=env:CANARY_COOKIE", "--cookies", str(settings.cookies), "--referer", "https://page.example/",
        "--save-cookies", str(tmp_path / "saved.txt"), "--resolve", settings.resolve[0],
        "--proxy-https", proxy.replace(f":{canaries.proxy_password}", ""),
        "--proxy-password", "env:CANARY_PROXY_PASSWORD",
        *(word.replace("TMP", str(tmp_path)) for word in LOGINS_OF_THE_COMMAND[login]),
    ]  # fmt: skip
    url = f"{world.url()}?key={canaries.query}"

    with started(url, *options, environment={**referred, "TMPDIR": str(tmp_path)}) as process:
        server.wait_for(lambda server: server.held >= 1, timeout=20)
        listed = processes(process.pid)
        assert str(settings.directory) in listed
        assert canaries.found_in(listed, but=("query", "proxy_user")) == []  # which the user wrote there
        assert canaries.found_in(world.on_disk()) == []
        gate.set()
        ran = ended(process)

    assert ran.code == 0, ran.err
    assert canaries.found_in(ran.out + ran.err, but=("query",)) == []
    assert canaries.found_in(world.on_disk()) == []
    assert canaries.found_in(log.text(), but=PROXYS) == []
    assert {"header", "cookie", "cookie_file", "query"} <= set(canaries.found_in(received_by(world.home)))
    assert set(canaries.found_in(received_by(world.home))) & set(PROXYS) == set()
    assert_strangers_have_none(canaries, world)
    assert canaries.set_cookie in (tmp_path / "saved.txt").read_text()
    assert (tmp_path / "saved.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("voice", ["-v", "--json"])
def test_a_command_that_fails_tells_nobody(world, referred, voice):
    canaries, settings = world.canaries, world.settings
    world.home.serve("/start", asking(Redirect(world.stranger_url("port", "/file"))))
    world.strangers["port"].serve("/file", Status(403))
    arguments = [
        f"{url_with(canaries, world, 'url')}", "-d", str(settings.directory), "--retry", "0", voice,
        "--header", "X-Api-Key: env:CANARY_HEADER", "--data", f"key={canaries.data}", "--location-trusted",
    ]  # fmt: skip
    for place in settings.resolve:
        arguments += ["--resolve", place]

    with started(*arguments, environment=referred) as process:
        ran = ended(process)

    assert ran.code != 0
    assert canaries.found_in(ran.out + ran.err, but=("query",)) == []
    assert canaries.found_in(world.on_disk()) == []


@pytest.mark.parametrize("voice", [(), ("--json",)], ids=["words", "json"])
@pytest.mark.parametrize("status", [None, 403])
def test_what_is_known_of_a_url_has_none_of_them(world, referred, through, capfd, monkeypatch, voice, status):  # noqa: PLR0917
    canaries, settings = world.canaries, world.settings
    proxy, log = through("squid, digest")
    target = world.strangers["scheme"].url("/file")
    world.home.serve("/start", asking(setting_a_cookie(canaries, target)))
    world.strangers["scheme"].serve("/file", Status(status) if status else File(DATA, etag='"one"'))
    for name, value in referred.items():
        monkeypatch.setenv(name, value)
    arguments = [
        "info", f"{url_with(canaries, world, 'url')}", "--resolve", settings.resolve[0], "--ca-file",
        str(settings.ca_file), "--header", "X-Api-Key: env:CANARY_HEADER", "--cookie", "given=env:CANARY_COOKIE",
        "--cookies", str(settings.cookies), "--public-header", "X-Public: everybody", "--proxy-https", proxy, *voice,
    ]  # fmt: skip

    code = run(arguments)

    out, err = capfd.readouterr()
    assert (code == 0) is (status is None)
    assert target in out
    assert canaries.found_in(out + err + world.caplog.text, but=("query",)) == []
    assert canaries.found_in(world.on_disk()) == []
    assert canaries.found_in(log.text(), but=PROXYS) == []
    assert {"header", "cookie", "cookie_file", "query"} <= set(canaries.found_in(received_by(world.home)))
    assert_strangers_have_none(canaries, world)


MISTAKES = [
    ("--header", "{header}"),
    ("--header", "X-Key: a\n{header}"),
    ("--header", "X Key {header}: a"),
    ("--cookie", "{cookie}"),
    ("--cookie", "a={cookie}\r\nb"),
    ("--user", "{user}\n:{password}"),
    ("--user", "{user}:{password}\n"),
    ("--user", "ann:{password}", "--bearer", "{token}"),
    ("--user", "ann:{password}", "--header", "Authorization: {header}"),
    ("--bearer", "{token}\r\n"),
    ("--bearer", "env:{token}-"),
    ("--data", "{data}", "--connections", "4"),
    ("--data", "{data}", "--method", "GET"),
    ("--proxy", "http://{proxy_user}:{proxy_password}@x:port"),
    ("--proxy", "gopher://{proxy_user}:{proxy_password}@x"),
    ("--proxy", "{proxy_user}:{proxy_password}\n@x"),
    ("--proxy", "socks5://ann:{proxy_password}"),
    ("--proxy", "ann:{proxy_password}/"),
    ("--proxy", "http://ann:p@ss:{proxy_password}"),
    ("--proxy-password", "{proxy_password}\n"),
    ("https://ann:{password}",),
    ("https://ann:{password}/a",),
    ("https:///ann:{password}/a",),
    ("https:ann:{password}/a",),
    ("ann:{password}/a",),
    ("//ann:{password}/a",),
    ("https://[ann]:{password}/a",),
    ("ftp://ann:{password}",),
    ("--cert", "none.pem", "--key-password", "{key_password}\n"),
    ("--key-password", "{key_password}"),
    ("--cookies", "cookies-with-a-mistake.txt"),
    ("--netrc-file", "netrc-with-a-mistake"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
def test_a_mistake_is_said_without_the_secret_in_it(canaries, origin, capfd, mistake):
    Path("cookies-with-a-mistake.txt").write_text(f"a\tb\t{canaries.cookie_file}\n")
    Path("netrc-with-a-mistake").write_text(
        f'machine {HOST} login ann password "{canaries.password} {canaries.token}\n'
    )
    Path("netrc-with-a-mistake").chmod(0o600)
    given = {one.name: getattr(canaries, one.name) for one in fields(Canaries)}

    code = run([origin.url("/"), *(word.format(**given) for word in mistake)])

    out, err = capfd.readouterr()
    assert (code, origin.requests) == (2, [])
    assert canaries.found_in(out + err) == []


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
def test_a_mistake_in_the_environment_is_said_without_the_secret_in_it(canaries, origin, monkeypatch, capfd, name):
    monkeypatch.setenv(name, f"http://ann:{canaries.proxy_password}")

    code = run([origin.url("/")])

    out, err = capfd.readouterr()
    assert (code, origin.requests) == (2, [])
    assert err.startswith(f"rheo: {name}: the proxy http://ann:… has an impossible port")
    assert canaries.found_in(out + err) == []


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["table", "json"])
def test_settings_are_shown_without_secrets(canaries, home, monkeypatch, capfd, as_json):
    proxy = f"http://{canaries.proxy_user}:{canaries.proxy_password}@proxy.example:3128"
    folder = home / ".rheo"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[proxy]\nall = "{proxy}"\npassword = "{canaries.key_password}"\n[host."a.example"]\nproxy = "{proxy}"\n'
    )
    (folder / "config.toml").chmod(0o600)
    monkeypatch.setenv("RHEO_PROXY_HTTP", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("RHEO_REFERER", f"https://{canaries.user}:{canaries.password}@page.example/")

    code = run(["config", "show", *as_json])

    out, err = capfd.readouterr()
    assert (code, "proxy.example" in out, "https://page.example/" in out) == (0, True, True)
    assert canaries.found_in(out + err) == []


MISTAKES_OF_FILES = {
    "a line": 'proxy = "{}:{}\\n@x"',
    "a list": 'proxy = ["{}", "{}"]',
    "a scheme": '[proxy]\nall = "gopher://{}:{}@x"',
    "a list of passwords": 'proxy_password = ["{}", "{}"]',
    "a host's": '[host."a"]\nproxy = "http://{}:{}@x:y"',
    "no setting": 'proxy_passwort = "{}:{}"',
    "no TOML": 'proxy_password = "{}{}',
}


@pytest.mark.parametrize("mistake", MISTAKES_OF_FILES)
def test_a_mistake_in_a_file_is_said_without_the_secret_in_it(canaries, home, capfd, mistake):
    (home / ".rheo").mkdir(parents=True)
    (home / ".rheo/config.toml").write_text(
        MISTAKES_OF_FILES[mistake].format(canaries.proxy_user, canaries.proxy_password)
    )
    (home / ".rheo/config.toml").chmod(0o600)

    code = run(["config", "show"])

    out, err = capfd.readouterr()
    assert code == 2
    assert canaries.found_in(out + err) == []
