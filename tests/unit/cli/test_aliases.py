from collections import Counter

import pytest

from rheo.cli.aliases import ALIASES, flags_from
from rheo.config import known
from rheo.domain.errors import UsageError

SETTINGS = list(known())


def flags(**given: object) -> dict[str, object]:
    return flags_from(given, SETTINGS)


def test_only_what_was_given_is_a_flag() -> None:
    assert flags(retry="3", mtime=False, timeout=None, alias_quiet=None) == {"retry": "3", "mtime": False}


def test_an_alias_sets_its_setting() -> None:
    assert flags(alias_quiet=True) == {"verbosity": "quiet"}
    assert flags(alias_cacert="ca.pem") == {"ca_file": "ca.pem"}
    assert flags(alias_no_use_server_timestamps=True) == {"mtime": False}
    assert flags(alias_no_content_disposition=True, alias_no_remote_header_name=True) == {"name_from": "url"}
    assert flags(alias_trust_server_names=True) == {"name_from": "redirect"}
    assert flags(alias_restrict_file_names="ascii") == {"restrict_filenames": "ascii"}


def test_what_rheo_does_anyway_sets_nothing() -> None:
    assert flags(alias_location=True, alias_continue_at="-") == {}


@pytest.mark.parametrize(("tries", "retries"), [("1", "0"), ("5", "4"), ("0", "2147483647"), ("x", "x"), ("-1", "-1")])
def test_tries_are_one_more_than_retries(tries: str, retries: str) -> None:
    assert flags(alias_tries=tries) == flags(alias_max_tries=tries) == {"retry": retries}


@pytest.mark.parametrize(("limit", "rate"), [("0", "off"), ("5M", "5M"), ("x", "x")])
def test_aria2_writes_0_where_there_is_no_limit(limit: str, rate: str) -> None:
    assert flags(alias_max_overall_download_limit=limit) == {"limit_rate": rate}
    assert flags(alias_max_download_limit=limit) == {"limit_rate_per_download": rate}


def test_two_that_agree_are_one_and_two_that_do_not_are_a_mistake() -> None:
    assert flags(verbosity="quiet", alias_quiet=True, alias_silent=True) == {"verbosity": "quiet"}
    with pytest.raises(UsageError, match="--verbose contradicts another option; both mean --verbosity"):
        flags(alias_quiet=True, alias_verbose=True)
    with pytest.raises(UsageError, match="--dir contradicts another option; both mean --directory"):
        flags(directory="a", alias_dir="b")


def test_an_empty_word_is_a_word() -> None:
    assert flags(alias_dir="") == {"directory": ""}


def test_every_alias_is_of_a_setting_that_exists_and_is_no_settings_own_name() -> None:
    own = {f"--{name.replace('_', '-')}" for name in SETTINGS}
    for alias in ALIASES:
        assert alias.setting is None or alias.setting in SETTINGS
        assert not own & set(alias.names)


def test_no_word_means_two_things() -> None:
    times = Counter(name for alias in ALIASES for name in alias.names)
    assert max(times.values()) == 1
