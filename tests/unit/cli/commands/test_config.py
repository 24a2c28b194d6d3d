"""What `rheo config show` writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rheo.cli.commands.config import show
from rheo.config import Loaded, known, load_settings


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load_settings(
        flags={"directory": "/srv/\x1b[2J", "retry_on": ["404", "!503"]},
        environment={
            "RHEO_HOME": str(tmp_path),
            "RHEO_TIMEOUT": "1m30s",
            "RHEO_PROXY": "http://user:canary@proxy.example:3128",
            "RHEO_PROXY_PASSWORD": "canary",
        },
        working_folder=tmp_path,
    )


def test_settings_stand_in_three_columns(loaded: Loaded) -> None:
    lines: list[str] = []
    show(loaded, as_json=False, write=lines.append)
    assert [line.split()[0] for line in lines] == list(known())
    ends = {len(line) - len(line.split("  ")[-1].lstrip()) for line in lines}
    assert len(ends) == 1, "the columns stand below each other"
    shown = {line.split()[0]: re.split(" {2,}", line)[1:] for line in lines}
    assert shown["directory"] == [r"/srv/\x1b[2J", "flag --directory"]
    assert shown["retry_on"] == ["404, !503", "flag --retry-on"]
    assert shown["timeout"] == ["90", "environment RHEO_TIMEOUT"]
    assert shown["connections"] == ["auto", "default"]
    assert shown["proxy"] == ["http://proxy.example:3128", "environment RHEO_PROXY"]
    assert shown["proxy_password"] == ["…", "environment RHEO_PROXY_PASSWORD"]


def test_as_json_each_setting_is_an_object_with_its_native_value(loaded: Loaded) -> None:
    lines: list[str] = []
    show(loaded, as_json=True, write=lines.append)
    objects = [json.loads(line) for line in lines]
    assert [one["name"] for one in objects] == list(known())
    assert all(one["type"] == "setting" and "\x1b" not in line for one, line in zip(objects, lines, strict=True))
    values = {one["name"]: one["value"] for one in objects}
    assert values["directory"] == "/srv/\x1b[2J"
    assert values["retry_on"] == ["404", "!503"]
    assert (values["timeout"], values["max_concurrent"], values["mtime"], values["sync"]) == (90.0, None, True, "group")
    assert {one["name"]: one["origin"] for one in objects} == loaded.origins


def test_lines_go_to_standard_output_by_default(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    show(loaded, as_json=False)
    assert len(capsys.readouterr().out.splitlines()) == len(loaded.origins)
