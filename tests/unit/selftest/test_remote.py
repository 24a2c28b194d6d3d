"""What `URL` and `URL=sha256:HEX` mean, and what is seen of the file that comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rheo.domain.checksum import Checksum
from rheo.domain.errors import ChecksumMismatchError, InvalidChecksumError, InvalidUrlError
from rheo.selftest.behaviours import at_once, flawed
from rheo.selftest.content import Content
from rheo.selftest.evidence import files_below
from rheo.selftest.remote import fetch_remote, parse_remote
from rheo.selftest.server import serving

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "url",
    [
        "http://host/a.iso",
        "http://host/?file=a.iso",
        "http://host/?time=12:30",
        "http://host/?hash=sha256",
        "http://host/?key=c2VjcmV0==",
        f"http://host/?hash=sha256:{HEX}&file=a.iso",
    ],
)
@pytest.mark.parametrize(
    "checksum", [None, Checksum("sha256", HEX), Checksum("sha3-256", HEX), Checksum("blake2s", HEX)]
)
def test_only_an_equals_sign_before_a_checksum_at_the_end_is_ours(url: str, checksum: Checksum | None) -> None:
    remote = parse_remote(url if checksum is None else f"{url}={checksum}")
    assert (remote.url, remote.checksum) == (url, checksum)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA-256", "sha-256"])
def test_algorithms_are_known_by_their_other_names_too(algorithm: str) -> None:
    assert parse_remote(f"http://host/={algorithm}:{HEX}").checksum == Checksum("sha256", HEX)


@pytest.mark.parametrize("checksum", ["sha256:", "sha256:12", f"sha256:{HEX[1:]}x", f"sha257:{HEX}"])
def test_a_checksum_that_cannot_be_one_is_not_taken_for_a_part_of_the_url(checksum: str) -> None:
    with pytest.raises(InvalidChecksumError):
        parse_remote(f"http://host/a.iso={checksum}")


def test_a_url_that_cannot_be_fetched_is_refused() -> None:
    with pytest.raises(InvalidUrlError):
        parse_remote("host/a.iso")


def test_user_info_is_used_but_not_shown() -> None:
    remote = parse_remote("http://user:secret@host/a.iso")
    assert "secret" in remote.url
    assert remote.shown == "http://host/a.iso"
    assert "secret" not in repr(remote)


def test_a_file_with_its_checksum_lies_in_the_folder(downloads: Path) -> None:
    content = Content("a.iso", 1000)
    with serving(at_once(content)) as address:
        fetch_remote(parse_remote(f"{address}/a.iso={content.checksum()}"), downloads)
    assert (downloads / "a.iso").read_bytes() == b"".join(content.blocks())


def test_a_file_with_another_checksum_is_refused(downloads: Path) -> None:
    content = Content("a.iso", 1000)
    with serving(flawed(at_once(content))) as address, pytest.raises(ChecksumMismatchError):
        fetch_remote(parse_remote(f"{address}/a.iso={content.checksum()}"), downloads)
    assert files_below(downloads) == []
