"""URLs: what is understood, what is refused, and what a refusal may say."""

from __future__ import annotations

import pytest

from rheo.domain.errors import InvalidUrlError
from rheo.domain.text import printable
from rheo.domain.url import Origin, Url, parse_url


def refusal(text: str) -> str:
    with pytest.raises(InvalidUrlError) as caught:
        parse_url(text)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("https://example.com/a.iso", "example.com", 443, "/a.iso"),
        ("http://example.com", "example.com", 80, "/"),
        ("HTTPS://EXAMPLE.com:8443/A?b=C#d", "example.com", 8443, "/A?b=C"),
        ("https://example.com?x=1", "example.com", 443, "/?x=1"),
        ("https://example.com#top", "example.com", 443, "/"),
        ("https://example.com:/a", "example.com", 443, "/a"),
        ("https://example.com./a", "example.com.", 443, "/a"),
        ("https://my_host.local/a", "my_host.local", 443, "/a"),
        ("https://[2001:DB8:0::1]:8443/a", "2001:db8::1", 8443, "/a"),
        ("https://[::ffff:1.2.3.4]/", "::ffff:102:304", 443, "/"),
        ("https://0x7f.1/a", "0x7f.1", 443, "/a"),
        ("https://example.com/a?u=me@b:c//d", "example.com", 443, "/a?u=me@b:c//d"),
        ("  https://example.com/a ", "example.com", 443, "/a"),
    ],
)
def test_a_url_has_these_parts(text: str, host: str, port: int, target: str) -> None:
    url = parse_url(text)
    assert (url.host, url.port, url.target, url.credentials) == (host, port, target, None)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a b", "/a%20b"),
        ("/gr\u00f6\u00dfe.iso?q=\u00e4", "/gr%C3%B6%C3%9Fe.iso?q=%C3%A4"),
        ("/a%20b%2fc%zz", "/a%20b%2fc%zz"),
        ("/bytes-\udcff", "/bytes-%FF"),
        ("/../a/./b", "/../a/./b"),
        ("/%252e", "/%252e"),
    ],
)
def test_the_target_can_be_sent_and_keeps_its_escapes(written: str, sent: str) -> None:
    assert parse_url(f"https://example.com{written}").target == sent


@pytest.mark.parametrize(
    ("written", "ascii_host"),
    [
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("\u4f8b\u3048.jp", "xn--r8jz45g.jp"),
        ("example\u3002com", "example.com"),
    ],
)
def test_an_international_host_becomes_ascii(written: str, ascii_host: str) -> None:
    assert parse_url(f"https://{written}/a").host == ascii_host


@pytest.mark.parametrize(
    ("user_info", "credentials"),
    [
        ("me:word@", ("me", "word")),
        ("me@", ("me", "")),
        (":word@", ("", "word")),
        ("me:a:b@", ("me", "a:b")),
        ("m%40e:w%2Ford%C3%A9@", ("m@e", "w/ord\u00e9")),
        ("@", None),
    ],
)
def test_credentials_are_decoded(user_info: str, credentials: tuple[str, str] | None) -> None:
    assert parse_url(f"https://{user_info}example.com/").credentials == credentials


def test_credentials_appear_in_no_text_of_a_url() -> None:
    url = parse_url("https://me:word@example.com:8443/a#b")
    assert url.text == str(url) == "https://example.com:8443/a"
    assert "word" not in repr(url)
    assert "me" not in repr(url).replace("scheme", "").replace("example", "")


def test_credentials_make_another_url() -> None:
    assert parse_url("https://me:word@example.com/") != parse_url("https://example.com/")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("http://[::1]:81/a", "http://[::1]:81/a"),
    ],
)
def test_the_text_omits_a_default_port_and_brackets_ipv6(text: str, canonical: str) -> None:
    assert parse_url(text).text == canonical


def test_an_origin_is_scheme_host_and_port() -> None:
    assert parse_url("https://me@Example.com/a").origin == Origin("https", "example.com", 443)
    assert str(Origin("https", "example.com", 443)) == "https://example.com"
    assert str(Origin("http", "::1", 8080)) == "http://[::1]:8080"


def test_the_path_is_the_target_without_its_query() -> None:
    assert parse_url("https://example.com/a/b?c?d").path == "/a/b"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example.com/a", "example.com/a has no scheme; write https://example.com/a"),
        ("<http://a/>", "<http://a/> begins with < before its scheme; write the URL alone"),
        ("//example.com/a", "//example.com/a has no scheme; write https://example.com/a"),
        ("localhost:8080/a", "localhost:8080/a has no scheme; write https://localhost:8080/a"),
        ("example.com/?u=http://a", "example.com/?… has no scheme; write https://example.com/?…"),
        ("ftp://example.com/a", "ftp://example.com/a cannot be fetched: rheo fetches http and https, not ftp"),
        ("file:///etc/passwd", "file:///etc/passwd cannot be fetched: rheo fetches http and https, not file"),
        ("data:,a", "data:… cannot be fetched: rheo fetches http and https, not data"),
        ("https:/example.com/a", "https:/example.com/a lacks the two slashes; write https://example.com/a"),
        ("https:a.example/a", "https:a.example/a lacks the two slashes; write https://a.example/a"),
        ("https:///a", "https:///a has no host; write https://example.com/"),
        ("https://:80/a", "https://:80/a has no host; write https://example.com/"),
    ],
)
def test_a_refusal_names_the_text_and_the_cure(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a\r\nX: y",
        "https://example.com/a\n",
        "https://example.com/a\0",
        "https://exa\tmple.com/",
        "https://exam ple.com/",
        "https://example.com\\@evil.example/",
        "https://\u202eexample.com/",
        "https://example.com\u2028/",
        "https://example.com\x7f/",
        "https://me:wo rd@example.com/",
        "https://\udcff.com/",
        "https://example.com/\ud800",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:99999999999999999999/",
        "https://example.com:8o/",
        "https://example.com:-1/",
        "https://example.com:\u0661/",
        "https://::1/",
        "https://a@b@example.com/",
        "https://exam%70le.com/",
        "https://evil.example%2Fexample.com/",
        "https://evil.example%40example.com/",
        "https://evil.example%3A80/",
        "https://[::1/",
        "https://::1]/",
        "https://[example.com]/",
        "https://[::1]x/",
        "https://[::1%25eth0]/",
        "https://[1.2.3.4]/",
        "https://[]/",
        "https://exa[mple.com/",
        "https://a..b/",
        "https://.a/",
        "https://./",
        "https://*/",
        "https://a,b/",
        "https://a;b/",
        "https://<b>/",
        f"https://{'a' * 64}.com/",
        f"https://{'a.' * 127}aa/",
        "https://" + "\u00e9." * 200,
        "https://\u2100.example/",  # a/c once it is normalized
        "https://evil.example\uff0f.example/",
        "https://\u00ad/",
        "https://me:%0d%0a@example.com/",
        "https://me:%ff@example.com/",
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(text: str) -> None:
    message = refusal(text)
    assert printable(message) == message
    assert len(message) < 300


@pytest.mark.parametrize(
    "text",
    [
        "https://me:secret@example.com:0/",
        "https://me:sec/ret@example.com/",
        "https://me:sec#ret@example.com/",
        "https://me:sec?ret@example.com/",
        "https://me:secret@ret@example.com/",
        "ftp://me:secret@example.com/",
        "me:secret@example.com/",
        "me:5secret@example.com/",
        "https:me:secret@example.com/",
        "https:/me:secret@example.com/",
        "https://me:secret\n@example.com/",
        "https://me:secret%40example.com/",
        f"https://me:secret{'x' * 500}@example.com:0/",
        "https://secret%ff@example.com/",
    ],
)
def test_a_refusal_never_repeats_user_info(text: str) -> None:
    message = refusal(text)
    assert "sec" not in message
    assert "me:" not in message
    assert "ret@" not in message


def test_a_refusal_escapes_control_characters_and_stays_short() -> None:
    assert "\\x1b[31m" in refusal("https://\x1b[31mexample.com/")
    assert len(refusal("x" * 1_000_000)) < 300


@pytest.mark.parametrize(
    ("reference", "joined"),
    [
        ("/c", "https://example.com:8443/c"),
        ("c", "https://example.com:8443/a/c"),
        ("../c", "https://example.com:8443/c"),
        ("?x=1", "https://example.com:8443/a/b?x=1"),
        ("", "https://example.com:8443/a/b?q=1"),
        ("//other.example/c", "https://other.example/c"),
        ("http://other.example:81/c", "http://other.example:81/c"),
        ("/gr\u00f6\u00dfe c", "https://example.com:8443/gr%C3%B6%C3%9Fe%20c"),
        ("/a,b,c", "https://example.com:8443/a,b,c"),
        ("/\\evil.example", "https://example.com:8443/\\evil.example"),
    ],
)
def test_a_reference_is_resolved_against_the_url(reference: str, joined: str) -> None:
    assert parse_url("https://example.com:8443/a/b?q=1").join(reference).text == joined


@pytest.mark.parametrize(
    ("base", "reference", "joined"),
    [
        ("/a//b/c", "d", "//a.example/a//b/d"),
        ("/a//b/c", "..", "//a.example/a//"),
        ("/a//b/c", "../../d", "//a.example/a/d"),
        ("/2020/http://x.example/f", "g", "//a.example/2020/http://x.example/g"),
        ("/a", "/b//c/./d/../e", "//a.example/b//c/e"),
        ("/a", "//k.example/../b/..", "//k.example/"),
        ("/a", "https://k.example/a/../b?c=/../d", "//k.example/b?c=/../d"),
        ("/a?x", "?", "//a.example/a?"),
        ("/a?x", "#part", "//a.example/a?x"),
        ("/a?x=/b/c", "d", "//a.example/d"),
        ("/a/b", " c ", "//a.example/a/c"),
    ],
)
def test_a_reference_keeps_the_segments_that_are_empty(base: str, reference: str, joined: str) -> None:
    assert parse_url(f"https://a.example{base}").join(reference).text == f"https:{joined}"


EXAMPLES = {  # RFC 3986, 5.4, but for those of schemes that cannot be fetched
    "g": "/b/c/g",
    "./g": "/b/c/g",
    "g/": "/b/c/g/",
    "/g": "/g",
    "?y": "/b/c/d;p?y",
    "g?y": "/b/c/g?y",
    "#s": "/b/c/d;p?q",
    "g#s": "/b/c/g",
    "g?y#s": "/b/c/g?y",
    ";x": "/b/c/;x",
    "g;x": "/b/c/g;x",
    "": "/b/c/d;p?q",
    ".": "/b/c/",
    "./": "/b/c/",
    "..": "/b/",
    "../": "/b/",
    "../g": "/b/g",
    "../..": "/",
    "../../": "/",
    "../../g": "/g",
    "../../../g": "/g",
    "../../../../g": "/g",
    "/./g": "/g",
    "/../g": "/g",
    "g.": "/b/c/g.",
    ".g": "/b/c/.g",
    "g..": "/b/c/g..",
    "..g": "/b/c/..g",
    "./../g": "/b/g",
    "./g/.": "/b/c/g/",
    "g/./h": "/b/c/g/h",
    "g/../h": "/b/c/h",
    "g;x=1/./y": "/b/c/g;x=1/y",
    "g;x=1/../y": "/b/c/y",
    "g?y/./x": "/b/c/g?y/./x",
    "g?y/../x": "/b/c/g?y/../x",
    "http:g": "/b/c/g",
}


@pytest.mark.parametrize(("reference", "target"), EXAMPLES.items())
def test_the_examples_of_the_standard(reference: str, target: str) -> None:
    assert parse_url("http://a/b/c/d;p?q").join(reference).target == target


def test_no_credentials_travel_along_a_reference() -> None:
    base = parse_url("https://me:word@example.com/a")
    assert base.join("/b").credentials is None
    assert base.join("").credentials is None
    assert base.join("https://you:other@example.com/b") == Url("https", "example.com", 443, "/b")


@pytest.mark.parametrize("reference", ["ftp://example.com/", "/a\r\nX: y", "//[", "//a@b@c/", "//evil.example\\@b/"])
def test_a_reference_that_is_odd_is_refused(reference: str) -> None:
    with pytest.raises(InvalidUrlError):
        parse_url("https://example.com/").join(reference)


def test_an_empty_url_gets_a_sentence_with_a_subject():
    with pytest.raises(InvalidUrlError, match="the URL is empty"):
        parse_url(" ")
