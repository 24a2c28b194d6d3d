"""What a batch's ledger remembers of lines that are put by."""

import pytest

from rheo.batch.book import Book
from rheo.batch.fed import Due, Fed, Told
from rheo.domain.batch.held import Held
from rheo.domain.batch.renewal import Renewal
from rheo.domain.batch.result import Left
from rheo.domain.batch.terms import Terms
from rheo.domain.lists.line import Line
from rheo.domain.settings import OnExists, Settings
from rheo.wishes import request_for

LINE = Line(3, ("https://a.example/x",), (("out", "b"),))


def fed_of(line, nth):
    return Fed(line.number, f"line {line.number}", request_for(line.urls[0], Settings(), {}), line, nth)


@pytest.fixture
def book(tmp_path):
    opened = Book.open(tmp_path / "a.ledger", of="-", settings=Settings(), again=fed_of, terms=Terms())
    yield opened
    opened.close()


@pytest.mark.parametrize("renewal", [None, Renewal("/d/b"), Renewal("/d/\udcff", Held('"1"', None))])
def test_a_line_that_was_put_by_comes_back_as_it_was(book, renewal):
    (due,) = book.admit([fed_of(LINE, 7)])
    assert isinstance(due, Due)
    fed = due.fed._replace(renewal=renewal)

    book.park([(due.row, fed)])

    ((row, back),) = book.fetch_back("https://a.example", 9)
    assert (row, back._replace(asked=fed.asked)) == (due.row, fed)


def test_a_renewal_goes_where_the_file_is_and_leaves_only_the_version_that_is_held(tmp_path):
    request = request_for("https://a.example/x", Settings(), {})

    anyway = Renewal(str(tmp_path / "b.1")).of(request)
    newer = Renewal(str(tmp_path / "b.1"), Held('"1"', None)).of(request)

    assert (anyway.directory, anyway.output, anyway.on_exists) == (tmp_path, "b.1", OnExists.OVERWRITE)
    assert (newer.on_exists, newer.held) == (OnExists.NEWER, Held('"1"', None))


def test_lines_that_are_made_of_others_count_as_waiting_until_they_are_settled(book):
    book.admit([fed_of(LINE._replace(said=(("out", name),)), nth) for nth, name in enumerate("bcd", 1)])

    assert book.waiting == 2
    book.double()  # their original has not ended: they are due
    settled = []
    while book.waiting:
        settled += book.settle()
    assert [type(one) for one in settled] == [Due, Due]


def test_nothing_is_settled_as_long_as_nobody_waits(book):
    (due,) = book.admit([fed_of(LINE, 7)])
    (again,) = book.admit([fed_of(LINE, 8)])

    assert isinstance(due, Due)
    assert isinstance(again, Told)
    assert again.left is Left.REPEATED
    assert not book.waiting
    assert book.settle() == []
