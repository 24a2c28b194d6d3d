"""What is written beside an unfinished file: the part state and the live map, as values and as bytes.

Both are untrusted input (invariant 10): size-capped, every type checked, every number sane. Neither names a path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Final

from rheo.domain.ranges import Range
from rheo.domain.resource import Resource
from rheo.storage.fields import Fields
from rheo.storage.parts.owner import Owner
from rheo.storage.seal import DamagedError, seal, unseal
from rheo.storage.sidecar import LIVE, STATE

MOST_RANGES: Final = 10_000
MOST_BLOCKS: Final = 64
MOST_SUMS: Final = 4096
MOST_TEXT: Final = 2000
"""Characters of a URL, which is for people to read, and of a validator."""
_HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FileId:
    """Which file it is, whatever its name; the device's number may change with a restart."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Block:
    """The last bytes of a synced range, and their digest."""

    start: int
    stop: int
    digest: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The CRC-32 of a stretch, as it was when it was synced."""

    start: int
    stop: int
    crc32: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """What is known of an unfinished file and of whose it is; claims only what is synced (invariant 2)."""

    token: str
    """Of the claim: random, another one for every owner."""
    heir_of: str | None = None
    """The token of the claim that this one took over, whose live map still counts; None for a new part."""
    generation: int = 0
    """Grows by one with every writing."""
    owner: Owner | None = None
    """Who writes the part; None: it was left on purpose."""
    boot: str | None = None
    """The start of the machine that this was written in."""
    url: str = ""
    """For people: without secrets."""
    source: str = ""
    """What `source_of` made of the URL as given."""
    aside: str | None = None
    """What `source_of` made of the URL that the part made way for; None: it did not."""
    resource: Resource = field(default_factory=Resource)
    mirrored: bool = False
    """Whether mirrors brought any of it: then the validator of `resource` does not speak of all that is there."""
    part: FileId | None = None
    """Which file the part is; None while it is being made."""
    modified: int | None = None
    """When the part was last written, in nanoseconds, as its owner found it on leaving; None before that."""
    synced: tuple[Range, ...] = ()
    blocks: tuple[Block, ...] = ()
    sums: tuple[Sum, ...] = ()
    """Of some of what is synced; apart from each other, in order."""
    complete: bool = False
    """Whether all bytes are there and verified, and nothing is left to do but to name the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMap:
    """Which ranges were written, synced or not; worth something only in the same start of the machine."""

    token: str
    boot: str | None
    part: FileId
    written: tuple[Range, ...]


def encode(state: PartState) -> bytes:
    """Return the state's bytes: never more than a reader takes, at the price of the smallest ranges."""
    body = asdict(replace(state, synced=(), blocks=(), sums=()))  # asdict copies each of what may be thousands
    body["url"] = state.url[:MOST_TEXT]
    for name in ("etag", "last_modified", "content_type"):
        if len(body["resource"][name] or "") > MOST_TEXT:
            body["resource"][name] = None  # half a validator would pin nothing
    body["synced"] = largest(state.synced, MOST_RANGES)
    body["blocks"] = state.blocks[:MOST_BLOCKS]
    body["blocks"] = [[block.start, block.stop, block.digest] for block in body["blocks"]]
    body["sums"] = [[one.start, one.stop, one.crc32] for one in state.sums[:MOST_SUMS]]
    return seal(STATE, body)


def decode(data: bytes) -> PartState:
    """Return the state; raises DamagedError, or NewerError for one of a later version."""
    body = Fields(unseal(STATE, data))
    owner, part = body.inner("owner"), body.inner("part")
    resource = _resource(body.required("resource"))
    end = _HIGHEST if resource.size is None else resource.size
    return PartState(
        token=body.token("token"),
        heir_of=body.token_or_none("heir_of"),
        generation=body.number("generation", _HIGHEST),
        owner=None if owner is None else owner_of(owner),
        boot=body.text_or_none("boot", MOST_TEXT),
        url=body.text("url", MOST_TEXT),
        source=body.text("source", MOST_TEXT),
        aside=body.text_or_none("aside", MOST_TEXT),
        resource=resource,
        mirrored=body.flag("mirrored", optional=True),
        part=None if part is None else _file_id(part),
        modified=body.number_or_none("modified", _HIGHEST),
        synced=_ranges(body, "synced", end),
        blocks=_blocks(body, end),
        sums=_sums(body, end),
        complete=body.flag("complete"),
    )


def encode_live(live: LiveMap) -> bytes:
    """Return the map's bytes: never more than a reader takes, at the price of the smallest ranges."""
    body = asdict(replace(live, written=()))  # written a few times a second: each range is copied no more than once
    body["written"] = largest(live.written, MOST_RANGES)
    return seal(LIVE, body)


def decode_live(data: bytes) -> LiveMap:
    """Return the map; raises DamagedError, or NewerError for one of a later version."""
    body = Fields(unseal(LIVE, data))
    return LiveMap(
        token=body.token("token"),
        boot=body.text_or_none("boot", MOST_TEXT),
        part=_file_id(body.required("part")),
        written=_ranges(body, "written", _HIGHEST),
    )


def source_of(url: str, *, salt: str) -> str:
    """Return what tells a URL, with its secrets, from another one, and does not give it away."""
    return f"{salt}:{sha256(f'{salt}:{url}'.encode(errors='surrogatepass')).hexdigest()}"


def is_source(state: PartState, url: str) -> bool:
    """Whether the part was begun from this URL, as it was given."""
    return _tells_of(state.source, url)


def set_aside(state: PartState, url: str) -> PartState:
    """Return the state of a part that makes way for what comes from this URL, and that nobody writes any more."""
    salt, _, _ = state.source.partition(":")
    return replace(state, owner=None, aside=source_of(url, salt=salt))  # the same bytes if it must be said again


def made_way_for(state: PartState, url: str) -> bool:
    """Whether the part was set aside for what comes from this URL, as it was given."""
    return state.aside is not None and _tells_of(state.aside, url)


def largest(ranges: Iterable[Range], count: int) -> list[Range]:
    """Return so many of the ranges at most, in order, without the smallest; what is forgotten is fetched again."""
    listed = list(ranges)
    if len(listed) <= count:
        return listed
    return sorted(sorted(listed, key=lambda range_: range_[0] - range_[1])[:count])


def owner_of(fields: Fields) -> Owner:
    """Return the owner that a state names."""
    return Owner(
        host=fields.text("host", MOST_TEXT),
        boot=fields.text_or_none("boot", MOST_TEXT),
        namespace=fields.text_or_none("namespace", MOST_TEXT),
        pid=fields.number("pid", 2**31, least=1),
        started=fields.text_or_none("started", MOST_TEXT),
    )


def _tells_of(source: str, url: str) -> bool:
    salt, colon, _ = source.partition(":")
    return bool(colon) and source_of(url, salt=salt) == source


def _resource(fields: Fields) -> Resource:
    return Resource(
        size=fields.number_or_none("size", _HIGHEST),
        etag=fields.text_or_none("etag", MOST_TEXT),
        last_modified=fields.text_or_none("last_modified", MOST_TEXT),
        date_is_strong=fields.flag("date_is_strong"),
        content_type=fields.text_or_none("content_type", MOST_TEXT),
        ranged=fields.flag("ranged"),
    )


def _file_id(fields: Fields) -> FileId:
    return FileId(device=fields.number("device", 2**64), inode=fields.number("inode", 2**64))


def _ranges(body: Fields, name: str, end: int) -> tuple[Range, ...]:
    """Return ranges that are sorted, apart from each other, and within the file."""
    ranges: list[Range] = []
    before = -1
    for row in body.rows(name, MOST_RANGES, width=2):
        start, stop = body.whole(row[0], end), body.whole(row[1], end)
        if not before < start < stop:
            raise DamagedError(f"{name} is not sorted")
        ranges.append((start, stop))
        before = stop
    return tuple(ranges)


def _blocks(body: Fields, end: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for start, stop, digest in body.rows("blocks", MOST_BLOCKS, width=3):
        block = Block(body.whole(start, end), body.whole(stop, end), body.hex(digest))
        if not 0 < block.stop - block.start <= BLOCK:
            raise DamagedError("a block has another length than blocks have")
        blocks.append(block)
    return tuple(blocks)


def _sums(body: Fields, end: int) -> tuple[Sum, ...]:
    """Return sums of stretches that are sorted and do not overlap; none of a state that does not speak of any."""
    sums: list[Sum] = []
    before = 0
    for start, stop, crc32 in body.rows("sums", MOST_SUMS, width=3, optional=True):
        one = Sum(body.whole(start, end), body.whole(stop, end), body.whole(crc32, 2**32 - 1))
        if not before <= one.start < one.stop:
            raise DamagedError("sums is not sorted")
        sums.append(one)
        before = one.stop
    return tuple(sums)


BLOCK: Final = 64 * 1024
"""Bytes of a block at most."""
