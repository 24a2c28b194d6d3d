"""CSV, TSV and JSON Lines."""

import json
from collections.abc import Mapping

import pytest

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.formats import ListFormat, format_of, read_list
from rheo.domain.lists.line import LONGEST, BadLine, Line

A, B = "https://a.example/a.iso", "https://b.example/b.iso"


def read(text: str, form: ListFormat, columns: Mapping[str, str] | None = None) -> list[Line | BadLine]:
    return list(read_list(text.splitlines(keepends=True), form, columns=columns or {}))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("urls.txt", ListFormat.PLAIN),
        ("-", ListFormat.PLAIN),
        ("a.b/URLS.CSV", ListFormat.CSV),
        ("x.tsv", ListFormat.TSV),
        ("x.tab", ListFormat.TSV),
        ("x.jsonl", ListFormat.JSONL),
        ("x.ndjson", ListFormat.JSONL),
    ],
)
def test_the_name_tells_the_format(name: str, form: ListFormat) -> None:
    assert format_of(name) is form


def test_the_first_line_of_a_csv_names_its_columns() -> None:
    text = f'\ufeffcaption,URL,filename\n"a, dog",{A},dog.jpg\n,{B},\n'

    assert read(text, ListFormat.CSV) == [
        Line(2, (A,), (("caption", "a, dog"), ("filename", "dog.jpg"))),
        Line(3, (B,)),
    ]


def test_a_value_may_go_over_several_lines_and_the_number_is_that_of_the_first() -> None:
    text = f'note,url\n"one\ntwo",{A}\nthree,{B}\n'

    assert [line.number for line in read(text, ListFormat.CSV)] == [2, 4]


def test_a_tsv_has_mirrors_in_a_column() -> None:
    assert read(f"url\tmirrors\n{A}\t{B} {B}2\n", ListFormat.TSV) == [Line(2, (A, B, f"{B}2"))]


def test_a_column_may_have_another_name() -> None:
    assert read(f"image_link\n{A}\n", ListFormat.CSV, {"url": "image_link"}) == [Line(2, (A,))]


@pytest.mark.parametrize("called", ["url", "link"])
def test_a_column_that_is_named_for_something_goes_before_the_one_that_is_called_so(called: str) -> None:
    table = f"{called},image,out,title\n{B},{A},1.bin,cat.jpg\n{B},,2.bin,dog.jpg\n"
    objects = json.dumps({called: B, "image": A, "out": "1.bin", "title": "cat.jpg"}) + "\n" + json.dumps({called: B})
    columns = {"url": "image", "filename": "title"}

    (row, empty), (first, second) = (
        read(text, form, columns) for text, form in ((table, ListFormat.CSV), (objects, ListFormat.JSONL))
    )

    assert isinstance(row, Line)
    assert isinstance(first, Line)
    assert row.urls == first.urls == (A,)
    assert row.said[-1] == first.said[-1] == ("filename", "cat.jpg")  # of several the last one counts
    assert empty == BadLine(3, "it has no URL")
    assert second == BadLine(2, "it has no URL")


def test_mirrors_that_are_named_go_before_those_that_are_called_so() -> None:
    assert read(f"url,urls,alt\n{A},{A}2,{B}\n", ListFormat.CSV, {"mirrors": "alt"}) == [
        Line(2, (A, B), (("urls", f"{A}2"),))
    ]


@pytest.mark.parametrize(
    ("text", "columns", "wrong"),
    [
        ("name\nx\n", {}, "no column of it is called url"),
        ("url\nx\n", {"hash": "sha"}, "there is no column sha; there is url alone"),
        ('"url\n', {}, "names no columns"),
    ],
)
def test_a_table_without_its_columns_cannot_be_read(text: str, columns: Mapping[str, str], wrong: str) -> None:
    with pytest.raises(InvalidListError, match=wrong):
        read(text, ListFormat.CSV, columns)


def test_rows_that_are_wrong_are_told_and_the_others_are_read() -> None:
    first, second, third = read(f"url,name\n,x\n{A},x,y\n{B},z\n", ListFormat.CSV)

    assert first == BadLine(2, "it has no URL")
    assert second == BadLine(3, "it has 3 values, but there are 2 columns")
    assert third == Line(4, (B,), (("name", "z"),))


def test_json_lines_are_objects_or_texts() -> None:
    text = (
        f'{{"url": "{A}", "size": 5, "headers": {{"X-Key": "1"}}, "hash": null}}\n\n"{B}"\n'
        f'{{"urls": ["{A}", "{B}"], "sha256": ["ab", "cd"]}}\n'
    )

    assert read(text, ListFormat.JSONL) == [
        Line(1, (A,), (("size", "5"), ("headers", "X-Key: 1"))),
        Line(3, (B,)),
        Line(4, (A, B), (("sha256", "ab"), ("sha256", "cd"))),
    ]


@pytest.mark.parametrize("text", ["{", "[1]", "5", "nonsense \x1b[31m", '{"name": "x"}'])
def test_json_that_is_no_line_is_told(text: str) -> None:
    (bad,) = read(text, ListFormat.JSONL)

    assert isinstance(bad, BadLine)
    assert bad.number == 1
    assert "\x1b" not in bad.wrong


def test_a_plain_list_has_no_columns() -> None:
    with pytest.raises(InvalidListError, match="--format"):
        read(A, ListFormat.PLAIN, {"url": "x"})


def test_a_quote_that_is_never_closed_costs_its_row_alone() -> None:
    bad, *others = read(f'url,name\n{A},"x\n{A},y\n{B},z\n', ListFormat.CSV)

    assert isinstance(bad, BadLine)
    assert bad.number == 2
    assert "a quote that it opens is closed nowhere up to line 4" in bad.wrong
    assert others == [Line(3, (A,), (("name", "y"),)), Line(4, (B,), (("name", "z"),))]


def test_a_quote_swallows_no_more_than_a_field_may_have() -> None:
    text = f'url,name\n{A},"x\n' + f"{B},y\n" * 20_000

    bad, *others = read(text, ListFormat.CSV)

    assert isinstance(bad, BadLine)
    assert len(others) == 20_000
    assert others[-1].number == 20_002


def test_rows_of_many_quoted_fields_swallow_no_more_than_a_line_may_have() -> None:
    field = '"' + "x" * 100_000 + '\n",'

    bad, *others = read(f"url\n{field * 20}\n{A}\n", ListFormat.CSV)

    assert isinstance(bad, BadLine)
    assert others[-1] == Line(23, (A,))


@pytest.mark.parametrize("form", [ListFormat.CSV, ListFormat.JSONL])
def test_a_line_that_is_too_long_is_a_bad_one(form: ListFormat) -> None:
    header = "url\n" if form is ListFormat.CSV else "\n"

    bad, good = read(f'{header}"{"x" * LONGEST}"\n"{A}"\n', form)

    assert bad == BadLine(2, "it is longer than 1 MiB" if form is ListFormat.JSONL else bad.wrong)
    assert "longer" in bad.wrong
    assert good == Line(3, (A,))
