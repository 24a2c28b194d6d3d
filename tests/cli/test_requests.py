"""What requests carry, by the command: headers, cookies, data, logins and secrets by reference; and what is kept."""

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import Rheo
from integration.servers.program import find
from origin import File, Origin, Redirect, Status, self_signed, stalled

CONTENT = b"x" * 5000


@pytest.fixture
def url(origin: Origin) -> str:
    origin.serve("/a.iso", File(CONTENT))
    return origin.url("/a.iso")


def sent(origin: Origin, name: str) -> list[str | None]:
    return [request.headers.get(name) for request in origin.requests]


# --- headers


def test_headers_are_sent_and_replace_ours(origin: Origin, rheo: Rheo, url: str) -> None:
    assert rheo(url, "-H", "X-Key: one two", "-H", "user-agent:curl/8", "--header", "Accept: a/b").code == 0
    (request,) = origin.requests
    names = [name.lower() for name, _ in request.raw]
    assert len(names) == len(set(names))
    assert [request.headers[name] for name in ("x-key", "user-agent", "accept")] == ["one two", "curl/8", "a/b"]


def test_a_header_without_value_removes_ours(origin: Origin, rheo: Rheo, url: str) -> None:
    assert rheo(url, "-H", "User-Agent:", "-H", "Accept: ", "--data", "x", "-H", "Content-Type:").code == 0
    assert not {"user-agent", "accept", "content-type"} & origin.requests[0].headers.keys()


def test_headers_of_a_file(origin: Origin, rheo: Rheo, url: str) -> None:
    Path("headers").write_text("X-One: 1\r\n\nX-Two: 2\n")
    assert rheo(url, "-H", "@headers").code == 0
    assert (sent(origin, "x-one"), sent(origin, "x-two")) == (["1"], ["2"])


def test_values_by_reference(origin: Origin, rheo: Rheo, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")
    Path("cookie").write_text("0ther\n")
    Path("cookie").chmod(0o600)
    assert rheo(url, "-H", "X-Key: env:KEY", "-b", "session=file:cookie").code == 0
    assert (sent(origin, "x-key"), sent(origin, "cookie")) == (["s3cret"], ["session=0ther"])


def test_user_agent_and_referer(origin: Origin, rheo: Rheo, url: str) -> None:
    page = "https://ann:s3cret@example.com/page?q=1#part"
    assert rheo(url, "--user-agent", "Mozilla/5.0 (X11)", "--referer", page).code == 0
    assert sent(origin, "user-agent") == ["Mozilla/5.0 (X11)"]
    assert sent(origin, "referer") == ["https://example.com/page?q=1"]


def test_what_is_not_public_stays_with_the_origin(origin: Origin, rheo: Rheo) -> None:
    with Origin() as other:
        other.serve("/a.iso", File(CONTENT))
        origin.serve("/a.iso", Redirect(other.url("/a.iso")))
        words = ["-H", "X-Key: k", "--public-header", "X-Public: p", "-b", "c=1", "--referer", "https://r.example/"]
        url = origin.url("/a.iso")

        completed = json.loads(rheo(url, *words, "--json").out.splitlines()[-2])
        assert [sent(other, name) for name in ("x-key", "cookie", "referer", "x-public")] == [
            [None],
            [None],
            [None],
            ["p"],
        ]
        assert completed["redirects"] == [
            {"status": 302, "url": other.url("/a.iso"), "withheld": ["X-Key", "Cookie", "Referer"]}
        ]

        rheo(url, *words, "--location-trusted", "-o", "b")
        assert [sent(other, name)[-1] for name in ("x-key", "cookie", "x-public")] == ["k", "c=1", "p"]


def test_data_is_sent_byte_by_byte_whatever_it_is(origin: Origin, rheo: Rheo, url: str) -> None:
    assert rheo(url, "--data", os.fsdecode(b"a=\xff\xfe")).code == 0
    assert [request.body for request in origin.requests] == [b"a=\xff\xfe"]


def test_what_we_are_and_take_is_public(origin: Origin, rheo: Rheo) -> None:
    with Origin() as other:
        other.serve("/a.iso", File(CONTENT))
        origin.serve("/a.iso", Redirect(other.url("/a.iso")))
        words = ["-H", "User-Agent: curl/8", "-H", "accept-language: de", "-H", "Accept:", "--public-header", "X: 1"]

        completed = json.loads(rheo(origin.url("/a.iso"), *words, "--json").out.splitlines()[-2])

        (request,) = other.requests
        assert [request.headers.get(name) for name in ("user-agent", "accept-language", "accept", "x")] == [
            "curl/8",
            "de",
            None,
            "1",
        ]
        assert [name.lower() for name, _ in request.raw].count("user-agent") == 1
        assert completed["redirects"][0]["withheld"] == []


def test_a_public_header_goes_before_ours_and_stays_with_the_data(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/form", Redirect("/a.iso", status=303))
    origin.serve("/a.iso", File(CONTENT))
    words = ["--public-header", "Content-Type: application/json", "--public-header", "User-Agent: curl/8"]

    assert rheo(origin.url("/form"), "--data", "{}", *words).code == 0

    assert sent(origin, "content-type") == ["application/json", None]
    assert sent(origin, "user-agent") == ["curl/8", "curl/8"]
    assert all(len(request.raw) == len({name.lower() for name, _ in request.raw}) for request in origin.requests)


# --- cookies


def test_cookies_of_the_command_and_of_a_file_go_together(origin: Origin, rheo: Rheo, url: str) -> None:
    Path("cookies.txt").write_text(
        "# Netscape HTTP Cookie File\n"
        "#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tfile\t1\n"
        "127.0.0.1\tFALSE\t/\tTRUE\t0\tsecure\t2\n"
        "elsewhere.example\tFALSE\t/\tFALSE\t0\tforeign\t3\n"
    )
    assert rheo(url, "--cookies", "cookies.txt", "-b", "a=1; b=2", "-b", "c=3").code == 0
    (cookie,) = sent(origin, "cookie")
    assert cookie is not None
    assert set(cookie.split("; ")) == {"a=1", "b=2", "c=3", "file=1"}


def test_cookies_are_what_browsers_send(origin: Origin, rheo: Rheo, url: str) -> None:
    given = ['a={"x":1}', "b=1,2; c=d e", "n:m=\\", "u=\u00e9;", ";", "e="]
    assert rheo(url, *(word for pair in given for word in ("-b", pair))).code == 0
    (cookie,) = sent(origin, "cookie")
    assert cookie is not None
    assert cookie.encode("latin-1").decode() == 'a={"x":1}; b=1,2; c=d e; n:m=\\; u=\u00e9; e='


def test_a_cookie_that_a_redirect_sets_is_sent_from_then_on(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/login", Redirect("/a.iso", headers={"Set-Cookie": ["s=1; HttpOnly", "gone=1; Max-Age=0"]}))
    origin.serve("/a.iso", File(CONTENT))
    assert rheo(origin.url("/login")).code == 0
    assert sent(origin, "cookie") == [None, "s=1"]


def test_saved_cookies_are_the_owners_alone_and_come_back(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/set", File(CONTENT, headers={"Set-Cookie": ["s=1; HttpOnly; Max-Age=1000", "t=2; Path=/"]}))
    origin.serve("/a.iso", File(CONTENT))
    assert rheo(origin.url("/set"), "--save-cookies", "cookies.txt").code == 0
    assert stat.S_IMODE(Path("cookies.txt").stat().st_mode) == 0o600
    assert "#HttpOnly_127.0.0.1" in Path("cookies.txt").read_text()

    assert rheo(origin.url("/a.iso"), "--load-cookies", "cookies.txt").code == 0
    curl = find("curl", package="curl")
    subprocess.run([curl, "-sq", "-b", "cookies.txt", origin.url("/a.iso")], check=True, capture_output=True)

    ours, theirs = sent(origin, "cookie")[1:]
    assert ours is not None
    assert theirs is not None
    assert set(ours.split("; ")) == set(theirs.split("; ")) == {"s=1", "t=2"}


def test_cookies_that_curl_saved_are_read(origin: Origin, rheo: Rheo, url: str) -> None:
    origin.serve("/set", File(CONTENT, headers={"Set-Cookie": "s=1; HttpOnly; Max-Age=1000"}))
    curl = find("curl", package="curl")
    subprocess.run([curl, "-sq", "-c", "cookies.txt", origin.url("/set")], check=True, capture_output=True)
    assert rheo(url, "--cookies", "cookies.txt").code == 0
    assert sent(origin, "cookie")[-1] == "s=1"


# --- data and logins


@pytest.mark.parametrize("data", ["a=b&c=d", "@form", "@-"])
def test_data_goes_by_post(origin: Origin, rheo: Rheo, url: str, monkeypatch: pytest.MonkeyPatch, data: str) -> None:
    Path("form").write_text("a=b&c=d")
    with Path("form").open() as form:
        monkeypatch.setattr(sys, "stdin", form)
        assert rheo(url, "--data", data).code == 0
    assert [(request.method, request.body) for request in origin.requests] == [("POST", b"a=b&c=d")]


def test_data_goes_in_one_stream_where_the_settings_of_all_want_several(
    origin: Origin, rheo: Rheo, url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHEO_SEGMENT_SIZE", "1K")
    (home / ".rheo").mkdir(parents=True)
    (home / ".rheo" / "config.toml").write_text("connections = 4\n")
    assert rheo(url, "--data", "a=b").code == 0
    assert len(origin.requests) == 1


def test_the_password_may_be_a_reference(origin: Origin, rheo: Rheo, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "s3cret")
    assert rheo(url, "-u", "ann:env:PASSWORD", "--auth", "basic").code == 0
    assert sent(origin, "authorization") == ["Basic YW5uOnMzY3JldA=="]


def test_a_token_may_be_a_reference(origin: Origin, rheo: Rheo, url: str) -> None:
    Path("token").write_text("t0ken\n")
    Path("token").chmod(0o600)
    assert rheo(url, "--bearer", "file:token").code == 0
    assert sent(origin, "authorization") == ["Bearer t0ken"]


def test_a_wrong_password_is_one_sentence(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", Status(401, headers={"WWW-Authenticate": 'Basic realm="x"'}))
    url = origin.url("/a.iso")
    ran = rheo(url, "-u", "ann:s3cret", "--auth", "basic")
    assert (ran.code, ran.lines) == (5, [f"failed: {url}: status 401: a login is needed; the login was refused"])
    ran = rheo(url, "-u", "ann:s3cret")
    assert ran.lines == [
        f"failed: {url}: status 401: a login is needed; it offers basic; --auth basic sends the password in clear"
    ]


def test_a_login_that_this_libcurl_cannot_make_is_a_mistake(origin: Origin, rheo: Rheo, url: str) -> None:
    ran = rheo(url, "-u", "ann:s3cret", "--auth", "ntlm")
    sentence = "rheo: the libcurl of this installation cannot log in by NTLM; try another --auth\n"
    assert (ran.code, ran.out, ran.err) == (2, "", sentence)
    assert origin.requests == []
    assert list(Path().iterdir()) == []


# --- redirects


def test_a_redirect_to_what_cannot_be_fetched_is_one_sentence(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", Redirect("ftp://x/y"))
    url = origin.url("/a.iso")
    sentence = "the server redirects, but ftp://x/y cannot be fetched: rheo fetches http and https, not ftp"
    assert rheo(url).lines == [f"failed: {url}: {sentence}"]


def test_only_so_many_redirects_are_followed(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", Redirect("/a.iso"))
    url = origin.url("/a.iso")
    ran = rheo(url, "--max-redirs", "3")
    assert (ran.code, ran.lines) == (5, [f"failed: {url}: the server redirects more than 3 times"])
    assert len(origin.requests) == 4
    ran = rheo(url, "--max-redirects", "0")
    assert (ran.code, ran.lines) == (5, [f"failed: {url}: the server redirects and --max-redirects 0 follows none"])
    assert len(origin.requests) == 5


def test_https_does_not_become_http_unless_that_is_allowed(
    origin: Origin, rheo: Rheo, ca: Path, secure: Origin
) -> None:
    origin.serve("/a.iso", File(CONTENT))
    secure.serve("/a.iso", Redirect(origin.url("/a.iso")))
    url = secure.url("/a.iso")
    ran = rheo(url, "--ca-file", str(ca))
    assert ran.code == 5
    assert f"redirects from https to {origin.url('')}, which is not encrypted; --allow-downgrade" in ran.err
    assert origin.requests == []
    assert rheo(url, "--ca-file", str(ca), "--allow-downgrade").code == 0


# --- TLS and times


@pytest.fixture
def ca(authority, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    return authority.ca_file(tmp_path)


@pytest.fixture
def secure(authority):  # type: ignore[no-untyped-def]
    with Origin(tls=authority) as origin:
        yield origin


def test_insecure_is_said_with_every_file(rheo: Rheo) -> None:
    with Origin(tls=self_signed()) as stranger:
        stranger.serve("/a.iso", File(CONTENT))
        url = stranger.url("/a.iso")
        assert rheo(url).code == 4
        ran = rheo(url, "--insecure")
        assert ran.code == 0
        assert ran.err.endswith("length only, the server's certificate was not checked\n")
        assert json.loads(rheo(url, "--insecure", "--json", "-o", "b").out.splitlines()[-2])["insecure"] is True
        assert rheo(url, "-o", "c").code == 4


def test_a_time_limit_ends_the_command_and_keeps_the_part(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", stalled(File(b"x" * 2_000_000, etag='"1"'), after=500_000))
    url = origin.url("/a.iso")
    ran = rheo(url, "--max-time", "0.7")
    assert (ran.code, ran.err) == (4, f"failed: {url}: not done within 0.7 s (max_time)\n")
    assert Path("a.iso.part").exists()


def test_a_host_may_have_settings_of_its_own(origin: Origin, rheo: Rheo, home: Path) -> None:
    (home / ".rheo").mkdir(parents=True)
    (home / ".rheo" / "config.toml").write_text('[host."127.0.0.1"]\nstall_timeout = 0.3\nmax_time = 20\n')
    origin.serve("/a.iso", stalled(File(CONTENT), after=10))
    ran = rheo(origin.url("/a.iso"), "--retry", "0")
    assert ran.code == 4
    assert "less than 1024 bytes in 0.3 s" in ran.err


def test_what_may_be_given_several_times_adds_up(origin: Origin, rheo: Rheo, url: str) -> None:
    there = [f"{host}.example:{origin.port}:127.0.0.1" for host in ("one", "two", "three")]
    urls = [url.replace("127.0.0.1", f"{host}.example") for host in ("one", "two", "three")]
    words = ["--resolve", f"{there[0]},{there[1]}", "--resolve", there[2], "--retry-on", "!503", "--retry-on", "!504"]
    assert rheo(*urls, *words).code == 0
    assert sorted(request.headers["host"].partition(":")[0] for request in origin.requests) == [
        "one.example",
        "three.example",
        "two.example",
    ]


def test_a_password_is_asked_for_on_the_terminal(
    origin: Origin, rheo: Rheo, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return "s3cret"

    monkeypatch.setattr("getpass.getpass", answer)
    monkeypatch.setattr("sys.stdin", Terminal())
    assert rheo(url, "-u", "ann", "--auth", "basic").code == 0
    assert (prompts, sent(origin, "authorization")) == (["password of ann: "], ["Basic YW5uOnMzY3JldA=="])


class Terminal(io.StringIO):
    """Somebody sits at it."""

    def isatty(self) -> bool:
        """Say so."""
        return True
