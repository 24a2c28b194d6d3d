"""What the tables of config.toml mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rheo.config import load_settings, override
from rheo.domain.errors import SettingsError
from rheo.domain.network import TlsVersion
from rheo.domain.proxy import parse_proxy
from rheo.domain.settings import Settings


def load(tmp_path: Path, text: str, flags: Mapping[str, object] | None = None, **environment: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    environment["RHEO_HOME"] = str(tmp_path)
    return load_settings(flags=flags or {}, environment=environment, working_folder=tmp_path).settings


def test_a_table_of_proxies_spells_the_beginning_of_names(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [proxy]
        all = "socks5h://127.0.0.1:1080"
        https = "http://me@proxy.example:3128"
        password = "env:PASS"
        except = "localhost, .example.org"
        """,
        PASS="canary",
    )

    assert settings.proxy == parse_proxy("socks5h://127.0.0.1:1080")
    assert settings.proxy_https == parse_proxy("http://me@proxy.example:3128")
    assert settings.proxy_password is not None
    assert settings.proxy_password.reveal() == "canary"
    assert settings.noproxy == "localhost, .example.org"
    assert "canary" not in repr(settings)


def test_a_single_host_has_settings_of_its_own(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        connect_timeout = 3

        [host."Files.Example.com"]
        connections_per_host = 2
        tls_min = "1.3"

        [host."*.example.com"]
        connect_timeout = "1m"
        """,
    )

    assert settings.for_host("files.example.com").connections_per_host == 2
    assert settings.for_host("files.example.com").tls_min is TlsVersion.TLS13
    assert settings.for_host("files.example.com").connect_timeout == 3
    assert settings.for_host("a.b.example.com").connect_timeout == 60
    assert settings.for_host("example.com") == settings
    assert settings.for_host("other.org") is settings


def test_what_a_later_place_says_counts_for_single_hosts_too(tmp_path: Path) -> None:
    text = """
        connect_timeout = 3
        [host."a.example"]
        connect_timeout = 4
        user_agent = "table"
        proxy = "http://table:1"
        tls_timeout = 4
        """
    settings = load(tmp_path, text, {"proxy": "http://flag:2"}, RHEO_USER_AGENT="variable")
    host = override(settings, {"tls_timeout": 5}).for_host("a.example")

    assert (host.connect_timeout, host.user_agent, str(host.proxy), host.tls_timeout) == (
        4,
        "variable",
        "http://flag:2",
        5,
    )


def test_a_hosts_own_limit_stands_beside_that_of_all_and_is_left_alone_by_a_later_word_on_that(tmp_path: Path) -> None:
    text = """
        limit_rate = "5M"
        [host."a.example"]
        limit_rate = "Mon-Fri 08:00-18:00 1M; 2M; in Europe/Berlin"
        limit_rate_per_download = 1000
        request_delay = "500ms"
        [host."b.example"]
        limit_rate = "off"
        """
    settings = load(tmp_path, text, {"limit_rate": "10M", "limit_rate_per_download": "3M"})

    assert str(settings.limit_rate) == "10M"
    assert str(settings.limit_rate_of("a.example")) == "Mon-Fri 08:00-18:00 1M; 2M; in Europe/Berlin"
    assert settings.for_host("a.example").limit_rate == settings.limit_rate_of("a.example")
    assert settings.limit_rate_of("b.example") is settings.limit_rate_of("c.example") is None
    assert str(settings.for_host("a.example").limit_rate_per_download) == "3M"
    assert settings.for_host("a.example").request_delay == 0.5
    assert settings.for_host("b.example").request_delay == 0.0


def test_a_host_is_the_same_with_a_dot_at_its_end(tmp_path: Path) -> None:
    settings = load(tmp_path, '[host."a.example"]\nconnect_timeout = 1\n')
    dotted = load(tmp_path, '[host."a.example."]\nconnect_timeout = 1\n[host."*.b.example."]\nconnect_timeout = 1\n')

    assert settings.for_host("a.example.").connect_timeout == 1
    assert dotted.for_host("a.example").connect_timeout == 1
    assert dotted.for_host("c.b.example.").connect_timeout == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[host]\nx = 1", "must be a table"),
        ("host = 1", "must be a table"),
        ('[host.x]\ndirectory = "/tmp"', "directory cannot be set for a single host"),
        ("[host.x]\nretyr = 1", "retyr is not a setting"),
        ("[host.x]\nmax_memory = '32M'", "max_memory cannot be set for a single host"),
        ("[host.x]\nlimit_rate = 0", "limit_rate = 0: '0' lets nothing through; unlimited is written off"),
        ("[host.x]\nconnect_timeout = -1", "connect_timeout = -1: must be a duration"),
        ('[proxy]\nhtp = "x"', "proxy_htp is not a setting"),
        ('proxy = "ftp://user:canary@x"', "proxy = …: the proxy"),
        ('[proxy]\npassword = "env:NOBODY"', "NOBODY is not set"),
        ('[proxy]\npassword = "-"', "nobody is there to be asked"),
    ],
)
def test_what_cannot_be_is_told_with_its_place_and_without_secrets(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as told:
        load(tmp_path, text)

    assert complaint in told.value.message
    assert "config.toml" in told.value.message or "proxy" in told.value.message
    assert "canary" not in told.value.message


@pytest.mark.parametrize("text", ['except = ""', 'except = "localhost"'])
def test_a_list_of_exceptions_may_be_empty_and_is_then_a_list_all_the_same(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, f"[proxy]\n{text}\n").noproxy == ("localhost" if "localhost" in text else "")
