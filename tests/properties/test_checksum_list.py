"""What holds for every list of checksums, and for any bytes in its place."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from rheo.domain.checksum import ALGORITHMS, Checksum
from rheo.domain.checksum_list import list_line, parse_checksum_list
from rheo.domain.errors import InvalidHashFileError
from rheo.engine.promises.announced import STRENGTH, announced_of
from rheo.transport.base import Head
from rheo.transport.digest_fields import FIELDS

HEX = st.text("0123456789abcdef", min_size=32, max_size=128)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(
    lambda name: not name.startswith("./")
)
CHECKSUMS = st.sampled_from(sorted(ALGORITHMS)).flatmap(
    lambda algorithm: st.text("0123456789abcdef", min_size=ALGORITHMS[algorithm], max_size=ALGORITHMS[algorithm]).map(
        lambda digest: Checksum(algorithm, digest)
    )
)
PIECES = st.sampled_from(
    ["\\", "  ", " *", " (", ") = ", "\n", "\r\n", "a.iso", "SHA256", "#", "- ", "-----BEGIN PGP SIGNED MESSAGE-----\n"]
)


@given(st.binary() | st.lists(PIECES | HEX | st.text(max_size=3)).map(lambda parts: "".join(parts).encode()))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    try:
        listed = parse_checksum_list(data, source="SUMS")
        listed.checksums_of(["a.iso"])
    except InvalidHashFileError as error:
        assert error.message.startswith("SUMS")  # noqa: PT017
        assert error.message.isprintable()  # noqa: PT017
        return
    assert all(len(one.checksum.digest) == ALGORITHMS[one.checksum.algorithm] for one in listed.entries)


@given(st.dictionaries(NAMES, CHECKSUMS, min_size=1))
@example({"a) = 0": Checksum("md5", "0" * 32)})
def test_what_is_written_with_tags_is_read_again(files: dict[str, Checksum]) -> None:
    text = "".join(f"{list_line(name, checksum, tagged=True)}\n" for name, checksum in files.items())
    listed = parse_checksum_list(text.encode(), source="SUMS")
    assert {name: listed.checksums_of([name]) for name in files} == {name: (one,) for name, one in files.items()}


@given(st.dictionaries(NAMES, HEX.filter(lambda digest: len(digest) >= 64).map(lambda digest: digest[:64]), min_size=1))
@example({" *a": "0" * 64, "*": "1" * 64, " ": "2" * 64})
def test_what_is_written_without_tags_is_read_again(files: dict[str, str]) -> None:
    text = "".join(f"{list_line(name, Checksum('sha256', digest))}\n" for name, digest in files.items())
    listed = parse_checksum_list(text.encode(), source="SUMS")
    assert [(one.name, one.checksum.digest) for one in listed.entries] == list(files.items())


@given(
    st.dictionaries(st.sampled_from([*sorted(FIELDS), "content-range", "content-encoding"]), st.text(max_size=80)),
    st.sampled_from([200, 206]),
)
def test_whatever_heads_say_is_a_digest_that_can_be_checked_or_nothing(fields: dict[str, str], status: int) -> None:
    for checksum in announced_of(Head("1.1", status, fields)).promise.checksums:
        assert checksum.algorithm in STRENGTH
        assert len(checksum.digest) == ALGORITHMS[checksum.algorithm]
