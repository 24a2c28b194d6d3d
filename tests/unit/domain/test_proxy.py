"""Proxies: what is understood, what is refused, and what a refusal may say."""

from __future__ import annotations

import pytest

from rheo.domain.errors import InvalidProxyError
from rheo.domain.proxy import Proxy, parse_proxy
from rheo.domain.text import printable


def refusal(text: str) -> str:
    with pytest.raises(InvalidProxyError) as caught:
        parse_proxy(text)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("proxy.example", "http://proxy.example:1080"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("localhost:8080/", "http://localhost:8080"),
        ("http://proxy.example", "http://proxy.example:1080"),
        ("HTTPS://Proxy.Example", "https://proxy.example:443"),
        ("socks4://proxy.example", "socks4://proxy.example:1080"),
        ("socks4a://proxy.example/", "socks4a://proxy.example:1080"),
        ("socks5://127.0.0.1:9050", "socks5://127.0.0.1:9050"),
        ("socks5h://[2001:DB8:0::1]", "socks5h://[2001:db8::1]:1080"),
        ("[::1]:3128", "http://[::1]:3128"),
        ("b\u00fccher.example:3128", "http://xn--bcher-kva.example:3128"),
        ("  proxy.example:3128 ", "http://proxy.example:3128"),
    ],
)
def test_a_proxy_is_written_as(text: str, written: str) -> None:
    proxy = parse_proxy(text)
    assert str(proxy) == written
    assert proxy.credentials is None


@pytest.mark.parametrize(
    ("user_info", "credentials"),
    [
        ("me:word@", ("me", "word")),
        ("me@", ("me", "")),
        (":word@", ("", "word")),
        ("m%40e:w%2Ford%3A%C3%A9@", ("m@e", "w/ord:\u00e9")),
        ("@", None),
    ],
)
@pytest.mark.parametrize("scheme", ["", "http://", "socks5h://"])
def test_credentials_are_decoded(scheme: str, user_info: str, credentials: tuple[str, str] | None) -> None:
    assert parse_proxy(f"{scheme}{user_info}proxy.example").credentials == credentials


def test_credentials_appear_in_no_text_of_a_proxy() -> None:
    proxy = parse_proxy("http://me:word@proxy.example:3128")
    assert str(proxy) == f"{proxy}" == "http://proxy.example:3128"
    assert repr(proxy) == "Proxy(scheme='http', host='proxy.example', port=3128)"


def test_credentials_make_another_proxy() -> None:
    assert parse_proxy("me:word@proxy.example") != Proxy("http", "proxy.example", 1080)


@pytest.mark.parametrize(
    ("scheme", "resolves"),
    [("http", True), ("https", True), ("socks4", False), ("socks4a", True), ("socks5", False), ("socks5h", True)],
)
def test_who_looks_up_the_name_of_the_origin(scheme: str, *, resolves: bool) -> None:
    assert parse_proxy(f"{scheme}://proxy.example").resolves_names is resolves


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http://:3128", "has no host; write http://proxy.example:3128"),
        ("ftp://a", "is of no known kind: rheo speaks http, https, socks4, socks4a, socks5, socks5h, not ftp"),
        ("a/b", "has something after host and port; remove that, or percent-encode a /, ? or # in its password"),
    ],
)
def test_a_refusal_names_the_proxy_and_the_cure(text: str, complaint: str) -> None:
    assert refusal(text) == f"the proxy {text} {complaint}"


def test_an_empty_proxy_gets_a_sentence_with_a_subject() -> None:
    assert refusal(" ") == "the proxy is empty; write one such as http://proxy.example:3128"


@pytest.mark.parametrize(
    "text",
    [
        "http://proxy.example\r\nX: y",
        "http://proxy.example\n",
        "http://proxy.example\0",
        "http://proxy.example/\n",
        "http://pro xy.example",
        "http://\u202eproxy.example",
        "http://proxy.example:0",
        "http://proxy.example:65536",
        "http://proxy.example:8o",
        "http://proxy.example//",
        "http://proxy.example?a",
        "http://proxy.example#a",
        "http://::1",
        "::1",
        "http://[::1",
        "http://[proxy.example]",
        "http://a@b@proxy.example",
        "http://proxy%2Eexample",
        "http://a..b",
        "http:proxy.example",
        "://proxy.example",
        "socks://proxy.example",
        "http://me:%0d%0a@proxy.example",
        "http://me:%00@proxy.example",
        "http://me:%ff@proxy.example",
    ],
)
def test_what_could_be_read_differently_is_refused(text: str) -> None:
    message = refusal(text)
    assert printable(message) == message
    assert len(message) < 300


@pytest.mark.parametrize(
    "text",
    [
        "me:secret@proxy.example:0",
        "me:sec/ret@proxy.example",
        "me:sec://ret@proxy.example",
        "http://me:sec#ret@proxy.example",
        "http://me:secret@ret@proxy.example",
        "ftp://me:secret@proxy.example",
        "http://me:secret\n@proxy.example",
        "http://me:secret%40proxy.example/a",
        "http://secret%ff@proxy.example",
        f"http://me:secret{'x' * 500}@proxy.example:0",
    ],
)
def test_a_refusal_never_repeats_user_info(text: str) -> None:
    message = refusal(text)
    assert "sec" not in message
    assert "me:" not in message
    assert "ret@" not in message
