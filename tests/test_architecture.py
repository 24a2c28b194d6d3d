"""Habits that a linter does not know."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "rheo"
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 350
MOST_LINES_OF_A_FUNCTION = 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_says_what_it_is_for_and_stays_small(path):
    text = path.read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(text)), "the first line says what the file is for"
    assert len(text.splitlines()) <= MOST_LINES


def test_functions_stay_short():
    long = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
        and not any(isinstance(part, ast.Call) and "Option" in ast.dump(part.func) for part in ast.walk(node.args))
    ]

    assert long == []


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc"])
def test_no_file_is_named_after_nothing(word):
    assert [path for path in SOURCE.rglob("*") if word in path.stem.split("_")] == []


def test_only_records_change_a_state():
    """Invariant 5. The state of a part is another thing, and storage's own."""
    changers = [
        path.relative_to(SOURCE)
        for path in FILES
        if "storage" not in path.relative_to(SOURCE).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state"
    ]

    assert changers == [Path("application/records.py")]


def test_below_the_command_only_the_clock_reads_the_time():
    ways = ("time.monotonic()", "time.time()", "from time import", "datetime.now(")
    readers = [
        str(path.relative_to(SOURCE)) for path in FILES if any(way in path.read_text(encoding="utf-8") for way in ways)
    ]

    assert [path for path in readers if not path.startswith("cli/")] == ["engine/clock.py"]
