"""`rheo info`: what a URL has, for people and for programs; nothing is fetched, nothing written."""

import json
import re
import signal
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from cli.command import Ran, Rheo, Start, ended
from origin import Authority, File, Origin, Part, Redirect, Status, gated, self_signed

MIB = 1024 * 1024
LATE = re.compile(r"\d+ ms")


def shown(ran: Ran) -> list[str]:
    """Return the lines, with a word in the place of each duration."""
    return LATE.sub("TIME", ran.out).splitlines()


def told(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_file_is_told_in_aligned_lines(origin: Origin, rheo: Rheo) -> None:
    origin.serve(
        "/a.iso",
        File(
            b"x" * (3 * MIB),
            etag='"v1"',
            last_modified=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            headers={"Content-MD5": "Ojk9c3dhfxgoKVVHYwFbHQ==", "Set-Cookie": "sid=canary", "Server": "odd/1"},
        ),
    )
    ran = rheo("info", origin.url("/a.iso"))
    assert (ran.code, ran.err) == (0, "")
    assert shown(ran) == [
        origin.url("/a.iso"),
        "  status       206: a part, as asked for",
        "  size         3.0 MiB (3145728 bytes)",
        "  type         application/octet-stream",
        "  name         a.iso, from the URL",
        "  ranges       served",
        '  ETag         "v1", which pins the version',
        "  modified     2026-01-02 03:04:05 UTC",
        "  digest       md5 3a393d7377617f182829554763015b1d, announced by content-md5, not verified",
        "  protocol     HTTP/1.1",
        "  server       odd/1",
        f"  address      127.0.0.1:{origin.port}",
        "  time         connect TIME, first byte TIME",
        "  cookies      sets sid",
        "  connections  up to 3: as many as bring more",
    ]


def test_one_get_is_sent_and_nothing_written(origin: Origin, rheo: Rheo, home: Path) -> None:
    origin.serve("/a.iso", File(b"x" * (64 * MIB)))
    assert rheo("info", origin.url("/a.iso"), "--json").code == 0
    (request,) = origin.requests
    assert (request.method, request.headers["range"]) == ("GET", "bytes=0-")
    assert [*Path.cwd().iterdir(), *home.rglob("*")] == []


def test_programs_get_an_object_a_url(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"x" * 10, ranges=False, content_type="text/plain", etag='W/"v1"'))
    ran = rheo("info", origin.url("/a"), "--json")
    (facts,) = told(ran)
    assert facts["timings"].pop("first_byte") > 0
    assert facts["timings"].pop("connect") > 0
    assert (ran.code, ran.err) == (0, "")
    assert facts == {
        "type": "information",
        "url": origin.url("/a"),
        "final_url": origin.url("/a"),
        "redirects": [],
        "upgraded": False,
        "status": 200,
        "meaning": "ok",
        "error": None,
        "size": 10,
        "content_type": "text/plain",
        "name": "a",
        "name_source": "url",
        "ranges": False,
        "etag": 'W/"v1"',
        "etag_is_strong": False,
        "last_modified": None,
        "last_modified_is_strong": False,
        "digests": [],
        "http_version": "1.1",
        "tls": None,
        "insecure": False,
        "server": None,
        "address": "127.0.0.1",
        "port": origin.port,
        "proxy": None,
        "timings": {"name_lookup": None, "tls": None},
        "hsts": False,
        "http3": None,
        "cookies": [],
        "connections": {"most": 1, "reason": "no_ranges"},
    }


def test_redirects_say_what_was_not_sent_on(origin: Origin, rheo: Rheo) -> None:
    """Invariant 8."""
    with Origin() as other:
        other.serve("/file.bin", File(b"x"))
        origin.serve("/1", Redirect("/2", status=301))
        origin.serve("/2", Redirect(other.url("/file.bin")))
        ran = rheo("info", origin.url("/1"), "-H", "X-Key: canary", "-b", "sid=canary", "--user", "me:canary")
        lines = shown(ran)
        assert lines[1:4] == [
            f"  redirect     301 to {origin.url('/2')}",
            f"  redirect     302 to {other.url('/file.bin')}; not sent there: X-Key, Authorization, Cookie",
            f"  final URL    {other.url('/file.bin')}",
        ]
        assert "canary" not in ran.out + ran.err + str(other.requests)
        assert "canary" in str(origin.requests)


def test_a_redirect_without_end_is_told_as_far_as_it_went(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/ring", Redirect("/ring"))
    ran = rheo("info", origin.url("/ring"), "--max-redirects", "2", "--json")
    (facts,) = told(ran)
    assert ran.code == 5
    assert (facts["status"], len(facts["redirects"]), facts["error"]["code"]) == (302, 2, "redirect_refused")


@pytest.mark.parametrize(
    ("status", "meaning", "cure"),
    [(404, "not found", ""), (401, "a login is needed", "; it offers basic; give one with --user or --bearer")],
)
def test_a_refusal_is_information_and_the_code_is_that_of_a_download(
    origin: Origin, rheo: Rheo, status: int, meaning: str, cure: str
) -> None:
    origin.serve("/a", Status(status, headers={"WWW-Authenticate": 'Basic realm="x"'}, body=b"no"))
    url = origin.url("/a")
    ran = rheo("info", url)
    assert (ran.code, ran.err) == (5, "")
    assert shown(ran) == [
        url,
        f"  status       {status}: {meaning}",
        f"  download     would fail: status {status}: {meaning}{cure}",
        "  protocol     HTTP/1.1",
        f"  address      127.0.0.1:{origin.port}",
        "  time         connect TIME, first byte TIME",
        "  connections  0: there is no file to fetch",
    ]


def test_the_wait_that_a_server_asks_for_is_told(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", Status(503, headers={"Retry-After": "90"}))
    sentence = "would fail: status 503: service unavailable; the server asks to wait 1m30s"
    assert f"  download     {sentence}" in rheo("info", origin.url("/a")).out.splitlines()


def test_a_login_counts_as_for_a_download(origin: Origin, rheo: Rheo) -> None:
    denied = Status(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    origin.serve("/a", lambda request: (File(b"x") if "authorization" in request.headers else denied)(request))
    ran = rheo("info", origin.url("/a"), "--user", "me:pw", "--auth", "basic", "--json")
    assert (ran.code, told(ran)[0]["size"]) == (0, 1)


def test_a_host_that_takes_nothing_for_long_is_not_asked_again_and_its_end_is_told(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", Status(503, headers={"Retry-After": "90"}))
    ran = rheo("info", origin.url("/a"), origin.url("/b"))
    assert len(origin.requests) == 1
    refusal = f"failed: {re.escape(origin.url('/b'))}: the server takes no more requests now"
    assert re.fullmatch(rf"{refusal}; try again after [-:\d ]+\n", ran.err)


def test_a_server_that_refuses_ranges_is_asked_again_plainly(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", lambda request: (Status(416) if "range" in request.headers else File(b"x" * 9))(request))
    ran = rheo("info", origin.url("/a"), "--json")
    (facts,) = told(ran)
    assert (facts["status"], facts["size"], facts["ranges"]) == (200, 9, False)
    assert ["range" in request.headers for request in origin.requests] == [True, False]


def test_several_are_told_one_after_the_other(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"x"))
    origin.serve("/b", Status(404))
    ran = rheo("info", origin.url("/b"), "http://127.0.0.1:1/", origin.url("/a"), "--json")
    missing, unreachable, found = told(ran)
    assert (missing["status"], found["status"], ran.code) == (404, 206, 3)
    assert unreachable["type"] == "failed"
    assert (unreachable["url"], unreachable["error"]["code"]) == ("http://127.0.0.1:1/", "connect_failed")


def test_who_cannot_be_reached_is_an_error(rheo: Rheo) -> None:
    ran = rheo("info", "http://127.0.0.1:1/")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("failed: http://127.0.0.1:1/: ")


def test_what_a_server_says_steers_no_terminal(origin: Origin, rheo: Rheo) -> None:
    """Invariant 9."""
    evil = "a\x1b[2J\u202eb"
    origin.serve("/a", File(b"x", content_type=evil, headers={"Server": evil, "Content-MD5": evil}))
    ran = rheo("info", origin.url("/a"))
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "a\\x1b[2J" in ran.out


def test_a_certificate_is_told_and_that_nobody_verified_it(authority: Authority, rheo: Rheo, tmp_path: Path) -> None:
    with Origin(tls=authority) as origin:
        origin.serve("/a", File(b"x"))
        trusting = rheo("info", origin.url("/a"), "--ca-file", str(authority.ca_file(tmp_path)))
        lax = rheo("info", origin.url("/a"), "--insecure")
        strict = rheo("info", origin.url("/a"))
    lines = shown(trusting)
    assert re.fullmatch(r"  TLS          TLSv1\.3, TLS_\w+", lines[7])
    assert re.fullmatch(r"  certificate  O = trustme .*, verified", lines[8])
    assert re.fullmatch(r"    issuer     O = trustme .*", lines[9])
    assert lines[10:12] == [
        "    for        127.0.0.1, localhost, 0:0:0:0:0:0:0:1",
        "    valid      2000-01-01 00:00:00 UTC to 3000-01-01 00:00:00 UTC",
    ]
    assert "NOT VERIFIED, as was wished" in lax.out
    assert (trusting.code, lax.code, strict.code) == (0, 0, 4)


def test_a_redirect_from_a_host_that_is_not_verified_to_one_that_is(
    authority: Authority, rheo: Rheo, tmp_path: Path
) -> None:
    with Origin(tls=self_signed()) as first, Origin(tls=authority) as last:
        first.serve("/a", Redirect(last.url("/b")))
        last.serve("/b", File(b"x"))
        ran = rheo("info", first.url("/a"), "--insecure", "--ca-file", str(authority.ca_file(tmp_path)))
    assert "NOT VERIFIED" not in ran.out
    assert ", verified" in ran.out


def test_options_of_what_is_not_done_are_refused(rheo: Rheo) -> None:
    ran = rheo("info", "http://127.0.0.1:1/", "--on-exists", "skip")
    assert (ran.code, ran.out) == (2, "")
    assert "--on-exists" in ran.err


def test_a_url_is_needed(rheo: Rheo) -> None:
    ran = rheo("info")
    assert (ran.code, ran.err) == (2, "rheo: which URL? write: rheo info URL...\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_it_ends_at_once_when_it_is_told_to(origin: Origin, start: Start, number: signal.Signals, code: int) -> None:
    gate = Event()
    origin.serve("/a", gated(File(b"x"), gate, after=0, part=Part.HEAD))
    process = start("info", origin.url("/a"))
    origin.wait_for(lambda server: server.held == 1, 10)
    process.send_signal(number)
    ran = ended(process)
    gate.set()
    assert (ran.code, ran.out, ran.err) == (code, "", "")


def test_nobody_reads_on(origin: Origin, start: Start) -> None:
    origin.serve("/a", File(b"x"))
    process = start("info", *[origin.url("/a")] * 3)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) == 141
