"""A second file of one that is there: whole and announced before it has its name, whatever happens on the way."""

import errno
import itertools
import os
from pathlib import Path

import pytest

from kill import victim
from rheo.domain.errors import DestinationExistsError, StorageError
from rheo.domain.safe_names import numbered
from rheo.domain.settings import OnExists
from rheo.storage import doubling
from rheo.storage.doubling import double_file
from rheo.storage.publishing import Naming

DATA = os.urandom(3 * 1024 * 1024 + 7)


class StoppedError(Exception):
    pass


def stop(*_):
    raise StoppedError


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(DATA)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def doubled(source, name="b", on_exists=OnExists.RENAME, announce=lambda _: None, **wishes):
    def announced(made, naming):
        announce(made)
        return naming

    target = str(source.with_name(name))
    naming = Naming(target, on_exists, numbered, first=target)
    wishes = {"link": False, "synced": True, "go_on": lambda: None, **wishes}
    return Path(double_file(str(source), naming, announce=announced, **wishes))


def names(source):
    return sorted(path.name for path in source.parent.iterdir())


def test_a_copy_is_the_same_and_another_file(source):
    path = doubled(source)

    assert source.with_name("b").read_bytes() == DATA
    assert path == source.with_name("b")
    assert path.stat().st_ino != source.stat().st_ino
    assert path.stat().st_mtime == 1_700_000_000


def test_what_is_announced_has_no_name_yet_and_is_the_file_that_gets_it(source):
    seen = []

    path = doubled(source, announce=lambda made: seen.append((made.st_ino, made.st_size, "b" in names(source))))

    assert seen == [(path.stat().st_ino, len(DATA), False)]


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EMLINK, errno.EPERM])
def test_a_copy_is_made_where_no_link_can_be(source, monkeypatch, code):
    def refuse(*_, **__):
        raise OSError(code, "no")

    monkeypatch.setattr(doubling.os, "link", refuse)
    path = doubled(source, link=True)

    assert source.with_name("b").read_bytes() == DATA
    assert path.stat().st_ino != source.stat().st_ino


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EXDEV])
def test_it_is_copied_by_hand_where_the_kernel_does_not(source, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, "no")

    monkeypatch.setattr(doubling.os, "copy_file_range", refuse, raising=False)
    doubled(source)

    assert source.with_name("b").read_bytes() == DATA


@pytest.mark.parametrize("link", [False, True])
def test_a_link_to_itself_is_replaced_without_a_trace(source, link):
    source.with_name("b").hardlink_to(source)

    doubled(source, link=link, on_exists=OnExists.OVERWRITE)

    assert names(source) == ["a", "b"]
    assert source.with_name("b").read_bytes() == DATA


@pytest.mark.parametrize("step", ["announce", "go_on"])
def test_nothing_is_left_where_it_ends_before_its_name(source, step):
    with pytest.raises(StoppedError):
        doubled(source, **{step: stop})

    assert names(source) == ["a"]


def test_a_file_that_came_meanwhile_stays(source):
    other = source.with_name("b")

    with pytest.raises(DestinationExistsError):
        doubled(source, on_exists=OnExists.ERROR, announce=lambda _: other.write_bytes(b"mine"))

    assert other.read_bytes() == b"mine"
    assert names(source) == ["a", "b"]


def test_a_file_that_came_meanwhile_is_numbered_around(source):
    path = doubled(source, announce=lambda _: source.with_name("b").write_bytes(b"mine"))

    assert path == source.with_name("b.1")
    assert names(source) == ["a", "b", "b.1"]


def test_an_original_that_is_changed_while_it_is_copied_is_told(source):
    def change():
        source.write_bytes(DATA[::-1])

    with pytest.raises(StorageError, match="changed while it was copied"):
        doubled(source, go_on=change)

    assert names(source) == ["a"]


def test_an_original_that_is_gone_is_told(source):
    source.unlink()

    with pytest.raises(StorageError):
        doubled(source)

    assert names(source) == []


@pytest.mark.parametrize("link", [False, True])
def test_a_kill_at_any_step_leaves_no_name_or_that_of_the_whole_file_that_was_announced(source, monkeypatch, link):
    for at in itertools.count():
        told = []
        target = source.with_name(f"b{at}")
        with victim(monkeypatch, at=at) as killed:
            doubled(source, target.name, link=link, announce=told.append)
        if target.exists():
            assert target.read_bytes() == DATA
            assert [made.st_ino for made in told] == [target.stat().st_ino]
        assert all(
            name == "a" or name.startswith("b") or (name[0], name[-5:]) == (".", ".part") for name in names(source)
        )
        if not killed.dead:
            break

    assert at > 2
    assert target.exists()
