"""Real servers, opened by the test that says what they are to do, and ended with it."""

from contextlib import ExitStack

import pytest

from integration.servers import danted as danted_server
from integration.servers import hypercorn as hypercorn_server
from integration.servers import microsocks as microsocks_server
from integration.servers import nginx as nginx_server
from integration.servers import socks4a as socks4a_server
from integration.servers import squid as squid_server
from integration.servers import tinyproxy as tinyproxy_server
from origin import Origin


@pytest.fixture
def servers():
    """What ends every server of the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def origins():
    """Three badly behaved servers."""
    with ExitStack() as stack:
        yield [stack.enter_context(Origin()) for _ in range(3)]


@pytest.fixture
def ca_file(authority, tmp_path):
    return authority.ca_file(tmp_path)


@pytest.fixture
def client_certificate(authority, tmp_path):
    """A certificate of the authority for a client, and its key, in one file."""
    path = tmp_path / "client.pem"
    authority.ca.issue_cert("client@example.org").private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


@pytest.fixture
def nginx(servers, tmp_path_factory, authority):
    def start(**wishes):
        return servers.enter_context(nginx_server.nginx(tmp_path_factory.mktemp("nginx"), authority, **wishes))

    return start


@pytest.fixture
def squid(servers, tmp_path_factory, authority):
    def start(**wishes):
        return servers.enter_context(squid_server.squid(tmp_path_factory.mktemp("squid"), authority, **wishes))

    return start


@pytest.fixture
def tinyproxy(servers, tmp_path_factory):
    def start(**wishes):
        return servers.enter_context(tinyproxy_server.tinyproxy(tmp_path_factory.mktemp("tinyproxy"), **wishes))

    return start


@pytest.fixture
def microsocks(servers, tmp_path_factory):
    def start(**wishes):
        return servers.enter_context(microsocks_server.microsocks(tmp_path_factory.mktemp("microsocks"), **wishes))

    return start


@pytest.fixture
def danted(servers, tmp_path_factory):
    def start(**wishes):
        return servers.enter_context(danted_server.danted(tmp_path_factory.mktemp("danted"), **wishes))

    return start


@pytest.fixture
def socks4a(servers, tmp_path_factory):
    def start(**wishes):
        return servers.enter_context(socks4a_server.socks4a(tmp_path_factory.mktemp("socks4a"), **wishes))

    return start


@pytest.fixture
def hypercorn(servers, tmp_path_factory, authority):
    def start():
        return servers.enter_context(hypercorn_server.hypercorn(tmp_path_factory.mktemp("hypercorn"), authority))

    return start
