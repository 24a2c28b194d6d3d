"""The decision that a file must be fetched anew: what is there is, or may be, of another version."""

from __future__ import annotations


class StartOver(Exception):  # noqa: N818  (it is no error, but goes on from the start)
    """Begin again from the first byte; the part so far is set aside until the new file is whole."""

    def __init__(self, because: str, *, single: bool = False, changed: bool = True) -> None:
        """`single` asks for one stream without ranges; `changed` is False where the server only cannot range."""
        super().__init__(because)
        self.because = because
        self.single = single
        self.changed = changed
