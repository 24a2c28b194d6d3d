"""Lists of what to fetch may be anything: each line is a file or a mistake, and nothing else happens."""

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.checksum import Checksum
from rheo.domain.checksum_list import list_line
from rheo.domain.errors import InvalidListError
from rheo.domain.lists.formats import ListFormat, read_list
from rheo.domain.lists.line import BadLine
from rheo.domain.lists.patterns import expand
from rheo.domain.url import parse_url

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from(list('\t\n\r ={}[],"#:-')), max_size=200)


LINES = st.sampled_from([one for one in ListFormat if one is not ListFormat.METALINK])
BASE = parse_url("https://a.example/pub/")


@given(TEXTS, LINES, st.booleans(), st.sampled_from([None, BASE]))
def test_whatever_a_list_holds_is_files_and_mistakes_with_rising_numbers(text, form, patterns, base):
    lines = text.splitlines(keepends=True)
    try:
        found = list(read_list(lines, form, columns={}, patterns=patterns, base=base))
    except InvalidListError:
        assert form in {ListFormat.CSV, ListFormat.TSV, ListFormat.SUMS}
        return
    numbers = [one.number for one in found]
    assert numbers == sorted(numbers)
    assert all(1 <= number <= len(lines) + 1 for number in numbers)
    assert all(isinstance(one, BadLine) or all(one.urls) for one in found)


@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 20), st.lists(st.sampled_from("abc"), min_size=1))
def test_a_pattern_stands_for_as_many_as_its_parts_say(first, more, step, words):
    urls = list(expand(f"http://a/[{first:04}-{first + more:04}:{step}]{{{','.join(words)}}}"))

    assert urls == [f"http://a/{n:04}{word}" for n in range(first, first + more + 1, step) for word in words]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(st.lists(st.tuples(NAMES, HEX), unique_by=lambda one: one[0], max_size=5), st.booleans())
def test_a_list_of_checksums_means_files_below_its_base_or_none(entries, tagged):
    lines = [f"{list_line(name, Checksum('sha256', digest), tagged=tagged)}\n" for name, digest in entries]

    found = list(read_list(lines, ListFormat.SUMS, columns={}, base=BASE))

    assert [one.number for one in found] == list(range(1, len(entries) + 1))
    for one, (name, digest) in zip(found, entries, strict=True):
        if isinstance(one, BadLine):
            parts = name.split("/")
            assert not parts[0] or any(part.startswith(".") for part in parts) or name == "-"
            continue
        said = dict(one.said)
        assert said["hash"] == f"sha256:{digest}"
        assert said["out"].split("/") == [part for part in name.split("/") if part not in {"", "."}]
        url = parse_url(one.urls[0])
        assert one.urls == (url.text,)
        assert unquote(url.target) == f"/pub/{said['out']}"


@given(st.lists(st.integers(0, 2), max_size=40))
def test_a_quote_that_nobody_meant_costs_its_own_row_alone(kinds):
    """0: a row, 1: one whose quotes are meant, 2: one with a quote too many, which no other closes rightly."""
    rows = ["http://a/{},x", 'http://a/{},"x, ""y"""', 'http://a/{},"x']
    lines = ["url,note\n", *(f"{rows[kind].format(number)}\n" for number, kind in enumerate(kinds))]

    found = list(read_list(lines, ListFormat.CSV, columns={}))

    assert [isinstance(one, BadLine) for one in found] == [kind == 2 for kind in kinds]
    assert [one.number for one in found] == list(range(2, len(kinds) + 2))
