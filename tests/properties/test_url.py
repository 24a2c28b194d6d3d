"""What holds for every URL, and for every text that is none."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import InvalidUrlError
from rheo.domain.text import printable
from rheo.domain.url import Url, parse_url

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join) | st.ip_addresses().map(
    lambda address: f"[{address.compressed}]" if address.version == 6 else str(address)
)
PORTS = st.none() | st.integers(1, 65535)
WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
ODD_TEXTS = (
    st.text()
    | st.text(st.sampled_from("htps:/@[]%?#\\. a1\u00e9\u202e\n\t"), max_size=30)
    | st.text(max_size=30).map("https://".__add__)
)


@given(ODD_TEXTS)
def test_any_text_is_a_url_or_refused_in_a_sentence(text: str) -> None:
    try:
        url = parse_url(text)
    except InvalidUrlError as error:
        assert printable(error.message) == error.message  # noqa: PT017
        return
    assert url.text.isascii()
    assert url.text.isprintable()
    assert " " not in url.text
    assert url.target.startswith("/")
    assert 0 < url.port < 65536


@given(ODD_TEXTS)
def test_a_url_is_the_same_after_writing_and_reading(text: str) -> None:
    try:
        url = parse_url(text)
    except InvalidUrlError:
        return
    assert parse_url(url.text) == Url(url.scheme, url.host, url.port, url.target)


@given(st.sampled_from(["http", "https"]), HOSTS, PORTS)
def test_an_origin_that_was_put_together_comes_apart_again(scheme: str, host: str, port: int | None) -> None:
    place = host if port is None else f"{host}:{port}"
    url = parse_url(f"{scheme}://{place}")
    assert url.origin == (scheme, host.strip("[]"), port or {"http": 80, "https": 443}[scheme])


@given(WORDS, WORDS, WORDS)
def test_what_was_escaped_comes_back(user: str, word: str, path: str) -> None:
    url = parse_url(f"https://{quote(user, safe='')}:{quote(word, safe='')}@example.com/{quote(path, safe='')}")
    assert url.credentials == (user, word)
    assert url.target == f"/{quote(path, safe='')}"


@given(st.text(st.sampled_from("abc:/?#[]%4 \n\x1b\u00e9"), max_size=20))
def test_no_refusal_repeats_a_password(junk: str) -> None:
    try:
        parse_url(f"https://me{junk}:SECRET{junk}SECRET@example.com:0/")
    except InvalidUrlError as error:
        assert "SECRET" not in error.message  # noqa: PT017


@given(st.text() | st.text(st.sampled_from("/.:?#@[\\ a\u00e9\n"), max_size=20))
def test_no_reference_brings_credentials_or_another_scheme(reference: str) -> None:
    try:
        url = parse_url("https://me:word@example.com/a/b").join(reference)
    except InvalidUrlError:
        return
    assert url.credentials is None
    assert url.scheme in {"http", "https"}


SEGMENTS = st.lists(st.sampled_from(["", ".", "..", "a", "b.c", "..."]), max_size=8).map("/".join)


@given(SEGMENTS, SEGMENTS)
def test_no_dots_are_left_of_a_reference(base: str, reference: str) -> None:
    url = parse_url(f"https://a.example/{base}")
    joined = url.join(reference.lstrip("/"))
    assert not {".", ".."} & set(joined.path.split("/"))
    assert url.join(joined.text) == joined
