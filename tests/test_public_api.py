"""The public names, and that the two faces say the same."""

import importlib
import inspect
import subprocess
import sys
from dataclasses import fields
from typing import get_type_hints

import rheo
from rheo import aio, sync
from rheo.domain import errors
from rheo.domain.overrides import SettingsOverrides
from rheo.domain.settings import Settings


def test_all_public_names_exist_and_are_sorted():
    assert rheo.__all__ == sorted(rheo.__all__)
    assert all(getattr(rheo, name) is not None for name in rheo.__all__)
    assert set(dir(rheo)) == set(rheo.__all__)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(rheo, "downlaod")


def test_what_a_type_checker_sees_is_what_is_there():
    source = inspect.getsource(rheo)
    announced = {line.rsplit(" as ", 1)[1] for line in source.splitlines() if " as " in line and "import" in line}

    assert announced | {"__version__"} == set(rheo.__all__)


def test_every_error_is_public_and_has_a_code_of_its_own():
    tree = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.RheoError)]

    assert {kind.__name__ for kind in tree} <= set(rheo.__all__)
    assert len({kind.code for kind in tree}) == len(tree)


def test_the_tree_of_errors_is_drawn_as_it_is():
    drawn = errors.__doc__ or ""
    tree = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.RheoError)]

    assert [kind.__name__ for kind in tree if kind.__name__ not in drawn] == []


def test_the_synchronous_face_mirrors_the_asynchronous_one():
    for name in ("DownloadManager", "DownloadHandle"):
        one, other = getattr(aio, name), getattr(sync, name)
        public = {attribute for attribute in vars(one) if not attribute.startswith("_")} - {"check_process"}
        assert public <= set(vars(other)) | {"id", "url", "settings"}, name
        for attribute in public & set(vars(other)):
            if callable(vars(one)[attribute]):
                expected = inspect.signature(vars(one)[attribute]).parameters
                assert set(expected) <= set(inspect.signature(vars(other)[attribute]).parameters), attribute


def test_every_setting_can_be_a_keyword():
    assert {field.name for field in fields(Settings)} - {"hosts"} == set(get_type_hints(SettingsOverrides))


def test_importing_rheo_loads_next_to_nothing():
    script = "import sys, rheo; print([m for m in ('asyncio', 'pycurl', 'typer', 'rich', 'ssl') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_library_needs_neither_typer_nor_rich():
    script = "import sys, rheo; rheo.download; rheo.sync; print([m for m in ('typer', 'rich') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_version_is_said_once():
    assert importlib.import_module("importlib.metadata").version("rheo-dl") == rheo.__version__
