"""What a caller wishes becomes a request, or an error that says why it cannot."""

from datetime import UTC, datetime, timedelta

import pytest

import rheo
from rheo.domain.errors import UsageError
from rheo.domain.settings import NameFrom, RestrictFilenames, Settings
from rheo.wishes import request_for, requests_for

URL = "http://example.com/a"


@pytest.mark.parametrize("output", ["b", "-"])
def test_a_part_to_resume_from_and_an_output_contradict_each_other(tmp_path, output):
    part = tmp_path / "a.part"
    part.touch()

    with pytest.raises(UsageError, match="both say where the file goes"):
        request_for(URL, Settings(), {"resume_from": part, "output": output})


def test_a_part_to_resume_from_alone_is_taken(tmp_path):
    part = tmp_path / "a.part"
    part.touch()

    request = request_for(URL, Settings(), {"resume_from": part, "output": None})

    assert (request.resume_from, request.output) == (part, None)


def test_wishes_that_can_be_looked_at_but_once_count_for_every_url():
    requests = requests_for([URL, f"{URL}/b"], Settings(), {"headers": iter([("X-Key", "k")])})

    assert [request.http.headers for request in requests] == [(("X-Key", "k"),)] * 2


def test_a_login_in_one_url_is_not_that_of_another():
    requests = requests_for(["http://ann:p@example.com/a", URL], Settings(), {})

    assert [request.http.login is None for request in requests] == [False, True]


def test_names_are_chosen_as_the_settings_say_unless_one_download_has_wishes():
    settings = Settings(name_from=NameFrom.URL, restrict_filenames=RestrictFilenames.ASCII)

    usual = request_for(URL, settings, {})
    other = request_for(URL, settings, {"name_from": "redirect", "restrict_filenames": None})

    assert (usual.name_from, usual.restrict_filenames) == (NameFrom.URL, RestrictFilenames.ASCII)
    assert (other.name_from, other.restrict_filenames) == (NameFrom.REDIRECT, None)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"name_from": "server"}, "name_from = server: must be one of url, header, redirect"),
        ({"restrict_filenames": "unix"}, "restrict_filenames = unix: must be one of windows, ascii"),
    ],
)
def test_a_way_of_naming_that_there_is_not_is_a_mistake(wishes, message):
    with pytest.raises(UsageError, match=message):
        request_for(URL, Settings(), wishes)


def test_a_deadline_is_a_time_or_its_text_and_that_of_all_files():
    later = datetime.now(UTC) + timedelta(hours=2)

    given = requests_for([URL, f"{URL}/b"], Settings(), {"deadline": later})
    written = request_for(URL, Settings(), {"deadline": "+2h"})

    assert [request.deadline for request in given] == [later] * 2
    assert written.deadline is not None
    assert timedelta() <= written.deadline - later < timedelta(minutes=1)
    assert request_for(URL, Settings(), {"deadline": None}).deadline is None
    assert request_for(URL, Settings(), {}).deadline is None


@pytest.mark.parametrize("deadline", [datetime(2020, 1, 1, 8, tzinfo=UTC), "2020-01-01 08:00"])
def test_a_deadline_that_is_past_is_a_mistake(deadline):
    with pytest.raises(
        UsageError, match=r"^the deadline '2020-01-01 08:00' is past: it is .* now; write tomorrow 18:00, "
    ):
        rheo.download(URL, deadline=deadline)
