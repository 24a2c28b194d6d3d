"""Whose a 401 or 407 is that came through a proxy."""

import pytest

from rheo.domain.proxy import parse_proxy
from rheo.domain.url import parse_url
from rheo.transport.base import Head
from rheo.transport.curl.errors import is_refused_by_proxy

KNOWN = "http://ann:s3cret@proxy.example:3128"
TINYPROXY = {"server": "tinyproxy/1.11.1"}


@pytest.mark.parametrize(
    ("status", "fields", "url", "proxy", "refused"),
    [
        (407, {}, "http://example.com/", KNOWN, True),
        (407, {"via": "1.1 x"}, "http://example.com/", KNOWN, True),
        (407, {}, "https://example.com/", KNOWN, False),
        (407, {}, "http://example.com/", "socks5://ann:s3cret@proxy.example", False),
        (401, TINYPROXY, "http://example.com/", KNOWN, True),
        (401, TINYPROXY | {"via": "1.1 x (tinyproxy/1.11.1)"}, "http://example.com/", KNOWN, False),
        (401, {"server": "nginx"}, "http://example.com/", KNOWN, False),
        (401, {}, "http://example.com/", KNOWN, False),
        (401, TINYPROXY, "https://example.com/", KNOWN, False),
        (401, TINYPROXY, "http://example.com/", "http://proxy.example:3128", False),
        (403, TINYPROXY, "http://example.com/", KNOWN, False),
        (200, TINYPROXY, "http://example.com/", KNOWN, False),
    ],
)
def test_a_login_is_wanted_by_the_proxy_where_nobody_else_can_have_said_so(status, fields, url, proxy, refused):
    assert is_refused_by_proxy(Head("1.1", status, fields), parse_url(url), parse_proxy(proxy)) is refused
