"""What errors hold, and what they let go."""

import pytest

from rheo.domain.errors import ConnectError, HttpStatusError, ResolveError, RheoError


def raised(error: RheoError, cause: Exception) -> RheoError:
    try:
        try:
            raise cause
        except type(cause) as caught:
            raise error from caught
    except RheoError as caught_again:
        return caught_again


def test_an_error_lets_go_the_frames_of_all_that_caused_it():
    root = raised(ConnectError("no connection"), OSError("refused"))
    error = raised(ResolveError("no address", transient=True), root)
    assert error.__traceback__ is not None

    assert error.without_frames() is error

    cause = error.__cause__
    assert cause is root
    assert isinstance(cause.__cause__, OSError)
    chain = (error, cause, cause.__cause__)
    assert [(one.__traceback__, one.__context__) for one in chain] == [(None, None)] * 3


@pytest.mark.parametrize(
    "error", [HttpStatusError("busy", status=503, retry_after=5.0), ResolveError("no address", transient=True)]
)
def test_a_twin_says_the_same_and_gets_notes_of_its_own(error):
    error.add_note("of both")
    twin = error.twin()
    error.add_note("of one")

    assert type(twin) is type(error)
    assert (twin.message, twin.transient, twin.retry_after) == (
        f"{error.args[0]}; of both",
        error.transient,
        error.retry_after,
    )
    assert error.message.endswith("; of one")
