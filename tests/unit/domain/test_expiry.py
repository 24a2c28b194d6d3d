"""When a URL says that its time is over, in the words of those who sign them."""

import base64
import json
from datetime import UTC, datetime

import pytest

from rheo.domain.errors import HttpStatusError, NoFileError, StallError
from rheo.domain.expiry import expiry_of, has_died, is_over
from rheo.domain.url import parse_url

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = int(NOON.timestamp())


def expiry(query):
    return expiry_of(parse_url(f"https://cdn.example/a.iso?{query}"))


def policy(*, end=EPOCH):
    statement = {"Resource": "https://cdn.example/*", "Condition": {"DateLessThan": {"AWS:EpochTime": end}}}
    text = base64.b64encode(json.dumps({"Statement": [statement]}).encode()).decode()
    return text.translate(str.maketrans("+=/", "-_~"))


@pytest.mark.parametrize(
    "query",
    [
        f"Expires={EPOCH}&Signature=x&Key-Pair-Id=y",
        f"AWSAccessKeyId=x&Signature=y&Expires={EPOCH}",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260301T110000Z&X-Amz-Expires=3600&X-Amz-Signature=x",
        "x-goog-date=20260301T114500Z&X-Goog-Expires=900",
        "sv=2024-11-04&st=2026-03-01T08%3A00%3A00Z&se=2026-03-01T12%3A00%3A00Z&sp=r&sig=x",
        "se=2026-03-01T13:00:00%2B01:00",
        f"token=x&exp={EPOCH}",
        f"expires={EPOCH * 1000}",
        f"Policy={policy()}&Signature=x&Key-Pair-Id=y",
        f"expires={EPOCH + 60}&exp={EPOCH}",
    ],
)
def test_the_words_of_those_who_sign_links_are_understood(query):
    assert expiry(query) == NOON


@pytest.mark.parametrize(
    "query",
    [
        "",
        "a=1",
        "expires=3600",
        "expires=never",
        "exp=20260301",
        "X-Amz-Expires=3600",
        "X-Amz-Date=20260301T110000Z&X-Amz-Expires=soon",
        "X-Amz-Date=9999-12-31T23:59:59Z&X-Amz-Expires=999999999",
        "se=0001-01-01T00:00:00%2B14:00",
        "Policy=AAAA",
        f"Policy={policy(end=None)}",
        "&".join(f"a{number}=1" for number in range(300)) + f"&Expires={EPOCH}",
    ],
)
def test_what_tells_no_time_says_nothing(query):
    assert expiry(query) is None


def test_a_time_that_has_come_is_over():
    url = parse_url(f"https://cdn.example/a.iso?Expires={EPOCH}")
    assert is_over(url, NOON)
    assert not is_over(url, NOON.replace(hour=11))
    assert not is_over(parse_url("https://cdn.example/a.iso"), NOON)


def status(number):
    return HttpStatusError("…", status=number)


@pytest.mark.parametrize("number", [401, 403, 410])
def test_a_refusal_means_a_dead_link_where_something_says_that_it_lived(number):
    assert has_died(status(number), worked=True, over=False, expected=False)
    assert has_died(status(number), worked=False, over=True, expected=False)
    assert has_died(status(number), worked=False, over=False, expected=True)
    assert not has_died(status(number), worked=False, over=False, expected=False)


def test_a_file_that_is_missing_was_there_once_or_the_url_is_wrong():
    assert has_died(status(404), worked=True, over=False, expected=False)
    assert not has_died(status(404), worked=False, over=False, expected=True)


def test_a_bad_request_is_what_google_says_of_a_time_that_is_over():
    assert has_died(status(400), worked=False, over=True, expected=False)
    assert not has_died(status(400), worked=True, over=False, expected=True)


def test_a_page_in_the_place_of_the_rest_is_no_file_any_more_and_no_content_says_nothing():
    assert has_died(NoFileError("…", page=True), worked=True, over=False, expected=False)
    assert not has_died(NoFileError("…"), worked=True, over=True, expected=True)
    assert not has_died(StallError("…"), worked=True, over=True, expected=True)
    assert not has_died(status(503), worked=True, over=True, expected=True)
