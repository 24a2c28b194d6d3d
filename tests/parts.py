"""Parts to play with: what tests of the storage floor begin from."""

import logging
import os
import time

from kill import dead_owner
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.domain.settings import OnExists
from rheo.storage.parts.part_file import PartFile
from rheo.storage.parts.remains import look

URL = "https://user:secret@example.com/a.iso"
CONTENT = bytes(range(256)) * 1200
SIZE = len(CONTENT)


class Parts:
    """Part files for one target, whose right content is known."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.target = str(folder / "a.iso")
        self._monkeypatch = monkeypatch

    def new(self, on_exists=OnExists.RENAME):
        return PartFile(self.target, on_exists=on_exists, numbered=numbered)

    def begin(self, *ranges, size=SIZE, saved=True, source=URL, resource=None):
        """Create a part with these ranges written, marked and (where so wished) saved."""
        part = self.new()
        part.create(url="https://example.com/a.iso", source=source, resource=resource or described(size), reserve=True)
        fill(part, ranges)
        if saved:
            part.sync_data()
            part.save(RangeSet(ranges))
        part.mark(RangeSet(ranges))
        return part

    def die(self, *ranges, **more):
        """Leave a part as a process that was killed would; return nothing, since nothing is left of it."""
        with self._monkeypatch.context() as patch, dead_owner(patch, **more.pop("owner", {})):
            self.begin(*ranges, **more).close()

    def look(self, source=URL):
        return look(self.target, source, numbered=numbered, tell=logging.getLogger("rheo").warning)

    def finish(self, part, ranges):
        """Fetch what is missing, and publish; return the path."""
        fill(part, ranges.missing(SIZE))
        part.sync()
        part.save(RangeSet([(0, SIZE)]), complete=True)
        return part.publish(modified=None)

    @property
    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


def described(size=SIZE):
    return Resource(size=size, etag='"v1"', ranged=True)


def fill(part, ranges):
    for start, stop in ranges:
        part.write(start, [CONTENT[start:stop]])


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))
