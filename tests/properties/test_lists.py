"""Lists of what to fetch may be anything: each line is a file or a mistake, and nothing else happens."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.formats import ListFormat, read_list
from rheo.domain.lists.line import BadLine
from rheo.domain.lists.patterns import expand

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from(list('\t\n\r ={}[],"#:-')), max_size=200)


@given(TEXTS, st.sampled_from(ListFormat), st.booleans())
def test_whatever_a_list_holds_is_files_and_mistakes_with_rising_numbers(text, form, patterns):
    lines = text.splitlines(keepends=True)
    try:
        found = list(read_list(lines, form, columns={}, patterns=patterns))
    except InvalidListError:
        assert form in {ListFormat.CSV, ListFormat.TSV}
        return
    numbers = [one.number for one in found]
    assert numbers == sorted(numbers)
    assert all(1 <= number <= len(lines) + 1 for number in numbers)
    assert all(isinstance(one, BadLine) or all(one.urls) for one in found)


@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 20), st.lists(st.sampled_from("abc"), min_size=1))
def test_a_pattern_stands_for_as_many_as_its_parts_say(first, more, step, words):
    urls = list(expand(f"http://a/[{first:04}-{first + more:04}:{step}]{{{','.join(words)}}}"))

    assert urls == [f"http://a/{n:04}{word}" for n in range(first, first + more + 1, step) for word in words]
