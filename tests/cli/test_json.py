"""`--json`: one object a line on standard output, for programs."""

import json
import re
from pathlib import Path
from typing import Any

from cli.command import Rheo
from origin import File, Origin, Status

UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def told(text: str) -> list[dict[str, Any]]:
    """Return the lines without progress, and without the times that differ."""
    lines = [line for line in objects(text) if line["type"] != "progress"]
    for line in lines:
        assert UTC.fullmatch(line.pop("time"))
    return lines


def test_a_file_is_told_from_its_start_to_its_end(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(b"x" * 2048))
    url = origin.url("/a.iso")
    ran = rheo(url, "--json")
    added, started, completed, summary = told(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert added == {"type": "added", "id": 1, "url": url}
    assert started == {"type": "started", "id": 1}
    timings = completed.pop("timings")
    assert set(timings) == {"name_lookup", "connect", "tls", "first_byte"}
    assert isinstance(timings["first_byte"], float)
    assert completed.pop("seconds") > 0
    assert completed.pop("speed") > 0
    assert completed == {
        "type": "completed",
        "id": 1,
        "path": str(Path("a.iso").absolute()),
        "size": 2048,
        "resumed": 0,
        "url": url,
        "final_url": url,
        "checksums": [],
        "verification": "consistent",
        "trust": "length",
        "content_type": "application/octet-stream",
        "content_suspicious": False,
        "sources": [],
        "redirects": [],
        "proxy": None,
        "address": "127.0.0.1",
        "insecure": False,
        "connections_made": 1,
        "connections_reused": 0,
        "http_version": "1.1",
        "first_http_version": "1.1",
        "skipped": False,
        "unchanged": False,
        "etag": None,
        "last_modified": None,
    }
    assert summary.pop("seconds") > 0
    assert summary == {
        "type": "summary",
        "total": 1,
        "done": 1,
        "skipped": 0,
        "failed": 0,
        "bad_lines": 0,
        "errors": [],
        "worst_hosts": [],
        "left": 0,
        "left_alone": {},
        "given_up": None,
        "size": 2048,
        "connections": {"new": 1, "reused": 0, "refused": 0},
        "interrupted": False,
        "exit_code": 0,
    }


def test_failures_have_a_code_and_a_sentence(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/busy", Status(503, headers={"Retry-After": "1000"}))
    ran = rheo(origin.url("/busy"), "--json", "--retry-max-time", "300")
    *_, failed, summary = told(ran.out)
    assert failed == {
        "type": "failed",
        "id": 1,
        "error": {
            "code": "http_status",
            "message": f"{origin.url('/busy')}: status 503: service unavailable; "
            "the server asks to wait 1000 s, retry_max_time allows 300 s",
            "retry_after": 1000.0,
            "status": 503,
        },
    }
    assert (ran.code, summary["exit_code"], summary["failed"], ran.err) == (5, 5, 1, "")
    assert summary["errors"] == [{"code": "http_status", "status": 503, "count": 1}]
    assert summary["worst_hosts"] == [{"host": origin.url("/").split("/")[2], "failed": 1}]


def test_a_wait_has_a_reason_and_an_end(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", [Status(503, headers={"Retry-After": "0"}), File(b"")])
    lines = told(rheo(origin.url("/a"), "--json").out)
    assert [line["type"] for line in lines] == [
        "added",
        "started",
        "waiting",
        "queued",
        "started",
        "completed",
        "summary",
    ]
    waiting = lines[2]
    assert UTC.fullmatch(waiting["until"])
    assert (waiting["reason"], waiting["error"]["code"]) == ("retry_after", "http_status")


def test_it_is_ascii_whatever_names_are_like(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b""))
    ran = rheo(origin.url("/a"), "--json", "-o", "é\x1b[2J\n.iso")
    assert ran.out.isascii()
    assert "\x1b" not in ran.out
    assert told(ran.out)[-2]["path"] == str(Path("é\x1b[2J\n.iso").absolute())


def test_settings_can_be_read_by_programs(rheo: Rheo) -> None:
    ran = rheo("config", "show", "--json")
    assert {"type": "setting", "name": "retry", "value": 5, "origin": "default"} in objects(ran.out)
    assert (ran.code, ran.err) == (0, "")
