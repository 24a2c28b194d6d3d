"""What a batch makes of what the manager says; the rest is tried through the command and `download_many`."""

import threading
import time

import pytest

from rheo.batch.batch import Batch
from rheo.batch.fed import Fed
from rheo.batch.feed import Feed
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidDestinationError, ManagerClosedError
from rheo.domain.url import parse_url


@pytest.mark.parametrize("refused_before", [False, True])
def test_a_manager_that_closes_is_no_failure_of_a_line(tmp_path, refused_before):
    refusals = [InvalidDestinationError("no such place")] if refused_before else []

    def closed(_requests):
        raise refusals.pop() if refusals else ManagerClosedError("the manager is not open")

    there = threading.Event()
    request = DownloadRequest(url=parse_url("http://a/b"), directory=tmp_path)
    batch = Batch(Feed([Fed(1, "line 1", request)], there.set), closed, book=None, now=time.monotonic())
    there.wait(10)

    with pytest.raises(ManagerClosedError):
        batch.step(time.monotonic())
