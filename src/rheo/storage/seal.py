"""The envelope of our small files: what kind, which version, and a checksum over the rest.

The whole is one JSON object on one line, so that people and programs can read it:
`{"rheo":"part state","version":1,"sha256":"…","body":{…}}`. It is read as bytes first: what does not have
exactly this form and this checksum never reaches the JSON parser.
"""

from __future__ import annotations

import re
from typing import Final

VERSION: Final = 1

_HEAD: Final = re.compile(rb'\{"rheo":"([a-z ]{1,20})","version":([1-9][0-9]{0,5}),')
_SUM: Final = re.compile(rb'"sha256":"([0-9a-f]{64})","body":')
_END: Final = b"}\n"


class DamagedError(Exception):
    """The bytes are not what was written; a sentence's end says why."""


class NewerError(DamagedError):
    """A later rheo wrote it, in a format that we do not know."""


def seal(kind: str, body: object) -> bytes:
    """Return the bytes of a file of this kind."""
    import json  # noqa: PLC0415  (a small file that finds nothing kept needs neither this nor hashes)

    content = json.dumps(body, separators=(",", ":")).encode("ascii")
    return _start(kind) + f'"sha256":"{_sum(content)}","body":'.encode() + content + _END


def unseal(kind: str, data: bytes) -> object:
    """Return the body; raises DamagedError for anything that `seal` did not write (invariant 10)."""
    import json  # noqa: PLC0415  (likewise)

    head = _HEAD.match(data)
    if head is None or head[1] != kind.encode():
        raise DamagedError(f"it is not a {kind}")
    if int(head[2]) > VERSION:
        raise NewerError(f"a newer rheo wrote it, in version {int(head[2])} of its format")
    found = _SUM.match(data, head.end())
    content = data[found.end() : -len(_END)] if found is not None and data.endswith(_END) else None
    if found is None or content is None or _sum(content).encode() != found[1]:
        raise DamagedError("its checksum is wrong")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedError("it is no JSON") from None


def resembles(kind: str, data: bytes) -> bool:
    """Whether bytes that `unseal` refused look like ours once: cut short, emptied, zeroed, or with a byte changed."""
    start = _start(kind)
    differing = sum(ours != theirs for ours, theirs in zip(start, data, strict=False))
    return differing <= 1 or not data.strip(b"\0")


def _start(kind: str) -> bytes:
    return f'{{"rheo":"{kind}","version":{VERSION},'.encode()


def _sum(content: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415  (likewise)

    return sha256(content).hexdigest()
