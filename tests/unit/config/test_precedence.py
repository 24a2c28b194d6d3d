"""Which place wins, for every setting and every two places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from rheo.config import Loaded, known, load_settings, to_text
from rheo.domain.network import HttpVersion, IpVersion, TlsVersion
from rheo.domain.overrides import SettingsOverrides
from rheo.domain.proxy import parse_proxy
from rheo.domain.settings import NameFrom, OnExists, RestrictFilenames, Settings, Sync, Verbosity, Verify
from rheo.domain.strategy import MirrorStrategy

TWO: Mapping[str, tuple[Any, Any]] = {
    "directory": (Path("/one"), Path("/two")),
    "max_concurrent": (3, 4),
    "connections": (5, 6),
    "connections_per_host": (7, 8),
    "min_split_size": (2048, 4096),
    "segment_size": (2048, 4096),
    "resume": (False, True),
    "join": (True, False),
    "reserve": (False, True),
    "on_exists": (OnExists.SKIP, OnExists.ERROR),
    "name_from": (NameFrom.URL, NameFrom.REDIRECT),
    "restrict_filenames": (RestrictFilenames.WINDOWS, RestrictFilenames.ASCII),
    "mirror_strategy": (MirrorStrategy.IN_ORDER, MirrorStrategy.RANDOM),
    "retry": (1, 2),
    "retry_max_time": (1.5, 90.0),
    "retry_on": (("404",), ("!503", "connect_failed")),
    "refresh_command": ("find-link", "find-link --quickly"),
    "refresh_timeout": (1.0, 2.0),
    "connect_timeout": (1.0, 2.0),
    "first_byte_timeout": (1.0, 2.0),
    "stall_timeout": (1.0, 2.0),
    "timeout": (1.0, 2.0),
    "ca_file": (Path("/one.pem"), Path("/two.pem")),
    "max_connections": (9, 10),
    "request_delay": (0.5, 1.5),
    "tls_timeout": (1.0, 2.0),
    "lowest_speed_limit": (1024, 2048),
    "attempt_timeout": (1.0, 2.0),
    "max_time": (1.0, 2.0),
    "idle_timeout": (1.0, 2.0),
    "connection_age": (1.0, 2.0),
    "user_agent": ("one", "two"),
    "referer": ("https://one/", "https://two/"),
    "max_redirects": (1, 2),
    "location_trusted": (True, False),
    "allow_downgrade": (True, False),
    "compressed": (True, False),
    "netrc": (True, False),
    "netrc_file": (Path("/one"), Path("/two")),
    "cookies": (Path("/one.txt"), Path("/two.txt")),
    "save_cookies": (Path("/one.txt"), Path("/two.txt")),
    "proxy": (parse_proxy("http://one:1"), parse_proxy("socks5://two:2")),
    "proxy_http": (parse_proxy("http://one:1"), parse_proxy("socks5://two:2")),
    "proxy_https": (parse_proxy("http://one:1"), parse_proxy("socks5://two:2")),
    "noproxy": ("one, two", ""),
    "proxies": (False, True),
    "ca_dir": (Path("/one"), Path("/two")),
    "pinned_pubkey": (f"sha256//{'A' * 43}=", f"sha256//{'B' * 43}="),
    "tls_min": (TlsVersion.TLS13, TlsVersion.TLS12),
    "http_version": (HttpVersion.HTTP2, HttpVersion.HTTP3),
    "interface": ("lo", "eth0"),
    "ip_version": (IpVersion.IPV4, IpVersion.IPV6),
    "resolve": (("one:80:127.0.0.1",), ("two:80:[::1]", "three:81:1.2.3.4")),
    "verify": (Verify.OFF, Verify.AUTO),
    "follow_metalink": (False, True),
    "sync": (Sync.FULL, Sync.OFF),
    "mtime": (False, True),
    "verbosity": (Verbosity.QUIET, Verbosity.VERBOSE),
}
"""Two values of each setting, the first unlike the default."""

TIMEOUTS = ("connect_timeout", "tls_timeout", "first_byte_timeout", "stall_timeout")
NARROWER: Mapping[str, tuple[str, ...]] = {"timeout": TIMEOUTS, "proxy": ("proxy_http", "proxy_https")}
"""What a setting sets, too."""

MAY_STAND_IN_A_STRANGERS_FOLDER = [
    "max_concurrent",
    "connections",
    "connections_per_host",
    "retry",
    "retry_max_time",
    "connect_timeout",
    "first_byte_timeout",
    "stall_timeout",
    "timeout",
    "verbosity",
]


class World:
    """All the places that a setting may be written in, below one folder."""

    def __init__(self, root: Path) -> None:
        self.home = root / "rheo"
        self.folder = root / "here"
        self.environment = {"RHEO_HOME": str(self.home)}
        self.flags: dict[str, object] = {}
        self.env_file: Path | None = None
        self.home.mkdir()
        self.folder.mkdir()

    def config(self, name: str, text: str) -> str:
        path = self.home / "config.toml"
        path.write_text(f"{name} = '{text}'\n")
        path.chmod(0o600)
        return str(path)

    def dotenv(self, name: str, text: str) -> str:
        (self.folder / ".env").write_text(f"RHEO_{name.upper()}='{text}'\n")
        return f"{self.folder / '.env'}, line 1"

    def named_file(self, name: str, text: str) -> str:
        self.env_file = self.folder / "named.env"
        self.env_file.write_text(f"\nRHEO_{name.upper()}='{text}'\n")
        return f"{self.env_file}, line 2"

    def variable(self, name: str, text: str) -> str:
        self.environment[f"RHEO_{name.upper()}"] = text
        return f"environment RHEO_{name.upper()}"

    def flag(self, name: str, text: str) -> str:
        self.flags[name] = text
        return f"flag --{name.replace('_', '-')}"

    def load(self) -> Loaded:
        return load_settings(
            flags=self.flags, env_file=self.env_file, environment=self.environment, working_folder=self.folder
        )


Write = Callable[[World, str, str], str]
PLACES: list[Write] = [World.config, World.named_file, World.variable, World.flag]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_every_setting_is_a_keyword_too_and_nothing_else_is() -> None:
    assert set(known()) == set(SettingsOverrides.__annotations__) == set(TWO) | {"proxy_password"}


def test_without_any_place_all_is_default(world: World) -> None:
    loaded = world.load()
    assert loaded == Loaded(settings=Settings(), origins=dict.fromkeys(known(), "default"), warnings=())


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("place", PLACES)
def test_every_place_beats_the_default(world: World, name: str, place: Write) -> None:
    value = TWO[name][0]
    origin = place(world, name, to_text(value))
    loaded = world.load()
    assert getattr(loaded.settings, name) == value
    assert loaded.origins == dict.fromkeys(known(), "default") | dict.fromkeys((name, *NARROWER.get(name, ())), origin)


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(("weaker", "stronger"), list(combinations(PLACES, 2)))
def test_of_two_places_the_later_wins(world: World, name: str, weaker: Write, stronger: Write) -> None:
    first, second = TWO[name]
    weaker(world, name, to_text(first))
    origin = stronger(world, name, to_text(second))
    loaded = world.load()
    assert getattr(loaded.settings, name) == second
    assert loaded.origins[name] == origin


@pytest.mark.parametrize("name", MAY_STAND_IN_A_STRANGERS_FOLDER)
def test_the_working_folders_env_beats_the_config_file_and_yields_to_the_environment(world: World, name: str) -> None:
    first, second = TWO[name]
    world.config(name, to_text(first))
    origin = world.dotenv(name, to_text(second))
    loaded = world.load()
    assert (getattr(loaded.settings, name), loaded.origins[name]) == (second, origin)

    world.variable(name, to_text(first))
    assert getattr(world.load().settings, name) == first


@pytest.mark.parametrize("name", sorted(TWO.keys() - MAY_STAND_IN_A_STRANGERS_FOLDER))
def test_the_working_folders_env_sets_nothing_that_reaches_beyond_speed_and_patience(world: World, name: str) -> None:
    world.dotenv(name, to_text(TWO[name][0]))
    loaded = world.load()
    refused = f"{world.folder / '.env'}, line 1: RHEO_{name.upper()} is not among what a .env may set"
    assert loaded.settings == Settings()
    assert loaded.warnings == (f"{refused}; name the file with --env-file to allow it",)


def test_a_named_env_file_is_read_instead_of_the_working_folders(world: World) -> None:
    world.dotenv("retry", "1")
    world.named_file("timeout", "2")
    loaded = world.load()
    assert (loaded.settings.retry, loaded.settings.timeout) == (Settings().retry, 2.0)


def test_a_flag_that_was_not_given_changes_nothing(world: World) -> None:
    world.variable("timeout", "2")
    world.flags["timeout"] = None
    assert world.load().settings.timeout == 2.0


def test_off_takes_a_value_back(world: World) -> None:
    world.variable("timeout", "2")
    world.flags["timeout"] = "off"
    assert world.load().settings.timeout is None


@pytest.mark.parametrize(("wide", "narrow"), [(wide, each) for wide, several in NARROWER.items() for each in several])
@pytest.mark.parametrize(("weaker", "stronger"), list(combinations(PLACES, 2)))
def test_a_wide_setting_goes_before_narrower_ones_of_weaker_places(
    world: World, wide: str, narrow: str, weaker: Write, stronger: Write
) -> None:
    weaker(world, narrow, to_text(TWO[narrow][0]))
    origin = stronger(world, wide, to_text(TWO[wide][1]))
    loaded = world.load()
    assert getattr(loaded.settings, narrow) == (TWO[wide][1] if wide == "timeout" else None)
    assert loaded.origins[narrow] == origin


@pytest.mark.parametrize(("wide", "narrow"), [(wide, each) for wide, several in NARROWER.items() for each in several])
@pytest.mark.parametrize("place", PLACES[:-1])
def test_a_narrow_setting_goes_before_the_wide_one_of_a_weaker_place_and_of_its_own(
    world: World, wide: str, narrow: str, place: Write
) -> None:
    place(world, wide, to_text(TWO[wide][1]))
    origin = world.flag(narrow, to_text(TWO[narrow][0]))
    loaded = world.load()
    assert (getattr(loaded.settings, narrow), loaded.origins[narrow]) == (TWO[narrow][0], origin)

    world.flag(wide, to_text(TWO[wide][0]))
    assert getattr(world.load().settings, narrow) == TWO[narrow][0]


def test_no_timeout_for_all_gives_each_its_own_back(world: World) -> None:
    world.config("timeout", "2")
    world.flag("timeout", "off")
    assert world.load().settings == Settings()


def test_the_proxy_of_a_host_is_for_both_schemes_and_yields_to_a_flag(world: World) -> None:
    (world.home / "config.toml").write_text(
        '[proxy]\nhttp = "http://one:1"\n[host."a.example"]\nproxy = "http://two:2"\n'
    )
    (world.home / "config.toml").chmod(0o600)
    settings = world.load().settings.for_host("a.example")
    assert (str(settings.proxy), settings.proxy_http) == ("http://two:2", None)

    world.flag("proxy", "http://three:3")
    settings = world.load().settings.for_host("a.example")
    assert (str(settings.proxy), settings.proxy_http) == ("http://three:3", None)


def test_no_netrc_leaves_out_the_file_of_a_weaker_place(world: World) -> None:
    world.config("netrc_file", "/one")
    world.flag("netrc", "false")
    assert world.load().settings.netrc_file is None

    world.flag("netrc_file", "/two")
    assert world.load().settings.netrc_file == Path("/two")
