"""The name that a Content-Disposition gives, among them all that real servers get wrong."""

from __future__ import annotations

import pytest

from rheo.transport.disposition import disposition_filename
from rheo.transport.headers import parse_head


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('attachment; filename="a.iso"', "a.iso"),
        ("attachment; filename=a.iso", "a.iso"),
        ("attachment;filename=a.iso;", "a.iso"),
        ('attachment; FileName = "a.iso" ; size=5; foo', "a.iso"),
        ('inline; size=5; filename="a.iso"', "a.iso"),
        ('filename="a.iso"', "a.iso"),
        ("filename=a.iso", "a.iso"),
        ("attachment; filename=my long name.iso", "my long name.iso"),
        ('attachment; filename="a;b=c.iso"; x=1', "a;b=c.iso"),
        (r'attachment; filename="a \"b\" \\c.iso"', r'a "b" \c.iso'),
        ('attachment; filename="a.iso', "a.iso"),
        ('attachment; filename="a.iso"rubbish; x=y', "a.iso"),
        ('attachment; filename="gr\u00f6\u00dfe.iso"', "gr\u00f6\u00dfe.iso"),
        ('attachment; filename="a%20b.iso"', "a%20b.iso"),
        ('attachment; filename="a&amp;b.iso"', "a&amp;b.iso"),
        ('attachment; filename="../../etc/passwd"', "../../etc/passwd"),
        ('attachment; filename=""; filename="b.iso"', "b.iso"),
        ('attachment; filename="a.iso"; filename="b.iso"', "a.iso"),
        ('attachment; filename="a.iso", attachment; filename="b.iso"', "a.iso"),
        ("attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.iso", "gr\u00f6\u00dfe.iso"),
        ("attachment; filename*=utf-8'de'a%20b.iso", "a b.iso"),
        ("attachment; filename*=ISO-8859-1''gr%F6%DFe.iso", "gr\u00f6\u00dfe.iso"),
        ("attachment; filename=\"b.iso\"; filename*=UTF-8''a.iso", "a.iso"),
        ("attachment; filename*=UTF-8''a.iso; filename=\"b.iso\"", "a.iso"),
        ("attachment; filename*=\"UTF-8''a%20b.iso\"", "a b.iso"),
        ("attachment; filename*=UTF-8''..%252f..%252fa", "..%2f..%2fa"),
        ("attachment; filename*=UTF-8''it's.iso", "it's.iso"),
        ("attachment; filename*=UTF-8''%FF.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=UTF-8''%zz.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=UTF-16''a.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=a.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=''; filename=b.iso", "b.iso"),
        ("attachment; filename*=UTF-8''; filename=b.iso", "b.iso"),
        ("attachment; filename*=UTF-8''gr\u00f6%C3%9Fe.iso", "gr\u00f6\u00dfe.iso"),
        ("attachment; filename*=ISO-8859-1''gr\u00f6%DFe.iso", "gr\u00f6\u00dfe.iso"),
        ("attachment; filename*=ISO-8859-1''\u4f8b.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=utf8''a%20b.iso", "a b.iso"),
        ("attachment; filename*=windows-1252''%80.iso", "\u20ac.iso"),
        ("attachment; filename*=UTF-8'a.iso; filename=b.iso", "b.iso"),
        ("attachment; filename*=UTF-8''a.iso; filename*=UTF-8''b.iso", "a.iso"),
        (r'attachment; filename="C:\dir\"; x="y"', 'C:dir"; x='),
        (r'attachment; filename="a\".iso', 'a".iso'),
        ("attachment; filename=Smith, John.pdf", "Smith, John.pdf"),
        ("attachment; filename=a.iso, inline; filename=b.iso", "a.iso"),
        ('attachment; filename="=?UTF-8?B?Z3LDtsOfZS5pc28=?="', "gr\u00f6\u00dfe.iso"),
        ("attachment; filename==?utf-8?q?gr=C3=B6_=C3=9Fe.iso?=", "gr\u00f6 \u00dfe.iso"),
        ('attachment; filename="=?UTF-8?B?!?="', "=?UTF-8?B?!?="),
        ('attachment; filename="=?zlib?B?AAAA?="', "=?zlib?B?AAAA?="),
        ("attachment", None),
        ("", None),
        ("inline;;;", None),
        ('attachment; filename=""', None),
        ("attachment; filename=", None),
        ("attachment; filename", None),
        ("attachment; xfilename=a.iso", None),
        ("attachment; filename*=UTF-8''%FF", None),
    ],
)
def test_a_disposition_gives_this_name(text: str, name: str | None) -> None:
    assert disposition_filename(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("attachment; filename*0=a; filename*1=.iso", "a.iso"),
        ("attachment; filename*0=a.iso", "a.iso"),
        ("attachment; filename*0=\"a\"; filename*1*=UTF-8''b%20c", "ab c"),
        ("attachment; filename*1=.iso; filename*0=a", "a.iso"),
        ("attachment; FILENAME*0=a; filename*1=.iso", "a.iso"),
        ("attachment; filename*0*=UTF-8''gr%C3; filename*1*=%B6%C3%9Fe; filename*2=%20.iso", "gr\u00f6\u00dfe%20.iso"),
        ("attachment; filename*0*=ISO-8859-1'de'gr%F6; filename*1=\u00dfe", "gr\u00f6\u00dfe"),
        ("attachment; filename*0*=UTF-8''a; filename*1*=UTF-8''b", "ab"),
        ("attachment; filename*0*=a%20b", "a b"),
        ("attachment; filename*0=it; filename*1*='s; filename*2*=what's''new", "it'swhat's''new"),
        ("attachment; filename*0*=UTF-8''..%252F; filename*1*=%252Fa", "..%2F%2Fa"),
        ("attachment; filename*0=%; filename*1=2F", "%2F"),
        ("attachment; filename*0=a; filename*2=c", "a"),  # a gap ends it
        ("attachment; filename*0=a; filename*01=b", "a"),
        ("attachment; filename*0=a; filename*0=b", "a"),
        ("attachment; filename*0=a; filename*9999=b", "a"),
        ("attachment; filename*1=a; filename*2=b", None),
        ("attachment; filename*00=a", None),
        ("attachment; filename*0*0=a", None),
        ("attachment; filename*0=", None),
        ("attachment; filename*0=a; filename*1=.iso; filename=b.iso", "a.iso"),
        ("attachment; filename=b.iso; filename*0=a.iso; filename*=UTF-8''c.iso", "c.iso"),
        ("attachment; filename*0*=UTF-16''a; filename=b.iso", "b.iso"),
        ("attachment; filename*0*=UTF-8''%FF; filename=b.iso", "b.iso"),
        ("attachment; filename*0*=UTF-8''a%; filename*1*=20b; filename=b.iso", "b.iso"),
        ("attachment; filename*0*=ISO-8859-1''a; filename*1=\u4f8b; filename=b.iso", "b.iso"),
    ],
)
def test_a_name_in_pieces_is_put_together(text: str, name: str | None) -> None:
    assert disposition_filename(text) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'Content-Disposition: attachment; filename="gr\xc3\xb6\xc3\x9fe.iso"\r\n', "gr\u00f6\u00dfe.iso"),
        (b'Content-Disposition: attachment; filename="gr\xf6\xdfe.iso"\r\n', "gr\u00f6\u00dfe.iso"),
        (b"Content-Disposition: attachment; filename=gr\xf6\xdfe.iso\r\n", "gr\u00f6\u00dfe.iso"),
        (b"Content-Disposition: attachment;\r\n filename=a.iso\r\n", "a.iso"),
    ],
)
def test_raw_bytes_are_utf_8_or_else_latin_1(line: bytes, name: str) -> None:
    head = parse_head([b"HTTP/1.1 200 OK\r\n", line])
    assert disposition_filename(head.fields["content-disposition"]) == name


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    [
        '"',
        '\\"',
        '="',
        ";",
        " ",
        '="\\";',
        'filename="',
        "filename=a;",
        "=?",
        "'",
        "%",
        "=?UTF-8?B?",
        ",",
        ", ",
        "filename*0=a;",
        "filename*0*=a';",
    ],
)
def test_a_megabyte_of_rubbish_takes_no_quadratic_time(piece: str) -> None:
    rubbish = piece * (1_000_000 // len(piece))
    disposition_filename(rubbish)
    disposition_filename(f"filename={rubbish}")
    disposition_filename(f'filename="{rubbish}')
    disposition_filename(f"filename*=UTF-8''{rubbish}")
    disposition_filename(f"filename*{rubbish}")
    disposition_filename(f"filename*0*={rubbish}")


@pytest.mark.timeout(10)
def test_a_hundred_thousand_pieces_take_no_quadratic_time() -> None:
    disposition_filename(";".join(f"filename*{number}*=UTF-8''{'a' * 20}" for number in range(100_000)))
