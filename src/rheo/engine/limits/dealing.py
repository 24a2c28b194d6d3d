"""Deals out what the limits allow at one moment: to every flow its share, until the next time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from math import inf
from typing import Final

from rheo.engine.limits.bucket import BURST
from rheo.engine.limits.lane import Flow, Lane
from rheo.engine.limits.limit import Limit
from rheo.engine.limits.shares import Want, share_out

LEAST_TICK: Final = 0.01
MOST_TICK: Final = BURST
"""Seconds that one deal is for, whatever the clock says of the time since the last one."""


def deal(lanes: Collection[Lane], limits: Collection[Limit], *, now: float, since: float) -> None:
    """Give every flow what it may take until the next deal; `limits` are those that are in force.

    That is in about as long as it is `since` the last one.
    """
    tick = min(max(now - since, LEAST_TICK), MOST_TICK)
    flows = [(lane, flow) for lane in lanes for flow in lane.flows.values()]
    for _, flow in flows:
        flow.settle()
    for limit in limits:
        limit.fill(now)
    under = Counter(limit for _, flow in flows for limit in flow.limits if limit.rate is not None)
    shared = [limit for limit, count in under.items() if count > 1]
    wants = [_want(lane, flow, shared, tick) for lane, flow in flows]
    shares = iter(share_out(wants, [limit.left for limit in shared]))
    for lane in lanes:
        several = [(flow, next(shares)) for flow in lane.flows.values()]
        lane.press(share=sum(share for _, share in several) / tick)
        for flow, share in several:
            flow.grant(share)


def _want(lane: Lane, flow: Flow, shared: Sequence[Limit], tick: float) -> Want:
    """Return what a flow can use; what it alone is under bounds that, and all else is shared."""
    in_force = [limit for limit in flow.limits if limit.rate is not None]
    if not in_force:
        return Want(1.0, most=inf, limits=())
    alone = min((max(0.0, limit.left) for limit in in_force if limit not in shared), default=inf)
    return Want(
        weight=lane.weight / lane.busy,
        most=min(alone, flow.appetite),
        least=lane.least * tick / lane.busy,
        limits=tuple(shared.index(limit) for limit in in_force if limit in shared),
    )
