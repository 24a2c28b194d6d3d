"""What a caller may say of requests, and what is no such thing."""

from pathlib import Path

import pytest

import rheo
from rheo.wishes.http import http_wishes

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"headers": f"X-Key: {SECRET}"}, "headers and cookies must be names and values, both str"),
        ({"headers": [("X-Key", 1)]}, "headers and cookies must be names and values, both str"),
        ({"headers": [(SECRET,)]}, "headers and cookies must be names and values, both str"),
        ({"public_headers": {"X-Key": None}}, "headers and cookies must be names and values, both str"),
        ({"cookies": {"a": SECRET.encode()}}, "headers and cookies must be names and values, both str"),
        ({"cookies": f"a={SECRET}"}, "headers and cookies must be names and values, both str"),
        ({"referer": f"http://a.example/{SECRET}".encode()}, "the referer must be a str, not a bytes"),
        ({"login": f"ann:{SECRET}"}, "a login must be a Login or a Bearer, not a str"),
        ({"login": ("ann", SECRET)}, "a login must be a Login or a Bearer, not a tuple"),
        ({"headers": None}, "headers and cookies must be names and values, both str, not a NoneType"),
        ({"insecure": "no"}, "insecure must be True or False, not a str"),
        ({"data": bytearray(b"s3cret")}, "the data must be bytes, a str, or a form's fields, not a bytearray"),
        ({"data": 5}, "the data must be bytes, a str, or a form's fields, not a int"),
        ({"method": None}, "the method must be a str, not a NoneType"),
        ({"proxy": b"http://ann:s3cret@h"}, "a proxy must be a Proxy or its URL, not a bytes"),
        ({"certificate": 5}, "a client certificate must be a ClientCertificate or a path, not a int"),
    ],
)
def test_what_is_of_another_type_is_refused_without_its_content(said, complaint):
    with pytest.raises(rheo.UsageError, match=f"^{complaint}$"):
        http_wishes(said)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: rheo.Secret(5), "the secret must be a str, not a int"),
        (lambda: rheo.Login("ann", SECRET), "^the password of a Login must be a Secret$"),
        (lambda: rheo.Login(None, rheo.Secret(SECRET)), "^the user of a Login must be a str$"),
        (lambda: rheo.Login("ann", rheo.Secret(SECRET), "basic"), "must be an AuthScheme"),
        (lambda: rheo.ClientCertificate("a.pem"), "certificate of .* must be a Path"),
        (lambda: rheo.ClientCertificate(Path("a.pem"), password=SECRET), "must be a Secret"),
        (lambda: rheo.ClientCertificate(Path("a.pem"), "b.pem"), "key of .* must be a Path"),
    ],
)
def test_what_has_a_secret_in_it_is_of_the_types_that_hide_it(make, complaint):
    with pytest.raises(rheo.UsageError, match=complaint) as raised:
        make()
    assert SECRET not in str(raised.value)


def test_a_token_is_a_secret_or_a_function():
    with pytest.raises(rheo.UsageError, match="must be a Secret") as raised:
        rheo.Bearer(SECRET)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "token", ["", f"{SECRET} {SECRET}", f"{SECRET}\t", f" {SECRET}", f"{SECRET}é", f"{SECRET}\x1b"]
)
def test_a_token_is_one_word(token):
    with pytest.raises(
        rheo.UsageError, match=r"^the token (is empty|has a blank in it, or what is not ASCII)"
    ) as raised:
        rheo.Bearer(rheo.Secret(token))
    assert SECRET not in str(raised.value)


def test_pairs_may_come_from_anywhere():
    given = {"headers": (pair for pair in [("X-Key", "k")]), "cookies": {"a": "b"}}
    wishes = http_wishes(given)
    assert (wishes.headers, wishes.cookies) == ((("X-Key", "k"),), (("a", "b"),))


@pytest.mark.parametrize("end", ["\r\nX-Evil: 1", "\n", "\r", "\0", "ü"])
def test_a_referer_is_one_line_of_ascii(end):
    said = {"referer": f"http://a.example/{SECRET}{end}"}
    with pytest.raises(rheo.UsageError, match="the header Referer cannot be sent") as raised:
        http_wishes(said)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("login", ["ann:s3cret@", "ann@", "ann:s3c@ret@"])
@pytest.mark.parametrize("scheme", ["https://", "//", ""])
def test_a_referer_carries_no_login_however_it_is_given(scheme, login):
    """RFC 9110, 10.1.3."""
    page = f"{scheme}{login}h.example/@x"
    for said in ({"referer": page}, {"headers": {"referer": page}}, {"public_headers": {"Referer": page}}):
        wishes = http_wishes(said)
        assert [value for _, value in (*wishes.headers, *wishes.public_headers)] == [f"{scheme}h.example/@x"]


def test_no_referer_is_one_that_is_left_out():
    wishes = http_wishes({"referer": None})
    assert wishes.headers == (("Referer", ""),)


@pytest.mark.parametrize("data", [f"{SECRET}\udcff", {SECRET: "\udcff"}, {"\udcff": SECRET}])
def test_data_that_is_text_can_be_said_in_utf_8(data):
    with pytest.raises(rheo.UsageError, match=r"^the data is not in UTF-8; give it as bytes$"):
        http_wishes({"data": data})
