"""What holds for every text that should be a proxy, or a list of hosts that go without one."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import InvalidProxyError
from rheo.domain.proxies import parse_no_proxy, proxies_of_environment
from rheo.domain.proxy import DEFAULT_PORTS, Proxy, parse_proxy
from rheo.domain.text import printable
from rheo.domain.url import Url

SCHEMES = st.sampled_from(sorted(DEFAULT_PORTS))
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
ADDRESSES = st.ip_addresses().map(str)
PORTS = st.integers(1, 65535)
WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
ODD_PROXIES = (
    st.text()
    | st.text(st.sampled_from("htpsock45:/@[]%?#\\. a1\u00e9\u202e\n\t"), max_size=30)
    | st.builds("{}://{}".format, SCHEMES, st.text(max_size=30))
)
ENTRIES = (
    NAMES
    | ADDRESSES
    | st.builds("{}/{}".format, ADDRESSES, st.integers(0, 140))
    | st.builds("{}:{}".format, NAMES | ADDRESSES, st.integers(0, 70000))
    | st.builds("[{}]:{}".format, ADDRESSES, PORTS)
    | st.text(st.sampled_from("a1f.:/[]*,0x\uff11\u3002\u00e9-_ \t\n"), max_size=20)
)
ODD_LISTS = st.text() | st.lists(ENTRIES, max_size=5).map(", ".join)
URLS = st.builds(Url, st.sampled_from(["http", "https"]), NAMES | ADDRESSES | st.text(), PORTS, st.just("/"))


@given(ODD_PROXIES)
def test_any_text_is_a_proxy_that_can_be_written_and_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        proxy = parse_proxy(text)
    except InvalidProxyError as error:
        assert printable(error.message) == error.message  # noqa: PT017
        return
    assert str(proxy).isascii()
    assert str(proxy).isprintable()
    assert parse_proxy(str(proxy)) == replace(proxy, credentials=None)


@given(SCHEMES, NAMES | ADDRESSES, PORTS, WORDS, WORDS)
def test_a_proxy_that_was_put_together_comes_apart_again(
    scheme: str, host: str, port: int, user: str, word: str
) -> None:
    place = f"[{host}]" if ":" in host else host
    proxy = parse_proxy(f"{scheme}://{quote(user, safe='')}:{quote(word, safe='')}@{place}:{port}")
    assert proxy == Proxy(scheme, host, port, (user, word))


@given(st.sampled_from(["", "http://", "ftp://"]), st.text(st.sampled_from("abc:/?#[]%4 \n\x1b\u00e9"), max_size=20))
def test_no_refusal_repeats_a_password(scheme: str, junk: str) -> None:
    try:
        parse_proxy(f"{scheme}me{junk}:SECRET{junk}SECRET@proxy.example:0/")
    except InvalidProxyError as error:
        assert "SECRET" not in error.message  # noqa: PT017


@given(ODD_LISTS, URLS)
def test_any_text_is_a_list_that_answers_for_any_url_or_refused(text: str, url: Url) -> None:
    try:
        listed = parse_no_proxy(text)
    except InvalidProxyError as error:
        assert printable(error.message) == error.message  # noqa: PT017
        return
    written = parse_no_proxy(str(listed))
    assert written == listed
    assert written.covers(url) is listed.covers(url)


@given(st.lists(NAMES.map("x".__add__) | ADDRESSES, min_size=1, max_size=5), st.data())  # 0 and 1.2 are addresses
def test_a_host_that_is_listed_is_covered_at_every_port(hosts: list[str], data: st.DataObject) -> None:
    host = data.draw(st.sampled_from(hosts))
    assert parse_no_proxy(" ".join(hosts)).covers(Url("https", host, data.draw(PORTS), "/"))


@given(st.dictionaries(st.sampled_from(["http_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy"]), st.text()))
def test_any_environment_is_rules_or_an_error_that_names_the_variable(environment: dict[str, str]) -> None:
    try:
        proxies_of_environment(environment)
    except InvalidProxyError as error:
        assert error.message.partition(":")[0] in environment  # noqa: PT017


@pytest.mark.parametrize("piece", ["a", ".", ":", "1", "1.", "0x", "[", "]", "*", ",", " ", "/", "@", "%40", "a.", "é"])
def test_reading_takes_linear_time(piece: str) -> None:
    started = time.perf_counter()
    url = Url("http", piece * 100_000, 80, "/")
    for before in ("", "http://", "http://me@", "[", "example.com:"):
        with suppress(InvalidProxyError):
            parse_no_proxy(f"{before}{piece * 100_000}!").covers(url)
        parse_no_proxy("1.2.3.4").covers(url)
        with pytest.raises(InvalidProxyError):
            parse_proxy(f"{before}{piece * 100_000}!")
    assert time.perf_counter() - started < 5
