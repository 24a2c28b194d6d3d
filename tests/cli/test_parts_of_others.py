"""Lists whose names clash: what an earlier run left of one line's file is no beginning of another one's."""

from pathlib import Path
from random import Random

import pytest

from cli.command import Rheo
from origin import File, Origin, cut

HALF = 1_500_000


def alike_where_it_is_cut(seed: int) -> bytes:
    """Return bytes that differ from others of this kind at both ends, and are padded between them."""
    chance, padding = Random(seed), bytes(HALF)
    return chance.randbytes(HALF // 2) + padding + chance.randbytes(HALF // 2)


@pytest.mark.parametrize("targets", [("/x/get", "/y/get"), ("/get?id=x", "/get?id=y")])
def test_a_part_of_another_line_is_not_gone_on_with(targets: tuple[str, str], origin: Origin, rheo: Rheo) -> None:
    """Though size and tag are the same, as servers make them of the time of deployment, and bytes where it ends."""
    files = [File(alike_where_it_is_cut(number), etag='"1"') for number in range(2)]
    words = ("-i", "urls.txt", "-d", "to", "-j", "1", "--connections", "1", "--retry", "0")
    first, second = map(origin.url, targets)
    origin.serve(targets[0], [cut(files[0], after=HALF), files[0]])
    origin.serve(targets[1], files[1])
    Path("urls.txt").write_text(first)
    assert rheo(*words).code == 4

    Path("urls.txt").write_text(f"{second}\n{first}")
    assert rheo(*words).code == 0

    assert Path("to/get").read_bytes() == files[1].content
    assert Path("to/get.1").read_bytes() == files[0].content
    assert origin.requests[-1].headers["range"] != "bytes=0-"  # its own line went on with it
