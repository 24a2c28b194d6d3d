"""What a caller wishes becomes a request, or an error that says why it cannot."""

import pytest

from rheo.domain.errors import UsageError
from rheo.domain.settings import Settings
from rheo.wishes import request_for

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
