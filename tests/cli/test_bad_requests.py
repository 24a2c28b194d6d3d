"""What no request could carry is refused before anything is sent, and the secret in it is not repeated."""

from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin

SECRET = "s3cret"
ONE_LINE = "its value must be one line of ASCII"
OF_A_PROXY = "the login of a proxy stands in its URL, and goes to nobody else"
ASKED = "cannot be asked for, as there is no terminal: env:NAME or file:PATH"
LOGINS = "the URL and another option both give a login; leave one of them out"
AUTHORIZATION = "an Authorization header and a login contradict each other; leave one of them out"
TOKEN = "the token has a blank in it, or what is not ASCII; it must be one word"
NO_PROXY = "must be hosts, addresses and networks such as localhost, .example.com, 10.0.0.0/8, or off"
PROXY_PASSWORDS = (
    "the proxy http://127.0.0.1:9 has a password in its URL, and proxy_password is another one; leave one of them out"
)
PLACE = "must be HOST:PORT:ADDRESS, such as example.com:443:[::1]"
ONE_STREAM = "what answers a POST comes in one stream; leave out --connections and --segment-size"

CASES = {
    "line break in a header": (["-H", "X-Key: s3cret\r\nX-Evil: 1"], f"the header X-Key cannot be sent: {ONE_LINE}"),
    "line break at its end": (["-H", "X-Key: s3cret\n"], f"the header X-Key cannot be sent: {ONE_LINE}"),
    "NUL in a header": (["-H", "X-Key: s3cret\0"], f"the header X-Key cannot be sent: {ONE_LINE}"),
    "NUL in a header's file": (["-H", "@nul"], f"nul, line 1: the header X-Key cannot be sent: {ONE_LINE}"),
    "the same in a public one": (["--public-header", "X: s3cret\n"], f"the header X cannot be sent: {ONE_LINE}"),
    "no colon in a header's file": (
        ["-H", "@headers"],
        "headers, line 3: a header must have a colon: --header 'Name: value'",
    ),
    "a file in a header's file": (
        ["-H", "@nested"],
        "nested, line 1: a header must have a colon: --header 'Name: value'",
    ),
    "a variable in a header's file": (
        ["--public-header", "@reference"],
        "reference, line 2: the value of the header X-Key: the variable ABSENT is not set",
    ),
    "line break in a header's variable": (
        ["-H", "X-Key: env:BROKEN"],
        "the value of the header X-Key in the variable BROKEN has a line break or NUL in it; remove that",
    ),
    "a header without a colon": (["-H", SECRET], "a header must have a colon: --header 'Name: value'"),
    "a header's name of two words": (
        ["-H", "X Key: s3cret"],
        "a header's name must be one word, as in 'X-Key: value'",
    ),
    "a header that is ours": (
        ["-H", "Range: bytes=0-"],
        "the header Range cannot be given: rheo asks for ranges itself",
    ),
    "a header's file that is not there": (["-H", "@absent"], "absent cannot be read: No such file or directory"),
    "line break in a cookie": (
        ["-b", "a=s3cret\r\nX: y"],
        "the cookie's value has a control character or a ; in it",
    ),
    "line break at a cookie's end": (
        ["-b", "a=s3cret\n"],
        "the cookie's value has a control character or a ; in it",
    ),
    "NUL in a cookie": (["-b", "a=s3cret\0"], "the cookie's value has a control character or a ; in it"),
    "a cookie without a name": (["-b", "=s3cret"], "the cookie has no name"),
    "a cookie without a value": (["-b", SECRET], "a cookie must be NAME=VALUE; --cookies takes a file of them"),
    "no cookie file": (["--cookies", "absent"], "absent: cannot be read: it does not exist"),
    "a cookie file with a bad line": (
        ["--cookies", "cookies.txt"],
        "cookies.txt, line 3: has 3 fields, not the 7 of a cookies.txt in Netscape format, tabs between",
    ),
    "line break in the user": (
        ["-u", "an\nn:s3cret"],
        "the user name of a login has a control character in it; remove that",
    ),
    "line break in the password": (
        ["-u", "ann:s3cret\r"],
        "the password of --user has a line break or NUL in it; remove that",
    ),
    "NUL in the token": (["--bearer", "s3cret\0"], "the token has a line break or NUL in it; remove that"),
    "a token of two words": (["--bearer", "s3cret s3cret"], TOKEN),
    "no user at all": (["-u", ":s3cret"], "--user must begin with a user's name: USER or USER:PASSWORD"),
    "a proxy's login as a header": (
        ["-H", "Proxy-Authorization: Basic s3cret"],
        f"the header Proxy-Authorization cannot be given: {OF_A_PROXY}",
    ),
    "line break in the referer": (
        ["--referer", "http://ann:s3cret@h/\nx"],
        "flag --referer=…: must be a URL, or off",
    ),
    "an empty token": (["--bearer", ""], "the token is empty"),
    "a password that nobody can be asked for": (["-u", "ann"], f"the password of ann {ASKED}"),
    "a token that nobody can be asked for": (["--bearer", "-"], f"the token {ASKED}"),
    "a variable that is not there": (["--bearer", "env:ABSENT"], "the token: the variable ABSENT is not set"),
    "a secret's file that is not there": (["--bearer", "file:absent"], "the token: there is no file absent"),
    "line break in the proxy": (
        ["--proxy", "http://ann:s3cret\n@h"],
        "flag --proxy=…: must be a proxy such as http://proxy.example:3128 or socks5h://user@127.0.0.1:1080, or off",
    ),
    "a list of exceptions with no network": (
        ["--noproxy", "localhost, foo/99"],
        f"flag --noproxy=localhost, foo/99: {NO_PROXY}",
    ),
    "a list of exceptions with a URL and a login": (
        ["--noproxy", "localhost, http://ann:s3cret@proxy.example:3128/"],
        f"flag --noproxy=…@proxy.example:3128/: {NO_PROXY}",
    ),
    "a list of exceptions with a URL": (["--noproxy", "http://a/"], f"flag --noproxy=http://a/: {NO_PROXY}"),
    "a proxy with two passwords": (
        ["--proxy", "http://ann:s3cret@127.0.0.1:9", "--proxy-password", "s3cret2"],
        PROXY_PASSWORDS,
    ),
    "two passwords of a proxy for one scheme": (
        ["--proxy-http", "http://ann:s3cret@127.0.0.1:9", "--proxy-password", "env:PROXY_PASSWORD"],
        PROXY_PASSWORDS,
    ),
    "a proxy's password of nobody": (
        ["--proxy", "http://[::1]:9", "--proxy-password", SECRET],
        "proxy_password is of nobody, as the proxy http://[::1]:9 is given without a user; write http://USER@[::1]:9",
    ),
    "an address with an impossible port": (
        ["--resolve", "a:65536:127.0.0.1"],
        f"flag --resolve=a:65536:127.0.0.1: {PLACE}",
    ),
    "an address that is none": (["--resolve", "a:80:999.1.1.1"], f"flag --resolve=a:80:999.1.1.1: {PLACE}"),
    "an address of IPv6 that is none": (["--resolve", "a:80:[1:2]"], f"flag --resolve=a:80:[1:2]: {PLACE}"),
    "an address of IPv6 without brackets": (["--resolve", "a:80:::1"], f"flag --resolve=a:80:::1: {PLACE}"),
    "headers of no file": (["-H", "@"], "a file's name must follow the @, or - for standard input"),
    "a time of no second": (["--idle-timeout", "0"], "flag --idle-timeout=0: must be a duration of at least 1 second"),
    "two logins": (
        ["-u", "ann:s3cret", "--bearer", SECRET],
        "--user and --bearer contradict each other; leave one of them out",
    ),
    "a login and a header for it": (["-H", "Authorization: Basic s3cret", "-u", "ann:s3cret"], AUTHORIZATION),
    "a way to log in, and nobody who does": (
        ["--auth", "basic"],
        "--auth says how to log in; --user says as whom, or the URL, or a netrc",
    ),
    "no such way to log in": (
        ["--auth", SECRET, "-u", "a:b"],
        "--auth must be one of any, basic, digest, ntlm, negotiate",
    ),
    "data with segments": (["--data", SECRET, "--connections", "4"], ONE_STREAM),
    "data with segments of a size": (["--data", SECRET, "--segment-size", "1M"], ONE_STREAM),
    "data with GET": (
        ["--data", SECRET, "--method", "GET"],
        "GET sends no data; leave the method out, and it is POST",
    ),
    "data of no file": (["--data", "@absent"], "absent cannot be read: No such file or directory"),
    "more data than is held in memory": (
        ["--data", "@large"],
        "large is larger than the 64 MiB that can be sent",
    ),
    "a method that brings nothing": (["--method", "HEAD"], "the method 'HEAD' brings no file; GET and POST do"),
    "line break in the method": (["--method", "P\r\nX: y"], r"the method 'P\r\nX: y' brings no file; GET and POST do"),
    "a key without its certificate": (
        ["--key", "k", "--key-password", SECRET],
        "--key and --key-password belong to a certificate; name it with --cert",
    ),
    "no client certificate": (["--cert", "absent"], "there is no client certificate or key absent"),
    "a client certificate that is none": (
        ["--cert", "rubbish.pem"],
        "certificate = rubbish.pem: there is no certificate in it, as -----BEGIN CERTIFICATE----- begins",
    ),
    "no CA": (["--ca-file", "absent"], "ca_file = absent: cannot be read: No such file or directory"),
    "a CA that is none": (
        ["--ca-file", "rubbish.pem"],
        "ca_file = rubbish.pem: there is no certificate in it, as -----BEGIN CERTIFICATE----- begins",
    ),
    "a CA that is broken": (
        ["--ca-file", "half.pem"],
        "ca_file = half.pem, line 3: the certificate there is broken",
    ),
    "no folder of CAs": (["--ca-dir", "absent"], "ca_dir = absent: there is no such folder"),
    "bytes that are no UTF-8 in the user": (
        ["-u", "ann\udcff:s3cret"],
        "the user name of a login is not in UTF-8; write it in that",
    ),
    "bytes that are no UTF-8 in the password": (
        ["-u", "ann:s3cret\udcff"],
        "the password of --user is not in UTF-8; write it in that",
    ),
    "bytes that are no UTF-8 in the password of a key": (
        ["--cert", "half.pem", "--key-password", "s3cret\udcff"],
        "the password of the key is not in UTF-8; write it in that",
    ),
    "bytes that are no UTF-8 in a secret's variable": (
        ["--bearer", "env:LATIN"],
        "the token in the variable LATIN is not in UTF-8; write it in that",
    ),
    "bytes that are no UTF-8 in the user agent": (
        ["--user-agent", "a\udcff"],
        r"flag --user-agent=a\udcff: must be a text of one line, or off",
    ),
    "bytes that are no UTF-8 in the referer": (
        ["--referer", "http://ann:s3cret@h/\udcff"],
        "flag --referer=…: must be a URL, or off",
    ),
    "bytes that are no UTF-8 in the proxy's password": (
        ["--proxy", "http://ann:s3cret\udcff@h"],
        "flag --proxy=…: must be a proxy such as http://proxy.example:3128 or socks5h://user@127.0.0.1:1080, or off",
    ),
    "an interface that is not in ASCII": (
        ["--interface", "ü"],
        "flag --interface=ü: must be an interface or an address in ASCII, or off",
    ),
    "no netrc": (["--netrc-file", "absent"], "absent: there is no such netrc"),
    "line break in the user agent": (
        ["--user-agent", "a\r\nX: y"],
        r"flag --user-agent=a\x0d\x0aX: y: must be a text of one line, or off",
    ),
}

URLS = {
    "line break": ("http://a/\r\nX:y", [], r"http://a/\x0d\x0aX:y has a control character in it; remove that"),
    "line break in its login": (
        "http://ann:s3cret\n@a/",
        [],
        "http://…@a/ has a control character in it; remove that",
    ),
    "NUL": ("http://a/\0", [], r"http://a/\x00 has a control character in it; remove that"),
    "a login, and another one": ("http://ann:s3cret@127.0.0.1/", ["-u", "ann:b"], LOGINS),
    "a login, and a token": ("http://ann:s3cret@127.0.0.1/", ["--bearer", "b"], LOGINS),
    "a login, and a header for it": ("http://ann:s3cret@127.0.0.1/", ["-H", "Authorization: x"], AUTHORIZATION),
}


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have files and variables to refer to."""
    monkeypatch.setenv("LATIN", f"{SECRET}\udcff")
    monkeypatch.setenv("BROKEN", f"{SECRET}\nX: y")
    monkeypatch.setenv("PROXY_PASSWORD", SECRET)
    Path("nul").write_bytes(b"X-Key: s3cret\0\n")
    Path("headers").write_bytes(f"X-Key: {SECRET}\r\n\r\n{SECRET}\r\n".encode())
    Path("nested").write_text("@nested\n")
    Path("reference").write_text("X: 1\nX-Key: env:ABSENT\n")
    Path("cookies.txt").write_text(f"# Netscape\n127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n127.0.0.1\tFALSE\t{SECRET}\n")
    with Path("large").open("wb") as file:
        file.truncate(64 * 2**20 + 1)  # a hole: it takes no room
    Path("rubbish.pem").write_text("rubbish\n")
    Path("half.pem").write_text("\n\n-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE-----\n")
    return names()


@pytest.mark.parametrize(("words", "sentence"), CASES.values(), ids=CASES)
def test_it_is_one_sentence_and_nothing_is_sent(
    origin: Origin, rheo: Rheo, files: list[str], words: list[str], sentence: str
) -> None:
    origin.serve("/a.iso", File(b"x"))
    ran = rheo(origin.url("/a.iso"), *words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"rheo: {sentence}\n")
    assert SECRET not in ran.err
    assert origin.connections == 0
    assert names() == files


@pytest.mark.parametrize(("url", "words", "sentence"), URLS.values(), ids=URLS)
def test_so_it_is_with_urls(rheo: Rheo, url: str, words: list[str], sentence: str) -> None:
    ran = rheo(url, *words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"rheo: {sentence}\n")
    assert SECRET not in ran.err


@pytest.mark.parametrize("place", [".", "absent/cookies.txt"])
def test_cookies_that_cannot_be_saved_are_found_out_before_anything_is_sent(
    origin: Origin, rheo: Rheo, files: list[str], place: str
) -> None:
    origin.serve("/a.iso", File(b"x"))
    ran = rheo(origin.url("/a.iso"), "--save-cookies", place)
    assert (ran.code, ran.out, ran.err.count("\n")) == (7, "", 1)
    assert "cookies are not saved there" in ran.err
    assert origin.connections == 0
    assert names() == files
