"""What heads and facts of the way say of a file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rheo.domain.connections import Connections, ConnectionsReason
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import CodedBodyError, HttpStatusError, RedirectError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.naming import NameSource
from rheo.domain.result import Timings
from rheo.domain.settings import NameFrom, Settings
from rheo.domain.url import parse_url
from rheo.engine.answers.gatekeeper import Ask, judge
from rheo.engine.info.information import Facts, information_of
from rheo.transport.base import Head, Outcome

URL = parse_url("https://a.example/get?id=1")
FINAL = parse_url("https://cdn.example/big.iso")
REQUEST = DownloadRequest(url=URL, directory=Path("/nowhere"))
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def information(*heads, request=REQUEST, **facts):
    heads = heads or (head(),)
    verdict = judge(Ask(url=FINAL, opening=True), heads[-1], None, lambda: NOW)
    outcome = Outcome(head=heads[-1], timings=Timings(first_byte=0.5), address="192.0.2.1", fresh=True, port=443)
    known = {
        "request": request,
        "settings": Settings(),
        "start": request.url,
        "final": FINAL,
        "heads": heads,
        "verdict": verdict,
        "error": None,
        "outcome": outcome,
        "verified": True,
        "redirects": (),
        "proxy": None,
        "hsts": False,
        "http3": None,
    }
    return information_of(Facts(**{**known, **facts}))


def head(status=206, **fields):
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    usual = {"content-range": "bytes 0-8388607/8388608", "content-type": "application/x-iso9660-image"}
    return Head("1.1", status, {**(usual if status == 206 else {}), **fields})


def test_a_file_in_ranges_is_known_by_size_and_name():
    known = information()

    assert (known.url, known.final_url, known.status, known.error) == (URL.text, FINAL.text, 206, None)
    assert (known.size, known.ranges, known.name, known.name_source) == (8388608, True, "get.iso", NameSource.URL)
    assert known.connections == Connections(8, ConnectionsReason.ROUNDS)


@pytest.mark.parametrize(
    ("fields", "who", "named"),
    [
        ({"content_disposition": 'attachment; filename="x.bin"'}, NameFrom.HEADER, ("x.bin", NameSource.HEADER)),
        ({"content_disposition": 'attachment; filename="x.bin"'}, NameFrom.URL, ("get.iso", NameSource.URL)),
        ({}, NameFrom.REDIRECT, ("big.iso", NameSource.REDIRECT)),
    ],
)
def test_the_name_is_that_of_whoever_may_choose(fields, who, named):
    known = information(head(**fields), request=replace(REQUEST, name_from=who))

    assert (known.name, known.name_source) == named


def test_a_file_that_nobody_names_is_called_by_its_type():
    known = information(request=replace(REQUEST, url=parse_url("https://a.example/")))

    assert (known.name, known.name_source) == ("download.iso", NameSource.TYPE)


@pytest.mark.parametrize(
    ("fields", "strong"),
    [
        ({"etag": '"a"'}, (True, False)),
        ({"etag": 'W/"a"'}, (False, False)),
        ({"last_modified": "Mon, 02 Nov 2026 00:00:00 GMT", "date": "Sat, 28 Nov 2026 00:00:00 GMT"}, (False, True)),
        ({"last_modified": "Sat, 28 Nov 2026 00:00:00 GMT", "date": "Sat, 28 Nov 2026 00:00:01 GMT"}, (False, False)),
    ],
)
def test_validators_say_whether_they_pin_the_version(fields, strong):
    known = information(head(**fields))

    assert (known.etag_is_strong, known.last_modified_is_strong) == strong


def test_a_refusal_is_information_with_the_error_of_a_download():
    known = information(head(404, content_type="text/html"))

    assert (known.status, known.meaning, known.name, known.size, known.ranges) == (404, "not found", None, None, None)
    assert isinstance(known.error, HttpStatusError)
    assert known.connections == Connections(0, ConnectionsReason.NO_FILE)


def test_a_redirect_that_is_not_followed_is_the_error():
    error = RedirectError("round and round")

    assert information(head(302, location="/"), error=error).error is error


def test_a_file_that_is_coded_unasked_would_fail():
    known = information(head(content_encoding="gzip"))

    assert isinstance(known.error, CodedBodyError)
    assert known.size == 8388608


def test_what_answers_data_comes_in_one_stream():
    request = replace(REQUEST, http=HttpWishes(method="POST", body=b"a=b"))

    assert information(request=request).connections == Connections(1, ConnectionsReason.ONE_STREAM)


def test_cookies_of_all_answers_are_told_by_name():
    """Invariant 8."""
    known = information(
        head(302, location="/", set_cookie="sid=canary1; Path=/\nother=canary2"),
        head(set_cookie="sid=canary3\ncanary4"),
    )

    assert known.cookies == ("sid", "other")
    assert "canary" not in repr(known)


def test_https_in_the_place_of_http_is_told():
    plain = parse_url("http://a.example/get?id=1")

    assert information(request=replace(REQUEST, url=plain), start=URL).upgraded
    assert not information().upgraded
