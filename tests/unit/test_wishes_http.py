"""What a caller may say of requests, and what is no such thing."""

import pytest

import rheo
from rheo.domain.settings import Settings
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
        ({"login": f"ann:{SECRET}"}, "a login must be a Login or a Bearer, not a str"),
        ({"login": ("ann", SECRET)}, "a login must be a Login or a Bearer, not a tuple"),
    ],
)
def test_what_is_of_another_type_is_refused_without_its_content(said, complaint):
    with pytest.raises(rheo.UsageError, match=f"^{complaint}$"):
        http_wishes(Settings(), said)


def test_a_token_is_a_secret_or_a_function():
    with pytest.raises(rheo.UsageError, match="must be a Secret") as raised:
        rheo.Bearer(SECRET)
    assert SECRET not in str(raised.value)


def test_pairs_may_come_from_anywhere():
    given = {"headers": (pair for pair in [("X-Key", "k")]), "cookies": {"a": "b"}}
    wishes = http_wishes(Settings(), given)
    assert (wishes.headers, wishes.cookies) == ((("X-Key", "k"),), (("a", "b"),))
