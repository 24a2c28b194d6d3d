"""What each place may say, and what is answered where it is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rheo.config import Loaded, home, load_settings, override
from rheo.domain.errors import SettingsError
from rheo.domain.secret import Secret
from rheo.domain.settings import OnExists, Settings
from rheo.domain.timetable import Timetable

NO_RATE = "is no rate; write bytes per second such as 500K, 5M or 1.5G, or off"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.touch(0o600)
    return path


def load(folder: Path, env_file: Path | None = None, /, **variables: str) -> Loaded:
    """Load with the folder as home and as working folder."""
    return load_settings(env_file=env_file, environment={"RHEO_HOME": str(folder)} | variables, working_folder=folder)


def refusal(folder: Path, env_file: Path | None = None, /, **variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, env_file, **variables)
    return caught.value.message


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("max_concurrent = 0", "max_concurrent = 0: must be a whole number of at least 1, or off"),
        ("max_concurrent = true", "max_concurrent = true: must be a whole number of at least 1, or off"),
        ("retry = 1.0", "retry = 1.0: must be a whole number of at least 0"),
        ("retry = 1979-05-27", "retry = 1979-05-27: must be a whole number of at least 0"),
        ("retry = 2147483648", "retry = 2147483648: must be a whole number of at most 2147483647"),
        ("connect_timeout = 0", "connect_timeout = 0: must be a duration of at least 0.001 seconds"),
        ("connect_timeout = nan", "connect_timeout = nan: must be a duration such as 30, 1.5 or 1m30s"),
        ("timeout = 'soon'", "timeout = soon: must be a duration such as 30, 1.5 or 1m30s, or off"),
        ("connect_timeout = 'off'", "connect_timeout = off: must be a duration such as 30, 1.5 or 1m30s"),
        ("mtime = 1", "mtime = 1: must be true or false"),
        (
            "on_exists = 'foo'",
            "on_exists = foo: must be one of rename, skip, overwrite, error, newer, skip-same-size, skip-same-hash",
        ),
        ("name_from = 'foo'", "name_from = foo: must be one of url, header, redirect"),
        ("restrict_filenames = 'unix'", "restrict_filenames = unix: must be one of windows, ascii, or off"),
        ("directory = ''", "directory = : must be a path"),
        ("directory = '~nobody-of-this-name/x'", "directory = ~nobody-of-this-name/x: must be a path"),
        ("directory = 5", "directory = 5: must be a path"),
        (
            "retry_on = ['404', 'nonsense']",
            "retry_on = ['404', 'nonsense']: must be statuses and error codes such as 404, !503, certificate_rejected",
        ),
        (
            "retry_on = 1.5",
            "retry_on = 1.5: must be statuses and error codes such as 404, !503, certificate_rejected",
        ),
        (r'sync = "\u001b[2J"', r"sync = \x1b[2J: must be one of full, group, off"),
        ("min_split_size = '1X'", "min_split_size = 1X: must be a size such as 1000, 64K, 1.5M or 2G, or auto"),
        ("segment_size = 10", "segment_size = 10: must be a size of at least 1K, or auto"),
        ("connections = 0", "connections = 0: must be a whole number of at least 1, or auto"),
        ("limit_rate = '5X'", f"limit_rate = 5X: '5X' {NO_RATE}"),
        ("limit_rate = -1", f"limit_rate = -1: '-1' {NO_RATE}"),
        ("limit_rate = nan", f"limit_rate = nan: 'nan' {NO_RATE}"),
        ("limit_rate = 0", "limit_rate = 0: '0' lets nothing through; unlimited is written off"),
        (
            "limit_rate = true",
            "limit_rate = true: must be a rate such as 5M, or a timetable such as Mon-Fri 08:00-18:00 1M; off, or off",
        ),
        ("max_memory = 1000000", "max_memory = 1000000: must be a size of at least 1M"),
        ("max_concurent = 3", "max_concurent is not a setting; did you mean max_concurrent?"),
        ("[daemon]\nport = 1", "daemon is not a setting; rheo config show lists them all"),
        ("retry 3", "is not TOML: Expected '=' after a key in a key/value pair (at line 1, column 7)"),
        ("retry = 0x" + "f" * 5000, "retry = (thousands of digits): must be a whole number of at most 2147483647"),
    ],
)
def test_what_is_wrong_in_config_toml_is_named_with_what_is_allowed(config: Path, line: str, complaint: str) -> None:
    config.write_text(line)
    assert refusal(config.parent) == f"{config}: {complaint}"


@pytest.mark.parametrize("text", ["retry = " + "9" * 5000, "retry = " + "[" * 5000])
def test_a_monstrous_config_toml_is_refused_and_nothing_worse(config: Path, text: str) -> None:
    config.write_text(text)
    assert refusal(config.parent).startswith(f"{config}: is not TOML: ")


def test_config_toml_takes_native_values(config: Path) -> None:
    config.write_text("retry = 3\nmax_time = 2\nmtime = false\nretry_on = [404, '!503, connect_failed']\n")
    assert load(config.parent).settings == Settings(
        retry=3, max_time=2.0, mtime=False, retry_on=("404", "!503", "connect_failed")
    )


@pytest.mark.parametrize("given", [5_000_000, 5e6, "5000000", Timetable(5_000_000)])
def test_a_limit_is_taken_as_a_number_a_text_or_a_timetable(given: object) -> None:
    assert override(Settings(), {"limit_rate": given}).limit_rate == Timetable(5_000_000)


@pytest.mark.parametrize("given", [None, "off", " OFF", "none", "off; in Europe/Berlin", Timetable()])
def test_no_limit_is_the_absence_of_one(given: object) -> None:
    limited = Settings(limit_rate=Timetable(1000))
    assert override(limited, {"limit_rate": given}).limit_rate is None


def test_a_path_in_config_toml_is_relative_to_that_file_and_one_in_the_environment_to_the_working_folder(
    config: Path, tmp_path: Path
) -> None:
    config.write_text("ca_file = 'ca.pem'\n")
    loaded = load_settings(
        environment={"RHEO_HOME": str(tmp_path), "RHEO_DIRECTORY": "files"}, working_folder=tmp_path / "work"
    )
    assert loaded.settings == Settings(ca_file=tmp_path / "ca.pem", directory=tmp_path / "work" / "files")


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert load(tmp_path, RHEO_DIRECTORY="~/files").settings.directory == tmp_path / "me" / "files"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_config_toml_that_others_may_write_is_refused_with_the_cure(config: Path, mode: int) -> None:
    config.chmod(mode)
    assert refusal(config.parent) == f"{config}: others may change it; forbid it with: chmod go-w {config}"


def test_a_config_toml_of_another_user_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = config.stat().st_uid
    monkeypatch.setattr("rheo.config.files._SUPERUSER", owner + 1)
    monkeypatch.setattr("os.geteuid", lambda: owner + 2)
    assert refusal(config.parent) == (
        f"{config}: belongs to another user (number {owner}), who may change it; copy it to a file of your own"
    )


def test_a_config_toml_that_is_a_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert refusal(tmp_path) == f"{tmp_path / 'config.toml'}: cannot be read: it is a folder"


def test_a_config_toml_that_may_not_be_read_says_so(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")  # what root, who runs many a test, never meets

    monkeypatch.setattr(Path, "open", denied)
    assert refusal(config.parent) == f"{config}: cannot be read: you have no permission"


@pytest.mark.parametrize(("content", "complaint"), [(b"\xff", "is not text in UTF-8"), (b"\0", "is not text in UTF-8")])
def test_a_binary_config_toml_says_so(config: Path, content: bytes, complaint: str) -> None:
    config.write_bytes(content)
    assert refusal(config.parent) == f"{config}: {complaint}"


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("RHEO_ON_EXISTS", "foo", "one of rename, skip, overwrite, error, newer, skip-same-size, skip-same-hash"),
        ("RHEO_TIMEOUT", "", "a duration such as 30, 1.5 or 1m30s, or off"),
        ("RHEO_MTIME", "2", "true or false"),
        ("RHEO_RETRY", "-1", "a whole number of at least 0"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(tmp_path: Path, name: str, text: str, allowed: str) -> None:
    assert refusal(tmp_path, **{name: text}) == f"environment {name}={text}: must be {allowed}"


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    assert refusal(tmp_path, RHEO_SYNC="x" * 1000) == (
        f"environment RHEO_SYNC={'x' * 79}…: must be one of full, group, off"
    )


def test_a_variable_that_sets_nothing_is_told_and_ignored(tmp_path: Path) -> None:
    loaded = load(tmp_path, RHEO_MAX_CONCURENT="3", RHEO_NONSENSE="1", OTHER="x")
    assert loaded.settings == Settings()
    assert loaded.warnings == (
        "environment RHEO_MAX_CONCURENT is not a setting; did you mean RHEO_MAX_CONCURRENT?; it is ignored",
        "environment RHEO_NONSENSE is not a setting; rheo config show lists them all; it is ignored",
    )


def test_a_wrong_flag_is_named_as_it_is_typed(tmp_path: Path) -> None:
    environment = {"RHEO_HOME": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"^flag --connect-timeout=abc: must be a duration such as 30, 1.5"):
        load_settings(flags={"connect_timeout": "abc"}, environment=environment, working_folder=tmp_path)
    with pytest.raises(SettingsError, match=r"^flag --retri is not a setting; did you mean --retry\?$"):
        load_settings(flags={"retri": 1}, environment=environment, working_folder=tmp_path)


def test_a_wrong_value_of_the_working_folders_env_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nRHEO_RETRY=many\n")
    assert refusal(tmp_path) == (f"{tmp_path / '.env'}, line 2: RHEO_RETRY=many: must be a whole number of at least 0")


def test_lines_of_the_working_folders_env_that_cannot_count_are_told_and_ignored(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY='a\nRHEO_HOME=/x\nRHEO_RETRI=1\nRHEO_RETRY='3\nexport RHEO_TIMEOUT=4 # seconds\n")
    loaded = load(tmp_path)
    assert loaded.settings == override(Settings(), {"timeout": 4})
    assert loaded.warnings == (
        f"{path}, line 2: RHEO_HOME counts in the environment only",
        f"{path}, line 3: RHEO_RETRI is not a setting; did you mean RHEO_RETRY?",
        f"{path}, line 4: RHEO_RETRY: must be KEY=value on one line, with quotes that close",
    )


def test_a_working_folders_env_full_of_nonsense_gets_few_warnings(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("RHEO_NONSENSE=1\n" * 50_000)
    warnings = load(tmp_path).warnings
    assert len(warnings) == 6
    assert warnings[-1] == f"{path}: 49995 more lines are ignored"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\xff\xfe", "is not text in UTF-8; it is ignored"),
        (b"RHEO_RETRY=\0", "is not text in UTF-8; it is ignored"),
        (b"#" * (1024 * 1024 + 1), "is larger than 1 MiB; it is ignored"),
    ],
)
def test_a_hopeless_env_of_the_working_folder_is_told_and_ignored(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    assert load(tmp_path) == Loaded(
        settings=Settings(), origins=load(tmp_path / "nowhere").origins, warnings=(f"{tmp_path / '.env'}: {complaint}",)
    )


def test_a_virtual_environment_called_env_is_nobodys_mistake(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert load(tmp_path).warnings == ()


def test_a_pipe_called_env_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    assert load(tmp_path).warnings == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("RHEO_RETRI=1", "RHEO_RETRI is not a setting; did you mean RHEO_RETRY?"),
        ("RHEO_RETRY 1", "RHEO_RETRY 1: must be KEY=value on one line, with quotes that close"),
        ("RHEO_HOME=/x", "RHEO_HOME counts in the environment only"),
        ("RHEO_RETRY=x", "RHEO_RETRY=x: must be a whole number of at least 0"),
        ("RHEO_\x1b[2J=x", r"RHEO_\x1b[2J is not a setting; rheo config show lists them all"),
    ],
)
def test_what_is_wrong_in_a_named_env_file_is_an_error_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "named.env"
    path.write_text(f"\n{line}\n")
    assert refusal(tmp_path, path) == f"{path}, line 2: {complaint}"


def test_a_named_env_file_must_exist_and_be_readable(tmp_path: Path) -> None:
    missing = tmp_path / "missing.env"
    assert refusal(tmp_path, missing) == f"{missing}: does not exist"
    assert refusal(tmp_path, tmp_path) == f"{tmp_path}: cannot be read: it is a folder"


def test_keywords_may_be_values_or_text() -> None:
    assert override(Settings(), {"on_exists": OnExists.SKIP, "timeout": 2, "directory": Path("x")}) == override(
        Settings(), {"on_exists": "skip", "timeout": "2s", "directory": "x"}
    )


def test_a_secret_that_is_one_refers_to_none() -> None:
    for text in ("env:NOPE", "file:nope", "-"):
        assert override(Settings(), {"proxy_password": Secret(text)}).proxy_password == Secret(text)
    with pytest.raises(SettingsError, match="NOPE is not set"):
        override(Settings(), {"proxy_password": "env:NOPE"})


def test_keywords_leave_the_rest_as_it_was() -> None:
    assert override(Settings(retry=7), {"timeout": None, "retry_on": (404,)}) == Settings(retry=7, retry_on=("404",))


def test_a_wrong_keyword_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"^keyword max_concurrent=0: must be a whole number of at least 1, or off$"
    ):
        override(Settings(), {"max_concurrent": 0})
    with pytest.raises(SettingsError, match=r"^keyword retry=None: must be a whole number of at least 0$"):
        override(Settings(), {"retry": None})
    with pytest.raises(SettingsError, match=r"^keyword max_concurent is not a setting; did you mean max_concurrent\?$"):
        override(Settings(), {"max_concurent": 3})


def test_home_is_where_rheo_home_says_or_below_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home({"RHEO_HOME": "/x/y"}) == Path("/x/y")
    assert home({"RHEO_HOME": "~/y"}) == tmp_path / "y"
    assert home({"RHEO_HOME": ""}) == home({}) == tmp_path / ".rheo"


def test_a_user_without_a_home_is_told_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(SettingsError, match="RHEO_HOME"):
        home({})


@pytest.mark.parametrize("text", ["", "# RETRY\nRETRY=3\n"])
def test_a_named_file_that_sets_nothing_is_perhaps_the_wrong_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.env"
    path.write_text(text)
    complaint = f"{path}: sets nothing; a line that does begins with RHEO_, as in RHEO_RETRY=3"

    assert load(tmp_path, path).warnings == (complaint,)
    path.write_text(f"{text}RHEO_RETRY=3\n")
    assert load(tmp_path, path).warnings == ()
