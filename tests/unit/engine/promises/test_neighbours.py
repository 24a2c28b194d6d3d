"""Where lists of checksums are looked for."""

import pytest

from rheo.domain.url import parse_url
from rheo.engine.promises.neighbours import neighbours_of


@pytest.mark.parametrize(
    "url", ["https://example.com/d/a%20b.iso?token=secret", "https://me:p@example.com/d/a%20b.iso"]
)
def test_they_lie_in_the_same_folder_and_see_no_secret(url):
    assert [str(one) for one in neighbours_of(parse_url(url))] == [
        "https://example.com/d/a%20b.iso.sha256",
        "https://example.com/d/a%20b.iso.sha512",
        "https://example.com/d/SHA256SUMS",
        "https://example.com/d/SHA512SUMS",
        "https://example.com/d/checksums.txt",
    ]
    assert all(one.credentials is None for one in neighbours_of(parse_url(url)))


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com/d/", "https://example.com/d/?a=b.iso"])
def test_a_folder_has_none(url):
    assert neighbours_of(parse_url(url)) == ()
