"""Secrets show themselves to nobody."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from rheo.domain.errors import UsageError
from rheo.domain.secret import Secret


@dataclass
class Login:
    user: str
    password: Secret


def test_a_secret_appears_in_no_text() -> None:
    secret = Secret("hunter2")
    login = Login("me", secret)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r:.3}", "%s %r" % (secret, secret)]  # noqa: UP031
    assert "hunter2" not in " ".join([*texts, repr(login), repr(asdict(login)), repr([secret])])
    assert texts[0] == texts[1] == texts[2] == "…"
    with pytest.raises(TypeError):
        json.dumps(asdict(login))


def test_a_secret_that_no_encoding_takes_is_refused_without_it() -> None:
    with pytest.raises(UsageError, match=r"^the password is not in UTF-8; write it in that$"):
        Secret("hunter2\udcff", what="password")


def test_a_secret_is_revealed_on_request() -> None:
    assert Secret(" hunter2 \u00e9").reveal() == " hunter2 \u00e9"
    assert Secret("").reveal() == ""


def test_secrets_are_equal_by_value() -> None:
    assert Secret("a", what="password") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_secret_stays_what_it_is() -> None:
    secret = Secret("a")
    with pytest.raises(AttributeError, match="cannot be changed"):
        secret._text = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        del secret._text
    assert not hasattr(secret, "__dict__")
    assert copy.deepcopy(secret) == pickle.loads(pickle.dumps(secret)) == secret


@pytest.mark.parametrize("text", ["hunter2\r", "hunter2\n", "hun\0ter2", "hunter2\r\nX: y"])
def test_what_no_header_can_carry_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Secret(text, what="password of the proxy")
    assert caught.value.message == "the password of the proxy has a line break or NUL in it; remove that"
