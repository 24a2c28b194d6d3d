"""The row of the link: whether it is what it says, and how much it and the relay could carry."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Final

from bench.crossing import FAST, FREE, LOSSY, describe
from bench.ground import Ground
from bench.link import Link, open_link
from bench.measure import PATIENCE, RunError, started
from bench.payload import Payload
from bench.relay import open_relay
from bench.scale import MIB
from bench.section import Section, left_out
from bench.terms import LinkTerms, RelayLimits

TITLE: Final = "The link itself"
ASKED: Final = 5
PROBE: Final = 64 * MIB
TO_LOSE: Final = 4 * MIB
"""What each connection of a crowd fetches to see the loss."""
SECONDS: Final = 6
CROWD: Final = 8
"""Connections that fill the link together."""

AT_ONCE: Final = ("-Z", "--parallel-immediate")
CONNECTED: Final = "%{time_connect}"
SPEED: Final = "%{speed_download} "


def measure(ground: Ground, name: str) -> Section:  # noqa: ARG001  (a row's name is the key of goals; it has none)
    """Look at the link and the relay as curl sees them."""
    with ExitStack() as stack:
        links = [stack.enter_context(open_link(terms, environment=ground.environment)) for terms in (FAST, LOSSY)]
        fast, bad = links
        if isinstance(fast, str) or isinstance(bad, str):
            return left_out(TITLE, fast if isinstance(fast, str) else str(bad), ())
        table = [
            ["What", "wanted", "seen"],
            ["round trip, by curl's time to connect", f"{FAST.round_trip * 1e3:.0f} ms", _round_trip(ground, fast)],
            [
                f"rate, headers included, in the best second of {CROWD} connections",
                f"{FAST.rate / 1e6:.0f} MB/s",
                _rate(ground, fast),
            ],
            ["segments sent again where some are lost", f"{LOSSY.loss:.1%}", _sent_again(ground, bad)],
            ["rate of the link without terms", "as fast as it goes", f"{_ceiling(ground, on_loopback=False):.0f} MB/s"],
            ["rate of the relay on loopback", "as fast as it goes", f"{_ceiling(ground, on_loopback=True):.0f} MB/s"],
        ]
    return Section(
        title=TITLE,
        method=(
            f"Terms: {describe(FAST)}; and {describe(LOSSY)}. Two network namespaces with a TUN device each; a process "
            "takes every packet from one and hands it to the other when its time has come, or never. Packets of a "
            "series travel as one frame of up to 64 KiB (segmentation offload), are counted as segments with headers, "
            "and lost one by one. Up to 0.1 s of traffic waits before the link, what comes then is dropped. TCP is the "
            "kernel's, with the buffers of Linux as it comes; the sender is a relay before nginx that caps connections "
            "and troubles one of them."
        ),
        table=table,
    )


def ceiling_text(ground: Ground) -> str:
    """Return how much the link carries without terms, as a sentence."""
    return f"Without terms this link carries {_ceiling(ground, on_loopback=False):.0f} MB/s."


def _round_trip(ground: Ground, link: Link) -> str:
    with open_relay(ground.origin, FREE, environment=ground.environment, link=link) as relay:
        url = ground.shelf.many(1).urls(relay.origin)
        times = [float(_curl(ground, CONNECTED, url, link)) for _ in range(ASKED)]
    return f"{statistics.median(times) * 1e3:.1f} ms ({min(times) * 1e3:.1f} to {max(times) * 1e3:.1f})"


def _rate(ground: Ground, link: Link) -> str:
    """Look at the device while several connections fill the link: the best second, since TCP does not always."""
    urls_of = ground.shelf.one(PROBE).urls
    with open_relay(ground.origin, FREE, environment=ground.environment, link=link) as relay:
        command = link.at_client(_curl_command("", urls_of(relay.origin) * CROWD, *AT_ONCE))
        with started([command], environment=ground.environment):
            arrived = [_arrived(ground, link) for _ in range(SECONDS)]
    rates = [(after - before) / (then - now) for (now, before), (then, after) in pairwise(arrived)]
    return f"{max(rates) / 1e6:.1f} MB/s"


def _arrived(ground: Ground, link: Link) -> tuple[float, int]:
    """Return, a second later, the time and the bytes that the client's device has taken in."""
    time.sleep(1.0)
    text = _output(ground, link.at_client(["cat", "/proc/net/dev"]))
    device = next(line.split() for line in text.splitlines() if line.strip().startswith("wire:"))
    return time.monotonic(), int(device[1])


def _sent_again(ground: Ground, link: Link) -> str:
    before = _counters(ground, link)
    with open_relay(ground.origin, FREE, environment=ground.environment, link=link) as relay:
        urls = ground.shelf.one(PROBE).urls(relay.origin) * CROWD
        _output(ground, link.at_client(_curl_command("", urls, *AT_ONCE, "--range", f"0-{TO_LOSE - 1}")))
    after = _counters(ground, link)
    sent, again = (after[key] - before[key] for key in ("OutSegs", "RetransSegs"))
    return f"{again / sent:.2%} of {sent:,}"


def _ceiling(ground: Ground, *, on_loopback: bool) -> float:
    """Return the MB/s that a single curl gets where nothing is limited."""
    payload: Payload = ground.shelf.one(PROBE)
    with ExitStack() as stack:
        link = None
        if not on_loopback:
            opened = stack.enter_context(open_link(LinkTerms(), environment=ground.environment))
            if isinstance(opened, str):
                raise RunError(opened)
            link = opened
        limits = RelayLimits() if on_loopback else FREE
        relay = stack.enter_context(open_relay(ground.origin, limits, environment=ground.environment, link=link))
        return max(float(_curl(ground, SPEED, payload.urls(relay.origin), link)) for _ in range(ASKED)) / 1e6


def _counters(ground: Ground, link: Link) -> dict[str, int]:
    """Return what TCP counts at the server's end."""
    text = _output(ground, [*link.before_server, "cat", "/proc/net/snmp"])
    names, values = (line.split()[1:] for line in text.splitlines() if line.startswith("Tcp:"))
    return dict(zip(names, map(int, values), strict=True))


def _curl(ground: Ground, format_: str, urls: Sequence[str], link: Link | None) -> str:
    """Return what curl prints about a download."""
    command = _curl_command(format_, urls)
    return _output(ground, link.at_client(command) if link else command)


def _curl_command(format_: str, urls: Sequence[str], *options: str) -> list[str]:
    sinks = [word for url in urls for word in ("-o", "/dev/null", url)]
    return ["curl", "-sS", "-w", format_, *options, *sinks]


def _output(ground: Ground, command: Sequence[str]) -> str:
    ended = subprocess.run(
        command,
        env=dict(ground.environment),
        cwd=ground.environment["HOME"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if ended.returncode:
        raise RunError(ended.stderr.strip().rpartition("\n")[2])
    return ended.stdout
