"""What is shown of a login to a server, and to nobody else."""

from rheo.engine.requests.access import Shown


def test_what_is_shown_to_a_server_is_shown_in_no_repr():
    assert "s3cret" not in repr(Shown("Bearer s3cret"))
