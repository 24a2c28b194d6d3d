"""Link fields are text from strangers: whatever it is, the answer is a value, and soon."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.url import parse_url
from rheo.transport.links import MOST_LINKS, duplicates, metalinks

URL = parse_url("https://home.example/pub/a.iso")
PIECES = ["<", ">", ";", ",", '"', "\\", "=", " ", "rel", "duplicate", "describedby", "pri", "1", "http://b.example/"]
FIELDS = (
    st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | st.binary().map(lambda data: data.decode("latin-1"))
)
LINKS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 999_999)), max_size=10)


@given(FIELDS)
def test_any_field_is_links_or_none(value):
    for one in duplicates({"link": value}, URL):
        assert one.url.scheme in {"http", "https"}
        assert one.url.credentials is None
        assert 1 <= one.priority <= 999_999
    assert len(metalinks({"link": value}, URL)) <= MOST_LINKS


@given(LINKS)
def test_mirrors_are_in_the_order_of_their_best_priorities(links):
    value = ", ".join(f"<http://b.example/{name}>; rel=duplicate; pri={priority}" for name, priority in links)
    best = {name: min(priority for other, priority in links if other == name) for name, _ in links}

    assert [(int(one.url.path[1:]), one.priority) for one in duplicates({"link": value}, URL)] == sorted(
        best.items(), key=lambda item: item[1]
    )


@pytest.mark.parametrize(
    "piece", ["<", ">", '"', ",", ";", '"\\', "<>", "<a>;", "<a>; rel=duplicate,", " ", "a=", "</>;x,"]
)
def test_the_time_grows_as_the_text_does(piece):
    began = time.process_time()
    duplicates({"link": piece * (1_000_000 // len(piece))}, URL)
    assert time.process_time() - began < 5
