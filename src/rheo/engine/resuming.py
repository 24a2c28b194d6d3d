"""What an earlier run left of a file: where to look for it, and whether it is of the same file."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from os.path import lexists

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import UsageError
from rheo.domain.resource import Resource
from rheo.engine.filename import numbered
from rheo.storage.names import PART, Names
from rheo.storage.part_state import PartState, is_source
from rheo.storage.remains import Published, Remains, look

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under the names of a target, which the file was to be called."""

    target: str
    remains: Remains | Published
    serves: bool = True
    """Whether a part can be gone on with; else it is ours, and has to make way."""


def has_part(target: str) -> bool:
    """Whether something lies beside a target that an earlier run may have left."""
    names = Names(target)
    return lexists(names.state) or lexists(names.part)


def target_of(part: str) -> str:
    """Return what a part file that the user names was to be called."""
    return part.removesuffix(PART)


async def find(request: DownloadRequest, target: str, resource: Resource | None, *, told: set[str]) -> Found | None:
    """Return what an earlier run left of this file; `resource` is what the server says, None before it was asked.

    What is not ours is left alone with a warning, unless that was `told` by an earlier look.
    Raises TargetBusyError where a living process is at it, UsageError where a part that the user names cannot serve.
    """

    def tell(notice: str) -> None:
        if notice not in told:
            told.add(notice)
            logger.warning("%s", notice)

    remains = await asyncio.to_thread(look, target, request.url.text, numbered=numbered, tell=tell)
    if isinstance(remains, Published):
        return Found(target, remains)
    if request.resume_from is not None:
        if remains is None or not _is_resumable(remains.state):
            raise UsageError(f"{request.resume_from} cannot be gone on with: no part state of ours says what it is of")
        return Found(target, remains)
    if remains is None:
        return None
    if is_source(remains.state, request.url.text):
        return Found(target, remains, serves=_is_resumable(remains.state))
    return Found(target, remains) if _is_same_file(remains.state, resource) else None


def _is_resumable(state: PartState) -> bool:
    return state.resource.ranged and state.resource.size is not None


def _is_same_file(state: PartState, resource: Resource | None) -> bool:
    known = state.resource
    if resource is None or known.validator is None or not _is_resumable(state):
        return False
    return (known.size, known.validator) == (resource.size, resource.validator)
