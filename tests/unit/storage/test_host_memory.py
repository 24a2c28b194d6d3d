"""Small files about hosts: what is saved comes back, what others may have written does not, and nothing is lost."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pytest

from rheo.domain.alt_svc import MOST_ALTERNATIVES, MOST_ORIGINS, Alternative, AltSvcNote
from rheo.domain.hsts import HstsNote
from rheo.domain.notes import LONGEST
from rheo.domain.url import Origin, parse_url
from rheo.storage import host_memory, host_records, locks
from rheo.storage.host_memory import HostMemory, load, save
from rheo.storage.seal import VERSION, seal
from rheo.storage.sidecar import MOST_BYTES

NOW = 1_800_000_000.25
DAY = 86_400
SITE = parse_url("https://example.com:8443/")
NAMES = ["hsts.json", "alt-svc.json"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / ".rheo"


def learnt(host="example.com", now=NOW):
    memory = HostMemory()
    memory.hsts.note(parse_url(f"https://{host}/"), "max-age=1000; includeSubDomains", now)
    memory.alt_svc.note(parse_url(f"https://{host}/"), 'h3=":443"; persist=1, h2="[::1]:5"; ma=1', now)
    return memory


def hosts(memory):
    return sorted(note.host for note in memory.hsts), sorted(note.origin.host for note in memory.alt_svc)


def rewritten(folder, kind, name, rows):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(seal(kind, {"notes": rows}))
    (folder / name).chmod(0o600)


def test_what_was_noted_comes_back(folder):
    memory = learnt()
    save(memory, folder, now=NOW + 1)

    again = load(folder, now=NOW + 2)

    assert list(again.hsts) == list(memory.hsts)
    assert list(again.alt_svc) == list(memory.alt_svc)
    assert again.hsts.changes() == []
    assert again.alt_svc.changes() == []


def test_the_files_are_for_their_owner_alone(folder):
    save(learnt(), folder, now=NOW)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "hsts.json": 0o600,
        "alt-svc.json": 0o600,
        "hosts.lock": 0o600,
    }
    assert json.loads((folder / "hsts.json").read_bytes())["version"] == VERSION


def test_where_nothing_is_there_nothing_is_known_and_nobody_warns(folder, caplog):
    assert hosts(load(folder, now=NOW)) == ([], [])
    assert caplog.records == []


def test_nothing_is_written_where_nothing_changed(folder):
    save(HostMemory(), folder, now=NOW)
    assert not folder.exists()

    memory = learnt()
    save(memory, folder, now=NOW)
    before = {path: path.stat().st_ino for path in folder.iterdir()}
    save(memory, folder, now=NOW)
    save(load(folder, now=NOW), folder, now=NOW)
    assert {path: path.stat().st_ino for path in folder.iterdir()} == before


def test_only_the_file_that_changed_is_written(folder):
    memory = HostMemory()
    memory.alt_svc.note(SITE, 'h3=":443"', NOW)
    save(memory, folder, now=NOW)

    assert not (folder / "hsts.json").exists()
    assert load(folder, now=NOW).alt_svc.alternative(SITE, "h3", NOW) == ("", 443)


def test_saving_adds_to_what_others_saved_meanwhile(folder):
    one, other = learnt("one.test"), learnt("other.test")
    save(one, folder, now=NOW)
    save(other, folder, now=NOW)

    assert hosts(load(folder, now=NOW)) == (["one.test", "other.test"],) * 2


def test_of_two_words_of_one_host_the_later_is_saved(folder):
    later, earlier = learnt(now=NOW + 9), learnt(now=NOW)
    later.hsts.note(parse_url("https://example.com/"), "max-age=5", NOW + 9)
    save(later, folder, now=NOW + 10)
    save(earlier, folder, now=NOW + 11)

    assert list(load(folder, now=NOW + 12).hsts) == list(later.hsts)


def test_what_another_process_noted_a_moment_after_us_is_no_word_from_the_future(folder):
    save(learnt("other.test", NOW + 1), folder, now=NOW + 1)
    save(learnt(), folder, now=NOW)

    assert load(folder, now=NOW + 2).alt_svc.alternative(parse_url("https://other.test/"), "h3", NOW + 2) == ("", 443)


def test_what_was_taken_back_is_not_brought_again_by_one_who_still_had_it(folder):
    save(learnt(), folder, now=NOW)
    slow = load(folder, now=NOW)
    quick = load(folder, now=NOW)
    quick.hsts.note(parse_url("https://example.com/"), "max-age=0", NOW + 1)
    save(quick, folder, now=NOW + 1)
    slow.hsts.note(parse_url("https://other.test/"), "max-age=9", NOW + 2)
    save(slow, folder, now=NOW + 2)

    known = load(folder, now=NOW + 3).hsts
    assert known.upgrade(parse_url("http://example.com/"), NOW + 3).scheme == "http"
    assert known.upgrade(parse_url("http://other.test/"), NOW + 3).scheme == "https"


def test_nor_by_one_who_heard_the_earlier_word_and_saves_late(folder):
    slow = learnt(now=NOW)
    save(learnt(now=NOW), folder, now=NOW)
    quick = load(folder, now=NOW)
    quick.hsts.note(parse_url("https://example.com/"), "max-age=0", NOW + 1)
    quick.alt_svc.note(parse_url("https://example.com/"), "clear", NOW + 1)
    save(quick, folder, now=NOW + 1)
    save(slow, folder, now=NOW + 2)

    known = load(folder, now=NOW + 3)
    assert known.hsts.upgrade(parse_url("http://example.com/"), NOW + 3).scheme == "http"
    assert known.alt_svc.alternative(parse_url("https://example.com/"), "h3", NOW + 3) is None


def test_what_ended_long_ago_is_not_saved_again(folder):
    save(learnt(), folder, now=NOW)
    save(learnt("other.test", NOW + 3 * DAY), folder, now=NOW + 3 * DAY)

    assert hosts(load(folder, now=NOW + 3 * DAY)) == (["other.test"],) * 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\0" * 100, b"rubbish", b"[" * 100_000, b"x" * (MOST_BYTES + 1)], ids=len
)
def test_a_damaged_file_costs_one_warning_and_is_replaced(folder, name, content, caplog):
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)
    (folder / name).chmod(0o600)

    save(load(folder, now=NOW), folder, now=NOW)
    assert (folder / name).read_bytes() == content  # nothing was noted here

    save(learnt(), folder, now=NOW)
    assert hosts(load(folder, now=NOW)) == (["example.com"],) * 2
    assert [(record.levelno, record.args[0]) for record in caplog.records] == [(logging.WARNING, str(folder / name))]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_used(folder, mode, caplog):
    save(learnt(), folder, now=NOW)
    (folder / "hsts.json").chmod(mode)

    assert hosts(load(folder, now=NOW)) == ([], ["example.com"])
    assert "hsts.json is not used: others may change it" in caplog.text

    save(learnt("other.test"), folder, now=NOW)
    assert list(load(folder, now=NOW).hsts) == list(learnt("other.test").hsts)
    assert (folder / "hsts.json").stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_user_is_neither_used_nor_replaced(folder, monkeypatch, caplog):
    save(learnt(), folder, now=NOW)
    before = (folder / "hsts.json").read_bytes()
    for name in NAMES:  # a superuser's files are taken
        if os.geteuid() == 0:
            os.chown(folder / name, 65534, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert hosts(load(folder, now=NOW)) == ([], [])
    save(learnt("other.test"), folder, now=NOW)

    assert (folder / "hsts.json").read_bytes() == before
    assert caplog.text.count("belongs to another user") == 2


def test_a_file_of_a_newer_rheo_is_neither_used_nor_replaced(folder, caplog):
    save(learnt(), folder, now=NOW)
    data = (folder / "hsts.json").read_bytes().replace(b'"version":1,', b'"version":2,')
    (folder / "hsts.json").write_bytes(data)

    memory = load(folder, now=NOW)
    memory.hsts.note(SITE, "max-age=9", NOW)
    save(memory, folder, now=NOW)

    assert (folder / "hsts.json").read_bytes() == data
    assert "a newer rheo wrote it" in caplog.text


def test_a_link_is_not_followed_and_not_written_through(folder, tmp_path):
    save(learnt(), folder, now=NOW)
    elsewhere = tmp_path / "elsewhere"
    (folder / "hsts.json").rename(elsewhere)
    before = elsewhere.read_bytes()
    (folder / "hsts.json").symlink_to(elsewhere)
    (folder / "hsts.json.new").symlink_to(elsewhere)

    assert hosts(load(folder, now=NOW))[0] == []
    save(learnt("other.test"), folder, now=NOW)

    assert elsewhere.read_bytes() == before
    assert hosts(load(folder, now=NOW))[0] == ["other.test"]


def test_a_pipe_is_not_waited_for(folder):
    folder.mkdir(parents=True)
    os.mkfifo(folder / "hsts.json")

    assert hosts(load(folder, now=NOW)) == ([], [])


def in_the_way(folder):
    folder.parent.mkdir(parents=True)
    folder.write_text("no folder")


def with_a_folder_for_a_file(folder):
    for name in NAMES:
        (folder / name).mkdir(parents=True)


def with_a_folder_for_a_draft(folder):
    for name in NAMES:
        (folder / f"{name}.new").mkdir(parents=True)


def with_a_link_for_a_lock(folder):
    folder.mkdir(parents=True)
    (folder / "hosts.lock").symlink_to(folder / "nowhere")


@pytest.mark.parametrize(
    "prepare", [in_the_way, with_a_folder_for_a_file, with_a_folder_for_a_draft, with_a_link_for_a_lock]
)
def test_what_cannot_be_saved_is_no_error_and_may_be_saved_later(folder, prepare, caplog):
    caplog.set_level(logging.DEBUG)
    prepare(folder)
    memory = learnt()

    save(memory, folder, now=NOW)

    assert [record.levelno for record in caplog.records] == [logging.DEBUG] * 2
    assert len(memory.hsts.changes()) == len(memory.alt_svc.changes()) == 1


def test_a_full_disk_leaves_the_old_file_and_no_draft(folder, monkeypatch):
    save(learnt(), folder, now=NOW)
    names = sorted(folder.iterdir())

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(host_memory, "write_at", full)
    save(learnt("other.test"), folder, now=NOW)

    assert sorted(folder.iterdir()) == names
    assert hosts(load(folder, now=NOW)) == (["example.com"],) * 2


def test_nobody_waits_for_ever_for_one_who_keeps_the_lock(folder, monkeypatch):
    monkeypatch.setattr(host_memory, "_PATIENCE", 0.05)
    memory = learnt()
    folder.mkdir(parents=True)

    with locks.locked(str(folder / "hosts.lock"), patience=1):
        save(memory, folder, now=NOW)
        assert not (folder / "hsts.json").exists()

    save(memory, folder, now=NOW)
    assert hosts(load(folder, now=NOW)) == (["example.com"],) * 2


def test_two_processes_that_save_at_once_lose_nothing(folder):
    program = """
import sys
from pathlib import Path
from rheo.domain.url import parse_url
from rheo.storage.host_memory import load, save
folder, who = Path(sys.argv[1]), sys.argv[2]
memory = load(folder, now=1000)
print("ready", flush=True)
sys.stdin.readline()
for number in range(60):
    url = parse_url(f"https://{who}{number}.test/")
    memory.hsts.note(url, "max-age=1000", 1000 + number)
    memory.alt_svc.note(url, 'h3=":443"', 1000 + number)
    save(memory, folder, now=1000 + number)
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, folder, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for who in ("a", "b")
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=50)
        assert process.returncode == 0

    everybody = sorted(f"{who}{number}.test" for who in "ab" for number in range(60))
    assert hosts(load(folder, now=1000)) == (everybody, everybody)


def test_a_file_never_becomes_longer_than_what_is_read():
    ways = tuple(Alternative('"' * 32, f"{'a' * 60}.{'b' * 60}.{'c' * 60}", port) for port in range(1, 9))
    assert len(ways) == MOST_ALTERNATIVES
    notes = [AltSvcNote(Origin("https", f"h{number}.test", 443), ways, float(number)) for number in range(MOST_ORIGINS)]

    data = host_records.encode_alt_svc(notes)

    kept = host_records.decode_alt_svc(data, NOW)
    assert len(data) <= MOST_BYTES
    assert 100 < len(kept) < MOST_ORIGINS
    assert kept == notes[-len(kept) :]


@pytest.mark.parametrize(
    "row",
    [
        ["example.com", True, 1],
        ["example.com", 1, 1, 9],
        [None, True, 1, 9],
        ["", True, 1, 9],
        ["EXAMPLE.com", True, 1, 9],
        ["example.com.", True, 1, 9],
        ["me@example.com", True, 1, 9],
        ["example.com/a", True, 1, 9],
        ["example.com:1", True, 1, 9],
        ["a" * 2000, True, 1, 9],
        ["127.0.0.1", True, 1, 9],
        ["::1", True, 1, 9],
        ["example.com", True, "1", 9],
        ["example.com", True, True, 9],
        ["example.com", True, -1, 9],
        ["example.com", True, float("nan"), 9],
        ["example.com", True, 1, float("inf")],
        ["example.com", True, 1, 10**400],
    ],
)
def test_every_field_about_a_host_is_checked(folder, row, caplog):
    rewritten(folder, host_records.HSTS, "hsts.json", [["fine.test", True, 1, 9], row])

    assert list(load(folder, now=NOW).hsts) == []
    assert len(caplog.records) == 1


WAY = ["h3", "", 443, 60]


@pytest.mark.parametrize(
    "row",
    [
        ["example.com", 443, 1],
        ["example.com", 0, 1, [WAY]],
        ["example.com", 443.0, 1, [WAY]],
        ["Example.com", 443, 1, [WAY]],
        ["example.com", 443, None, [WAY]],
        ["example.com", 443, 1, None],
        ["example.com", 443, 1, [WAY] * 9],
        ["example.com", 443, 1, [WAY[:3]]],
        ["example.com", 443, 1, [["h\n3", *WAY[1:]]]],
        ["example.com", 443, 1, [[3, *WAY[1:]]]],
        ["example.com", 443, 1, [["h3", "a/b", *WAY[2:]]]],
        ["example.com", 443, 1, [["h3", "[::1]", *WAY[2:]]]],
        ["example.com", 443, 1, [["h3", "me@a", *WAY[2:]]]],
        ["example.com", 443, 1, [["h3", "", 65536, 60]]],
        ["example.com", 443, 1, [["h3", "", 443, LONGEST + 1]]],
        ["example.com", 443, 1, [["h3", "", 443, True]]],
    ],
)
def test_every_field_about_an_origin_is_checked(folder, row, caplog):
    rewritten(folder, host_records.ALT_SVC, "alt-svc.json", [["fine.test", 443, 1, [WAY]], row])

    assert list(load(folder, now=NOW).alt_svc) == []
    assert len(caplog.records) == 1


def test_what_a_file_has_from_the_future_gives_way_to_any_new_word(folder):
    rewritten(folder, host_records.HSTS, "hsts.json", [["example.com", True, NOW + 9 * DAY, 2.0**39]])
    memory = load(folder, now=NOW)
    assert list(memory.hsts) == [HstsNote("example.com", subdomains=True, noted=0, expires=NOW + LONGEST)]

    memory.hsts.note(parse_url("https://example.com/"), "max-age=7", NOW)
    save(memory, folder, now=NOW)

    assert list(load(folder, now=NOW).hsts) == [HstsNote("example.com", subdomains=False, noted=NOW, expires=NOW + 7)]
