from collections.abc import Iterator

import pytest

from rheo.cli.exit_codes import ExitCode, code_of, code_of_run
from rheo.domain import errors
from rheo.domain.errors import HttpStatusError, ResolveError, RheoError

REFUSED = HttpStatusError("a: status 404", status=404)
UNKNOWN_NAME = ResolveError("b", transient=False)


def family(kind: type[RheoError]) -> Iterator[type[RheoError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, 2),
        (errors.NetworkError, 4),
        (errors.ServerError, 5),
        (errors.PromiseError, 6),
        (errors.StorageError, 7),
    ],
)
def test_the_code_is_that_of_the_kind_of_error(kind: type[RheoError], code: int) -> None:
    for member in family(kind):
        if member is errors.TargetBusyError:
            continue  # it has a code of its own
        assert code_of(member.__new__(member)) == code, member


def test_another_rheo_at_the_same_file_has_a_code_of_its_own() -> None:
    assert code_of(errors.TargetBusyError("a.part is being written")) == ExitCode.BUSY == 9


def test_an_error_that_should_be_impossible_is_a_bug() -> None:
    assert code_of(errors.InternalError("never")) == ExitCode.BUG


def test_one_download_alone_has_the_code_of_its_error() -> None:
    assert code_of_run([], total=1) == 0
    assert code_of_run([REFUSED], total=1) == 5


def test_several_are_done_or_some_failed() -> None:
    assert code_of_run([], total=7) == 0
    assert code_of_run([REFUSED], total=7) == 3
    assert code_of_run([REFUSED, UNKNOWN_NAME], total=2) == 3
