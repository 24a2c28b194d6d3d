"""Whose a server error is that came through a proxy."""

import pytest

from rheo.domain.proxy import parse_proxy
from rheo.domain.url import parse_url
from rheo.engine.answers.proxy_answers import whose
from rheo.transport.base import Head

PROXY = "http://ann:s3cret@proxy.example:3128"
ITSELF = "that is the proxy http://proxy.example:3128 itself"
EITHER = "that is the proxy http://proxy.example:3128 or the server behind it"
SQUID = {"server": "squid/5.7", "x-squid-error": "ERR_CONNECT_FAIL 111"}
OF_SQUID = {"via": "1.1 gate (squid/5.7)"}
OF_TINYPROXY = {"via": "1.1 gate (tinyproxy/1.11.1)"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (SQUID | OF_SQUID, ITSELF),
        (SQUID, ITSELF),
        ({"server": "squid"}, ITSELF),
        ({"server": "Me", "x-squid-error": "ERR_DNS_FAIL 0"}, ITSELF),
        ({"server": "tinyproxy/1.11.1"}, ITSELF),
        ({"proxy-agent": "gate"}, ITSELF),
        ({"proxy-status": "gate; error=connection_refused"}, ITSELF),
        ({"proxy-status": 'cdn; received-status=502, gate;error=dns_error;rcode="a;b"'}, ITSELF),
        ({"proxy-status": "cdn; error=dns_error, gate; received-status=502"}, EITHER),
        ({"proxy-status": "gate; received-status=502; error=http_response_incomplete"}, EITHER),
        ({"proxy-status": '"; error=x'}, EITHER),
        (SQUID | {"via": "1.1 far (squid/6.1), 1.1 gate (squid/5.7)"}, EITHER),
        (SQUID | OF_TINYPROXY, EITHER),
        ({"server": "tinyproxy/1.11.1"} | OF_TINYPROXY, EITHER),
        ({"server": "nginx"} | OF_SQUID, EITHER),
        ({}, EITHER),
    ],
)
def test_who_made_it_is_said_where_that_can_be_known(fields, words):
    assert whose(Head("1.1", 503, fields), parse_url("http://a.example/"), parse_proxy(PROXY)) == words


@pytest.mark.parametrize(
    ("status", "url", "proxy"),
    [
        (503, "http://a.example/", None),
        (503, "https://a.example/", PROXY),
        (503, "http://a.example/", "socks5h://proxy.example"),
        (404, "http://a.example/", PROXY),
    ],
)
def test_nothing_is_said_where_no_proxy_can_have_made_it(status, url, proxy):
    assert whose(Head("1.1", status, SQUID), parse_url(url), proxy and parse_proxy(proxy)) is None
