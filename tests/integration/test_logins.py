"""Logging in, against servers that mean it: who we say that we are, how, and what is said where that is refused."""

import base64
import threading
import time
from pathlib import Path

import pytest

import rheo
from integration.servers.program import Login as Known
from origin import File, Generated, Origin, Redirect, Status, gated, paced, stalled

NEVER = rheo.RetryPolicy(attempts=0)
KNOWN = Known("ann", "pass:wörd")
ANN = rheo.Login("ann", rheo.Secret("pass:wörd"))
WRONG = rheo.Login("ann", rheo.Secret("wr0ng"))
BASIC = "Basic " + base64.b64encode(b"ann:pass:w\xc3\xb6rd").decode()


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def fetch(url, downloads, settings=None, **wishes):
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER, **(settings or {})) as manager:
        return manager.add(url, **wishes).wait()


def wanting(challenge, *, scheme="Basic", reply=None):
    """Return a reply for those who show the scheme; others get the challenge."""

    def choose(request):
        shown = request.headers.get("authorization", "").startswith(scheme)
        return (reply or File(content())) if shown else Status(401, headers={"WWW-Authenticate": challenge})

    return choose


def test_a_login_that_is_wanted_is_found_out_though_its_page_never_comes(origin, downloads):
    page = Status(401, headers={"WWW-Authenticate": "Basic"}, body=b"x" * 100)
    origin.serve("/a", stalled(page, after=0))

    with pytest.raises(rheo.HttpStatusError, match="401"):
        fetch(origin.url("/a"), downloads, {"first_byte_timeout": 0.5, "stall_timeout": 0.5})


def shown(origin):
    return [request.headers.get("authorization") for request in origin.requests]


def login(scheme, *, who=ANN):
    return rheo.Login(who.user, who.password, rheo.AuthScheme(scheme))


# --- Basic


def test_basic_by_name_is_shown_at_once_even_over_http(nginx, downloads):
    server = nginx(login=KNOWN)
    server.publish("a", content())

    result = fetch(f"http://127.0.0.1:{server.plain}/a", downloads, login=login("basic"))

    assert result.path.read_bytes() == content()
    assert "GET /a 401" not in server.log.text()


def test_any_takes_basic_over_https(nginx, downloads, ca_file):
    server = nginx(login=KNOWN)
    server.publish("a", content())

    result = fetch(f"https://localhost:{server.secure}/a", downloads, {"ca_file": ca_file}, login=ANN)

    assert result.path.read_bytes() == content()
    assert server.log.shows("GET /a 206")
    assert server.log.text().count("GET /a 401") == 1


def test_any_does_not_show_a_password_over_http(nginx, downloads):
    server = nginx(login=KNOWN)
    server.publish("a", content())

    with pytest.raises(rheo.HttpStatusError, match="it offers basic; --auth basic sends the password in clear"):
        fetch(f"http://127.0.0.1:{server.plain}/a", downloads, login=ANN)

    assert server.log.shows("GET /a 401")
    assert 'authorization="-"' in server.log.text()
    assert "Basic" not in server.log.text()


@pytest.mark.parametrize("scheme", ["basic", "any"])
def test_a_wrong_password_is_said_and_not_tried_again(nginx, downloads, ca_file, scheme):
    server = nginx(login=KNOWN)
    with pytest.raises(rheo.HttpStatusError, match=r"(?s)401.*the login was refused$"):
        fetch(f"https://localhost:{server.secure}/a", downloads, {"ca_file": ca_file}, login=login(scheme, who=WRONG))


def test_no_login_is_said_with_what_would_help(nginx, downloads):
    server = nginx(login=KNOWN)
    with pytest.raises(rheo.HttpStatusError, match="it offers basic; give one with --user or --bearer"):
        fetch(f"http://127.0.0.1:{server.plain}/a", downloads)


def test_user_and_password_of_a_url_are_a_login_and_shown_nowhere(nginx, downloads, ca_file):
    server = nginx(login=KNOWN)
    server.publish("a", content())

    url = f"https://ann:pass%3Aw%C3%B6rd@localhost:{server.secure}/a"
    result = fetch(url, downloads, {"ca_file": ca_file})

    assert result.size == 100_000
    assert "ann" not in repr(result)


def test_every_connection_of_a_file_is_logged_in(origin, downloads):
    origin.serve("/a", wanting('Basic realm="x"', reply=paced(File(content(3_000_000), etag='"one"'), rate=2_000_000)))

    fetch(origin.url("/a"), downloads, {"connections": 3}, login=login("basic"))

    assert len(shown(origin)) > 1
    assert set(shown(origin)) == {BASIC}


def test_basic_that_any_took_over_https_is_shown_to_nobody_over_http(origin, authority, ca_file, downloads):
    """Not even where --location-trusted and --allow-downgrade lead there: it was taken as the line was encrypted."""
    origin.serve("/b", File(content()))
    with Origin(tls=authority) as secure:
        secure.serve("/a", wanting('Basic realm="x"', reply=Redirect(origin.url("/b"))))
        trusting = {"ca_file": ca_file, "location_trusted": True, "allow_downgrade": True}

        fetch(secure.url("/a"), downloads, trusting, login=ANN)

        assert shown(secure) == [None, BASIC]
    assert shown(origin) == [None]


def test_any_finds_out_at_each_origin_what_that_takes(authority, ca_file, downloads):
    """Each is trusted, and each is asked twice: without a login, and with the one that it wants."""
    with Origin(tls=authority) as last, Origin(tls=authority) as middle, Origin(tls=authority) as first:
        last.serve("/c", wanting('Basic realm="x"'))
        middle.serve("/b", wanting('Basic realm="x"', reply=Redirect(last.url("/c"))))
        first.serve("/a", wanting('Basic realm="x"', reply=Redirect(middle.url("/b"))))

        fetch(first.url("/a"), downloads, {"ca_file": ca_file, "location_trusted": True}, login=ANN)

        assert [shown(one) for one in (first, middle, last)] == [[None, BASIC]] * 3


def test_a_colon_in_a_user_cannot_be_shown_by_basic(origin, downloads):
    with pytest.raises(rheo.UsageError, match="RFC 7617"):
        fetch(origin.url("/a"), downloads, login=rheo.Login("a:b", rheo.Secret("c"), rheo.AuthScheme.BASIC))
    assert origin.requests == []


# --- Digest


@pytest.mark.parametrize("scheme", ["digest", "any"])
def test_digest_where_it_is_offered(squid, origin, downloads, scheme):
    origin.serve("/a", File(content(3_000_000), etag='"one"'))
    server = squid(login=Known("ann", "s3cret"), origin=origin.port)
    who = rheo.Login("ann", rheo.Secret("s3cret"), rheo.AuthScheme(scheme))

    result = fetch(f"http://127.0.0.1:{server.plain}/a", downloads, {"connections": 2}, login=who)

    assert result.path.read_bytes() == content(3_000_000)
    assert server.log.shows('user="ann"')
    assert "s3cret" not in server.log.text()
    assert "Basic" not in server.log.text()


@pytest.mark.parametrize("scheme", ["digest", "any"])
def test_a_wrong_password_by_digest(squid, origin, downloads, scheme):
    origin.serve("/a", File(content()))
    server = squid(login=Known("ann", "s3cret"), origin=origin.port)
    with pytest.raises(rheo.HttpStatusError, match=r"(?s)401.*the login was refused$"):
        fetch(f"http://127.0.0.1:{server.plain}/a", downloads, login=login(scheme, who=WRONG))
    assert origin.requests == []


def taking(nonce, *, page):
    """Return a reply for those whose Digest is made with the nonce that is in the list now."""

    def choose(request):
        if f'nonce="{nonce[0]}"' in request.headers.get("authorization", ""):
            return File(content())
        return Status(401, headers={"WWW-Authenticate": f'Digest realm="x", nonce="{nonce[0]}", qop="auth"'}, body=page)

    return choose


@pytest.mark.parametrize("page", [b"", b"who are you?"])
def test_a_digest_is_made_anew_where_a_server_forgot_what_it_was_made_with(origin, downloads, page):
    nonce = ["one"]
    for target in ("/a", "/b", "/c"):
        origin.serve(target, taking(nonce, page=page))

    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        manager.add(origin.url("/a"), login=login("digest")).wait()
        manager.add(origin.url("/b"), login=login("digest")).wait()
        nonce[0] = "two"
        result = manager.add(origin.url("/c"), login=login("digest")).wait()
        asked = len(origin.requests)
        origin.serve(
            "/a", Status(401, headers={"WWW-Authenticate": 'Digest realm="x", nonce="3", qop="auth"'}, body=page)
        )
        with pytest.raises(rheo.HttpStatusError, match="401"):
            manager.add(origin.url("/a"), login=login("digest")).wait()

    assert result.path.read_bytes() == content()
    assert len(origin.requests) - asked == 3  # as before; then asking how, and as the refusal wants


@pytest.mark.parametrize("wanted", [True, False], ids=["wanted", "not wanted"])
@pytest.mark.parametrize("scheme", ["digest", "any"])
def test_data_is_never_left_out_to_find_out_whether_a_login_is_wanted(origin, downloads, scheme, wanted):
    """A server that wants none would answer what was never asked, as slowly as this one, and do it."""

    def choose(request):
        if wanted and "authorization" not in request.headers:
            return Status(401, headers={"WWW-Authenticate": 'Digest realm="x", nonce="one", qop="auth"'})
        answer = File(b"answer to " + request.body, ranges=False)
        return answer if request.body else paced(answer, rate=20)

    origin.serve("/a", choose)
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        results = [
            manager.add(origin.url("/a"), login=login(scheme), data=data, output=data).wait() for data in ("a=b", "c=d")
        ]

    assert [result.path.read_bytes() for result in results] == [b"answer to a=b", b"answer to c=d"]
    assert {request.body for request in origin.requests} == {b"a=b", b"c=d"}


def test_any_takes_the_safest_of_several(squid, origin, downloads):
    """Both are offered over https: the password itself is not shown."""
    challenge = 'Basic realm="x", Digest realm="x", nonce="abc", qop="auth", algorithm=SHA-256'
    origin.serve("/a", wanting(challenge, scheme="Digest"))

    fetch(origin.url("/a"), downloads, login=ANN)

    assert not any(one.startswith("Basic") for one in shown(origin) if one)
    assert 'username="ann"' in shown(origin)[-1]


def test_data_is_sent_once_by_digest(origin, downloads):
    origin.serve("/a", wanting('Digest realm="x", nonce="abc", qop="auth"', scheme="Digest"))

    fetch(origin.url("/a"), downloads, login=login("digest"), data=b"a=b")

    assert [request.body for request in origin.requests if "authorization" in request.headers] == [b"a=b"]


# --- Negotiate and NTLM


def test_negotiate_without_a_ticket_says_so(origin, downloads):
    origin.serve("/a", Status(401, headers={"WWW-Authenticate": "Negotiate"}))
    with pytest.raises(rheo.RheoError, match="ticket") as raised:
        fetch(origin.url("/a"), downloads, login=rheo.Login("", rheo.Secret(""), rheo.AuthScheme.NEGOTIATE))
    assert not raised.value.transient


def test_what_the_library_cannot_do_is_said_before_anything_is_asked(origin, downloads):
    with pytest.raises(rheo.UnsupportedError, match="NTLM") as raised:
        fetch(origin.url("/a"), downloads, login=login("ntlm"))
    assert "pass" not in str(raised.value)
    assert origin.requests == []


# --- tokens


def test_a_token_is_shown_and_refused_in_clear_words(origin, downloads):
    origin.serve("/a", wanting('Bearer realm="x"', scheme="Bearer good"))

    fetch(origin.url("/a"), downloads, login=rheo.Bearer(rheo.Secret("good")))
    with pytest.raises(rheo.HttpStatusError, match=r"(?s)401.*the token was refused; it offers bearer$"):
        fetch(origin.url("/a"), downloads, login=rheo.Bearer(rheo.Secret("bad")))

    assert shown(origin) == ["Bearer good", "Bearer bad"]


class Tokens:
    """Gives out the next token each time it is asked."""

    def __init__(self, *tokens):
        self.asked = 0
        self._tokens = tokens

    def __call__(self):
        self.asked += 1
        return self._tokens[min(self.asked, len(self._tokens)) - 1]


def test_a_function_is_asked_for_its_token_again_when_that_is_refused(origin, downloads):
    origin.serve("/a", wanting("Bearer", scheme="Bearer new"))
    tokens = Tokens("old", "new")

    assert fetch(origin.url("/a"), downloads, login=rheo.Bearer(tokens)).size == 100_000
    assert (shown(origin), tokens.asked) == (["Bearer old", "Bearer new"], 2)


def test_many_connections_that_find_a_token_expired_ask_for_another_one_once(origin, downloads):
    expired = threading.Event()
    data, tokens = content(8_000_000), Tokens("old", "new")

    def reply(request):
        valid = "Bearer new" if expired.is_set() else "Bearer old"
        if request.headers["authorization"] != valid:
            return Status(401, headers={"WWW-Authenticate": "Bearer"})
        if expired.is_set():
            return File(data, etag='"one"')
        expired.set()
        return gated(File(data, etag='"one"'), gate, after=200_000)

    gate = threading.Event()
    origin.serve("/a", reply)
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER, connections=6) as manager:
        handle = manager.add(origin.url("/a"), login=rheo.Bearer(tokens))
        origin.wait_for(lambda origin: any("new" in token for token in shown(origin)))
        gate.set()
        result = handle.wait()

    assert result.path.read_bytes() == data
    assert shown(origin).count("Bearer old") > 1
    assert tokens.asked == 2


def test_a_function_that_gives_the_same_token_again_is_believed(origin, downloads):
    origin.serve("/a", Status(401, headers={"WWW-Authenticate": "Bearer"}))
    tokens = Tokens("old")
    with pytest.raises(rheo.HttpStatusError, match="the token was refused"):
        fetch(origin.url("/a"), downloads, login=rheo.Bearer(tokens))
    assert (len(origin.requests), tokens.asked) == (1, 2)


def test_a_function_is_asked_once_more_and_not_for_ever(origin, downloads):
    origin.serve("/a", Status(401, headers={"WWW-Authenticate": "Bearer"}))
    tokens = Tokens("one", "two", "three", "four")
    with pytest.raises(rheo.HttpStatusError, match="the token was refused"):
        fetch(origin.url("/a"), downloads, login=rheo.Bearer(tokens))
    assert (shown(origin), tokens.asked) == (["Bearer one", "Bearer two"], 2)


def test_a_function_that_fails_ends_the_download_without_its_words(origin, downloads):
    def fail():
        raise KeyError("s3cret")

    with pytest.raises(rheo.UsageError, match="the function that gives the token failed: KeyError") as raised:
        fetch(origin.url("/a"), downloads, login=rheo.Bearer(fail))
    assert "s3cret" not in str(raised.value)
    assert origin.requests == []


@pytest.fixture
def hanging():
    """A function that gives no token before the test ends."""
    end = threading.Event()
    yield lambda: "late" if end.wait(30) else "later"
    end.set()


def test_a_function_that_hangs_is_not_waited_for_longer_than_a_server(origin, downloads, hanging):
    """Invariant 6."""
    with pytest.raises(rheo.UsageError, match=r"the function that gives the token gave none within 0\.2 s"):
        fetch(origin.url("/a"), downloads, {"first_byte_timeout": 0.2}, login=rheo.Bearer(hanging))
    assert origin.requests == []


def test_a_function_that_hangs_holds_up_no_closing(origin, downloads, hanging):
    asked = threading.Event()
    manager = rheo.sync.DownloadManager(directory=downloads).__enter__()
    manager.add(origin.url("/a"), login=rheo.Bearer(lambda: asked.set() or hanging()))
    assert asked.wait(10)
    began = time.monotonic()
    manager.close()
    assert time.monotonic() - began < 5
    assert origin.requests == []


@pytest.mark.parametrize(
    ("token", "complaint"),
    [
        ("s3cret\r\nX: y", "has a line break"),
        ("s3cret s3cret", "has a blank"),
        ("s3cret\x7f", "is not ASCII"),
        ("", "empty"),
    ],
)
def test_a_token_that_no_header_carries_is_refused(origin, downloads, token, complaint):
    with pytest.raises(rheo.UsageError, match=complaint) as raised:
        fetch(origin.url("/a"), downloads, login=rheo.Bearer(lambda: token))
    assert "s3cret" not in str(raised.value)
    assert origin.requests == []


# --- netrc


def netrc(folder, text):
    path = folder / "netrc"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_netrc_gives_the_login_of_its_host(nginx, downloads, ca_file, tmp_path):
    server = nginx(login=Known("ann", "s3cret"))
    server.publish("a", content())
    file = netrc(tmp_path, "machine localhost login ann password s3cret\n")

    fetch(f"https://localhost:{server.secure}/a", downloads, {"ca_file": ca_file, "netrc_file": file})
    with pytest.raises(rheo.HttpStatusError, match="give one with"):
        fetch(f"https://127.0.0.1:{server.secure}/a", downloads, {"ca_file": ca_file, "netrc_file": file})


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"login": rheo.Bearer(rheo.Secret("t0ken"))}, "Bearer t0ken"),
        ({"login": login("basic")}, BASIC),
        ({"headers": {"Authorization": "Own x"}}, "Own x"),
    ],
)
def test_who_logs_in_otherwise_is_not_asked_for_by_a_netrc(origin, downloads, tmp_path, wishes, expected):
    origin.serve("/a", File(content()))
    file = netrc(tmp_path, "machine 127.0.0.1 login bob password s3cret\n")

    fetch(origin.url("/a"), downloads, {"netrc_file": file}, **wishes)

    assert set(shown(origin)) == {expected}


def test_a_login_in_the_url_goes_before_the_netrc(origin, downloads, tmp_path):
    origin.serve("/a", File(content()))
    file = netrc(tmp_path, "machine 127.0.0.1 login bob password s3cret\n")

    fetch(origin.url("/a").replace("//", "//ann:pass%3Aw%C3%B6rd@"), downloads, {"netrc_file": file}, auth="basic")

    assert set(shown(origin)) == {BASIC}


def test_the_netrc_at_home_is_read_where_that_is_asked_for(nginx, downloads, ca_file, home, monkeypatch):
    monkeypatch.delenv("NETRC", raising=False)
    server = nginx(login=Known("ann", "s3cret"))
    server.publish("a", content())
    home.mkdir()
    netrc(home, "machine localhost login ann password s3cret\n").rename(home / ".netrc")
    url = f"https://localhost:{server.secure}/a"

    with pytest.raises(rheo.HttpStatusError, match="give one with"):
        fetch(url, downloads, {"ca_file": ca_file})
    assert fetch(url, downloads, {"ca_file": ca_file, "netrc": True}).size == 100_000


def test_a_netrc_has_the_password_of_the_user_in_the_url(origin, downloads, tmp_path):
    lines = ["bob password b0b", "ann password s3cret", "ann password later"]
    file = netrc(tmp_path, "".join(f"machine 127.0.0.1 login {line}\n" for line in lines))
    origin.serve("/a", File(content()))

    for user in ("ann", "ann:own", "eve"):
        url = origin.url("/a").replace("//", f"//{user}@")
        fetch(url, downloads, {"netrc_file": file}, auth="basic", output=user)

    sent = [base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) for request in origin.requests]
    assert sent == [b"ann:s3cret", b"ann:own", b"eve:"]


def test_a_netrc_that_others_may_read_is_refused(origin, downloads, tmp_path):
    file = netrc(tmp_path, "machine 127.0.0.1 login ann password s3cret\n")
    file.chmod(0o644)
    with pytest.raises(rheo.SettingsError, match="chmod 600"):
        fetch(origin.url("/a"), downloads, {"netrc_file": file})
    assert origin.requests == []


# --- client certificates


@pytest.mark.parametrize("given", ["~/client.pem", rheo.ClientCertificate(Path("~/client.pem"), Path("~/client.pem"))])
def test_a_client_certificate_may_lie_at_home(nginx, downloads, ca_file, client_certificate, home, given):  # noqa: PLR0917
    server = nginx(client_certificates=True)
    server.publish("a", content())
    home.mkdir()
    (home / "client.pem").write_bytes(client_certificate.read_bytes())

    url = f"https://localhost:{server.secure}/a"
    assert fetch(url, downloads, {"ca_file": ca_file}, certificate=given).size == 100_000


def test_a_client_certificate_is_shown_to_its_origin(nginx, downloads, ca_file, client_certificate):
    server = nginx(client_certificates=True)
    server.publish("a", content(3_000_000))
    url = f"https://localhost:{server.secure}/a"

    result = fetch(url, downloads, {"ca_file": ca_file}, certificate=client_certificate)
    with pytest.raises(rheo.HttpStatusError, match="400"):
        fetch(url, downloads, {"ca_file": ca_file})

    assert result.path.read_bytes() == content(3_000_000)
    assert server.log.shows("O=trustme")


@pytest.mark.parametrize("trusted", [False, True])
def test_a_client_certificate_does_not_follow_a_redirect(  # noqa: PLR0917
    nginx, origin, downloads, ca_file, client_certificate, trusted
):
    """Nor does --location-trusted send it: that is about headers."""
    server = nginx(client_certificates=True)
    origin.serve("/a", Redirect(f"https://localhost:{server.secure}/a"))
    settings = {"ca_file": ca_file, "location_trusted": trusted}
    with pytest.raises(rheo.HttpStatusError, match="400"):
        fetch(origin.url("/a"), downloads, settings, certificate=client_certificate)
    assert "O=trustme" not in server.log.text()


def test_a_certificate_and_its_key_may_be_two_files(nginx, authority, downloads, ca_file, tmp_path):
    server = nginx(client_certificates=True)
    server.publish("a", content())
    issued = authority.ca.issue_cert("client@example.org")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")

    both = rheo.ClientCertificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    result = fetch(f"https://localhost:{server.secure}/a", downloads, {"ca_file": ca_file}, certificate=both)

    assert result.size == 100_000


def test_a_certificate_that_is_none_is_a_mistake(origin, downloads, authority, ca_file, tmp_path):
    (tmp_path / "rubbish.pem").write_text("rubbish")
    with Origin(tls=authority) as secure, pytest.raises(rheo.UsageError, match="certificate"):
        fetch(secure.url("/a"), downloads, {"ca_file": ca_file}, certificate=tmp_path / "rubbish.pem")
    with pytest.raises(rheo.UsageError, match="there is no client certificate or key"):
        fetch(origin.url("/a"), downloads, certificate=Path("absent.pem"))


def test_a_certificate_without_its_key_is_said_with_the_cure(downloads, authority, ca_file, tmp_path):
    one, other = authority.ca.issue_cert("one.example"), authority.ca.issue_cert("other.example")
    one.cert_chain_pems[0].write_to_path(tmp_path / "one.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    foreign = rheo.ClientCertificate(tmp_path / "one.pem", tmp_path / "other.pem")

    with pytest.raises(rheo.SettingsError, match=r"there is no private key in .*one\.pem; name its file with --key"):
        fetch("https://localhost/a", downloads, {"ca_file": ca_file}, certificate=tmp_path / "one.pem")
    with pytest.raises(rheo.SettingsError, match=r"other\.pem is of another certificate; --key names the right one"):
        fetch("https://localhost/a", downloads, {"ca_file": ca_file}, certificate=foreign)


# --- where a login goes


def test_a_login_goes_to_no_other_origin(origin, downloads):
    with Origin() as other:
        other.serve("/a", wanting("Basic"))
        origin.serve("/a", Redirect(other.url("/a")))
        with pytest.raises(rheo.HttpStatusError, match="the login was given for another origin"):
            fetch(origin.url("/a"), downloads, login=login("basic"))
        assert shown(other) == [None]

        fetch(origin.url("/a"), downloads, {"location_trusted": True}, login=login("basic"))
        assert shown(other) == [None, BASIC]


def test_a_login_of_a_location_is_dropped(origin, downloads):
    origin.serve("/b", File(content()))
    origin.serve("/a", Redirect(origin.url("/b").replace("http://", "http://eve:evil@")))

    result = fetch(origin.url("/a"), downloads)

    assert shown(origin) == [None, None]
    assert result.final_url == result.redirects[0].url == origin.url("/b")


def test_two_logins_contradict(origin, downloads):
    with pytest.raises(rheo.UsageError, match="both give a login"):
        fetch(origin.url("/a").replace("//", "//ann:s3cret@"), downloads, login=ANN)
    with pytest.raises(rheo.UsageError, match="contradict"):
        fetch(origin.url("/a"), downloads, login=ANN, headers={"Authorization": "Basic x"})
    assert origin.requests == []


def test_how_to_log_in_may_be_said_for_the_login_of_a_url(origin, downloads):
    origin.serve("/a", wanting('Basic realm="x"'))

    fetch(origin.url("/a").replace("http://", "http://ann:pass%3Aw%C3%B6rd@"), downloads, auth="basic")

    assert shown(origin) == [BASIC]


def test_how_to_log_in_without_a_login_is_no_login(origin, downloads):
    with pytest.raises(rheo.UsageError, match="as whom"):
        fetch(origin.url("/a"), downloads, auth="basic")
