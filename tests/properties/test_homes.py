"""Whatever heads say, nobody is asked who may not be, and not too many are."""

from hypothesis import given
from hypothesis import strategies as some

from rheo.domain.url import parse_url
from rheo.engine.sources.homes import MOST_DOCUMENTS, MOST_MIRRORS, Limits, homes_of, is_local

HERE = parse_url("https://files.example/a.iso")
HOSTS = some.sampled_from(["a.example", "127.0.0.1", "[::1]", "10.0.0.1", "localhost", "b.example", "files.example"])
LINKS = some.builds(
    '<{}://{}/{}>; rel={}; pri={}; type="application/metalink4+xml"'.format,
    some.sampled_from(["http", "https", "ftp", ""]),
    HOSTS,
    some.sampled_from(["a.iso", "b", "x.meta4"]),
    some.sampled_from(["duplicate", "describedby", "next"]),
    some.integers(-1, 9),
)
VALUES = some.one_of(some.lists(LINKS, max_size=30).map(", ".join), some.text(max_size=200))


@given(some.lists(VALUES, max_size=3), some.booleans())
def test_only_what_may_be_asked_is_and_not_too_many(values, allow_downgrade):
    homes = homes_of(
        [(HERE, {"link": value}) for value in values], Limits(HERE.origin, allow_downgrade=allow_downgrade)
    )

    assert len(homes.mirrors) <= MOST_MIRRORS
    assert len(homes.documents) <= MOST_DOCUMENTS
    assert len(set(homes.mirrors)) == len(homes.mirrors)
    for url in (*homes.mirrors, *homes.documents):
        assert not is_local(url.host)
        assert allow_downgrade or url.scheme == "https"
    assert HERE not in homes.mirrors
