"""A badly behaved HTTP/1.1 server for tests, scripted per URL."""

from origin.content import Generated
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
    "Generated",
    "Head",
    "Interim",
    "Interrupted",
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
