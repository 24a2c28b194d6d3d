"""The list of public suffixes: names under which strangers have names of their own, such as `co.uk` and `github.io`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


class PublicSuffixes:
    """The list, read when it is needed: few answers set a cookie for more than their own host."""

    def __init__(self) -> None:
        self._list: PublicSuffixList | None = None
        self._reading = asyncio.Lock()

    async def read(self) -> None:
        """Have the list from here on; reads it on a thread."""
        async with self._reading:
            if self._list is None:
                self._list = await asyncio.to_thread(_read)

    def has(self, domain: str) -> bool:
        """Whether nobody may speak for all that is under this domain, which is in lower case and has no outer dots.

        A top-level domain that no list knows is one, too. For other names the list is read now if it was not before.
        """
        if "." not in domain:
            return True
        if self._list is None:
            self._list = _read()
        return self._list.is_public(domain)


def _read() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  (costs 60 ms)

    return PublicSuffixList()
