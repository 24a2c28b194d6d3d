"""The forms in which a head says that a quota is used up."""

import pytest

from rheo.transport.rate_limit_fields import used_up_for

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({"ratelimit": '"default";r=0;t=30'}, 30),
        ({"ratelimit": '"burst";r=0;t=2, "daily";r=0;t=600'}, 600),
        ({"ratelimit": '"burst";r=3;t=2, "daily";r=0;t=600'}, 600),
        ({"ratelimit": '"default";r=50;t=30'}, None),
        ({"ratelimit": '"default";r=0'}, None),
        ({"ratelimit": '"a,b;r=0;t=9";r=1;t=5'}, None),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "7"}, 7),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "7"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000090"}, 90),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000090000"}, 90),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1799999990"}, 0),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "5.5"}, 5.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "111111111111111"}, None),
        ({"x-ratelimit-reset": "60"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "60"}, None),
        ({}, None),
    ],
)
def test_a_quota_that_is_used_up_says_until_when(fields: dict[str, str], wait: float | None) -> None:
    assert used_up_for(fields, NOW) == wait
