"""Part files: whose they are, and what becomes of what lies in the way."""

import json
import os
import socket

import pytest

from rheo.domain.errors import DestinationExistsError, StorageError
from rheo.domain.settings import OnExists
from rheo.engine.filename import numbered
from rheo.storage.owner import abandoned, write_record
from rheo.storage.part_file import PartFile
from rheo.storage.platform import boot_id, process_started


def part_file(folder, name="a.iso", on_exists=OnExists.RENAME):
    return PartFile(str(folder / name), on_exists=on_exists, numbered=numbered)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def record(folder, name="a.iso.part.json", **owner):
    known = {"host": socket.gethostname(), "boot": boot_id(), "pid": os.getpid(), "started": None}
    (folder / name).write_text(json.dumps({"version": 1, "owner": {**known, **owner}}))


def test_a_file_has_its_name_only_when_it_is_published(tmp_path):
    part = part_file(tmp_path)
    part.open(size=4, lasting=True)
    part.write(0, [b"ab", b"cd"])

    assert names(tmp_path) == ["a.iso.part", "a.iso.part.json"]
    assert part.publish(modified=1000.0) == tmp_path / "a.iso"
    assert names(tmp_path) == ["a.iso"]
    assert (tmp_path / "a.iso").read_bytes() == b"abcd"
    assert (tmp_path / "a.iso").stat().st_mtime == 1000


def test_discarding_leaves_nothing(tmp_path):
    part = part_file(tmp_path)
    part.open(size=None, lasting=True)
    part.discard()

    assert names(tmp_path) == []


def test_a_part_that_was_kept_is_taken_over(tmp_path):
    kept = part_file(tmp_path)
    kept.open(size=None, lasting=False)
    kept.write(0, [b"old"])
    kept.keep()
    assert names(tmp_path) == ["a.iso.part", "a.iso.part.json"]

    part = part_file(tmp_path)
    part.open(size=None, lasting=False)
    part.write(0, [b"new"])
    part.publish(modified=None)

    assert names(tmp_path) == ["a.iso"]


def test_a_part_of_a_process_that_is_gone_is_taken_over(tmp_path):
    (tmp_path / "a.iso.part").write_bytes(b"old")
    record(tmp_path, pid=2**22 + 1, started="1")

    part_file(tmp_path).open(size=None, lasting=False)

    assert (tmp_path / "a.iso.part").read_bytes() == b""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2, "owner": null}',
        '{"version": 1}',
        '{"version": 1, "owner": {"pid": 1}}',
        '{"version": 1, "owner": 7}',
        '{"version": 1, "owner": {"host": "HOST", "boot": null, "pid": 1' + "0" * 30 + ', "started": null}}',
        '{"version": 1, "owner": {"host": "HOST", "boot": null, "pid": "../tmp", "started": "1"}}',
        '{"version": 1, "owner": {"host": "HOST", "boot": null, "pid": -1, "started": null}}',
        "\0" * 1000,
        "[" * 100_000,
    ],
)
def test_a_part_whose_record_is_rubbish_is_left_alone(tmp_path, text):
    """Invariant 10."""
    (tmp_path / "a.iso.part").write_bytes(b"foreign")
    (tmp_path / "a.iso.part.json").write_text(text.replace("HOST", socket.gethostname()))

    part = part_file(tmp_path)
    part.open(size=None, lasting=True)

    assert (tmp_path / "a.iso.part").read_bytes() == b"foreign"
    assert "a.iso.1.part" in names(tmp_path)
    part.discard()


def test_a_part_that_another_process_writes_is_left_alone(tmp_path):
    (tmp_path / "a.iso.part").write_bytes(b"theirs")
    record(tmp_path, pid=os.getppid(), started=process_started(os.getppid()))

    part_file(tmp_path).open(size=None, lasting=False)

    assert (tmp_path / "a.iso.part").read_bytes() == b"theirs"


def test_a_part_on_another_host_is_left_alone(tmp_path):
    record(tmp_path, host="elsewhere")

    assert not abandoned(str(tmp_path / "a.iso.part.json"))


def test_a_part_from_before_a_restart_is_abandoned(tmp_path):
    record(tmp_path, boot="another", pid=1)

    assert abandoned(str(tmp_path / "a.iso.part.json"))


def test_a_record_is_not_read_through_a_link(tmp_path):
    write_record(str(tmp_path / "real"), owned=False)
    (tmp_path / "a.iso.part.json").symlink_to(tmp_path / "real")

    assert not abandoned(str(tmp_path / "a.iso.part.json"))


def test_a_file_that_came_meanwhile_is_renamed_around_kept_or_replaced(tmp_path):
    (tmp_path / "a.iso").write_bytes(b"came")
    for on_exists, expected in ((OnExists.RENAME, "a.1.iso"), (OnExists.OVERWRITE, "a.iso")):
        part = part_file(tmp_path, on_exists=on_exists)
        part.open(size=None, lasting=False)
        assert part.publish(modified=None).name == expected
    for on_exists in (OnExists.ERROR, OnExists.SKIP):
        part = part_file(tmp_path, on_exists=on_exists)
        part.open(size=None, lasting=False)
        with pytest.raises(DestinationExistsError):
            part.publish(modified=None)
        part.discard()

    assert names(tmp_path) == ["a.1.iso", "a.iso"]


def test_errors_of_the_system_become_ours(tmp_path):
    with pytest.raises(StorageError, match="No such file"):
        part_file(tmp_path / "missing").open(size=None, lasting=False)


def test_a_foreign_record_is_neither_overwritten_nor_deleted(tmp_path):
    """Invariant 4."""
    (tmp_path / "a.iso.part.json").write_text("somebody's")
    (tmp_path / "a.iso.part.json.new").symlink_to(tmp_path / "victim")

    part = part_file(tmp_path)
    part.open(size=None, lasting=True)
    part.write(0, [b"x"])
    part.publish(modified=None)
    given_up = part_file(tmp_path, "b.iso")
    given_up.open(size=None, lasting=False)
    (tmp_path / "b.iso.part.json").write_text("somebody's")
    given_up.keep()
    given_up.discard()

    assert (tmp_path / "a.iso").read_bytes() == b"x"
    assert (tmp_path / "a.iso.part.json").read_text() == "somebody's"
    assert (tmp_path / "b.iso.part.json").read_text() == "somebody's"
    assert not (tmp_path / "victim").exists()


def test_a_part_that_was_taken_over_is_not_published(tmp_path):
    part = part_file(tmp_path)
    part.open(size=None, lasting=False)
    part.write(0, [b"mine"])
    (tmp_path / "a.iso.part").unlink()
    (tmp_path / "a.iso.part").write_bytes(b"theirs")

    with pytest.raises(StorageError, match="was taken away"):
        part.publish(modified=None)
    part.discard()

    assert names(tmp_path) == ["a.iso.part"]
    assert (tmp_path / "a.iso.part").read_bytes() == b"theirs"


def test_a_pipe_in_the_place_of_a_record_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.iso.part.json")

    assert not abandoned(str(tmp_path / "a.iso.part.json"))
