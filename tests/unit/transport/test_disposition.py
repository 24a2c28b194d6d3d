"""The name that a Content-Disposition gives, among them all that real servers get wrong."""

from __future__ import annotations

import pytest

from rheo.transport.disposition import disposition_filename


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
        ("attachment; filename*0=a; filename*1=.iso; filename=b.iso", "b.iso"),
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
        ("attachment; filename*0=a.iso", None),
        ("attachment; xfilename=a.iso", None),
        ("attachment; filename*=UTF-8''%FF", None),
    ],
)
def test_a_disposition_gives_this_name(text: str, name: str | None) -> None:
    assert disposition_filename(text) == name


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece", ['"', '\\"', '="', ";", " ", '="\\";', 'filename="', "filename=a;", "=?", "'", "%", "=?UTF-8?B?"]
)
def test_a_megabyte_of_rubbish_takes_no_quadratic_time(piece: str) -> None:
    rubbish = piece * (1_000_000 // len(piece))
    disposition_filename(rubbish)
    disposition_filename(f"filename={rubbish}")
    disposition_filename(f'filename="{rubbish}')
    disposition_filename(f"filename*=UTF-8''{rubbish}")
