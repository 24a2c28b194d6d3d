"""The XML of a Metalink: bytes become a tree of those elements that mean something to us.

It is text from strangers: any DTD is refused, so that there are no entities but XML's own five and nothing is loaded
from elsewhere; bytes, depth and elements are capped; what is not of the Metalink's own namespace is passed over
(RFC 5854, 5.1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ELEMENTS: Final = 250_000
"""More than pieces with their hashes fit into the bytes."""
MOST_DEPTH: Final = 16

_ROOT: Final = "metalink"
_KNOWN: Final = frozenset(
    {_ROOT, "files", "file", "size", "verification", "resources", "hash", "pieces", "url", "metaurl"}
)
"""Of both versions; the others are passed over with all that is in them."""
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?[^>]*+>\s*+)?<(?:!doctype\s+)?html\b", re.IGNORECASE)
_SHOWN: Final = 60
"""Characters of what is odd that a message repeats."""


class OddError(Exception):
    """What is wrong and where: a sentence that goes on from the document's name."""

    def __init__(self, complaint: str, *, line: int | None = None, column: int | None = None) -> None:
        place = "" if line is None else f", line {line}" + ("" if column is None else f", column {column}")
        super().__init__(f"{place}: {complaint}")


@dataclass(slots=True)
class Element:
    """An element, without what was passed over in it."""

    name: str
    """Without namespace."""
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """Without blanks around it."""

    def all(self, name: str) -> Iterator[Element]:
        """Yield the children of a name."""
        return (child for child in self.children if child.name == name)

    def only(self, name: str) -> Element | None:
        """Return the child of a name, None without one; raises OddError where there are several."""
        found = list(self.all(name))
        if len(found) > 1:
            raise OddError(f"<{name}> is there twice in <{self.name}>", line=found[1].line)
        return found[0] if found else None


def shown(text: str) -> str:
    """Return text from the document as a message may repeat it: short, and steering no terminal."""
    return ascii(text[:_SHOWN]) if not text.isprintable() else repr(text[:_SHOWN])


def read_root(document: bytes, *, namespaces: Collection[str]) -> tuple[str, Element]:
    """Return the namespace and the root of a Metalink, or raise the OddError that says what it is instead."""
    if len(document) > MOST_BYTES:
        raise OddError("is larger than 8 MiB; no Metalink is")
    if _PAGE.match(document):
        raise OddError("is a web page, not a Metalink")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    builder = _Builder(parser, namespaces)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.take
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(document, True)  # noqa: FBT003  (expat knows no keywords)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise OddError(f"is not XML: {reason}", line=error.lineno, column=error.offset + 1) from None
    except (LookupError, ValueError):
        raise OddError("is in an encoding that is not understood; UTF-8 is") from None
    return builder.namespace, builder.root


class _Builder:
    """Takes what the parser finds, piece by piece."""

    def __init__(self, parser: expat.XMLParserType, namespaces: Collection[str]) -> None:
        self.namespace = ""
        self.root: Element
        self._parser = parser
        self._namespaces = namespaces
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        """Of each open element what its text is made of."""
        self._depth = 0
        self._passing_over = 0
        """The depth of the element that means nothing to us; 0 outside of such."""
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self._depth += 1
        self._check_caps()
        if self._passing_over:
            return
        namespace, _, name = tag.rpartition(" ")
        if not self._open:
            self._check_root(namespace, name)
            self.namespace = namespace
        elif namespace != self.namespace or name not in _KNOWN:
            self._passing_over = self._depth
            return
        element = Element(name, self._parser.CurrentLineNumber, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, _tag: str) -> None:
        """Close the element that was opened last."""
        if not self._passing_over:
            self._open.pop().text = "".join(self._texts.pop()).strip()
        elif self._passing_over == self._depth:
            self._passing_over = 0
        self._depth -= 1

    def take(self, text: str) -> None:
        """Take text of the open element."""
        if not self._passing_over:
            self._texts[-1].append(text)

    def refuse(self, *_: object) -> None:
        """Refuse a DTD: it could define entities that grow without end, or that are files of ours."""
        raise OddError("has a DTD (<!DOCTYPE>), which is refused", line=self._parser.CurrentLineNumber)

    def _check_caps(self) -> None:
        self._elements += 1
        if self._depth > MOST_DEPTH:
            raise OddError(f"has elements more than {MOST_DEPTH} deep", line=self._parser.CurrentLineNumber)
        if self._elements > MOST_ELEMENTS:
            raise OddError(f"has more than {MOST_ELEMENTS} elements", line=self._parser.CurrentLineNumber)

    def _check_root(self, namespace: str, name: str) -> None:
        if name != _ROOT or namespace not in self._namespaces:
            told = f"in the namespace {shown(namespace)}" if namespace else "in no namespace"
            known = " or ".join(self._namespaces)
            raise OddError(
                f"is no Metalink: its root is <{shown(name)[1:-1]}> {told}, not <{_ROOT}> in {known}",
                line=self._parser.CurrentLineNumber,
            )
