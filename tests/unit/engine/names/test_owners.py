"""Whose a file is that is there, where no ledger knows it."""

import asyncio
from dataclasses import replace

import pytest

from rheo.domain.download import DownloadRequest
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.promise import UNPROMISED
from rheo.domain.settings import OnExists
from rheo.domain.url import parse_url
from rheo.engine.existing import left_alone
from rheo.engine.names.owners import Owners


@pytest.fixture
def one(tmp_path):
    return DownloadRequest(url=parse_url("http://h/x/get"), directory=tmp_path, on_exists=OnExists.NEWER)


@pytest.fixture
def another(one):
    return replace(one, url=parse_url("http://h/y/get"))


def test_a_path_is_the_downloads_that_asked_first_however_often_it_is_begun(one, another):
    owners = Owners()
    assert not owners.is_anothers_now(one, "/get")

    assert owners.is_anothers_now(another, "/get")
    assert not owners.is_anothers_now(replace(one, http=HttpWishes(headers=(("Cookie", "a=b"),))), "/get")


def test_a_manager_knows_nothing_of_what_another_one_fetched(one, another):
    assert not Owners().is_anothers_now(one, "/get")
    assert not Owners().is_anothers_now(another, "/get")


def test_a_file_that_another_process_brought_is_its_whom_it_was_left_for(one, another, tmp_path):
    owners, path = Owners(), tmp_path / "get"
    path.write_bytes(b"x")

    result = asyncio.run(left_alone(one, path, UNPROMISED, owners))

    assert result.skipped
    assert owners.is_anothers_now(another, str(path))
