import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from rheo.cli import wording
from rheo.cli.tally import Failure, Tally
from rheo.domain.checksum import Checksum
from rheo.domain.download import WaitReason
from rheo.domain.errors import (
    BadLineError,
    ConnectError,
    ConnectTimeoutError,
    HostClosedError,
    HttpStatusError,
    RedirectError,
    ResolveError,
    RheoError,
)
from rheo.domain.progress import Phase, Progress
from rheo.domain.promise import Trust
from rheo.domain.result import Redirect, Timings, Verification
from unit.cli.happenings import BUSY, NOON, URL, added, completed, failed, result, sampled, started, wait, waiting

HERE = Path("/here")
MD5 = Checksum("md5", "0" * 32)
SHA256 = Checksum("sha256", "0" * 64)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine's clock show UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def tally_of(*events: object) -> Tally:
    tally = Tally()
    for event in events:
        tally.take(event)  # type: ignore[arg-type]
    return tally


@pytest.mark.parametrize(
    ("verification", "checksums", "trust", "said"),
    [
        (Verification.VERIFIED, (SHA256,), Trust.GIVEN, "sha256 verified, hash given by you"),
        (Verification.VERIFIED, (MD5,), Trust.SAME_SERVER, "md5 verified, hash from the same server"),
        (Verification.VERIFIED, (SHA256, MD5, MD5), Trust.GIVEN, "sha256 and md5 verified, hash given by you"),
        (Verification.CONSISTENT, (), Trust.LENGTH, "length only"),
        (
            Verification.UNVERIFIED,
            (),
            Trust.LENGTH,
            "length only: nothing proves that all of it is of one version",
        ),
        (
            Verification.UNVERIFIED,
            (),
            Trust.NOTHING,
            "not verified: nothing proves that it is whole and of one version",
        ),
    ],
)
def test_a_file_is_told_with_how_it_was_verified(
    verification: Verification, checksums: tuple[Checksum, ...], trust: Trust, said: str
) -> None:
    done = result(verification=verification, checksums=checksums, trust=trust)
    assert wording.completed(done, here=HERE) == f"c.iso: 2.0 KiB in 2.0s, 1.0 KiB/s, {said}"


def test_what_was_there_already_is_told_apart_from_what_came() -> None:
    done = result(size=4096, resumed=2048, verification=Verification.CONSISTENT)
    told = "c.iso: 4.0 KiB, 2.0 KiB of it there already, the rest in 2.0s, 1.0 KiB/s, length only"
    assert wording.completed(done, here=HERE) == told


def test_a_path_elsewhere_is_told_in_full() -> None:
    assert wording.completed(result(path=Path("/there/c.iso")), here=HERE).startswith("/there/c.iso: ")
    assert wording.completed(result(path=Path("-")), here=HERE).startswith("standard output: ")


def test_a_file_that_was_there_is_told_so() -> None:
    assert wording.completed(result(skipped=True), here=HERE) == "c.iso: there already"
    verified = result(skipped=True, checksums=(SHA256,), verification=Verification.VERIFIED, trust=Trust.GIVEN)
    assert wording.completed(verified, here=HERE) == "c.iso: there already, sha256 verified, hash given by you"


def test_details_leave_out_what_did_not_happen() -> None:
    timings = Timings(name_lookup=0.0123, connect=0.02, tls=0.05, first_byte=0.1234)
    redirects = (Redirect(status=302, url="https://d/e", withheld=("Cookie", "X-Key")),)
    redirected = result(redirects=redirects, http_version="2", first_http_version="2", timings=timings)
    assert wording.details(redirected) == [
        "  redirected (302) to https://d/e; not sent there: Cookie, X-Key",
        "  HTTP/2, name lookup 12 ms, connect 20 ms, TLS 50 ms, first byte 123 ms",
    ]
    assert wording.details(result(http_version="1.1", first_http_version="1.1")) == ["  HTTP/1.1"]
    assert wording.details(result(skipped=True)) == []


def test_details_name_the_version_of_the_first_answer_and_of_the_last_where_that_is_another_one() -> None:
    changed = result(http_version="2", first_http_version="1.1", timings=Timings(first_byte=0.1))
    assert wording.details(changed) == ["  HTTP/1.1, first byte 100 ms, later HTTP/2"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectError("https://a.example: no connection"), "no connection"),
        (ConnectError("https://b.example: no connection"), "https://b.example: no connection"),
        (ConnectError("https://a.example:8443: no connection"), "https://a.example:8443: no connection"),
        (
            ConnectTimeoutError("https://a.example, by way of the proxy http://p:1: no tunnel"),
            "by way of the proxy http://p:1: no tunnel",
        ),
        (RedirectError("https://a.example redirects to nowhere"), "the server redirects to nowhere"),
        (ResolveError("a.example could not be looked up", transient=True), "the host could not be looked up"),
        (HttpStatusError("https://a.example/x: status 404: not found", status=404), "status 404: not found"),
    ],
)
def test_a_reason_behind_the_url_names_its_host_no_second_time(error: RheoError, sentence: str) -> None:
    assert wording.reason(error, url="https://a.example/x?key=1") == sentence


def test_a_failure_names_its_url_once() -> None:
    assert wording.failed(Failure(URL, NOON, BUSY)) == f"failed: {URL}: status 503: service unavailable"
    lost = ConnectError("a: connection refused")
    assert wording.failed(Failure(URL, NOON, lost)) == f"failed: {URL}: a: connection refused"


@pytest.mark.parametrize(
    ("seconds", "clock"), [(3600, "13:00:00"), (43_199, "23:59:59"), (43_200, "2026-11-25 00:00:00")]
)
def test_a_failure_tells_when_it_may_be_tried_again(seconds: float, clock: str) -> None:
    error = HttpStatusError("busy", status=503, retry_after=seconds)
    assert wording.failed(Failure(URL, NOON, error)) == f"failed: {URL}: busy; try again after {clock}"


def test_a_wait_tells_its_end_and_its_reason() -> None:
    told = wording.waiting("c.iso", wait(60), url=URL, now=NOON)
    assert told == "c.iso waits until 12:01:00: status 503: service unavailable, asked by the server"
    closed = HostClosedError("https://a takes no more requests now", wait=60, vain=False)
    told = wording.waiting("c.iso", replace(wait(60), error=closed), url=URL, now=NOON)
    assert told.endswith("takes no more requests now")  # by whose wish, nobody knows
    told = wording.waiting("c.iso", wait(1, WaitReason.BACKOFF), url=URL, now=NOON)
    assert told == "c.iso waits until 12:00:01: status 503: service unavailable"
    assert wording.waiting("c.iso", wait(60), url=URL, now=NOON - timedelta(days=1)).startswith(
        "c.iso waits until 2026-11-24 12:01:00: "
    )


def test_a_wait_for_a_new_url_tells_who_is_to_give_it() -> None:
    told = wording.waiting("c.iso", wait(60, WaitReason.REFRESHING), url=URL, now=NOON)
    assert told == "c.iso asks for a new URL until 12:01:00: status 503: service unavailable"
    endless = replace(wait(reason=WaitReason.NEEDS_NEW_URL), until=None)
    told = wording.waiting("c.iso", endless, url=URL, now=NOON)
    assert told == "c.iso waits for a new URL: status 503: service unavailable"


def test_progress_tells_what_is_known() -> None:
    known = Progress(received=512, total=2048, speed=512.0)
    assert wording.progress("c.iso", known) == "c.iso: 25%, 512 B of 2.0 KiB, 512 B/s, 3.0s left"
    assert wording.progress("c.iso", Progress(received=512, speed=512.0)) == "c.iso: 512 B, 512 B/s"


def test_a_download_that_joins_tells_whom_it_waits_for() -> None:
    assert wording.progress("c.iso", Progress(phase=Phase.JOINING)) == "c.iso: waiting for another rheo"
    joining = (added(1), added(2), started(1), sampled(1, phase=Phase.JOINING))
    assert wording.standing(tally_of(*joining)) == "0 of 2 done, 1 waiting for another rheo: 0 B, 0 B/s"


def test_the_standing_of_several_leaves_out_what_is_none() -> None:
    running = (added(1), added(2), started(1), sampled(1, received=1024, total=2048, speed=512.0))
    assert wording.standing(tally_of(*running)) == "0 of 2 done: 1.0 KiB, 512 B/s"
    assert wording.standing(tally_of(*running, completed(2))) == "1 of 2 done: 3.0 KiB, 512 B/s, 2.0s left"
    everything = (added(3), added(4), completed(2), completed(3, skipped=True), waiting(1), failed(4))
    assert wording.counts(tally_of(*running, *everything)) == "1 of 4 done, 1 there already, 1 failed, 1 waiting"


def test_the_summary_names_what_failed() -> None:
    assert wording.summary(tally_of(added(1), added(2), completed(1), failed(2)), seconds=2.0) == [
        "1 of 2 done, 1 failed: 2.0 KiB in 2.0s, 1.0 KiB/s",
        f"  failed: {URL}: status 503: service unavailable",
    ]


def test_the_summary_of_many_failures_names_the_first_ones_and_what_all_have_in_common() -> None:
    tally = Tally()
    for number in range(1, 31):
        tally.take(added(number, f"http://{'a' if number > 10 else 'b'}.example/{number}"))
        tally.take(failed(number))
    tally.refuse(Failure("list, line 7", NOON, BadLineError("no URL")))

    total, *lines = wording.summary(tally, seconds=2.0)

    assert total == "0 of 31 done, 31 failed (1 bad line): 0 B in 2.0s, 0 B/s"
    assert lines[:10] == [f"  failed: http://b.example/{number}: {BUSY.message}" for number in range(1, 11)]
    assert lines[10:] == [
        "  and 21 more",
        "  errors: 30 http_status 503, 1 bad_line",
        "  hosts with most failures: 20 a.example, 10 b.example",
    ]


def test_what_was_stopped_can_go_on() -> None:
    stopped = wording.stopped(tally_of(added(1), added(2), completed(1)))
    assert (
        stopped
        == "stopped: 1 of 2 done, 1 left; run the same command again, with --skip-existing, to fetch what is left"
    )
