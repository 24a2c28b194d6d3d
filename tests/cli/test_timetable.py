"""A limit as it stands in a setting: read by the clock of this machine, or of the zone that it names."""

import json

import pytest

from cli.command import Ran, Start, ended


def shown(start: Start, **variables: str) -> Ran:
    return ended(start("config", "show", "--json", environment=variables))


def value(ran: Ran, name: str) -> object:
    settings = [json.loads(line) for line in ran.out.splitlines()]
    return next(one["value"] for one in settings if one["name"] == name)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "EST5EDT", ":Europe/Berlin"])
def test_a_timetable_goes_by_the_zone_of_this_machine_which_is_named(start: Start, zone: str) -> None:
    ran = shown(start, TZ=zone, RHEO_LIMIT_RATE="Mon-Fri 08:00-18:00 1M")
    assert (ran.code, ran.err) == (0, "")
    assert value(ran, "limit_rate") == f"Mon-Fri 08:00-18:00 1M; off; in {zone.removeprefix(':')}"


def test_a_timetable_may_name_a_zone(start: Start) -> None:
    ran = shown(start, TZ="Asia/Kathmandu", RHEO_LIMIT_RATE_PER_DOWNLOAD="22:00-6:00 off; 1M/s; in Europe/Berlin")
    assert value(ran, "limit_rate_per_download") == "22:00-06:00 off; 1M; in Europe/Berlin"


def test_a_machine_whose_zone_has_no_name_is_told_what_to_write(start: Start) -> None:
    ran = shown(start, TZ="ODD-3", RHEO_LIMIT_RATE="Mon 1M")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "rheo: environment RHEO_LIMIT_RATE=Mon 1M: this machine's time zone has no name; "
        "write one at the end, as in 1M; off; in Europe/Berlin\n"
    )
    assert value(shown(start, TZ="ODD-3", RHEO_LIMIT_RATE="1M"), "limit_rate") == "1M"
