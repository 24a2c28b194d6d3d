"""The rows in which programs fetch many small files by a list: with a ledger and without, over loopback and a link."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.comparing import Outcomes, compare
from bench.crossing import describe
from bench.goals import Goal
from bench.ground import Ground, Place
from bench.link import open_link
from bench.measure import Run
from bench.origin import serve
from bench.programs import CURL_BATCH, RHEO_BATCH, RHEO_BATCH_WITHOUT, Recipe, aria2c_batch, present
from bench.section import Section, left_out, outcomes_table, rounds_text
from bench.terms import LinkTerms
from bench.transfers import NOT_SYNCED, Transfer, count_text
from bench.turns import take_turns

ARIA2C: Final = aria2c_batch("-Z")
BY_LIST: Final = (
    "The URLs are a list; curl's is a file of options. rheo writes the ledger beside the files, where it is not told "
    "to go without."
)

CROWD_ENDS: Final = 600.0
"""Seconds after which a run of the crowd is given up."""

CABLE: Final = LinkTerms(round_trip=0.05, rate=12.5e6)
FEW: Final = 500
CABLE_TEXT: Final = "≤ curl -Z"


def many(ground: Ground, name: str, *, scheme: str, place: Place) -> Section:
    """Fetch many small files."""
    on_disk = place is Place.DISK
    synced = "rheo and aria2c sync every file, rheo its ledger, too, curl nothing." if on_disk else NOT_SYNCED
    transfer = Transfer(
        payload=ground.shelf.many(ground.scale.many),
        what=f"{count_text(ground.scale.many)} by list",
        method=f"{BY_LIST} {synced}",
        scheme=scheme,
        place=place,
        recipes=(RHEO_BATCH, RHEO_BATCH_WITHOUT, ARIA2C, CURL_BATCH),
        promises=(_synced_aria2c, _synced_curl) if on_disk else (_faster_than_aria2c,),
        rounds=ground.scale.long_rounds if on_disk else ground.scale.short_rounds,
    )
    return transfer.measure(ground, name)


def crowd(ground: Ground, name: str, *, scheme: str, place: Place) -> Section:
    """Fetch ten times as many, once."""
    on_disk = place is Place.DISK
    synced = "rheo syncs every file and its ledger, curl nothing." if on_disk else NOT_SYNCED
    transfer = Transfer(
        payload=ground.shelf.many(ground.scale.crowd),
        what=f"{count_text(ground.scale.crowd)} by list",
        method=f"{BY_LIST} {synced} Without warming up.",
        scheme=scheme,
        place=place,
        recipes=(RHEO_BATCH, RHEO_BATCH_WITHOUT, CURL_BATCH),
        promises=(_synced_curl,) if on_disk else (_half_of_curl,),
        rounds=1,
        patience=CROWD_ENDS,
    )
    return transfer.measure(ground, name, warm_up=False)


def cable(ground: Ground, name: str) -> Section:
    """Fetch some small files over a link that has a round-trip time."""
    payload = ground.shelf.many(FEW)
    title = f"{count_text(FEW)} by list, HTTPS, {describe(CABLE)}"
    with (
        open_link(CABLE, environment=ground.environment) as link,
        tempfile.TemporaryDirectory(prefix="far-", dir=ground.home) as home,
    ):
        if isinstance(link, str):
            return left_out(title, link, [(name, CABLE_TEXT)])
        root = payload.folder.parent
        with serve(root, home=Path(home), host=link.address, around=link.before_server) as far:
            beyond = replace(ground, origin=far)

            def attempt(recipe: Recipe) -> Run:
                with beyond.fetching(recipe, payload, origin=far.https, around=link.at_client) as finish:
                    return finish()

            rounds = ground.scale.short_rounds
            outcomes = take_turns(present((RHEO_BATCH, ARIA2C, CURL_BATCH)), attempt, rounds=rounds, warm_up=False)
    return Section(
        title=title,
        method=f"nginx at the other end of the link, which sends by Reno; nothing is lost. {rounds_text(rounds)}",
        table=outcomes_table(outcomes, reference=RHEO_BATCH),
        goals=[compare(name, CABLE_TEXT, outcomes, CURL_BATCH, 1.0, ours=RHEO_BATCH)],
    )


def _faster_than_aria2c(name: str, outcomes: Outcomes) -> Goal:
    text = "faster than aria2c -j16"
    return compare(f"{name}-aria2c", text, outcomes, ARIA2C, 1.0, ours=RHEO_BATCH, strict=True)


def _synced_aria2c(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-aria2c", "≤ 0.4 x aria2c -j16", outcomes, ARIA2C, 0.4, ours=RHEO_BATCH)


def _synced_curl(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-curl", "≤ 3 x curl -Z, which does not sync", outcomes, CURL_BATCH, 3.0, ours=RHEO_BATCH)


def _half_of_curl(name: str, outcomes: Outcomes) -> Goal:
    text = "≥ 0.5 x curl -Z's rate: ≤ 2 x its time"
    return compare(f"{name}-curl", text, outcomes, CURL_BATCH, 2.0, ours=RHEO_BATCH)
