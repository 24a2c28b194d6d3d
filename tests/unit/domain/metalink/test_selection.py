"""Files are chosen by name, by pattern and by number, and a word that means nothing says what there is."""

import pytest

from rheo.domain.errors import UsageError
from rheo.domain.metalink.selection import selected
from rheo.domain.metalink.values import Metalink, MetalinkFile

NAMES = ("a.iso", "a.iso.sig", "docs/guide.pdf", "docs/4", "2")
METALINK = Metalink(place="x.meta4", files=tuple(MetalinkFile(name=name) for name in NAMES))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["a.iso", "a.iso.sig", "docs/guide.pdf", "docs/4", "2"]),
        (["a.iso"], ["a.iso"]),
        (["a.iso*"], ["a.iso", "a.iso.sig"]),
        (["*.pdf", "a.iso"], ["a.iso", "docs/guide.pdf"]),
        (["docs/*"], ["docs/guide.pdf", "docs/4"]),
        (["[ab].is?"], ["a.iso"]),
        (["1"], ["a.iso"]),
        (["4,1-2"], ["a.iso", "a.iso.sig", "docs/4"]),
        (["1-2", "2-3"], ["a.iso", "a.iso.sig", "docs/guide.pdf"]),
        (["2"], ["2"]),
        (["1-5"], ["a.iso", "a.iso.sig", "docs/guide.pdf", "docs/4", "2"]),
    ],
)
def test_words_choose_files(words: list[str], names: list[str]) -> None:
    assert [file.name for file in selected(METALINK, words)] == names


@pytest.mark.parametrize("word", ["b.iso", "*.zip", "A.ISO", "", "1,", "-1", "0", "6", "3-1", "1-6", "1,7", "0-2"])
def test_a_word_that_means_no_file_says_what_there_is(word: str) -> None:
    with pytest.raises(UsageError) as raised:
        selected(METALINK, ["1", word])
    listed = "1: 'a.iso', 2: 'a.iso.sig', 3: 'docs/guide.pdf', 4: 'docs/4', 5: '2'"
    assert raised.value.message == f"x.meta4 has no file {word!r}; it has {listed}"


def test_of_many_files_a_few_are_told() -> None:
    many = Metalink(place="x.meta4", files=tuple(MetalinkFile(name=str(number)) for number in range(100)))
    with pytest.raises(UsageError, match=r"; it has 1: '0', .*, 8: '7', and 92 more$"):
        selected(many, ["x"])
