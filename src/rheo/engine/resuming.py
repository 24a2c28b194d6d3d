"""What an earlier run left of a file: where to look for it, and whether it is of the same file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from os.path import lexists

from rheo.domain.download import DownloadRequest
from rheo.domain.resource import Resource
from rheo.engine.filename import numbered
from rheo.storage.names import PART, Names
from rheo.storage.part_state import PartState, is_source
from rheo.storage.remains import Published, Remains, look


@dataclass(frozen=True, slots=True)
class Found:
    """A part that can be gone on with, or a file that was whole already; and what it was to be called."""

    target: str
    remains: Remains | Published


def has_part(target: str) -> bool:
    """Whether something lies beside a target that an earlier run may have left."""
    return lexists(Names(target).state)


def target_of(part: str) -> str:
    """Return what a part file that the user names was to be called."""
    return part.removesuffix(PART)


async def find(request: DownloadRequest, target: str, resource: Resource | None) -> Found | None:
    """Return what can be gone on with; `resource` is what the server says, None before it was asked.

    Raises TargetBusyError where a living process is at it.
    """
    remains = await asyncio.to_thread(look, target, request.url.text, numbered=numbered)
    if remains is None:
        return None
    same = request.resume_from is not None or _is_same_file(remains.state, request, resource)
    return Found(target, remains) if same else None


def _is_same_file(state: PartState, request: DownloadRequest, resource: Resource | None) -> bool:
    known = state.resource
    if is_source(state, request.url.text):
        return known.ranged and known.size is not None
    if resource is None or known.validator is None or not known.ranged:
        return False
    return (known.size, known.validator) == (resource.size, resource.validator)
