"""Which lines are the same line."""

from rheo.domain.batch.key import key_of
from rheo.domain.batch.row import Entry

LINE = Entry(1, "https://a.example/x", "https://a.example", "x")


def test_a_line_is_the_same_wherever_it_stands():
    assert key_of(LINE) == key_of(LINE._replace(number=99))


def test_a_line_is_another_one_where_its_url_or_place_is():
    others = [LINE._replace(url="https://a.example/y"), LINE._replace(place="y"), LINE._replace(place="")]
    assert len({key_of(LINE), *map(key_of, others)}) == 4


def test_lines_of_one_url_are_neighbours():
    assert key_of(LINE).url == key_of(LINE._replace(place="y")).url == key_of(LINE._replace(place="")).url


def test_a_bad_line_is_the_same_by_its_number_and_what_is_wrong():
    bad = Entry(7, "", "", wrong="it has no URL")
    keys = [key_of(bad), key_of(bad._replace(number=8)), key_of(bad._replace(wrong="else"))]
    assert keys[0] == key_of(bad._replace(place="ignored"))
    assert len(set(keys)) == 3


def test_bytes_that_are_no_utf_8_make_a_key():
    assert key_of(LINE._replace(place="\udcff")) != key_of(LINE._replace(place="\udcfe"))


def test_keys_are_integers_that_sqlite_takes():
    assert all(-(2**63) <= half < 2**63 for half in key_of(LINE))


def test_a_key_never_changes_as_ledgers_have_it():
    assert key_of(LINE) == (8781824067755649774, -4728506463394948661)
