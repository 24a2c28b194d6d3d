"""Public suffixes: names under which strangers have names of their own, such as `co.uk` and `github.io`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_public_suffix(domain: str) -> bool:
    """Whether nobody may speak for all that is under this domain, which is in lower case and has no outer dots.

    A top-level domain that no list knows is one, too. The first call for a name with a dot reads the list.
    """
    return "." not in domain or _known().is_public(domain)


@cache
def _known() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  (costs 60 ms, and few answers need it)

    return PublicSuffixList()
