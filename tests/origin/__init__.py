"""A badly behaved HTTP/1.1 server for tests, scripted per URL.

A reply is a function from a request to steps: a head, bytes, pauses, an end. An honest reply such as `File` is
wrapped in what goes wrong with it, and faults wrap each other:

    with Origin() as origin:
        origin.serve("/a.bin", [Status(503, headers={"Retry-After": "2"}), reset(File(content), after=1000)])
        ...  # the client under test gets origin.url("/a.bin")
        origin.wait_for(lambda origin: len(origin.requests) == 2)
"""

from origin.content import Flipped, Generated
from origin.faults import (
    Amended,
    Chunked,
    Closed,
    Interim,
    Interrupted,
    Misheard,
    Misranged,
    Multipart,
    Part,
    Rangeless,
    Slowed,
    cut,
    declared,
    gated,
    paced,
    reset,
    stalled,
    trickle,
)
from origin.files import File
from origin.limits import Limited
from origin.replies import Chain, Raw, Redirect, Script, Status, gzipped, page
from origin.request import Received
from origin.server import Origin
from origin.steps import Close, Head, Pause, Reply, Reset, Send, Step, Wait
from origin.tls import Authority, self_signed

__all__ = [
    "Amended",
    "Authority",
    "Chain",
    "Chunked",
    "Close",
    "Closed",
    "File",
    "Flipped",
    "Generated",
    "Head",
    "Interim",
    "Interrupted",
    "Limited",
    "Misheard",
    "Misranged",
    "Multipart",
    "Origin",
    "Part",
    "Pause",
    "Rangeless",
    "Raw",
    "Received",
    "Redirect",
    "Reply",
    "Reset",
    "Script",
    "Send",
    "Slowed",
    "Status",
    "Step",
    "Wait",
    "cut",
    "declared",
    "gated",
    "gzipped",
    "paced",
    "page",
    "reset",
    "self_signed",
    "stalled",
    "trickle",
]
