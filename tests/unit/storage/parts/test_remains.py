"""What an earlier run left: gone on with, set aside, or left alone."""

import dataclasses
import os
import time

import pytest

from kill import dead_owner, victim
from parts import CONTENT, SIZE, URL, age, described, fill
from rheo.domain.errors import StorageError, TakenOverError, TargetBusyError
from rheo.domain.ranges import RangeSet
from rheo.domain.safe_names import numbered
from rheo.storage import sidecar
from rheo.storage.parts import owner as owners
from rheo.storage.parts.part_state import FileId, PartState, decode, decode_live, encode, encode_live, is_source
from rheo.storage.parts.remains import Published, brought, file_at
from rheo.storage.platform import boot_id


def state_of(parts, name="a.iso.part.json"):
    return parts.folder / name


def adopted(parts):
    part = parts.new()
    part.adopt(parts.look())
    return part


def test_nothing_is_found_where_nothing_is(parts):
    assert parts.look() is None


def test_what_a_killed_process_left_is_gone_on_with(parts):
    parts.die((0, 1000), (5000, 70_000))

    remains = parts.look()
    assert list(remains.ranges) == [(0, 1000), (5000, 70_000)]
    assert remains.state.resource == described()
    assert is_source(remains.state, URL)
    part = parts.new()
    part.adopt(remains)
    path = parts.finish(part, remains.ranges)

    assert path.read_bytes() == CONTENT
    assert parts.names == ["a.iso"]


def test_what_was_left_on_purpose_is_gone_on_with(parts):
    parts.begin((0, 1000)).keep()

    assert parts.names == ["a.iso.part", "a.iso.part.json"]
    assert list(parts.look().ranges) == [(0, 1000)]


def test_what_was_written_but_not_synced_counts_in_the_same_start_of_the_machine(parts):
    """A process that is killed loses nothing: the page cache outlives it."""
    parts.die((0, 1000), saved=False)

    assert list(parts.look().ranges) == [(0, 1000)]


def test_what_was_not_synced_does_not_count_after_a_restart(parts, monkeypatch):
    """Invariant 2."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin((0, 1000))
        part.mark(RangeSet([(0, 2000)]))
        part.close()
    for module in ("inspection", "owner"):
        monkeypatch.setattr(f"rheo.storage.parts.{module}.boot_id", lambda: "another")
    owners._process.cache_clear()
    try:
        assert list(parts.look().ranges) == [(0, 1000)]
    finally:
        owners._process.cache_clear()


def test_live_ranges_survive_two_crashes_in_a_row(parts, monkeypatch):
    parts.die((0, 1000), saved=False)
    with monkeypatch.context() as patch, dead_owner(patch, started="2"):
        monkeypatch.setattr("rheo.storage.parts.logbook.Logbook.mark", lambda self, ranges: None)
        adopted(parts).close()
    with monkeypatch.context() as patch, dead_owner(patch, started="3"):
        adopted(parts).close()

    assert list(parts.look().ranges) == [(0, 1000)]


def test_remains_of_another_source_are_shown_for_want_of_our_own(parts):
    parts.begin((0, 1000), source="https://elsewhere").keep()

    remains = parts.look()
    assert not is_source(remains.state, URL)

    mine = parts.begin((0, 500))
    assert "a.iso.1.part" in parts.names
    mine.keep()
    assert list(parts.look().ranges) == [(0, 500)]
    assert list(parts.look("https://elsewhere").ranges) == [(0, 1000)]


def test_a_new_source_can_take_a_part_over(parts):
    parts.begin((0, 1000), source="https://elsewhere").keep()
    part = adopted(parts)
    part.describe(url="https://example.com/", source=URL, resource=described(), mirrored=False)
    part.save(RangeSet([(0, 1000)]))
    part.keep()

    assert is_source(parts.look().state, URL)


# A living owner


def test_a_living_owner_of_the_same_source_is_named(parts):
    parts.begin((0, 1000))

    with pytest.raises(TargetBusyError, match=rf"process {os.getpid()} on .*--join"):
        parts.look()
    with pytest.raises(TargetBusyError):
        parts.begin((0, 1000))


@pytest.mark.parametrize("older", [[], ["a.iso"], ["a.iso", "a.1.iso"]])
def test_who_waits_for_an_owner_knows_its_file_by_its_name(parts, older):
    part = parts.begin((0, 1000))
    with pytest.raises(TargetBusyError) as busy:
        parts.look()
    for name in older:
        (parts.folder / name).write_bytes(b"older")
    before = file_at(parts.target)
    assert brought(parts.target, {busy.value.inode}, before=before, numbered=numbered) is None

    path = parts.finish(part, RangeSet([(0, 1000)]))

    assert brought(parts.target, {busy.value.inode}, before=before, numbered=numbered) == str(path)


@pytest.mark.parametrize("older", [False, True])
def test_who_waits_for_an_owner_knows_a_file_that_it_began_anew_unseen(parts, older):
    if older:
        (parts.folder / "a.iso").write_bytes(b"older")
    before = file_at(parts.target)
    (parts.folder / "new").write_bytes(b"new")
    (parts.folder / "new").rename(parts.folder / "a.iso")

    assert brought(parts.target, set(), before=before, numbered=numbered) == parts.target


def test_an_owner_that_has_no_part_yet_does_not_say_which_file_it_is(parts, monkeypatch):
    def look_and_fail(*_, **__):
        with pytest.raises(TargetBusyError) as busy:
            parts.look()
        inodes.append(busy.value.inode)
        raise OSError

    inodes = []
    monkeypatch.setattr("rheo.storage.platform.open_exclusively", look_and_fail)
    with pytest.raises(StorageError):
        parts.begin()

    assert inodes == [None]


def test_a_living_owner_of_another_source_is_passed_by(parts):
    theirs = parts.begin((0, 1000), source="https://elsewhere")

    assert parts.look() is None
    mine = parts.begin((0, 500))

    assert "a.iso.1.part" in parts.names
    assert parts.finish(theirs, RangeSet([(0, 1000)])).name == "a.iso"
    assert parts.finish(mine, RangeSet([(0, 500)])).name == "a.1.iso"


def test_a_host_name_cannot_steer_a_terminal(parts, monkeypatch):
    """Invariant 9."""
    with monkeypatch.context() as patch, dead_owner(patch, host="evil\x1b[2J", boot=None):
        parts.begin((0, 1000))

    with pytest.raises(TargetBusyError) as busy_error:
        parts.look()

    assert "\x1b" not in str(busy_error.value)
    assert "evil\\x1b[2J" in str(busy_error.value)


ELSEWHERE = [{"host": "elsewhere", "boot": "another"}, {"namespace": "pid:[1]"}, {"host": "elsewhere"}]


@pytest.mark.parametrize("differing", ELSEWHERE)
def test_an_owner_that_cannot_be_seen_lives_as_long_as_its_heart_beats(parts, differing):
    parts.die((0, 1000), owner=differing)

    with pytest.raises(TargetBusyError):
        parts.look()
    for name in ("a.iso.part.json", "a.iso.part.live", "a.iso.part"):
        age(parts.folder / name, 29)
    with pytest.raises(TargetBusyError):
        parts.look()
    for name in ("a.iso.part.json", "a.iso.part.live", "a.iso.part"):
        age(parts.folder / name, 31)
    assert parts.look().ranges.size == 1000
    assert [name for name in parts.names if name.endswith(".new")] == []


def test_a_state_alone_is_a_heartbeat(parts):
    parts.die((0, 1000), owner=ELSEWHERE[0])
    (parts.folder / "a.iso.part.live").unlink()

    with pytest.raises(TargetBusyError):
        parts.look()


def test_a_heartbeat_from_the_future_does_not_block_for_ever(parts):
    parts.die((0, 1000), owner=ELSEWHERE[0])
    for name in ("a.iso.part.json", "a.iso.part.live"):
        age(parts.folder / name, -3600)

    assert parts.look().ranges.size == 1000


def test_an_owner_of_an_earlier_start_of_this_machine_is_dead(parts):
    parts.die((0, 1000), owner={"boot": "another"})

    assert parts.look().ranges.size == 1000


def test_a_process_of_the_same_number_is_another_one(parts):
    parts.die((0, 1000), owner={"pid": os.getpid(), "started": "1"})

    assert parts.look().ranges.size == 1000


def test_an_owner_that_was_taken_over_stops_and_touches_nothing(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        old = parts.begin((0, 1000))
    new = adopted(parts)
    before = (parts.names, state_of(parts).read_bytes(), (parts.folder / "a.iso.part.live").read_bytes())

    for act in (
        lambda: old.mark(RangeSet([(0, 5)])),
        lambda: old.save(RangeSet([(0, 5)])),
        lambda: old.publish(modified=None),
        lambda: old.set_aside(URL),
    ):
        with pytest.raises(TakenOverError):
            act()
    old.keep()
    old.discard()

    assert before == (parts.names, state_of(parts).read_bytes(), (parts.folder / "a.iso.part.live").read_bytes())
    assert parts.finish(new, RangeSet([(0, 1000)])).read_bytes() == CONTENT


def test_of_two_that_take_over_one_wins(parts):
    parts.die((0, 1000))
    one, other = parts.new(), parts.new()
    remains = parts.look()
    one.adopt(remains)

    with pytest.raises(TakenOverError):
        other.adopt(remains)
    other.discard()

    one.mark(RangeSet([(0, 1000)]))


def test_a_part_that_was_replaced_since_it_was_looked_at_is_not_taken_over(parts):
    """Invariant 2: what was found out is true of that file alone."""
    parts.die((0, 1000))
    remains = parts.look()
    replace(parts.folder / "a.iso.part")

    with pytest.raises(TakenOverError):
        parts.new().adopt(remains)


def test_a_part_that_went_since_it_was_looked_at_is_not_taken_over(parts):
    parts.die((0, 1000))
    remains = parts.look()
    (parts.folder / "a.iso.part").unlink()

    with pytest.raises(TakenOverError):
        parts.new().adopt(remains)


def test_whoever_dies_while_taking_over_passes_the_right_on(parts, monkeypatch):
    """Fourteen in a row, each of them a call later than the one before."""
    parts.die((0, 1000))
    rights = set()
    for at in range(7, 21):
        with victim(monkeypatch, at=at, started=str(at)):
            adopted(parts)
        rights.add(len([name for name in parts.names if name.endswith(".take")]))
    assert max(rights) >= 1

    part = adopted(parts)
    parts.finish(part, RangeSet([(0, 1000)]))

    assert parts.names == ["a.iso"]


def test_drafts_of_many_crashes_keep_nobody_out(parts):
    for number in range(8):
        state_of(parts, f"a.iso.part.json.{number}.new").touch()
    state_of(parts, "a.iso.part.json.3.new").write_text("somebody's")

    parts.finish(parts.begin((0, 1000)), RangeSet([(0, 1000)]))

    assert parts.names == ["a.iso", "a.iso.part.json.3.new"]


def test_a_right_is_given_back_where_the_state_cannot_be_read_any_more(parts):
    parts.die((0, 1000))
    remains = parts.look()
    state_of(parts).unlink()
    state_of(parts).mkdir()

    with pytest.raises(StorageError, match="in the way"):
        parts.new().adopt(remains)

    assert [name for name in parts.names if name.endswith(".take")] == []


def test_the_one_whose_right_was_put_in_place_by_another_has_the_part(parts, monkeypatch):
    """Somebody who seemed dead renamed the right, which was taken from him meanwhile."""
    parts.die((0, 1000))
    part, rename = parts.new(), os.replace

    def rename_twice(source, target):
        rename(source, target)
        monkeypatch.setattr(os, "replace", rename)
        rename(source, target)

    remains = parts.look()
    monkeypatch.setattr(os, "replace", rename_twice)
    part.adopt(remains)

    assert parts.finish(part, remains.ranges).read_bytes() == CONTENT


def test_a_part_behind_names_that_became_free_is_found(parts):
    first = parts.begin((0, 10), source="https://elsewhere")
    parts.begin((0, 1000)).keep()
    first.discard()

    assert parts.names == ["a.iso.1.part", "a.iso.1.part.json"]
    assert list(parts.look().ranges) == [(0, 1000)]


# A file system that was mounted anew


@pytest.mark.parametrize("kept", [True, False])
def test_another_number_of_the_device_leaves_what_is_synced(parts, monkeypatch, kept):
    """Without a restart; what was only written may be gone with a disk that was pulled out."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin((0, 1000))
        part.mark(RangeSet([(0, 2000)]))
        part.keep() if kept else part.close()
    for name, read, write in (("json", decode, encode), ("live", decode_live, encode_live)):
        path = state_of(parts, f"a.iso.part.{name}")
        claim = read(path.read_bytes())
        path.write_bytes(write(dataclasses.replace(claim, part=FileId(claim.part.device + 1, claim.part.inode))))

    remains = parts.look()
    assert list(remains.ranges) == [(0, 1000)]
    part = parts.new()
    part.adopt(remains)
    assert parts.finish(part, remains.ranges).read_bytes() == CONTENT


# Damage


def damages():
    whole = slice(None)
    yield "empty", lambda data: b""
    yield "zeroed", lambda data: bytes(len(data))
    yield "cut", lambda data: data[: len(data) // 2]
    yield "flipped", lambda data: data[:200] + bytes([data[200] ^ 4]) + data[201:]
    yield "beginning", lambda data: b"x" + data[whole][1:]


@pytest.mark.parametrize(("word", "damage"), list(damages()))
def test_a_damaged_state_is_set_aside_with_its_part_and_a_word(parts, caplog, word, damage):
    parts.die((0, 1000))
    damaged = damage(state_of(parts).read_bytes())
    state_of(parts).write_bytes(damaged)
    for name in parts.names:
        age(parts.folder / name, 60)

    assert parts.look() is None

    assert parts.names == ["a.iso.damaged.part", "a.iso.damaged.part.json"]
    assert (parts.folder / "a.iso.damaged.part").read_bytes()[:1000] == CONTENT[:1000]
    assert state_of(parts, "a.iso.damaged.part.json").read_bytes() == damaged
    assert f"{parts.target}.part.json is damaged" in caplog.text
    assert f"{parts.target}.damaged.part" in caplog.text


def aged(parts, seconds):
    for name in parts.names:
        age(parts.folder / name, seconds)


def beaten(parts, **differing):
    """Have the live map differ."""
    path = state_of(parts, "a.iso.part.live")
    path.write_bytes(encode_live(dataclasses.replace(decode_live(path.read_bytes()), **differing)))


def test_a_damaged_state_that_somebody_may_be_writing_is_left_alone_with_a_word(parts, caplog):
    parts.die((0, 1000))
    state_of(parts).write_bytes(b"")

    assert parts.look() is None
    assert parts.names == ["a.iso.part", "a.iso.part.json", "a.iso.part.live"]
    assert f"{parts.target}.part.json is damaged: it is not a part state; left alone for now" in caplog.text

    parts.begin((0, 1000))
    assert "a.iso.1.part" in parts.names


@pytest.mark.parametrize("live", [True, False])
def test_an_owner_on_this_machine_would_have_given_a_sign_soon(parts, live):
    parts.die((0, 1000))
    state_of(parts).write_bytes(b"")
    if not live:
        (parts.folder / "a.iso.part.live").unlink()
    aged(parts, 5)
    parts.look()
    assert "a.iso.damaged.part" not in parts.names

    aged(parts, 7)
    parts.look()
    assert parts.names == ["a.iso.damaged.part", "a.iso.damaged.part.json"]


@pytest.mark.parametrize("boot", ["another", None])
def test_an_owner_elsewhere_has_longer(parts, boot):
    parts.die((0, 1000))
    state_of(parts).write_bytes(b"")
    beaten(parts, boot=boot)
    aged(parts, 29)
    parts.look()
    assert "a.iso.damaged.part" not in parts.names

    aged(parts, 31)
    parts.look()
    assert "a.iso.damaged.part" in parts.names


@pytest.mark.parametrize("fresh", ["a.iso.part", "a.iso.part.json", "a.iso.part.live"])
def test_each_file_of_a_damaged_part_may_be_a_sign_of_life(parts, fresh):
    parts.die((0, 1000))
    state_of(parts).write_bytes(b"")
    aged(parts, 60)
    age(parts.folder / fresh, 0)

    parts.look()

    assert "a.iso.damaged.part" not in parts.names


def test_a_newer_state_is_left_alone(parts, caplog):
    parts.die((0, 1000))
    state_of(parts).write_bytes(state_of(parts).read_bytes().replace(b'"version":1', b'"version":9'))
    for name in parts.names:
        age(parts.folder / name, 60)
    before = parts.names

    assert parts.look() is None

    assert parts.names == before
    assert "a newer rheo wrote it, in version 9" in caplog.text
    parts.begin((0, 1000))
    assert "a.iso.1.part" in parts.names


def test_a_part_without_a_state_of_ours_is_foreign(parts, caplog):
    """Invariant 4."""
    (parts.folder / "a.iso.part").write_bytes(b"foreign")
    assert parts.look() is None
    assert f"{parts.target}.part is left alone: no part state says what it is of" in caplog.text
    (parts.folder / "a.iso.part.json").write_text("somebody's")
    assert parts.look() is None
    assert f"{parts.target}.part.json is left alone: it is not a part state" in caplog.text

    parts.begin((0, 1000)).keep()

    assert list(parts.look().ranges) == [(0, 1000)]
    assert (parts.folder / "a.iso.part").read_bytes() == b"foreign"
    assert state_of(parts).read_text() == "somebody's"


def obstacles():
    yield "folder", lambda path: path.mkdir()
    yield "pipe", os.mkfifo
    yield "link", lambda path: path.symlink_to(path.parent / "victim")
    yield "device link", lambda path: path.symlink_to("/dev/zero")
    yield "large", lambda path: path.write_bytes(bytes(2**20 + 1))


@pytest.mark.parametrize(("word", "put"), list(obstacles()))
@pytest.mark.parametrize("name", ["a.iso.part.json", "a.iso.part.live", "a.iso.part"])
@pytest.mark.timeout(10)
def test_what_is_no_small_file_is_neither_followed_nor_waited_for_nor_removed(parts, name, word, put):
    """Invariant 10."""
    parts.die((0, 1000))
    path = parts.folder / name
    path.unlink()
    put(path)
    (parts.folder / "victim").write_bytes(b"victim")

    remains = parts.look()
    assert (list(remains.ranges) if remains else None) == ([(0, 1000)] if name.endswith("live") else None)
    if remains is None:
        parts.finish(parts.begin((0, 1000)), RangeSet([(0, 1000)]))
    else:
        part = parts.new()
        part.adopt(remains)
        parts.finish(part, remains.ranges)

    assert (parts.folder / "a.iso").read_bytes() == CONTENT
    assert (parts.folder / "victim").read_bytes() == b"victim"
    if word != "large" or name != "a.iso.part":
        assert os.path.lexists(path)


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"{", b"somebody's"])
def test_without_a_sound_live_map_the_synced_ranges_count(parts, damage):
    parts.die((0, 1000))
    (parts.folder / "a.iso.part.live").write_bytes(damage)

    assert list(parts.look().ranges) == [(0, 1000)]


def test_live_ranges_beyond_the_file_are_not_believed(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin((0, 1000))
        part.mark(RangeSet([(0, 2000), (5000, SIZE + 1)]))

    assert list(parts.look().ranges) == [(0, 1000)]


def test_another_parts_live_map_is_not_believed(parts, monkeypatch):
    parts.die((0, 1000))
    foreign = (parts.folder / "a.iso.part.live").read_bytes()
    for name in parts.names:
        (parts.folder / name).unlink()
    parts.die((0, 500))
    (parts.folder / "a.iso.part.live").write_bytes(foreign)

    assert list(parts.look().ranges) == [(0, 500)]


# A part that is not what its state says


def truncate(path):
    os.truncate(path, SIZE - 1)


def lengthen(path):
    os.truncate(path, SIZE + 1)


def replace(path):
    data = path.read_bytes()
    path.with_suffix(".other").write_bytes(data)
    path.with_suffix(".other").rename(path)


def edit(path):
    """Change a byte, and put the time back."""
    then = path.stat()
    overwrite(path, 990)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


def overwrite(path, offset):
    descriptor = os.open(path, os.O_RDWR)
    os.pwrite(descriptor, b"edited", offset)
    os.close(descriptor)


def touch(path):
    age(path, -60)


MISFITS = [
    (truncate, "is shorter"),
    (lengthen, "is longer"),
    (replace, "is another file"),
    (edit, "holds other bytes"),
    (touch, "was changed after we left it"),
]


@pytest.mark.parametrize(("change", "reason"), MISFITS)
@pytest.mark.parametrize("kept", [True, False])
def test_a_part_that_is_not_what_its_state_says_is_set_aside_with_a_word(parts, caplog, change, reason, kept):
    if kept:
        parts.begin((0, 1000)).keep()
    else:
        parts.die((0, 1000))
    change(parts.folder / "a.iso.part")
    content = (parts.folder / "a.iso.part").read_bytes()

    assert parts.look() is None

    assert parts.names == ["a.iso.damaged.part", "a.iso.damaged.part.json"]
    assert (parts.folder / "a.iso.damaged.part").read_bytes() == content
    assert f"{parts.target}.part {reason}" in caplog.text
    assert f"{parts.target}.damaged.part" in caplog.text


@pytest.mark.parametrize("put_back", [False, True])
def test_a_part_that_was_edited_at_once_and_far_from_its_blocks_is_set_aside(parts, caplog, put_back):
    parts.begin((0, 500_000), size=600_000).keep()
    path = parts.folder / "a.iso.part"
    soon = path.stat().st_mtime_ns + 1_000_000
    overwrite(path, 1000)
    os.utime(path, ns=(soon, 1_000_000_000 if put_back else soon))

    assert parts.look() is None

    assert "was changed after we left it" in caplog.text


@pytest.mark.parametrize("grain", [1_000_000_000, 2_000_000_000])
def test_a_part_whose_time_lost_its_fractions_is_gone_on_with(parts, grain):
    """FAT, mounted anew, knows every other second."""
    parts.begin((0, 1000)).keep()
    path = parts.folder / "a.iso.part"
    modified = path.stat().st_mtime_ns
    os.utime(path, ns=(modified, modified - modified % grain))

    assert list(parts.look().ranges) == [(0, 1000)]


def test_two_damaged_parts_get_two_names(parts):
    for _ in range(2):
        parts.die((0, 1000))
        truncate(parts.folder / "a.iso.part")
        parts.look()

    assert [name for name in parts.names if name.endswith(".part")] == ["a.iso.damaged.1.part", "a.iso.damaged.part"]


def test_a_part_that_was_written_on_after_the_last_heartbeat_is_believed(parts):
    """A process that hangs is killed; its writes had gone on for a while."""
    parts.die((0, 1000))
    age(parts.folder / "a.iso.part", -5)

    assert list(parts.look().ranges) == [(0, 1000)]


def test_bytes_between_the_ranges_do_not_count(parts):
    parts.die((0, 1000), (5000, 6000))
    path = parts.folder / "a.iso.part"
    then = path.stat().st_mtime
    with path.open("r+b") as file:
        file.seek(2000)
        file.write(b"in flight")
    os.utime(path, (then, then))

    assert parts.look().ranges.size == 2000


def test_a_part_of_unknown_size_is_gone_on_with(parts):
    parts.die((0, 1000), size=None)
    assert list(parts.look().ranges) == [(0, 1000)]

    os.truncate(parts.folder / "a.iso.part", 999)
    assert parts.look() is None


def test_a_state_without_a_part_is_removed(parts):
    parts.die((0, 1000))
    (parts.folder / "a.iso.part").unlink()

    assert parts.look() is None
    assert parts.names == []


def test_a_state_that_was_written_before_its_part_owns_no_foreign_one(parts, monkeypatch):
    """Invariant 4."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin()
        part._logbook.write(
            part._logbook.state.__class__(token=part._logbook.state.token, owner=part._logbook.state.owner)
        )
        part.close()
    for name in ("a.iso.part.live", "a.iso.part"):
        (parts.folder / name).unlink()
    (parts.folder / "a.iso.part").write_bytes(b"foreign")

    assert parts.look() is None
    assert parts.names == ["a.iso.part"]
    assert (parts.folder / "a.iso.part").read_bytes() == b"foreign"


# A file that got its name just before its process died


def complete(parts, on_exists_name="a.iso"):
    part = parts.begin((0, SIZE))
    part.sync()
    part.save(RangeSet([(0, SIZE)]), complete=True)
    return part


@pytest.mark.parametrize("name", ["a.iso", "a.1.iso"])
def test_a_file_that_was_named_before_its_state_went_is_published_already(parts, monkeypatch, name):
    if name == "a.1.iso":
        (parts.folder / "a.iso").write_text("came")
    with monkeypatch.context() as patch, dead_owner(patch):
        complete(parts).close()
    (parts.folder / "a.iso.part").rename(parts.folder / name)

    found = parts.look()

    assert isinstance(found, Published)
    assert found.path == str(parts.folder / name)
    assert [name for name in parts.names if "part" in name] == []
    assert parts.look() is None


def test_another_file_of_that_name_is_not_taken_for_the_published_one(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        complete(parts).close()
    (parts.folder / "a.iso").write_bytes(CONTENT)
    (parts.folder / "a.iso.part").unlink()

    assert parts.look() is None
    assert parts.names == ["a.iso"]


def test_what_is_named_but_was_not_verified_is_not_called_published(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        parts.begin((0, SIZE)).close()
    (parts.folder / "a.iso.part").rename(parts.folder / "a.iso")

    assert parts.look() is None


def test_a_part_on_the_way_to_its_name_is_found_though_its_place_was_taken(parts, monkeypatch):
    """Invariant 4: what came meanwhile is not ours to move."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = complete(parts)
        part.close()
    done = part._logbook.names.done(part._logbook.state.token)
    (parts.folder / "a.iso.part").rename(done)
    (parts.folder / "a.iso.part").write_bytes(b"foreign")

    assert parts.look().part == done
    assert (parts.folder / "a.iso.part").read_bytes() == b"foreign"


def test_a_state_that_only_frees_a_name_makes_no_empty_file_ours(parts):
    """Invariant 4. Such a state has no source, and is left by a crash."""
    state_of(parts).write_bytes(encode(PartState(token="0" * 32)))
    (parts.folder / "a.iso.part").touch()

    assert parts.look() is None
    assert parts.names == ["a.iso.part"]


def test_a_complete_part_with_the_servers_time_is_gone_on_with(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        complete(parts).close()
    then = time.time() + 10**6
    os.utime(parts.folder / "a.iso.part", (then, then))

    remains = parts.look()

    assert remains.state.complete
    assert remains.ranges.size == SIZE


def test_looking_costs_next_to_nothing_where_nothing_is(parts, monkeypatch):
    calls = []
    for name in ("open", "lstat", "stat", "listdir", "scandir"):
        whole = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, whole=whole, name=name, **more: calls.append(name) or whole(*args))

    parts.look()

    assert len(calls) <= 6


def test_a_boot_that_is_not_known_is_no_reason_to_believe(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch, boot=None):
        patch.setattr("rheo.storage.parts.logbook.boot_id", lambda: None)
        part = parts.begin((0, 1000))
        part.mark(RangeSet([(0, 2000)]))

    assert boot_id() is not None
    for name in ("a.iso.part.json", "a.iso.part.live", "a.iso.part"):
        age(parts.folder / name, 31)
    assert list(parts.look().ranges) == [(0, 1000)]
    assert encode(parts.look().state)
    assert sidecar.read(str(parts.folder / "nothing")) is None
    fill(adopted(parts), [(0, 10)])
