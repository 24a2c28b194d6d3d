"""Which proxy a URL goes through, and which goes without; tests/integration/test_no_proxy.py asks curl itself."""

from __future__ import annotations

import pytest

from rheo.domain.errors import InvalidProxyError
from rheo.domain.proxies import NoProxy, ProxyRules, parse_no_proxy, proxies_of_environment
from rheo.domain.proxy import parse_proxy
from rheo.domain.url import parse_url


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("example.com", "https://example.com/"),
        ("example.com", "https://www.example.com:8443/"),
        (".example.com", "https://example.com/"),
        ("EXAMPLE.com.", "https://a.b.example.COM./"),
        ("a, ,b,,example.com", "https://example.com/"),
        ("a\t b example.com", "https://example.com/"),
        ("*", "https://example.com/"),
        (" * ", "https://example.com/"),
        ("example.com:8443", "https://www.example.com:8443/"),
        ("example.com:443", "https://example.com/"),
        ("b\u00fccher.example", "https://www.xn--bcher-kva.example/"),
        ("127.0.0.1", "http://127.0.0.1/"),
        ("127.0.0.1", "http://0x7f.1/"),
        ("127.0.0.0/8", "http://2130706433/"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("10.0.0.0/8:8080", "http://10.1.2.3:8080/"),
        ("0.0.0.0/0", "http://1.2.3.4/"),
        ("::1", "http://[::1]/"),
        ("[::1]", "http://[0:0::1]/"),
        ("[::1]:443", "https://[::1]/"),
        ("2001:db8::/33", "https://[2001:db8:7fff::1]/"),
        ("[2001:db8::/32]:443", "https://[2001:db8::1]/"),
    ],
)
def test_a_list_covers(listed: str, url: str) -> None:
    assert parse_no_proxy(listed).covers(parse_url(url))


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("", "https://example.com/"),
        (",", "https://example.com/"),
        (".", "https://example.com/"),
        ("example.com", "https://notexample.com/"),
        ("www.example.com", "https://example.com/"),
        ("..example.com", "https://example.com/"),
        ("example.com..", "https://example.com/"),
        ("*.example.com", "https://www.example.com/"),
        ("a,*", "https://example.com/"),
        ("example.com:80", "https://example.com/"),
        ("example.com:443:443", "https://example.com/"),
        ("127.0.0.1:80", "http://127.0.0.1:8080/"),
        ("1", "http://127.0.0.1/"),
        ("0.0.1", "http://127.0.0.1/"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/"),
        ("0.0.0.0/0", "http://[::1]/"),
        ("0.0.0.0/0", "http://example.com/"),
        ("::/0", "http://1.2.3.4/"),
        ("2001:db8::/33", "https://[2001:db8:8000::1]/"),
        ("[127.0.0.1]", "http://127.0.0.1/"),
        ("[::1", "http://[::1]/"),
        ("[::1]:80", "https://[::1]/"),
    ],
)
def test_a_list_does_not_cover(listed: str, url: str) -> None:
    assert not parse_no_proxy(listed).covers(parse_url(url))


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        (".Example.com. 10.1.2.3/8", "example.com,10.0.0.0/8"),
        ("127.0.0.1:80,[::1]:0443,::1", "127.0.0.1:80,[::1]:443,::1"),
        ("*.example.com,example.com", "example.com"),
        (" * ", "*"),
        ("", ""),
    ],
)
def test_a_list_is_written_as(listed: str, written: str) -> None:
    assert str(parse_no_proxy(listed)) == written


@pytest.mark.parametrize("listed", ["a\r\nb", "a\n", "a\0", "\x1b[31m"])
def test_a_list_with_a_control_character_is_refused(listed: str) -> None:
    with pytest.raises(InvalidProxyError, match="has a control character in it; remove that"):
        parse_no_proxy(listed)


@pytest.mark.parametrize(
    ("listed", "entry"),
    [
        ("a, foo/99", "foo/99, which is no network"),
        ("10.0.0.0/33", "10.0.0.0/33, which is no network"),
        ("10/8", "10/8, which is no network"),
        ("10.0.0.0/8/8", "10.0.0.0/8/8, which is no network"),
        ("[2001:db8::/129]:443", "[2001:…, which is no network"),
        ("https://me:s3cret@example.com", "https://…@example.com, which is no network"),
        ("example.com:0", "example.com:0, whose port is none"),
        ("127.0.0.1:65536", "127.0.0.1:65536, whose port is none"),
    ],
)
def test_a_list_with_what_means_something_else_is_refused(listed: str, entry: str) -> None:
    with pytest.raises(InvalidProxyError) as raised:
        parse_no_proxy(listed)
    assert raised.value.message.startswith(f"the list of hosts without a proxy has {entry}; ")


def test_a_proxy_is_chosen_by_scheme_unless_the_host_is_an_exception() -> None:
    plain, secure = parse_proxy("one.example"), parse_proxy("two.example")
    rules = ProxyRules(plain, secure, parse_no_proxy("example.com"))
    assert rules.choose(parse_url("http://a.example/")) == plain
    assert rules.choose(parse_url("https://a.example/")) == secure
    assert rules.choose(parse_url("https://www.example.com/")) is None
    assert ProxyRules(http=plain).choose(parse_url("https://a.example/")) is None


@pytest.mark.parametrize(
    ("environment", "plain", "secure"),
    [
        ({}, None, None),
        ({"http_proxy": "a"}, "a", None),
        ({"HTTP_PROXY": "a"}, None, None),
        ({"https_proxy": "a"}, None, "a"),
        ({"HTTPS_PROXY": "a"}, None, "a"),
        ({"https_proxy": "a", "HTTPS_PROXY": "b"}, None, "a"),
        ({"https_proxy": "", "HTTPS_PROXY": "b"}, None, "b"),
        ({"all_proxy": "a"}, "a", "a"),
        ({"ALL_PROXY": "a", "HTTP_PROXY": "b"}, "a", "a"),
        ({"all_proxy": "a", "ALL_PROXY": "b"}, "a", "a"),
        ({"all_proxy": " ", "ALL_PROXY": "b"}, "b", "b"),
        ({"all_proxy": "a", "http_proxy": "b", "HTTPS_PROXY": "c"}, "b", "c"),
        ({"all_proxy": "ftp://unused", "http_proxy": "b", "HTTPS_PROXY": "c"}, "b", "c"),
    ],
)
def test_the_environment_says(environment: dict[str, str], plain: str | None, secure: str | None) -> None:
    expected = ProxyRules(plain and parse_proxy(plain), secure and parse_proxy(secure))
    assert proxies_of_environment(environment) == expected


@pytest.mark.parametrize(
    ("environment", "listed"),
    [
        ({"no_proxy": "a"}, "a"),
        ({"NO_PROXY": "a"}, "a"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a"),
        ({"no_proxy": "", "NO_PROXY": "*"}, "*"),
    ],
)
def test_the_environment_names_exceptions(environment: dict[str, str], listed: str) -> None:
    assert proxies_of_environment(environment).exceptions == parse_no_proxy(listed) != NoProxy()


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_wrong_proxy_is_blamed_on_its_variable(variable: str) -> None:
    with pytest.raises(InvalidProxyError) as caught:
        proxies_of_environment({variable: "ftp://me:secret@a"})
    assert caught.value.message.startswith(f"{variable}: the proxy ftp://…@a is of no known kind")


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_a_wrong_list_is_blamed_on_its_variable(variable: str) -> None:
    with pytest.raises(InvalidProxyError, match=f"^{variable}: the list "):
        proxies_of_environment({variable: "a\nb"})
