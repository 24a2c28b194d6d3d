"""Part files: whose they are, and what becomes of what lies in the way."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from kill import dead_owner, victim
from parts import CONTENT, SIZE, URL, described, fill
from rheo.domain.errors import DestinationExistsError, DiskFullError, StorageError, TakenOverError
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.domain.settings import OnExists
from rheo.storage import platform
from rheo.storage.parts import unnamed
from rheo.storage.parts.part_file import PartFile
from rheo.storage.parts.part_state import is_source
from rheo.storage.parts.remains import look


def part_file(folder, name="a.iso", on_exists=OnExists.RENAME):
    return PartFile(str(folder / name), on_exists=on_exists, numbered=numbered)


def create(part):
    part.create(url="https://example.com/a.iso", source=URL, resource=described(4), reserve=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_its_name_only_when_it_is_published(tmp_path):
    part = part_file(tmp_path)
    create(part)
    part.write(0, [b"ab", b"cd"])

    assert names(tmp_path) == ["a.iso.part", "a.iso.part.json"]
    assert part.publish(modified=1000.0) == tmp_path / "a.iso"
    assert names(tmp_path) == ["a.iso"]
    assert (tmp_path / "a.iso").read_bytes() == b"abcd"
    assert (tmp_path / "a.iso").stat().st_mtime == 1000


def test_discarding_leaves_nothing(tmp_path):
    part = part_file(tmp_path)
    create(part)
    part.discard()

    assert names(tmp_path) == []


def test_a_file_that_came_meanwhile_is_renamed_around_kept_or_replaced(tmp_path):
    (tmp_path / "a.iso").write_bytes(b"came")
    for on_exists, expected in ((OnExists.RENAME, "a.1.iso"), (OnExists.OVERWRITE, "a.iso")):
        part = part_file(tmp_path, on_exists=on_exists)
        part.open()
        assert part.publish(modified=None).name == expected
    for on_exists in (OnExists.ERROR, OnExists.SKIP):
        part = part_file(tmp_path, on_exists=on_exists)
        part.open()
        with pytest.raises(DestinationExistsError):
            part.publish(modified=None)
        part.discard()

    assert names(tmp_path) == ["a.1.iso", "a.iso"]


def test_errors_of_the_system_become_ours(tmp_path):
    with pytest.raises(StorageError, match="No such file"):
        part_file(tmp_path / "missing").open()


def test_a_foreign_record_is_neither_overwritten_nor_deleted(tmp_path):
    """Invariant 4."""
    (tmp_path / "a.iso.part.json").write_text("somebody's")
    (tmp_path / "a.iso.part.json.new").symlink_to(tmp_path / "victim")

    part = part_file(tmp_path)
    create(part)
    part.write(0, [b"abcd"])
    part.publish(modified=None)
    given_up = part_file(tmp_path, "b.iso")
    given_up.open()
    (tmp_path / "b.iso.part.json").write_text("somebody's")
    given_up.keep()
    given_up.discard()

    assert (tmp_path / "a.iso").read_bytes() == b"abcd"
    assert (tmp_path / "a.iso.part.json").read_text() == "somebody's"
    assert (tmp_path / "b.iso.part.json").read_text() == "somebody's"
    assert not (tmp_path / "victim").exists()


def test_a_part_that_was_taken_over_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setattr(unnamed, "_KIND", 0)
    part = part_file(tmp_path)
    part.open()
    part.write(0, [b"mine"])
    (tmp_path / "a.iso.part").unlink()
    (tmp_path / "a.iso.part").write_bytes(b"theirs")

    with pytest.raises(StorageError, match="was taken away"):
        part.publish(modified=None)
    part.discard()

    assert names(tmp_path) == ["a.iso.part"]
    assert (tmp_path / "a.iso.part").read_bytes() == b"theirs"


def test_a_passing_file_costs_one_open_one_write_one_name(tmp_path, monkeypatch):
    """Thousands a second come this way."""
    part = part_file(tmp_path)

    with victim(monkeypatch, at=None) as calls:
        part.open()
        part.write(0, [b"abcd"])
        part.publish(modified=None)

    assert calls.calls == ["open", "pwritev", "link"]
    assert names(tmp_path) == ["a.iso"]


def test_a_passing_file_has_no_name_before_its_own(tmp_path):
    part = part_file(tmp_path)
    part.open()
    part.write(0, [b"abcd"])
    assert names(tmp_path) == []

    assert part.publish(modified=1000.0) == tmp_path / "a.iso"
    assert (tmp_path / "a.iso").read_bytes() == b"abcd"
    assert (tmp_path / "a.iso").stat().st_mtime == 1000.0


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize(
    ("on_exists", "there"),
    [
        (OnExists.RENAME, {"a.iso": b"theirs", "a.1.iso": b"ours"}),
        (OnExists.OVERWRITE, {"a.iso": b"ours"}),
        (OnExists.SKIP, {"a.iso": b"theirs"}),
        (OnExists.ERROR, {"a.iso": b"theirs"}),
    ],
)
def test_a_name_that_was_taken_meanwhile_is_dealt_with_as_was_wished(tmp_path, monkeypatch, named, on_exists, there):
    if named:
        monkeypatch.setattr(unnamed, "_KIND", 0)
    part = part_file(tmp_path, on_exists=on_exists)
    part.open()
    part.write(0, [b"ours"])
    (tmp_path / "a.iso").write_bytes(b"theirs")

    with suppress(DestinationExistsError):
        part.publish(modified=None)
    part.discard()

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == there


def test_the_files_beside_a_part_are_for_their_owner_alone(parts):
    previous = os.umask(0o022)
    try:
        parts.begin((0, 100))
    finally:
        os.umask(previous)

    modes = {name: stat.S_IMODE((parts.folder / name).stat().st_mode) for name in parts.names}
    assert modes == {"a.iso.part": 0o644, "a.iso.part.json": 0o600, "a.iso.part.live": 0o600}


def test_a_new_part_has_its_size_and_its_room(parts):
    parts.begin()

    found = (parts.folder / "a.iso.part").stat()
    assert found.st_size == SIZE
    assert found.st_blocks * 512 >= SIZE


def test_a_part_without_reservation_has_its_size_and_no_room(parts):
    part = parts.new()
    part.create(url="", source=URL, resource=described(2**40), reserve=False)

    found = (parts.folder / "a.iso.part").stat()
    assert found.st_size == 2**40
    assert found.st_blocks * 512 < 2**20


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS])
def test_a_file_system_that_cannot_reserve_is_not_asked_for_more(parts, monkeypatch, number):
    monkeypatch.setattr(platform, "_native_reserve", lambda: lambda descriptor, size: number)

    parts.begin()

    assert (parts.folder / "a.iso.part").stat().st_size == SIZE


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_leaves_nothing_behind(parts, monkeypatch, number):
    monkeypatch.setattr(platform, "_native_reserve", lambda: lambda descriptor, size: number)

    with pytest.raises(DiskFullError, match="free some"):
        parts.begin()

    assert parts.names == []


def test_room_for_the_state_is_left(parts, monkeypatch):
    monkeypatch.setattr("rheo.storage.parts.reservation.free_space", lambda descriptor: SIZE + 1_000_000)

    with pytest.raises(DiskFullError, match=f"it needs {SIZE} bytes"):
        parts.begin()

    assert parts.names == []


def test_saving_on_a_full_disk_keeps_the_older_claim(parts, monkeypatch):
    part = parts.begin((0, 1000))
    fill(part, [(1000, 2000)])
    part.mark(RangeSet([(0, 2000)]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", full)
        with pytest.raises(DiskFullError):
            part.save(RangeSet([(0, 2000)]))
    part.keep()

    assert parts.names == ["a.iso.part", "a.iso.part.json", "a.iso.part.live"]
    assert list(parts.look().ranges) == [(0, 2000)]


def full(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_part_is_left_even_where_no_state_can_be_written(parts, monkeypatch):
    part = parts.begin((0, 1000))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", full)
        part.keep()
    assert [name[-5:] for name in parts.names] == [".part", ".left", ".json", ".live"]

    again = parts.new()
    again.adopt(parts.look())
    again.discard()

    assert parts.names == []


def test_a_live_map_that_cannot_be_written_is_none(parts, monkeypatch):
    part = parts.begin((0, 1000))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", full)
        part.mark(RangeSet([(0, 2000)]))

    assert parts.names == ["a.iso.part", "a.iso.part.json"]


def test_a_failed_sync_leaves_the_older_claim_and_no_live_map(parts, monkeypatch):
    """Invariant 2."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin((0, 1000))
        fill(part, [(1000, 2000)])
        part.mark(RangeSet([(0, 2000)]))
        fail_to_sync(part, patch)
        part.close()

    assert parts.names == ["a.iso.part", "a.iso.part.json"]
    assert list(parts.look().ranges) == [(0, 1000)]


def test_after_a_failed_sync_no_live_map_comes_back_and_nothing_more_is_claimed(parts, monkeypatch):
    """Invariant 2: another thread may just be writing a map, and a second sync succeeds where a first one failed."""
    with monkeypatch.context() as patch, dead_owner(patch):
        part = parts.begin((0, 1000))
        fail_to_sync(part, patch)
        part.mark(RangeSet([(0, 2000)]))
        with pytest.raises(StorageError):
            part.save(RangeSet([(0, 2000)]))
        part.close()

    assert parts.names == ["a.iso.part", "a.iso.part.json"]
    assert list(parts.look().ranges) == [(0, 1000)]


def fail_to_sync(part, patch):
    with patch.context() as failing:
        failing.setattr(os, "fdatasync", lambda descriptor: broken())
        with pytest.raises(StorageError, match="Input/output error"):
            part.sync_data()


def broken():
    raise OSError(errno.EIO, "Input/output error")


def test_a_foreign_live_map_is_neither_overwritten_nor_deleted(parts, caplog):
    """Invariant 4."""
    (parts.folder / "a.iso.part.live").write_text("somebody's")

    part = parts.begin((0, 1000))
    part.mark(RangeSet([(0, 500)]))
    parts.finish(part, RangeSet([(0, 1000)]))

    assert parts.names == ["a.iso", "a.iso.part.live"]
    assert (parts.folder / "a.iso.part.live").read_text() == "somebody's"
    assert caplog.text.count("left alone") == 1


def test_a_foreign_draft_is_neither_overwritten_nor_deleted(parts):
    """Invariant 4."""
    (parts.folder / "a.iso.part.json.0.new").write_text("somebody's")
    (parts.folder / "a.iso.part.json.1.new").symlink_to(parts.folder / "victim")

    parts.die((0, 1000))
    part = parts.new()
    part.adopt(parts.look())
    parts.finish(part, RangeSet([(0, 1000)]))

    assert parts.names == ["a.iso", "a.iso.part.json.0.new", "a.iso.part.json.1.new"]
    assert (parts.folder / "a.iso.part.json.0.new").read_text() == "somebody's"


def test_the_owner_may_touch_its_state_and_still_owns_it(parts):
    part = parts.begin((0, 1000))
    os.utime(parts.folder / "a.iso.part.json", (5, 5))

    part.mark(RangeSet([(0, 1000)]))
    part.save(RangeSet([(0, 1000)]))


@pytest.mark.parametrize("gone", ["a.iso.part", "a.iso.part.json"])
def test_an_owner_whose_files_are_gone_stops(parts, gone):
    part = parts.begin((0, 1000))
    (parts.folder / gone).unlink()

    for act in (
        lambda: part.mark(RangeSet()),
        lambda: part.save(RangeSet()),
        lambda: part.publish(modified=None),
        lambda: part.set_aside(URL),
    ):
        with pytest.raises(TakenOverError):
            act()
    part.keep()
    part.close()

    assert gone not in parts.names


def test_an_old_version_is_kept_until_the_new_one_is_whole(parts):
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.create(url="", source=URL, resource=Resource(size=SIZE, etag='"v2"'), reserve=True)
    assert parts.names == ["a.iso.old.part", "a.iso.old.part.json", "a.iso.part", "a.iso.part.json"]
    assert (parts.folder / "a.iso.old.part").read_bytes()[:1000] == CONTENT[:1000]

    path = parts.finish(part, RangeSet())
    part.drop_aside(URL)

    assert path == parts.folder / "a.iso"
    assert parts.names == ["a.iso"]


@pytest.mark.parametrize("sizes", [(1000, 500), (500, 1000)])
def test_of_old_versions_the_one_of_which_most_is_there_is_kept(parts, sizes):
    part = parts.begin((0, sizes[0]))
    part.set_aside(URL)
    part.discard()
    part = parts.begin((0, sizes[1]))
    part.set_aside(URL)
    part.discard()

    old = [name for name in parts.names if name.endswith(".part")]
    assert len(old) == 1
    assert look(str(parts.folder / old[0].removesuffix(".part")), URL, numbered=numbered).ranges.size == 1000
    assert parts.names == [old[0], f"{old[0]}.json"]


def test_an_old_version_goes_with_the_new_file_also_where_the_part_has_a_number(parts):
    (parts.folder / "a.iso.part").write_bytes(b"foreign")
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    assert "a.iso.old.part" in parts.names
    part.create(url="", source=URL, resource=described(), reserve=True)
    parts.finish(part, RangeSet())
    part.drop_aside(URL)

    assert parts.names == ["a.iso", "a.iso.part"]


def test_two_parts_that_make_way_at_once_get_two_names(parts, monkeypatch):
    one, other = parts.begin((0, 1000), source="https://elsewhere"), parts.begin((0, 500))
    rename, first = platform.rename_without_clobbering, [other]

    def rename_after_the_other(source, target):
        while first and target.endswith(".old.part.json"):
            first.pop().set_aside(URL)
        rename(source, target)

    monkeypatch.setattr("rheo.storage.parts.aside.rename_without_clobbering", rename_after_the_other)
    one.set_aside("https://elsewhere")
    one.discard()
    other.discard()

    assert [name for name in parts.names if name.endswith(".part")] == ["a.iso.old.1.part", "a.iso.old.part"]


def test_a_state_whose_part_a_crash_kept_back_is_worth_nothing(parts):
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.discard()
    (parts.folder / "a.iso.old.part").unlink()
    part = parts.begin((0, 500))
    part.set_aside(URL)
    part.discard()

    assert parts.names == ["a.iso.old.1.part", "a.iso.old.1.part.json"]


def test_an_old_version_can_be_gone_on_with_under_its_own_name(parts):
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.discard()

    remains = look(f"{parts.target}.old", URL, numbered=numbered)

    assert list(remains.ranges) == [(0, 1000)]
    assert remains.state.resource.etag == '"v1"'


def test_a_part_that_only_has_the_name_of_an_old_version_stays(parts):
    """It is that of a file which is called so."""
    called_so = PartFile(f"{parts.target}.old", on_exists=OnExists.RENAME, numbered=numbered)
    called_so.create(url="", source=URL, resource=described(), reserve=True)
    called_so.keep()
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.create(url="", source=URL, resource=described(), reserve=True)
    parts.finish(part, RangeSet())
    part.drop_aside(URL)

    assert parts.names == ["a.iso", "a.iso.old.part", "a.iso.old.part.json"]


def test_an_old_version_that_is_gone_on_with_is_not_set_aside_any_more(parts):
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.discard()
    old = PartFile(f"{parts.target}.old", on_exists=OnExists.RENAME, numbered=numbered)
    old.adopt(look(f"{parts.target}.old", URL, numbered=numbered))
    old.keep()

    part.drop_aside(URL)

    assert "a.iso.old.part" in parts.names


def test_what_made_way_for_another_source_goes_with_that_one(parts):
    part = parts.begin((0, 1000), source="https://elsewhere")
    part.set_aside(URL)
    part.discard()

    part.drop_aside("https://elsewhere")
    assert "a.iso.old.part" in parts.names
    part.drop_aside(URL)
    assert parts.names == []


def test_old_versions_of_another_source_stay(parts):
    part = parts.begin((0, 1000), source="https://elsewhere")
    part.set_aside("https://elsewhere")
    part.discard()
    part = parts.begin((0, 2000))
    part.set_aside(URL)
    part.discard()
    assert "a.iso.old.1.part" in parts.names
    part.drop_aside(URL)

    assert parts.names == ["a.iso.old.part", "a.iso.old.part.json"]


def test_a_name_that_is_taken_when_publishing_leaves_the_part_as_it_was(parts):
    part = parts.new(OnExists.ERROR)
    part.create(url="", source=URL, resource=described(), reserve=True)
    (parts.folder / "a.iso").write_text("came")

    with pytest.raises(DestinationExistsError):
        parts.finish(part, RangeSet())
    part.keep()

    assert parts.names == ["a.iso", "a.iso.part", "a.iso.part.json"]
    assert parts.look().ranges == RangeSet([(0, SIZE)])


def test_a_part_that_was_kept_can_still_be_discarded(parts):
    part = parts.begin((0, 1000))
    part.keep()
    part.discard()

    assert parts.names == []


def test_a_part_that_was_kept_and_taken_over_is_not_discarded(parts):
    part = parts.begin((0, 1000))
    part.keep()
    other = parts.new()
    other.adopt(parts.look())

    part.discard()
    other.mark(RangeSet([(0, 1000)]))

    assert parts.names == ["a.iso.part", "a.iso.part.json", "a.iso.part.live"]


def test_a_part_that_was_kept_is_discarded_though_something_else_has_its_states_name(parts):
    """Invariant 4."""
    part = parts.begin((0, 1000))
    part.keep()
    (parts.folder / "a.iso.part.json").unlink()
    (parts.folder / "a.iso.part.json").mkdir()

    part.discard()

    assert "a.iso.part.json" in parts.names


def test_a_description_that_comes_while_a_state_is_saved_is_in_the_next_one(parts, monkeypatch):
    part = parts.begin((0, 1000))
    replace = os.replace

    def describe_and_replace(*paths):
        monkeypatch.setattr(os, "replace", replace)
        part.describe(url="", source="https://elsewhere", resource=described(), mirrored=False)
        replace(*paths)

    monkeypatch.setattr(os, "replace", describe_and_replace)
    part.save(RangeSet([(0, 1000)]))
    part.keep()

    assert is_source(parts.look().state, "https://elsewhere")


def test_marking_while_a_state_is_saved_is_no_takeover(parts, monkeypatch):
    part = parts.begin((0, 1000))
    replace = os.replace

    def replace_and_mark(*paths):
        replace(*paths)
        monkeypatch.setattr(os, "replace", replace)
        part.mark(RangeSet([(0, 1000)]))

    monkeypatch.setattr(os, "replace", replace_and_mark)
    part.save(RangeSet([(0, 1000)]))
    part.mark(RangeSet([(0, 1000)]))


def test_a_part_that_could_not_get_its_name_back_is_found_and_can_be_discarded(parts, monkeypatch):
    """The disk fails between the two renames of publishing."""
    part = parts.begin((0, SIZE))
    part.sync()
    part.save(RangeSet([(0, SIZE)]), complete=True)
    rename = platform.rename_without_clobbering

    def fail_later(source, target):
        if source.endswith(".done"):
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("rheo.storage.publishing.rename_without_clobbering", fail_later)
        with pytest.raises(StorageError, match="Input/output error"):
            part.publish(modified=None)
    part.keep()
    assert parts.look().ranges.size == SIZE

    part.discard()

    assert parts.names == []


def test_a_draft_that_somebody_cleaned_up_is_written_again(parts, monkeypatch):
    rename = platform.rename_without_clobbering

    def clean_and_rename(source, target):
        monkeypatch.setattr("rheo.storage.parts.claim.rename_without_clobbering", rename)
        Path(source).unlink()
        rename(source, target)

    monkeypatch.setattr("rheo.storage.parts.claim.rename_without_clobbering", clean_and_rename)
    parts.begin((0, 1000)).keep()

    assert list(parts.look().ranges) == [(0, 1000)]


def test_a_part_that_was_taken_over_while_it_is_set_aside_stays_where_it_is(parts, monkeypatch):
    part = parts.begin((0, 1000))
    rename = platform.rename_without_clobbering

    def take_over_and_rename(source, target):
        monkeypatch.setattr("rheo.storage.publishing.rename_without_clobbering", rename)
        (parts.folder / "a.iso.part").unlink()
        (parts.folder / "a.iso.part").write_bytes(b"theirs")
        rename(source, target)

    monkeypatch.setattr("rheo.storage.publishing.rename_without_clobbering", take_over_and_rename)
    with pytest.raises(TakenOverError):
        part.set_aside(URL)

    assert (parts.folder / "a.iso.part").read_bytes() == b"theirs"
    assert [name for name in parts.names if "old" in name] == []


def test_a_failed_sync_of_a_part_that_was_taken_over_leaves_the_new_owners_live_map(parts, monkeypatch):
    with monkeypatch.context() as patch, dead_owner(patch):
        old = parts.begin((0, 1000))
    parts.new().adopt(parts.look())

    with monkeypatch.context() as patch:
        fail_to_sync(old, patch)

    assert "a.iso.part.live" in parts.names


def test_a_passing_file_takes_the_place_of_what_is_left_of_its_source(parts):
    parts.begin((0, 1000)).keep()

    part = parts.new()
    part.open(source=URL)
    part.write(0, [b"small"])
    part.publish(modified=None)

    assert parts.names == ["a.iso"]


def test_a_passing_file_leaves_what_is_left_of_other_sources(parts):
    parts.begin((0, 1000), source="https://elsewhere").keep()

    part = parts.new()
    part.open(source=URL)
    part.write(0, [b"small"])
    part.publish(modified=None)

    assert list(parts.look("https://elsewhere").ranges) == [(0, 1000)]


def test_a_passing_file_after_a_part_that_made_way_has_no_state(parts):
    part = parts.begin((0, 1000))
    part.set_aside(URL)
    part.open(source=URL)
    part.write(0, [b"small"])

    assert parts.names == ["a.iso.old.part", "a.iso.old.part.json"]
    part.publish(modified=None)
    part.drop_aside(URL)
    assert parts.names == ["a.iso"]


@pytest.mark.parametrize("size", [9 * 1024 * 1024, 1024 * 1024])
def test_a_large_file_in_memory_takes_its_room_as_it_comes(parts, monkeypatch, size):
    reserved = []
    monkeypatch.setattr("rheo.storage.parts.reservation.in_memory", lambda folder: folder == str(parts.folder))
    monkeypatch.setattr(platform, "_native_reserve", lambda: lambda *asked: reserved.append(asked) or 0)

    parts.new().create(url="", source=URL, resource=described(size), reserve=True)

    large = size > 8 * 1024 * 1024
    assert bool(reserved) is not large
    assert not large or (parts.folder / "a.iso.part").stat().st_size == size


def test_a_small_file_does_not_ask_where_memory_is(parts, monkeypatch):
    monkeypatch.setattr("rheo.storage.parts.reservation.in_memory", refuse)

    parts.begin()


def test_a_file_that_is_larger_than_the_memory_is_refused(parts, monkeypatch):
    monkeypatch.setattr("rheo.storage.parts.reservation.in_memory", lambda folder: True)
    monkeypatch.setattr("rheo.storage.parts.reservation.free_space", lambda descriptor: 2**24)

    with pytest.raises(DiskFullError):
        parts.new().create(url="", source=URL, resource=described(2**24), reserve=True)

    assert parts.names == []


def refuse(*args):
    raise AssertionError("nobody should ask")
