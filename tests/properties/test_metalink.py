"""A Metalink is text from strangers: whatever it is, it is read or refused in a sentence, and soon."""

import time
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.checksum import ALGORITHMS
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidMetalinkError
from rheo.domain.metalink.document import MOST_BYTES
from rheo.domain.metalink.parsing import parse_metalink
from rheo.domain.url import parse_url
from rheo.engine.metalinks.requests import requests_of
from rheo.wishes.metalink import asked_for

ROOTS = {
    "four": '<metalink xmlns="urn:ietf:params:xml:ns:metalink">{}</metalink>',
    "three": '<metalink xmlns="http://www.metalinker.org/"><files>{}</files></metalink>',
}
WORDS = st.sampled_from(
    ["0" * 32, "0" * 40, "12", "1", "md5", "sha-1", "tiger", "http://b.example/", "ftp://c/", "..", "a/b"]
)
TEXTS = WORDS | st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="<&>\ufffe\uffff"), max_size=9
)
NAMES = st.sampled_from(
    ["file", "size", "hash", "pieces", "url", "metaurl", "verification", "resources", "files", "other"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "type", "length", "priority", "preference", "piece", "location"]), TEXTS, max_size=4
)


def written(name, attributes, inside):
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>{inside}</{name}>"


ELEMENTS = st.recursive(
    st.builds(written, NAMES, ATTRIBUTES, TEXTS),
    lambda inner: st.builds(written, NAMES, ATTRIBUTES, st.lists(inner, max_size=4).map("".join)),
    max_leaves=12,
)
FILES = st.builds(
    written,
    st.just("file"),
    ATTRIBUTES | TEXTS.map(lambda name: {"name": name}),
    st.lists(ELEMENTS, max_size=6).map("".join),
)
DOCUMENTS = st.builds(
    lambda root, files: root.format("".join(files)).encode(),
    st.sampled_from(list(ROOTS.values())),
    st.lists(FILES, min_size=1, max_size=3),
)


def check(document):
    try:
        metalink = parse_metalink(document, place="here")
    except InvalidMetalinkError as error:
        assert error.message.isprintable()  # noqa: PT017
        assert error.message.startswith("here")  # noqa: PT017
        return
    assert metalink.files
    for file in metalink.files:
        check_file(file)


def check_file(file):
    parts = file.name.replace("\\", "/").split("/")
    assert all(part.strip(" .") for part in parts)
    assert not file.name.startswith(("/", "\\"))
    assert [len(one.digest) for one in file.hashes] == [ALGORITHMS[one.algorithm] for one in file.hashes]
    assert file.pieces is None or file.size is None or file.pieces.cover(file.size)
    assert [source.priority for source in file.sources] == sorted(source.priority for source in file.sources)
    assert all(source.url.startswith(("http://", "https://")) for source in file.sources)
    assert all(note.isprintable() for note in file.notes)


@given(st.binary())
def test_any_bytes_are_a_metalink_or_refused(document):
    check(document)


@given(DOCUMENTS)
def test_any_elements_are_a_metalink_or_refused(document):
    check(document)


@given(DOCUMENTS, st.data())
def test_a_damaged_document_is_one_or_refused(document, data):
    start = data.draw(st.integers(0, len(document)))
    stop = data.draw(st.integers(start, len(document)))
    check(document[:start] + data.draw(st.binary(max_size=4)) + document[stop:])


@given(st.sampled_from(["UTF-8", "utf-16", "latin-1", "big5", "hex", "idna", "undefined"]) | st.text(max_size=9))
def test_any_encoding_is_understood_or_refused(encoding):
    check(f'<?xml version="1.0" encoding="{encoding}"?>{ROOTS["four"].format("")}'.encode(errors="replace"))


@given(
    st.lists(st.sampled_from(["/", "\\", ".", "..", "~", " ", "con", "a", ":", "&#10;"]) | TEXTS, max_size=8).map(
        "".join
    )
)
def test_any_name_is_refused_or_lies_below_the_folder(name):
    """Invariant 9."""
    file = written("file", {"name": name}, "<url>http://b.example/</url>")
    try:
        metalink = parse_metalink(ROOTS["four"].format(file).encode(), place="x")
        (asked,) = asked_for(metalink)
    except InvalidMetalinkError:
        return
    output = asked.wishes["output"]
    home = parse_url("http://b.example/x.meta4")
    (request,) = requests_of(metalink.files, "x", DownloadRequest(url=home, directory=Path()), home)
    assert request.output == output, "the same from the disk and from a server"
    assert "\\" not in output
    for part in output.split("/"):
        assert part
        assert part[0] not in ".~-"
        assert len(part.encode()) < 255


@pytest.mark.parametrize(
    "piece",
    [
        "<a/>",
        "<a>",
        "<url/>",
        "<hash/>",
        "<file name='a'>",
        "&lt;",
        "&",
        "<",
        "x",
        "\n",
        "<!---->",
        "<?a?>",
        "<a b='c' d='e'/>",
    ],
)
def test_the_largest_document_is_read_in_time(piece):
    head = '<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a">'
    tail = "</file></metalink>"
    room = MOST_BYTES - len(head) - len(tail)
    began = time.process_time()
    with suppress(InvalidMetalinkError):
        parse_metalink(f"{head}{piece * (room // len(piece))}{tail}".encode(), place="here")
    assert time.process_time() - began < 10
