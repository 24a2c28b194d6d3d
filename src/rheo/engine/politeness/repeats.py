"""Which URLs a host refused last: one that it refuses once more, though it took others meanwhile, is broken; pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

REMEMBERED: Final = 1024
"""URLs of one host; beyond that the ones that were refused longest ago are forgotten."""


class Repeats:
    """The URLs that one host refused last."""

    def __init__(self) -> None:
        self._urls: OrderedDict[Hashable, None] = OrderedDict()

    def again(self, url: Hashable) -> bool:
        """Note that a URL was refused, and return whether it was before; None is no URL, and always refused anew."""
        before = url in self._urls
        if url is not None:
            self._urls[url] = None
            self._urls.move_to_end(url)
        if len(self._urls) > REMEMBERED:
            self._urls.popitem(last=False)
        return before

    def end(self, url: Hashable) -> None:
        """Note that a URL was taken."""
        self._urls.pop(url, None)
